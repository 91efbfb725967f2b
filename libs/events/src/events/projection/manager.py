"""Process managers: what follows from facts, the service's own or another's, as a pure function.

`react` gives the row to remember and the orders to carry out; row, orders and checkpoint are written by one
statement. executor.py then carries the orders out, each alone. A replay creates no order twice: its
identifier comes from the reaction, the key, the fact and the rank.
"""

import asyncio
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol
from uuid import UUID, uuid5

import asyncpg
import orjson

from events.codec import Codec, UnknownEventType
from events.patience import Patience
from events.postgres.database import Database
from events.projection.checkpoints import Overtaken, advance, open_checkpoint
from events.projection.executor import Asked
from events.projection.guilt import Guilty, fault_of, may_pass_alone, pure
from events.projection.parking import park
from events.projection.projection import taken
from events.projection.source import Checkpoint, Delivery, Source
from events.projection.worker import read_for_ever

PAGE = 200


@dataclass(frozen=True, slots=True)
class Order[O]:
    """Something to do. what : one of the frozen dataclasses that the reaction declares.   at : not before."""

    what: O
    at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Then[R, O]:
    """What follows from a fact. row : remembered for its key; None forgets it, and withdraws the orders of
    earlier facts that still wait."""

    row: R | None
    orders: Sequence[Order[O]] = ()


class ProcessManager[R, E, T, O](Protocol):
    """What `reactions/<name>.py` offers. E : the events or contracts read. T : the service's tools."""

    def key(self, event: E) -> UUID:
        """What the fact is about."""
        ...

    def react(self, row: R | None, event: E) -> Then[R, O]:
        """Pure."""
        ...

    async def perform(self, tools: T, asked: Asked[O]) -> None:
        """Carry an order out. May be called again: doing it twice changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Reaction:
    """A process manager, in the description of its service.

    name : of its checkpoint.   reads : events of its own service, or contracts of `service` when it has one.
    orders : the union of what its orders carry.   rows : the dataclass it remembers; None when nothing.
    """

    name: str
    manager: ProcessManager[Any, Any, Any, Any]
    reads: tuple[type[Any], ...]
    orders: Any
    rows: type[Any] | None = None
    service: str = ""


@dataclass(slots=True)
class _Page:
    """What a page changes. rows : by key, None for those to forget. withdrawn : key -> the last time."""

    rows: dict[str, Any] = field(default_factory=dict[str, Any])
    withdrawn: dict[str, Checkpoint] = field(default_factory=dict[str, Checkpoint])
    orders: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])


class Manager:
    """Runs one reaction's function over its facts. A second copy harms nothing: the checkpoint fences it."""

    def __init__(self, database: Database, source: Source[Any], reaction: Reaction) -> None:
        self.name = reaction.name
        self.given = asyncio.Event()
        """Set when orders were written: the executor of this process need not wait for its next look."""
        self._database = database
        self._source = source
        self._manager = reaction.manager
        self._reads = reaction.reads
        self._foreign = source.names - {cls.__name__ for cls in reaction.reads}
        self._rows = _clear(Codec[Any](reaction.rows)) if reaction.rows is not None else None
        self._orders = order_codec(reaction)
        self._one_by_one = 0

    async def run(self) -> None:
        """React for ever. Waits while a server is away, or whatever else is no fact's fault."""
        await read_for_ever(self.step, self._source.wait, Patience("reaction", reaction=self.name))

    async def step(self) -> int:
        """Take one page. Returns the number of facts taken or parked."""
        before, _ = await open_checkpoint(self._database, self.name)
        page = await self._source.page(before, 1 if self._one_by_one else PAGE)
        if not page:
            return 0
        try:
            await self._take(before, page)
        except (Overtaken, UnknownEventType):
            # Older code reading newer facts is no fault of theirs: it stops, and newer code goes on.
            raise
        except Exception as error:
            if len(page) > 1 and may_pass_alone(error):
                self._one_by_one = len(page)
                return await self.step()
            fault = fault_of(error)
            if fault is None:
                raise
            await self._park(before, page[0], fault)
        self._one_by_one = max(0, self._one_by_one - len(page))
        await self._source.taken(page[-1])
        taken(self.name, page)
        return len(page)

    async def again(self, delivery: Delivery) -> None:
        """React to one parked fact, on the present row; the checkpoint stays. Raises the error it meets."""
        try:
            await self._take(None, [delivery])
        except Guilty as guilty:
            raise guilty.fault from None

    async def _take(self, before: Checkpoint | None, page: Sequence[Delivery]) -> None:
        """before : None leaves the checkpoint where it is."""
        read = [delivery for delivery in page if delivery.type not in self._foreign]
        events = await self._source.decode(read)
        with pure():
            keys = [self._key(event) for event in events]
        async with self._database.raw() as connection:
            rows = await self._load(connection, {key for key in keys if key is not None})
            after = self._fold(rows, list(zip(keys, events, read, strict=True)))
            saved = await self._save(connection, after, before, page[-1].checkpoint)
        if not saved:
            raise Overtaken(self.name)
        if after.orders:
            self.given.set()

    def _key(self, event: Any) -> str | None:
        """None when this reaction does not read such events."""
        return str(self._manager.key(event)) if isinstance(event, self._reads) else None

    def _fold(self, rows: dict[str, Any], facts: Sequence[tuple[str | None, Any, Delivery]]) -> _Page:
        """The function over the page, in memory: nothing is written yet."""
        after = _Page()
        for key, event, delivery in facts:
            if key is None:
                continue
            with pure():
                then = self._manager.react(rows.get(key), event)
                orders = [self._order(key, delivery, n, o) for n, o in enumerate(then.orders)]
            rows[key] = after.rows[key] = then.row
            if then.row is None:
                after.withdrawn[key] = delivery.checkpoint
                _withdraw(after, key)
            after.orders += orders
        return after

    async def _load(self, connection: asyncpg.Connection, keys: set[str]) -> dict[str, Any]:
        if self._rows is None or not keys:
            return {}
        found = await connection.fetch(
            "select key, data from reaction_rows where reaction = $1 and key = any($2)", self.name, list(keys)
        )
        return {row["key"]: self._read(row["data"]) for row in found}

    def _read(self, data: str) -> Any:
        stored: Any = orjson.loads(data)
        assert self._rows is not None, "rows are only written with their codec"
        return self._rows.decode(stored["type"], stored["version"], orjson.dumps(stored["row"]))

    def _order(self, key: str, delivery: Delivery, rank: int, order: Order[Any]) -> dict[str, Any]:
        encoded = self._orders.encode(order.what)
        return {
            "id": uuid5(delivery.id, f"{self.name}/{key}/{rank}"),
            "key": key,
            "cause": delivery.id,
            "xid": delivery.checkpoint.position.xid,
            "number": delivery.checkpoint.position.number,
            "rank": rank,
            "type": encoded.type,
            "schema_version": encoded.schema_version,
            "data": orjson.Fragment(encoded.data),
            "at": order.at,
            "state": "waiting",
        }

    async def _save(
        self, connection: asyncpg.Connection, after: _Page, old: Checkpoint | None, new: Checkpoint
    ) -> bool:
        """Everything or nothing. False when somebody else moved the checkpoint: nothing is written then."""
        kept = [
            {"key": key, "data": self._written(row)} for key, row in after.rows.items() if row is not None
        ]
        withdrawn = [{"key": key, **at.position._asdict()} for key, at in after.withdrawn.items()]
        before = old or Checkpoint()
        saved = await connection.fetchval(
            _SAVE,
            self.name,
            self._source.name,
            *new.position,
            new.sequence,
            *before.position,
            before.sequence,
            old is None,
            [key for key, row in after.rows.items() if row is None],
            *(orjson.dumps(rows, default=str).decode() for rows in (kept, withdrawn, after.orders)),
        )
        return bool(saved)

    def _written(self, row: Any) -> dict[str, Any]:
        if self._rows is None:
            raise TypeError(f"{self.name} : une ligne à retenir, et aucun type déclaré (rows)")
        encoded = self._rows.encode(row)
        return {"type": encoded.type, "version": encoded.schema_version, "row": orjson.Fragment(encoded.data)}

    async def _park(self, before: Checkpoint, delivery: Delivery, error: Exception) -> None:
        async with self._database.raw() as connection, connection.transaction():
            await advance(connection, self.name, self._source.name, before, delivery.checkpoint)
            await park(connection, self.name, self._source.name, delivery, 1, error)


def order_codec(reaction: Reaction) -> Codec[Any]:
    """Of the orders of a reaction. Raises TypeError when one could hold a person's text."""
    return _clear(Codec[Any](reaction.orders))


def _clear(codec: Codec[Any]) -> Codec[Any]:
    """Rows and orders are kept in clear, and read by operators: they name a person by an identifier only."""
    if codec.personal:
        raise TypeError(
            f"{', '.join(sorted(codec.personal))} : ni ligne ni ordre ne porte le texte d'une personne"
        )
    return codec


def _withdraw(after: _Page, key: str) -> None:
    """Orders of the same page: written as withdrawn, so that a replay meets them."""
    for order in after.orders:
        if order["key"] == key:
            order["state"] = "withdrawn"


# `moved` comes first because the others ask it: a lost race writes nothing. One statement, one commit. An
# order is withdrawn by a later fact only: replayed alone, an old one leaves what came after it.
_SAVE = """
with moved as (
  update checkpoints
  set source = $2, xid = $3, number = $4, sequence = $5, updated_at = clock_timestamp()
  where projection = $1 and xid = $6 and number = $7 and sequence = $8 and not $9
  returning true
), let_go as (
  select from moved union all select where $9
), gone as (
  delete from reaction_rows where reaction = $1 and key = any($10::text[]) and exists (select from let_go)
), kept as (
  insert into reaction_rows (reaction, key, data)
  select $1, key, data from jsonb_to_recordset($11::text::jsonb) as k(key text, data jsonb)
  where exists (select from let_go)
  on conflict (reaction, key) do update set data = excluded.data
), withdrawn as (
  update orders o set state = 'withdrawn', ended_at = clock_timestamp()
  from jsonb_to_recordset($12::text::jsonb) as w(key text, xid bigint, number bigint)
  where o.reaction = $1 and o.key = w.key and o.state = 'waiting'
    and (o.xid, o.number) < (w.xid, w.number) and exists (select from let_go)
), given as (
  insert into orders (id, reaction, key, cause, xid, number, rank, type, schema_version, data, at, state)
  select id, $1, key, cause, xid, number, rank, type, schema_version, data, at, state
  from jsonb_to_recordset($13::text::jsonb) as n(id uuid, key text, cause uuid, xid bigint, number bigint,
    rank smallint, type text, schema_version smallint, data jsonb, at timestamptz, state text)
  where exists (select from let_go)
  on conflict (id) do nothing
)
select exists (select from let_go)
"""
