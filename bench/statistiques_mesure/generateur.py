"""Des millions de comptes rendus, décidés par le domaine et écrits par le chemin des lots du journal."""

import datetime as dt
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from random import Random
from typing import Any
from uuid import UUID

from activites.domain.faits import ActiviteEnregistree
from activites.domain.vocabulaire import BeneficiaireId, TypeActivite
from events.store.store import Context, Store
from peuplement import comptes_rendus, territoire
from peuplement.population import inventer

_PAQUET = 2_000
_SUIVIS, _FICHES = 0.3, 40
"""Part des individuels d'un bénéficiaire suivi, et fiches de chaque médiateur."""


def inventes(nombre: int, mediateurs: int, graine: int = 1) -> Iterator[ActiviteEnregistree]:
    """Sans texte libre : sceller n'est pas ce qui est mesuré. Les suivis n'ont pas de fiche au journal."""
    hasard, jour = Random(graine), dt.datetime.now(dt.UTC).date()  # noqa: S311 - believable data, not secrets
    communes = territoire.lire()
    population = inventer(mediateurs, communes, hasard, jour)
    for fait in comptes_rendus.ecrire(nombre, population, {}, communes, hasard, jour):
        nu = replace(fait, notes=None, titre_atelier=None, precisions_demarche=None)
        if fait.type == TypeActivite.INDIVIDUEL and not fait.suivis and hasard.random() < _SUIVIS:
            fiche = UUID(int=fait.mediateur_id.int ^ hasard.randrange(_FICHES))
            anonymes = replace(
                fait.participants, total=0, deja_accompagnes=0, genres={}, tranches_age={}, statuts={}
            )
            nu = replace(nu, suivis=(BeneficiaireId(fiche),), participants=anonymes)
        yield nu


async def ecrire(store: Store[Any], faits: Iterator[ActiviteEnregistree]) -> int:
    """Par lots, en disant où il en est. Rend combien."""
    debut, ecrits, dit = time.monotonic(), 0, 0
    for paquet in comptes_rendus.par_paquets(faits, _PAQUET):
        await store.append_bulk(
            ((f"activite-{f.activite_id}", 0, [f]) for f in paquet), Context("bench", "bench-statistiques")
        )
        ecrits += len(paquet)
        if ecrits - dit >= 50_000:
            dit = ecrits
            sys.stderr.write(f"  {ecrits} activités, {ecrits / (time.monotonic() - debut):.0f}/s\n")
    return ecrits
