"""Who sees a tag, and who holds it: from their place, at this very moment."""

from typing import Annotated
from uuid import UUID

from events.postgres.database import Database
from fastapi import Depends
from process.clock import Clock
from referentiels.territoires import PARIS
from web.auth import ADMIN, COORDINATEUR, MEDIATEUR, Caller, Connecte, holds
from web.policies import Rule
from web.wiring import ClockDep, DatabaseDep, StoreDep

from activites.domain import tag
from activites.domain.coordination_vocabulaire import CoordinateurId
from activites.domain.place import Place
from activites.domain.refus import TagInconnu
from activites.domain.tag import TAG
from activites.domain.vocabulaire import CompteId, EquipeId, MediateurId
from activites.policies.personne import AUTEUR
from activites.projections import appartenances, coordinations, emplois
from activites.projections.comptes_rapproches import comptes_rapproches


async def place_de(database: Database, caller: Caller, clock: Clock) -> Place:
    """From where the caller sees tags, at this very moment: who left an équipe has lost its own."""
    async with database.engine.connect() as connection:
        siens = await comptes_rapproches.de(connection, caller)
        membre = await connection.scalars(appartenances.equipes_de(siens.mediateurs))
        equipes = set(membre)
        equipes |= set(await connection.scalars(coordinations.equipes_de(siens.coordinateurs)))
        emplois_situes = (await connection.execute(emplois.departements(siens.comptes))).all()
    jour = clock.today(next((e.fuseau for e in reversed(emplois_situes) if e.fuseau), PARIS))
    en_cours = [e for e in emplois_situes if e.debut <= jour and (e.fin is None or jour <= e.fin)]
    return Place(
        comptes=tuple(CompteId(compte) for compte in siens.comptes),
        mediateurs=tuple(MediateurId(mediateur) for mediateur in siens.mediateurs),
        coordinateurs=tuple(CoordinateurId(coordinateur) for coordinateur in siens.coordinateurs),
        saisit=holds(caller, MEDIATEUR) or holds(caller, COORDINATEUR),
        coordonne=holds(caller, COORDINATEUR),
        administre=holds(caller, ADMIN),
        equipes=frozenset(EquipeId(equipe) for equipe in equipes),
        departements=tuple(dict.fromkeys(e.departement for e in en_cours)),
    )


async def _place_des_tags(moi: Connecte, database: DatabaseDep, clock: ClockDep) -> Place:
    return await place_de(database, moi, clock)


PlaceDep = Annotated[Place, Depends(_place_des_tags)]
"""From where the caller sees tags."""


async def _tag(tag_id: UUID, store: StoreDep) -> tuple[tag.State, int]:
    return await store.state(TAG(tag_id))


TagDep = Annotated[tuple[tag.State, int], Depends(_tag)]
"""The tag of the path, as its journal says it now, and its version."""


async def _voit(trouve: TagDep, place: PlaceDep) -> str | None:
    etendue = tag.etendue_de(trouve[0])
    return AUTEUR if etendue is not None and place.voit(etendue) else None


async def _tient(trouve: TagDep, place: PlaceDep) -> str | None:
    etendue = tag.etendue_de(trouve[0])
    return AUTEUR if etendue is not None and place.tient(etendue) else None


_ETIQUETTE = frozenset({MEDIATEUR, COORDINATEUR, ADMIN})
SES_TAGS = Rule(
    "ses_tags",
    "Un médiateur, un coordinateur, un administrateur : les étiquettes que sa place lui montre.",
    roles=_ETIQUETTE,
)
VOIR_L_USAGE_DES_TAGS = Rule(
    "voir_l_usage_des_tags",
    "Un administrateur : ce que tous font des étiquettes, sans les mots des personnelles.",
    roles=frozenset({ADMIN}),
)
VOIR_UN_TAG = Rule(
    "voir_un_tag",
    "Qui voit l’étiquette : la sienne, celles de ses équipes, de son département, les nationales.",
    roles=_ETIQUETTE,
    places=frozenset({AUTEUR}),
    place=_voit,
    unknown=TagInconnu,
)
TENIR_UN_TAG = Rule(
    "tenir_un_tag",
    "Qui tient l’étiquette : son auteur, son équipe, un coordinateur du département, un administrateur.",
    roles=_ETIQUETTE,
    places=frozenset({AUTEUR}),
    place=_tient,
    unknown=TagInconnu,
)
