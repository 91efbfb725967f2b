"""What ops watch of a journal, measured by the one process that relays it."""

import asyncio
from typing import Any

from events import metrics
from events.store import Store

_SECONDS = 2.0
_LATE = """
select c.projection,
       greatest(0, (select max(position) from events) - c.number) as numbers,
       extract(epoch from clock_timestamp() - c.updated_at) as idle,
       (select l.number from checkpoints l where l.projection || '__rebuild' = c.projection) as target,
       c.number
from checkpoints c where c.source = $1 or c.projection like '%\\_\\_rebuild'
"""


class Watch:
    """Measures at most every 2 s, whoever asks."""

    def __init__(self, store: Store[Any], service: str) -> None:
        self._store = store
        self._service = service
        self._next = 0.0

    async def look(self) -> None:
        """Measure if it is time to."""
        now = asyncio.get_running_loop().time()
        if now < self._next:
            return
        self._next = now + _SECONDS
        metrics.watermark_age.set(await self._store.hidden_seconds())
        async with self._store.database.raw() as connection:
            late = await connection.fetch(_LATE, self._service)
            parked = await connection.fetch("select projection, count(*) as n from parked group by 1")
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
