"""Rebuild of a PostgreSQL read model while it is being read and kept up to date (docs/moteur.md §5).

A shadow table is filled from the first event by the same code as the live one, then takes its name in one
short transaction. That transaction keeps writers off the table: a live projector, in any process, is either
before it (its page is in the shadow too) or after it (its compare-and-set fails and it reads again).
"""

import asyncio
import zlib
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import asyncpg
import sqlalchemy as sa
import structlog
from sqlalchemy import exc
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from events.codec import UnknownEventType
from events.postgres.database import BULK_SECONDS, Database, discard
from events.projection.checkpoints import advance, checkpoint_in, checkpoints, read_checkpoint
from events.projection.copied import Copied, Others, index
from events.projection.digest import Digest, compute
from events.projection.parking import parked, parked_dropped
from events.projection.projection import Projection, Projector
from events.projection.shadow import Shadow
from events.projection.source import Checkpoint, FeedSource, Source
from events.store import search
from events.store.store import Store
from events.types import Position

log = structlog.get_logger()

PAGE = 5_000
_SUFFIX = "__rebuild"
_LOCK_MS = 1_000
_SWAP_TRIES = 60
_CATCH_UP_SECONDS = 5.0


class RebuildRunning(Exception):
    """Somebody else is rebuilding this projection."""


class RebuildRefused(Exception):
    """The new table would be worse than the live one, or cannot take its place: nothing was changed."""


class NeverFed(RebuildRefused):
    """The table never read its stream: nothing to rebuild, and nothing that says how far to read."""


async def rebuild(
    database: Database,
    projection: Projection[Any],
    source_factory: Callable[[], Source[Any]],
    *,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Make the projection's table again from the first event, and swap it in. Returns the events replayed.

    source_factory : a source of its own, never the live projector's (on the bus: another consumer name); the
    caller closes it.   progress : told the events replayed so far, after each page.
    Of a projection that reads the feed, the server computes the table when it has a `digest` (digest.py), or
    most of its rows when it says which fact they are `copied` from (copied.py), up to the last events.
    Live projectors must run the same code: deploy first, rebuild after. Foreign keys and grants of the table
    are not carried over. Raises RebuildRunning, and RebuildRefused when an event fails that the live table
    took: the shadow is dropped and the live table stays.
    """
    async with _alone(database, projection.table.name):
        shadow = Shadow(projection, _SUFFIX)
        source = source_factory()
        first = getattr(projection, "copied", None) if isinstance(source, FeedSource) else None
        await _prepare(database, projection.table, shadow.table, indexes=first is None)
        try:
            return await _fill_and_swap(database, projection, shadow, source, first, progress or _nobody)
        finally:
            # After a swap, nothing of that name is left: this only cleans a failure.
            await _drop(database, shadow.table)


async def _fill_and_swap(
    database: Database,
    projection: Projection[Any],
    shadow: Shadow,
    source: Source[Any],
    first: type[Any] | None,
    told: Callable[[int], None],
) -> int:
    """first : the fact that most rows are copied from; the shadow then has no index yet."""
    live = projection.table.name
    if not isinstance(source, FeedSource) and await _furthest(database, live) == Checkpoint():
        raise NeverFed(f"{live} : jamais alimentée par le bus, il n'y a rien à refaire")
    filler = Projector(database, shadow, source, attempts=1, page=PAGE)
    count = 0

    async def step(filler: Projector = filler) -> int:
        nonlocal count
        try:
            taken = await filler.step()
        except UnknownEventType as error:
            raise RebuildRefused(f"{live} : un fait {error}, que ce code ne connaît pas") from error
        if taken:
            count += taken
            await _refuse_worse(database, live, filler.name)
            told(count)
        return taken

    async def behind(target: Checkpoint) -> bool:
        at = await read_checkpoint(database, filler.name)
        # The live one may have read what a restore removed since: nobody will read it again.
        if isinstance(source, FeedSource):
            target = min(target, await _end(database))
        return at.position < target.position and not await source.ended()

    async def catch_up() -> None:
        """Up to what is there when it begins: what comes meanwhile is for the swap, which holds writers."""
        target = end = await _furthest(database, live)
        if isinstance(source, FeedSource):
            end = await _end(database)
        while ((taken := await step()) == PAGE and await behind(end)) or await behind(target):
            if taken == 0:
                await source.wait()

    digest: Digest | None = getattr(projection, "digest", None)
    if digest is not None and isinstance(source, FeedSource):
        end, count = await compute(database, digest, shadow.table, told)
        async with database.raw() as connection:
            await advance(connection, filler.name, source.name, Checkpoint(), Checkpoint(end))
    if first is not None and isinstance(source, FeedSource):
        copied, count = await _copied(source.store, first, shadow.table, told)
        await index(database, projection.table, shadow.table)
        others = Projector(database, shadow, Others(source.store, source.name, copied), attempts=1, page=PAGE)
        while await step(others):
            pass
        async with database.raw() as connection:
            at = await checkpoint_in(connection, filler.name)
            await advance(connection, filler.name, source.name, at, copied.end)
    await catch_up()
    await _analyze(database, shadow.table)
    for _ in range(_SWAP_TRIES):
        await catch_up()
        try:
            await _swap(database, projection.table, shadow.table, step, behind)
        except TimeoutError:
            log.info("rebuild_late", projection=live)
        except exc.DBAPIError as error:
            match getattr(error.orig, "sqlstate", None):
                case "55P03":
                    # A long reader holds the table. Waiting longer would make new readers wait behind us.
                    log.info("rebuild_waits_for_readers", projection=live)
                case "2BP01":
                    raise RebuildRefused(
                        f"{live} : une vue ou une clé étrangère dépend de la table"
                    ) from error
                case _:
                    raise
        else:
            log.info("rebuild_done", projection=live, events=count)
            return count
        await asyncio.sleep(0.2)
    raise RebuildRefused(f"{live} : la table est restée occupée, la reconstruction est abandonnée")


async def _swap(
    database: Database,
    live: sa.Table,
    shadow: sa.Table,
    step: Callable[[], Any],
    behind: Callable[[Checkpoint], Any],
) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(sa.text(f"set local lock_timeout = {_LOCK_MS}"))
        # Same order as a projector, whose one statement locks its tables before any row: nobody can deadlock.
        await connection.execute(sa.text(f"lock table {_quoted(live)} in share row exclusive mode"))
        held = await _hold(connection, live.name)
        # What the live one took is below the watermark: it can be read whatever this transaction holds back.
        async with asyncio.timeout(_CATCH_UP_SECONDS):
            while await behind(held):
                await step()
        live_name, shadow_name = _quoted(live), _quoted(shadow)
        await connection.execute(sa.text(f"lock table {live_name} in access exclusive mode"))
        names = await _paired_indexes(connection, live_name, shadow_name)
        await connection.execute(sa.text(f"drop table {live_name}"))
        await connection.execute(sa.text(f"alter table {shadow_name} rename to {_quote(live.name)}"))
        for new, old in names:
            if new != old:
                await connection.execute(sa.text(f"alter index {_inside(live, new)} rename to {_quote(old)}"))
        await _take_over(connection, live.name, shadow.name)


def _of(column: sa.Column[str], live: str) -> sa.ColumnElement[bool]:
    """What is kept under the table's name: one line, or one for each share (`table#0/2`…, bus.Share)."""
    return sa.or_(column == live, sa.func.starts_with(column, live + "#"))


def _checkpoints_of(live: str) -> sa.Select[*tuple[int, ...]]:
    return sa.select(checkpoints.c.xid, checkpoints.c.number, checkpoints.c.sequence).where(
        _of(checkpoints.c.projection, live)
    )


async def _furthest(database: Database, live: str) -> Checkpoint:
    """Where the live table stands; its furthest share when several projectors keep it."""
    async with database.engine.connect() as connection:
        found = await connection.execute(_checkpoints_of(live))
        return max((Checkpoint(Position(r.xid, r.number), r.sequence) for r in found), default=Checkpoint())


async def _end(database: Database) -> Checkpoint:
    """Of the journal, below the watermark."""
    last = await search.page(database, search.Wanted(), None, 1, backwards=True)
    return Checkpoint(Position(last[0]["xid"], last[0]["position"])) if last else Checkpoint()


async def _hold(connection: AsyncConnection, live: str) -> Checkpoint:
    found = await connection.execute(
        _checkpoints_of(live).order_by(checkpoints.c.projection).with_for_update()
    )
    return max(Checkpoint(Position(r.xid, r.number), r.sequence) for r in found)


async def _take_over(connection: AsyncConnection, live: str, shadow: str) -> None:
    """The live checkpoint and parked events become the shadow's. The row is written even if it says the same:
    that is what live projectors notice."""
    columns = [checkpoints.c[name] for name in ("source", "xid", "number", "sequence")]
    found = await connection.execute(sa.select(*columns).where(checkpoints.c.projection == shadow))
    await connection.execute(
        sa.update(checkpoints)
        .where(_of(checkpoints.c.projection, live))
        .values(**found.mappings().one(), updated_at=sa.func.clock_timestamp())
    )
    await connection.execute(sa.delete(checkpoints).where(checkpoints.c.projection == shadow))
    await connection.execute(sa.delete(parked).where(_of(parked.c.projection, live)))
    dropped = sa.select(parked_dropped.c.event_id).where(_of(parked_dropped.c.projection, live))
    forgone = sa.delete(parked).where(parked.c.projection == shadow, parked.c.event_id.in_(dropped))
    for event in await connection.execute(forgone.returning(parked.c.event_id, parked.c.type)):
        log.warning("dropped_event", projection=live, event_id=str(event.event_id), event_type=event.type)
    await connection.execute(sa.update(parked).where(parked.c.projection == shadow).values(projection=live))


async def _paired_indexes(connection: AsyncConnection, live: str, shadow: str) -> list[tuple[str, str]]:
    """(name in the shadow, name in the live table) of each index, paired by definition."""
    found = await connection.execute(
        sa.text(
            """
            with defined as (
              select i.indrelid, c.relname::text as name,
                     substring(pg_get_indexdef(i.indexrelid) from ' USING .*') as definition,
                     i.indisunique as uniq, i.indisprimary as prim,
                     row_number() over (partition by i.indrelid, i.indisunique, i.indisprimary,
                       substring(pg_get_indexdef(i.indexrelid) from ' USING .*') order by i.indexrelid) as n
              from pg_index i join pg_class c on c.oid = i.indexrelid
              where i.indrelid in (to_regclass(:live), to_regclass(:shadow)))
            select s.name as new, l.name as old
            from (select * from defined where indrelid = to_regclass(:live)) l
            full join (select * from defined where indrelid = to_regclass(:shadow)) s
              using (definition, uniq, prim, n)
            """
        ),
        {"live": live, "shadow": shadow},
    )
    pairs = [(row.new, row.old) for row in found]
    if any(new is None or old is None for new, old in pairs):
        raise RebuildRefused(f"{live} : ses index ont changé pendant la reconstruction")
    return pairs


async def _refuse_worse(database: Database, live: str, shadow: str) -> None:
    """An event that this code cannot take, and that the live table took, is a fault of the code; one that
    was aside, or that an operator dropped, is not."""
    known = sa.union_all(
        *(sa.select(t.c.event_id).where(_of(t.c.projection, live)) for t in (parked, parked_dropped))
    )
    failed = sa.select(parked.c.type, parked.c.error).where(
        parked.c.projection == shadow, parked.c.event_id.not_in(known)
    )
    async with database.engine.connect() as connection:
        first = (await connection.execute(failed.limit(1))).first()
    if first is not None:
        raise RebuildRefused(f"{live} : un fait {first.type} ne passe pas ({first.error})")


async def _copied(
    store: Store[Any], fact: type[Any], table: sa.Table, told: Callable[[int], None]
) -> tuple[Copied, int]:
    """What the server has copied, and how many rows: nothing when a fact has no such row. The fold of every
    fact then says which one, as for any other table."""
    copied = Copied(store, fact, table)
    try:
        return copied, await copied.make(told)
    except (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError) as error:
        log.warning("rebuild_copies_nothing", table=table.name, error=type(error).__name__)
        async with store.database.raw() as connection:
            await connection.execute(f"truncate {_quoted(table)}")
        copied.end = Checkpoint()
        return copied, 0


def _nobody(_: int) -> None:
    """Told how far a rebuild is."""


async def _prepare(database: Database, live: sa.Table, shadow: sa.Table, *, indexes: bool) -> None:
    """An empty shadow table, and a live checkpoint's row to hold."""
    await _drop(database, shadow)
    async with database.engine.begin() as connection:
        what = "including all" if indexes else "including all excluding indexes"
        like = f"create table {_quoted(shadow)} (like {_quoted(live)} {what})"
        await connection.execute(sa.text(like))
        await connection.execute(
            insert(checkpoints).values(projection=shadow.name, source="", xid=0, number=0, sequence=0)
        )
        if (await connection.execute(_checkpoints_of(live.name).limit(1))).first() is None:
            await connection.execute(
                insert(checkpoints)
                .values(projection=live.name, source="", xid=0, number=0, sequence=0)
                .on_conflict_do_nothing()
            )


async def _drop(database: Database, shadow: sa.Table) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(sa.text(f"drop table if exists {_quoted(shadow)}"))
        await connection.execute(sa.delete(checkpoints).where(checkpoints.c.projection == shadow.name))
        await connection.execute(sa.delete(parked).where(parked.c.projection == shadow.name))


async def _analyze(database: Database, table: sa.Table) -> None:
    async with database.raw() as connection:
        await connection.execute(f"analyze {_quoted(table)}", timeout=BULK_SECONDS)


@asynccontextmanager
async def _alone(database: Database, name: str) -> AsyncGenerator[None]:
    """One rebuild of a projection at a time, whatever the process. No transaction stays open meanwhile."""
    key = zlib.crc32(f"rebuild:{name}".encode())
    async with database.raw() as connection:
        if not await connection.fetchval("select pg_try_advisory_lock($1)", key):
            raise RebuildRunning(name)
        try:
            yield
        finally:
            # Given back at once for the next rebuild; failing that it ends with its session.
            with suppress(Exception):
                await connection.execute("select pg_advisory_unlock($1)", key, timeout=2)
            discard(connection)


def _quote(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _inside(table: sa.Table, name: str) -> str:
    return f"{_quote(table.schema)}.{_quote(name)}" if table.schema else _quote(name)


def _quoted(table: sa.Table) -> str:
    return _inside(table, table.name)
