"""Les médiateurs dont quelqu'un lit le travail : soi, et les membres de ses équipes."""

from collections.abc import Sequence
from uuid import UUID

from events.postgres.database import Database
from sqlalchemy.ext.asyncio import AsyncConnection
from web.auth import Caller
from web.problems import INTROUVABLE, Problem

from activites.projections import appartenances, coordinations
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.statistiques.definitions import DeQui
from activites.statistiques.filtres import Perimetre
from activites.statistiques.personnes import par_personne


async def perimetres_de(
    database: Database,
    moi: Caller,
    demandes: Sequence[UUID] | None,
    *,
    actuels: bool = False,
    toujours: bool = True,
    equipe: UUID | None = None,
) -> list[Perimetre]:
    """Soi-même, et les membres de ses équipes, chacun pendant ses périodes d'appartenance.

    demandes : certains d'entre eux seulement.   actuels : sans ceux qui sont partis.   toujours : ôte le
    début de leurs périodes, jamais la fin.   equipe : une de celles que l'on coordonne, sans soi-même.
    Raises 404 pour qui n'en est pas, et pour une équipe que l'on ne coordonne pas.
    """
    comptes = [Perimetre(moi.mediateur_id)] if equipe is None and moi.mediateur_id is not None else []
    async with database.engine.connect() as connection:
        if equipe is not None and not await _coordonne(connection, moi, equipe):
            raise Problem(INTROUVABLE, "Vous ne coordonnez pas cette équipe.")
        if moi.coordinateur_id is not None:
            for membre in await appartenances.des_equipes_de(connection, moi.coordinateur_id, equipe):
                comptes += [
                    Perimetre(membre.mediateur_id, fin, depuis=None if toujours else debut)
                    for debut, fin in membre.periodes
                ]
        ids = [compte.mediateur_id for compte in comptes]
        personnes = await comptes_rapproches.personnes(connection, "mediateur", ids)
    comptees = par_personne(comptes, personnes)
    if actuels:
        comptees = {un: siens for un, siens in comptees.items() if any(p.jusqu_au is None for p in siens)}
    if demandes is not None and not comptees.keys() >= set(demandes):
        raise Problem(INTROUVABLE, "Ce médiateur n’est pas dans vos équipes.")
    retenues = comptees if demandes is None else demandes
    return list(dict.fromkeys(perimetre for qui in retenues for perimetre in comptees[qui]))


def de_qui(moi: Caller, perimetres: Sequence[Perimetre]) -> DeQui:
    """De soi, de ses équipes, ou des deux. perimetres : ceux que cette personne compte."""
    personnes = {p.mediateur_id: p.personne or p.mediateur_id for p in perimetres}
    siens = moi.mediateur_id in personnes
    if len(set(personnes.values())) > siens:
        return DeQui.SOI_ET_EQUIPES if siens else DeQui.EQUIPES
    return DeQui.SOI if siens or moi.coordinateur_id is None else DeQui.EQUIPES


async def ceux_ci(database: Database, mediateurs: Sequence[UUID]) -> list[Perimetre]:
    """Ces médiateurs, depuis toujours, avec ce que chacun a saisi sous d'autres comptes."""
    async with database.engine.connect() as connection:
        personnes = await comptes_rapproches.personnes(connection, "mediateur", mediateurs)
    comptees = par_personne([Perimetre(un) for un in mediateurs], personnes)
    return list(dict.fromkeys(perimetre for siens in comptees.values() for perimetre in siens))


async def _coordonne(connection: AsyncConnection, moi: Caller, equipe: UUID) -> bool:
    siens = (await comptes_rapproches.de(connection, moi)).coordinateurs
    return equipe in (await connection.scalars(coordinations.equipes_de(siens))).all()
