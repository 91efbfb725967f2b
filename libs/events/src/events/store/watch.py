"""What ops watch of a journal, measured by each process that works on it, even when the bus is away."""

import asyncio
from typing import Any

import structlog

from events import metrics
from events.patience import Patience
from events.store.store import Store

log = structlog.get_logger()

_SECONDS = 2.0
_LATE = """
select c.projection,
       (c.xid, c.number) > (coalesce(last.xid::text::bigint, 0), coalesce(last.position, 0)) as ahead,
       greatest(0, last.position - c.number) as numbers,
       (select l.number from checkpoints l where l.projection || '__rebuild' = c.projection) as target,
       c.number
from checkpoints c
left join (select xid, position from events order by xid desc, position desc limit 1) last on true
where c.source = $1 or c.projection like '%\\_\\_rebuild'
"""
_UNPUBLISHED = """
select greatest(0, extract(epoch from clock_timestamp() - recorded_at))
from events
where (xid, position) > (
  coalesce((select xid from checkpoints where projection = 'relay'), 0)::text::xid8,
  coalesce((select number from checkpoints where projection = 'relay'), 0))
order by xid, position limit 1
"""
_ORDERS = """
select reaction, greatest(0, extract(epoch from clock_timestamp() - min(coalesce(at, created_at)))) as late
from orders where state = 'waiting' group by 1
"""


class Watch:
    """Measures every 2 s."""

    def __init__(self, store: Store[Any], service: str) -> None:
        self._store = store
        self._service = service
        self._faulty: set[str] = set()

    async def run(self) -> None:
        """Measure for ever. Waits while the server is away."""
        patience = Patience("measures", service=self._service)
        while True:
            try:
                await self.look()
                patience.over()
            except Exception as error:
                patience.met(error)
            await asyncio.sleep(_SECONDS)

    async def look(self) -> None:
        """Measure now."""
        metrics.watermark_age.set(await self._store.hidden_seconds())
        async with self._store.database.raw() as connection:
            late = await connection.fetch(_LATE, self._service)
            parked = await connection.fetch("select projection, count(*) as n from parked group by 1")
            orders = await connection.fetch(_ORDERS)
            unpublished = await connection.fetchval(_UNPUBLISHED)
        metrics.relay_lag.labels(self._service).set(unpublished or 0)
        metrics.orders_late.clear()
        for row in orders:
            metrics.orders_late.labels(row["reaction"]).set(row["late"])
        metrics.parked_now.clear()
        for row in parked:
            metrics.parked_now.labels(row["projection"]).set(row["n"])
        metrics.rebuild_progress.clear()
        for row in late:
            name = row["projection"]
            if name.endswith("__rebuild"):
                progress = min(1.0, row["number"] / row["target"]) if row["target"] else 0.0
                metrics.rebuild_progress.labels(name.removesuffix("__rebuild")).set(progress)
            else:
                metrics.feed_lag.labels(name).set(row["numbers"] or 0)
                self._ahead(name, ahead=row["ahead"])

    def _ahead(self, name: str, *, ahead: bool) -> None:
        """Beyond the journal's end: the database went back in time, whatever it is given next is skipped."""
        if ahead and name not in self._faulty:
            log.error("checkpoint_ahead", service=self._service, projection=name)
        (self._faulty.add if ahead else self._faulty.discard)(name)
        metrics.bus_fault.labels(name, "ahead").set(ahead)
