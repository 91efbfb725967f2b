"""What a client has just written elsewhere: an emploi, its lieux, a tag, that our copy may not know yet."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from events.postgres.database import Database
from events.projection.projection import Projection
from events.types import Position
from fastapi import Depends, Header, Request
from web.positions import Read, checkpoint, parse, wait_for, wait_until
from web.wiring import DatabaseDep

from activites.projections import emplois, lieux_choisis, lieux_connus, tags

type Copies = Sequence[Projection[Any]]

_COPIES: dict[str, Copies] = {
    "identity": (emplois, lieux_choisis),
    "cartographie": (lieux_connus,),
    "activites": (tags,),
}


@dataclass(frozen=True, slots=True)
class Voisins:
    """identity : position of what the client wrote there; None when it says nothing of it."""

    request: Request
    database: Database
    identity: Position | None = None

    async def attendre(self, copies: Copies) -> bool:
        """Before refusing for want of what these copies of identity may soon say, 2 s at most.

        False : nothing was written there, they have no more to say.
        """
        target = self.identity
        if target is None:
            return False
        reads = [checkpoint(self.database, copie.table.name) for copie in copies]

        async def toutes() -> bool:
            return all(await asyncio.gather(*(wait_until(read, "identity", target) for read in reads)))

        await wait_for(self.request, "identity", target, toutes)
        return True


async def apres_les_voisins(
    request: Request,
    database: DatabaseDep,
    x_position: Annotated[
        str | None,
        Header(
            description="Position d’un emploi, d’un lieu ou d’une étiquette tout juste écrits : attendue, 2 s"
        ),
    ] = None,
) -> Voisins:
    """An emploi just declared, a lieu just chosen, a tag just created: wait for our own copy of it."""
    if x_position is None:
        return Voisins(request, database)
    source, target = parse(x_position)
    copies = _COPIES.get(source, ())
    if copies:
        read = _la_plus_avancee(database, copies)
        await wait_for(request, source, target, lambda: wait_until(read, source, target))
    return Voisins(request, database, target if source == "identity" else None)


VoisinsDep = Annotated[Voisins, Depends(apres_les_voisins)]


def _la_plus_avancee(database: Database, copies: Copies) -> Read:
    """A copy stands at the last fact that it reads: what only one of them reads, the others never reach."""
    reads = [checkpoint(database, copie.table.name) for copie in copies]

    async def read(source: str) -> Position | None:
        atteintes = [await un(source) for un in reads]
        return max((position for position in atteintes if position is not None), default=None)

    return read
