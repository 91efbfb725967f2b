"""Des millions de comptes rendus, décidés par le domaine et écrits par le chemin des lots du journal."""

import datetime as dt
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

from activites.app import DESCRIPTION
from activites.domain.faits import ActiviteEnregistree
from activites.domain.vocabulaire import BeneficiaireId, TypeActivite
from events.postgres.database import Database
from events.store.store import Context, Store
from peuplement import comptes_rendus, territoire
from peuplement.population import inventer

PARTS = 2
"""Processus qui écrivent à la fois : inventer coûte plus que d'écrire."""
_PAQUET = 2_000
_SUIVIS, _FICHES = 0.3, 40
"""Part des individuels d'un bénéficiaire suivi, et fiches de chaque médiateur."""
CONTEXTE = Context("bench", "bench-statistiques")


def inventes(nombre: int, mediateurs: int, graine: int) -> Iterator[ActiviteEnregistree]:
    """Des mêmes médiateurs, quelle que soit la graine.

    Sans texte libre : sceller n'est pas ce qui est mesuré. Les suivis n'ont pas de fiche au journal.
    """
    jour = dt.datetime.now(dt.UTC).date()
    communes = territoire.lire()
    population = inventer(mediateurs, communes, Random(1), jour)  # noqa: S311 - believable data, not secrets
    hasard = Random(graine)  # noqa: S311
    for fait in comptes_rendus.ecrire(nombre, population, {}, communes, hasard, jour):
        nu = replace(fait, notes=None, titre_atelier=None, precisions_demarche=None)
        if fait.type == TypeActivite.INDIVIDUEL and not fait.suivis and hasard.random() < _SUIVIS:
            fiche = UUID(int=fait.mediateur_id.int ^ hasard.randrange(_FICHES))
            anonymes = replace(
                fait.participants, total=0, deja_accompagnes=0, genres={}, tranches_age={}, statuts={}
            )
            nu = replace(nu, suivis=(BeneficiaireId(fiche),), participants=anonymes)
        yield nu


async def peupler(url: str, cle: bytes, nombre: int, mediateurs: int, graine: int) -> int:
    """Une part du journal, de la plus ancienne à la plus récente. Rend combien."""
    store: Any = DESCRIPTION.store(Database(url), {1: cle})
    try:
        return await _ecrire(store, inventes(nombre, mediateurs, graine), graine)
    finally:
        await store.database.close()


async def _ecrire(store: Store[Any], faits: Iterator[ActiviteEnregistree], graine: int) -> int:
    debut, ecrits, dit = time.monotonic(), 0, 0
    for paquet in comptes_rendus.par_paquets(faits, _PAQUET):
        await ajouter(store, paquet)
        ecrits += len(paquet)
        if ecrits - dit >= 100_000:
            dit = ecrits
            sys.stderr.write(
                f"  part {graine} : {ecrits} activités, {ecrits / (time.monotonic() - debut):.0f}/s\n"
            )
    return ecrits


async def ajouter(store: Store[Any], faits: list[ActiviteEnregistree]) -> None:
    """D'un coup."""
    await store.append_bulk(((f"activite-{f.activite_id}", 0, [f]) for f in faits), CONTEXTE)
