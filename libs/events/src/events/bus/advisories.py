"""What JetStream gave up delivering: past `max_deliver` it stops in silence, but for an advisory.

Why: docs/moteur.md §5.
A stream keeps the advisories (declared in deploy/); the service whose facts are concerned reads them, counts
them and says it in its log, however long it was away.
"""

import asyncio
import json
from contextlib import suppress

import structlog
from nats.aio.client import Client
from nats.errors import TimeoutError as NatsTimeout
from nats.js.api import ConsumerConfig

from events import metrics
from events.bus.reader import MAX_DELIVERIES
from events.postgres.database import is_unavailable

log = structlog.get_logger()

STREAM = "COOP_AVIS"
SUBJECTS = [f"{MAX_DELIVERIES}.>"]
_PAGE = 100
_WAIT_SECONDS = 20.0


class AdvisoryWatch:
    """Endless work: one per service. Two copies share the advisories between them."""

    def __init__(self, nats: Client, service: str) -> None:
        self._nats = nats
        self._service = service

    async def run(self) -> None:
        """Watch for ever. Waits while the server is away."""
        while True:
            try:
                await self._watch()
            except Exception as error:
                if not is_unavailable(error):
                    raise
                log.warning("advisories_wait", service=self._service, error=type(error).__name__)
                await asyncio.sleep(5)

    async def _watch(self) -> None:
        subject = f"{MAX_DELIVERIES}.{self._service.upper()}.>"
        durable = f"avis-{self._service}"
        config = ConsumerConfig(durable_name=durable, filter_subject=subject)
        subscription = await self._nats.jetstream().pull_subscribe(subject, durable, STREAM, config)
        try:
            while True:
                try:
                    messages = await subscription.fetch(_PAGE, timeout=_WAIT_SECONDS)
                except NatsTimeout:
                    continue
                for message in messages:
                    advisory = json.loads(message.data)
                    # The last part of a consumer's name is its process's.
                    reader = str(advisory["consumer"]).rsplit("-", 2)[0]
                    metrics.max_deliveries.labels(reader).inc()
                    log.error(
                        "delivery_abandoned",
                        service=self._service,
                        consumer=advisory["consumer"],
                        sequence=advisory.get("stream_seq"),
                    )
                    await message.ack()
        finally:
            # Whatever ends it is what must be known.
            with suppress(Exception):
                await subscription.unsubscribe()
