"""L'export de 200 000 accompagnements, textes compris, dans un processus dont on regarde la mémoire."""

import asyncio
import datetime as dt
import resource
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

from activites.app import DESCRIPTION
from activites.domain.activite import ACTIVITE, EnregistrerActivite, decide, initial
from activites.domain.faits import Contenu, Participants
from activites.domain.vocabulaire import (
    ActiviteId,
    Commune,
    CompteId,
    MediateurId,
    StructureId,
    Thematique,
    TypeActivite,
    TypeLieu,
)
from activites.exports.activites import Auteurs, Portee, exporter
from activites.projections import activites_listees
from activites.projections.tags import Etiquette
from events.postgres.database import Database
from events.projection.projection import Projector
from events.projection.source import FeedSource
from events.store.store import Context
from moteur.processus import run
from tableurs import Format
from tableurs.exportation import PARIS

from activites_mesure.service import Qui, Service, Tailles

ATELIER = 6
"""Participants d'un atelier ; il y en a un pour quatre individuels : dix accompagnements."""
_MAINTENANT = dt.datetime.now(dt.UTC)
_INDIVIDUEL = Contenu(
    type=TypeActivite.INDIVIDUEL,
    date=_MAINTENANT.date() - dt.timedelta(days=1),
    duree_minutes=45,
    type_lieu=TypeLieu.DOMICILE,
    commune=Commune("Dijon", "21000", "21231"),
    thematiques=(Thematique.EMAIL, Thematique.SANTE),
    participants=Participants(1),
    notes="<p>Une première boîte aux lettres, à revoir la semaine prochaine.</p>",
)
_ATELIER = replace(
    _INDIVIDUEL,
    type=TypeActivite.COLLECTIF,
    participants=Participants(ATELIER),
    titre_atelier="Reconnaître un message frauduleux",
)


async def mesurer(service: Service, tailles: Tailles) -> dict[str, Any]:
    qui = await service.mediateur()
    await service.store.append_bulk(_faits(qui, tailles.accompagnements), Context("banc", "banc"))
    projecteur = Projector(service.store.database, activites_listees, FeedSource(service.store, "activites"))
    while await projecteur.step():
        pass
    mesures: dict[str, Any] = {"accompagnements": tailles.accompagnements}
    for format_ in (Format.XLSX, Format.CSV):
        lignes, secondes, mo = await asyncio.to_thread(
            run, exporte, service.url, service.cle, qui.mediateur_id, format_.value, seconds=1800
        )
        mesures |= {
            f"{format_}_lignes": lignes,
            f"{format_}_lignes_par_s": round(lignes / secondes),
            f"{format_}_pointe_mo": round(mo),
        }
    return {**mesures, "au_plus": {"xlsx_pointe_mo": 250, "csv_pointe_mo": 250}}


async def exporte(url: str, cle: bytes, mediateur_id: UUID, format_: str) -> tuple[int, float, float]:
    """Lignes, secondes, mémoire de pointe de ce processus (Mo)."""
    store = DESCRIPTION.store(Database(url), {1: cle})
    portee = Portee(
        [mediateur_id],
        soi=True,
        nommer=True,
        v1=False,
        lignes="accompagnements",
        annee=_MAINTENANT.year,
        fuseau=PARIS,
    )
    choix = activites_listees.du_mediateur([mediateur_id])
    export = exporter(store, choix, _sans_etiquette, _sans_auteur, portee)
    debut = time.perf_counter()
    with tempfile.TemporaryFile() as sortie:
        async with store.database.engine.scan() as connection:
            await export.ecrire(connection, Format(format_), sortie)
        secondes = time.perf_counter() - debut
    async with store.database.raw() as connection:
        lignes: Any = await connection.fetchval("select sum(accompagnements) from activites_listees")
    await store.database.close()
    return lignes, secondes, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def _sans_etiquette(_: Collection[UUID]) -> Mapping[UUID, Etiquette]:
    return {}


async def _sans_auteur(_: Collection[UUID]) -> Auteurs:
    return {}


def _faits(qui: Qui, accompagnements: int) -> Iterator[tuple[str, int, list[Any]]]:
    fait, rang = 0, 0
    while fait < accompagnements:
        contenu = _INDIVIDUEL if rang % 5 else _ATELIER
        activite_id = ActiviteId(uuid4())
        commande = EnregistrerActivite(
            activite_id=activite_id,
            par=MediateurId(qui.mediateur_id),
            compte_id=CompteId(qui.compte_id),
            contenu=contenu,
            emploi=StructureId(qui.compte_id),
            aujourd_hui=_MAINTENANT.date(),
            maintenant=_MAINTENANT,
        )
        yield ACTIVITE(activite_id).name, 0, [*decide(commande, initial)]
        fait, rang = fait + contenu.participants.total, rang + 1
