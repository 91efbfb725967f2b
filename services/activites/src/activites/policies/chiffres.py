"""Who reads which figures: one's own, those of one's équipes, of where one works; and gives links to them."""

from uuid import UUID

from web.auth import ADMIN, COORDINATEUR, MEDIATEUR, Connecte, holds
from web.policies import Rule
from web.wiring import ClockDep, DatabaseDep

from activites import liens
from activites.domain.refus import LienInconnu
from activites.policies.personne import AUTEUR
from activites.policies.tags import place_de
from activites.projections import emplois, lieux_connus
from activites.projections.comptes_rapproches import comptes_rapproches

TERRITOIRE = "territoire"
"""Place of who works where the figures come from."""


LIRE_STATISTIQUES = Rule(
    "lire_statistiques",
    "Un médiateur : les siennes ; un coordinateur : celles de ses équipes.",
    roles=frozenset({MEDIATEUR, COORDINATEUR}),
)
PARTAGER_SES_CHIFFRES = Rule(
    "partager_ses_chiffres",
    "Un médiateur, un coordinateur : donner et révoquer ses propres liens.",
    roles=frozenset({MEDIATEUR, COORDINATEUR}),
)


async def _donneur(lien_id: UUID, moi: Connecte, database: DatabaseDep) -> str | None:
    async with database.engine.connect() as connection:
        sien = await connection.scalar(liens.sien(lien_id, moi.compte_id))
    return AUTEUR if sien else None


SON_LIEN = Rule(
    "son_lien",
    "Qui a donné ce lien.",
    roles=frozenset({MEDIATEUR, COORDINATEUR}),
    places=frozenset({AUTEUR}),
    place=_donneur,
    unknown=LienInconnu,
)
ADMINISTRER_LES_CHIFFRES = Rule(
    "administrer_les_chiffres",
    "Un administrateur : ceux de toute la plateforme.",
    roles=frozenset({ADMIN}),
)


# An administrator reads everywhere: where they are is not asked.
async def _du_departement(
    departement: str, moi: Connecte, database: DatabaseDep, clock: ClockDep
) -> str | None:
    if holds(moi, ADMIN):
        return TERRITOIRE
    return TERRITOIRE if departement in (await place_de(database, moi, clock)).departements else None


async def _du_lieu(lieu_id: UUID, moi: Connecte, database: DatabaseDep, clock: ClockDep) -> str | None:
    if holds(moi, ADMIN):
        return TERRITOIRE
    async with database.engine.connect() as connection:
        departement = await connection.scalar(lieux_connus.departement_de(lieu_id))
    return None if departement is None else await _du_departement(departement, moi, database, clock)


async def _de_la_structure(
    structure_id: UUID, moi: Connecte, database: DatabaseDep, clock: ClockDep
) -> str | None:
    if holds(moi, ADMIN):
        return TERRITOIRE
    async with database.engine.connect() as connection:
        siens = await comptes_rapproches.de(connection, moi)
        jour = clock.today(await emplois.fuseau(connection, moi.compte_id))
        employe = emplois.y_travaille(siens.comptes, structure_id, jour)
        return TERRITOIRE if await connection.scalar(employe) else None


_TERRITORIAL = frozenset({COORDINATEUR, ADMIN})
CHIFFRES_DU_DEPARTEMENT = Rule(
    "chiffres_du_departement",
    "Un coordinateur qui y est employé, un administrateur : sans les petites cases.",
    roles=_TERRITORIAL,
    places=frozenset({TERRITOIRE}),
    place=_du_departement,
)
CHIFFRES_DU_LIEU = Rule(
    "chiffres_du_lieu",
    "Un coordinateur employé dans son département, un administrateur : sans les petites cases.",
    roles=_TERRITORIAL,
    places=frozenset({TERRITOIRE}),
    place=_du_lieu,
)
CHIFFRES_DE_LA_STRUCTURE = Rule(
    "chiffres_de_la_structure",
    "Un coordinateur qu’elle emploie, un administrateur : sans les petites cases.",
    roles=_TERRITORIAL,
    places=frozenset({TERRITOIRE}),
    place=_de_la_structure,
)
