"""A service's connection to NATS."""

import asyncio
from typing import Any

import nats
import structlog
from nats.aio.client import Client
from nats.errors import Error as NatsError

from process.settings import ServiceSettings

log = structlog.get_logger()


def connection(settings: ServiceSettings) -> dict[str, Any]:
    """What every connection of the service has in common; who it is, user and password, is given apart."""
    return {
        "servers": settings.nats_url.split(","),
        "name": settings.service,
        # The only inboxes that its user may listen to.
        "inbox_prefix": f"_INBOX.{settings.service}",
        "max_reconnect_attempts": -1,
        "reconnect_time_wait": 0.5,
        # A server that vanished without a word is noticed in 20 s (4 minutes by default).
        "ping_interval": 10,
    }


async def connect(settings: ServiceSettings) -> Client:
    """A connection that never gives up; waits for one of the servers at start."""
    while True:
        try:
            return await nats.connect(
                **connection(settings),
                user=settings.nats_user or None,
                password=settings.nats_password or None,
                # Ours are made of checked tokens (events/bus/subjects.py); 1 µs a message.
                skip_subject_validation=True,
            )
        except (OSError, NatsError) as error:
            log.warning("nats_unreachable", error=type(error).__name__)
            await asyncio.sleep(1)
