"""Les étiquettes d'un compte rendu, comme celui qui les lit les voit aujourd'hui."""

from collections.abc import Collection, Mapping
from uuid import UUID

from events.postgres.database import Database
from process.clock import Clock
from pydantic import BaseModel, ConfigDict
from web.auth import Caller

from activites.domain.vocabulaire import PorteeDeTag, TagId
from activites.policies.tags import place_de
from activites.projections import tags
from activites.projections.tags import Etiquette


class EtiquettePosee(BaseModel):
    """Une étiquette que l'on voit, telle qu'elle se lit aujourd'hui."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    nom: str
    portee: PorteeDeTag


async def etiquettes_lues(
    database: Database, moi: Caller, clock: Clock, posees: Collection[UUID]
) -> dict[UUID, Etiquette]:
    """Celles-ci, comme cette personne les lit. Sans étiquette, sans question."""
    return await tags.lire(database, await place_de(database, moi, clock), posees) if posees else {}


async def tags_vus(database: Database, moi: Caller, clock: Clock, tags: Collection[UUID]) -> frozenset[TagId]:
    """De celles-ci, celles que cette personne voit, sous ce nom ou sous un autre."""
    return frozenset(TagId(tag) for tag in await etiquettes_lues(database, moi, clock, tags))


def montrees(posees: Collection[UUID], lues: Mapping[UUID, Etiquette]) -> list[EtiquettePosee]:
    """Celles d'un compte rendu, parmi celles qui sont lues."""
    return [EtiquettePosee.model_validate(e) for e in tags.sur(posees, lues)]
