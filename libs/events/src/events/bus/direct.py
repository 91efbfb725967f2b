"""A stream read by batched direct gets (ADR-31 of NATS): all that a service exports of its stream.

Such a read names a sequence and holds nothing on the server: nobody can pause it, delete it or take from it.
"""

import asyncio
import datetime as dt
import json
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.errors import NoStreamResponseError

BATCH = 500
_BATCH_BYTES = 8 * 1024 * 1024
_SILENCE_SECONDS = 2.0
SEQUENCE = "Nats-Sequence"
SUBJECT = "Nats-Subject"


class DirectReader:
    """Reads one stream, one call at a time. Close it."""

    def __init__(self, nats: Client, service: str) -> None:
        self.pending = 0
        """Messages that stood beyond the last batch when it was read."""
        self._nats = nats
        self._stream = service.upper()
        self._all = f"{service}.>"
        self._subscription: Any = None
        self._inbox = ""
        self._number = 0
        self._subject = ""
        self._batch: list[Msg] = []
        self._progress = asyncio.Event()
        self._ends = False
        self._done = False
        self._status = ""

    async def read(
        self, after: int, limit: int = BATCH, *, since: dt.datetime | None = None, subject: str = ""
    ) -> list[Msg]:
        """The messages that follow a sequence, in order, `limit` at most; none at the end of the stream.

        since : stored then or later, instead of `after`.   subject : those of a filter only.
        Each has the headers `SEQUENCE` and `SUBJECT`, of the server. Raises TimeoutError when it is silent,
        NoStreamResponseError when it has no such stream.
        """
        start = {"seq": after + 1} if since is None else {"start_time": since.isoformat()}
        filter_ = {"next_by_subj": subject or self._all, "batch": limit, "max_bytes": _BATCH_BYTES}
        return await self._get(start | filter_)

    async def last(self) -> Msg | None:
        """The last message; None when the stream is empty."""
        return next(iter(await self._get({"last_by_subj": self._all})), None)

    async def at(self, sequence: int) -> Msg | None:
        """The message of that sequence; None when there is none any more."""
        return next(iter(await self._get({"seq": sequence})), None)

    async def close(self) -> None:
        if self._subscription is not None and not self._nats.is_closed:
            await self._subscription.unsubscribe()
        self._subscription = None

    async def _get(self, wanted: dict[str, Any]) -> list[Msg]:
        if self._subscription is None:
            self._inbox = self._nats.new_inbox()
            self._subscription = await self._nats.subscribe(f"{self._inbox}.*", cb=self._receive)
        # What still comes of an earlier call has another number: it is dropped.
        self._number += 1
        self._subject = f"{self._inbox}.{self._number}"
        self._batch, self._status = [], "200"
        self._ends, self._done = "batch" not in wanted, False
        await self._nats.publish(
            f"$JS.API.DIRECT.GET.{self._stream}", json.dumps(wanted).encode(), reply=self._subject
        )
        while not self._done:
            self._progress.clear()
            async with asyncio.timeout(_SILENCE_SECONDS):
                await self._progress.wait()
        return self._answered()

    def _answered(self) -> list[Msg]:
        if self._status == "503":
            raise NoStreamResponseError
        return self._batch

    async def _receive(self, message: Msg) -> None:
        if message.subject != self._subject:
            return
        headers = message.headers or {}
        if SEQUENCE in headers:
            self._batch.append(message)
            self._done = self._ends
        else:
            # 204: end of the batch. 404: nothing there. 503: nobody answers, there is no such stream.
            self._status = headers.get("Status", "")
            self.pending = int(headers.get("Nats-Num-Pending", 0))
            self._done = True
        self._progress.set()
