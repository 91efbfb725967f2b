"""Waiting until everybody has read and done everything."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import asyncpg
import httpx2
from events.contract import Contract
from events.postgres.database import is_unavailable
from events.service import Service
from events.store.store import Store
from events.types import START, Position

from chaos.history import Erased
from chaos.journals import SERVICES
from chaos.world import World

HEARD = {"identity": ("identity", "activites", "equipes"), "cartographie": ("cartographie",)}
"""Who erases what the service erased: itself, and those that hear it."""
_AWAITED = ("effacements", "adhesions")
"""Reactions whose orders write facts: they are waited for. The others' are mails, or another day's."""
_PAGE = 1000


@dataclass(frozen=True, slots=True)
class Settling:
    """last : the reader that was waited for the longest.   late : those that never caught up."""

    seconds: float
    last: str
    late: tuple[str, ...]


class _Front:
    """How far a service has written: its last fact, and the last one behind each contract.

    Only what is new is read at each look.
    """

    def __init__(self, service: Service[Any], store: Store[Any]) -> None:
        self.end = START
        self._service = service
        self._store = store
        self._last: dict[type[Contract], Position] = {}

    async def look(self) -> None:
        while page := await self._store.page(self.end, _PAGE):
            for recorded in await self._store.decode(page, cached=True):
                contract = self._service.to_contract(recorded.event)
                if contract is not None:
                    self._last[type(contract)] = recorded.position
            self.end = page[-1].position

    def last(self, contracts: Sequence[type[Contract]]) -> Position:
        """A reader of the bus stands on the last fact that it reads: the others never reach it."""
        return max((self._last.get(contract, START) for contract in contracts), default=START)


async def settle(world: World, seconds: float) -> Settling:
    """Wait until everybody has read the whole journals, for so many seconds at most."""
    loop = asyncio.get_running_loop()
    start = loop.time()
    fronts = {name: _Front(service, world.journals[name]) for name, service in SERVICES.items()}
    last, quiet = "personne", False
    async with httpx2.AsyncClient(timeout=5) as client:
        while True:
            try:
                late = await _late(world, fronts, client)
            except Exception as error:
                if not is_unavailable(error) and not isinstance(error, httpx2.TransportError):
                    raise
                late = ("un serveur, ou le service des statistiques, qui ne répond pas",)
            waited = loop.time() - start
            # Twice: what one service had yet to do may have been a fact that another reads.
            if (not late and quiet) or waited > seconds:
                return Settling(waited, last, late)
            quiet = not late
            last = ", ".join(late) or last
            await asyncio.sleep(0.1)


async def _late(world: World, fronts: dict[str, _Front], client: httpx2.AsyncClient) -> tuple[str, ...]:
    late: list[str] = []
    for front in fronts.values():
        await front.look()
    for name, service in SERVICES.items():
        wanted = _wanted(service, fronts)
        async with world.journals[name].database.raw() as connection:
            rows = await connection.fetch("select projection, xid, number from checkpoints")
            at = {row["projection"]: Position(row["xid"], row["number"]) for row in rows}
            late += [
                f"{name} {reader}" for reader, position in wanted.items() if at.get(reader, START) < position
            ]
            late += await _undone(connection, name, world.told.erased)
    if not await _counted(world, fronts["activites"].end, client):
        late.append("statistiques")
    return tuple(late)


def _wanted(service: Service[Any], fronts: dict[str, _Front]) -> dict[str, Position]:
    """How far each reader of a service must be."""
    own = fronts[service.name].end
    wanted = {"relay": own} | {projection.table.name: own for projection in service.own}
    wanted |= {fed.name: fronts[fed.service].last(fed.contracts) for fed in service.fed}
    for reaction in service.reactions:
        heard = reaction.service
        wanted[reaction.name] = fronts[heard].last(reaction.reads) if heard else own
    return wanted


async def _undone(connection: asyncpg.Connection, service: str, erased: Collection[Erased]) -> list[str]:
    """What was ordered and is not done; who is to be erased here and is not."""
    late: list[str] = []
    if await connection.fetchval(
        """select exists (select from orders where state = 'waiting' and reaction = any($1)
             and coalesce(at, to_timestamp(0)) <= clock_timestamp())""",
        list(_AWAITED),
    ):
        late.append(f"{service} ordres")
    persons = [one.person for one in erased if service in HEARD[one.service]]
    known = await connection.fetchval(
        "select count(*) from coffre.effacements where person = any($1::uuid[])", persons
    )
    if (known or 0) < len(persons):
        late.append(f"{service} effacements")
    return late


async def _counted(world: World, end: Position, client: httpx2.AsyncClient) -> bool:
    """The statistics answer when they have counted that far, or say that they have not."""
    port = world.roles["activites statistiques"].port
    answer = await client.get(
        f"http://127.0.0.1:{port}/statistiques/publiques", headers={"X-Position": f"activites:{end}"}
    )
    return answer.status_code == 200 and "X-Position-Atteinte" not in answer.headers
