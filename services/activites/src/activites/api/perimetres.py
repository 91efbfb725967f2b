"""Les médiateurs dont quelqu'un lit le travail : soi, et les membres de ses équipes."""

from collections.abc import Sequence
from uuid import UUID

from events.postgres.database import Database
from referentiels.territoires import PARIS, jour_civil
from web.auth import Caller
from web.problems import INTROUVABLE, Problem

from activites.projections import appartenances
from activites.projections.comptes_rapproches import comptes_rapproches
from activites.statistiques.personnes import par_personne
from activites.statistiques.questions import Perimetre


async def perimetres_de(
    database: Database, moi: Caller, demandes: Sequence[UUID] | None, *, actuels: bool = False
) -> list[Perimetre]:
    """Soi-même, et les membres de ses équipes : jusqu'à leur départ pour ceux qui sont partis.

    demandes : certains d'entre eux seulement.   actuels : sans ceux qui sont partis.
    Raises 404 pour qui n'en est pas.
    """
    comptes = [Perimetre(moi.mediateur_id)] if moi.mediateur_id is not None else []
    async with database.engine.connect() as connection:
        if moi.coordinateur_id is not None:
            for row in await connection.execute(appartenances.des_equipes_de(moi.coordinateur_id)):
                fin = jour_civil(row.parti_le, row.fuseau or PARIS) if row.parti_le else None
                comptes.append(Perimetre(row.mediateur_id, fin))
        ids = [compte.mediateur_id for compte in comptes]
        personnes = await comptes_rapproches.personnes(connection, "mediateur", ids)
    comptees = par_personne(comptes, personnes)
    if actuels:
        comptees = {un: siens for un, siens in comptees.items() if siens[0].jusqu_au is None}
    if demandes is not None and not comptees.keys() >= set(demandes):
        raise Problem(INTROUVABLE, "Ce médiateur n’est pas dans vos équipes.")
    retenues = comptees if demandes is None else demandes
    return list(dict.fromkeys(perimetre for qui in retenues for perimetre in comptees[qui]))
