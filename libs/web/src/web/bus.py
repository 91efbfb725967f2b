"""A service's connection to NATS, and what every HTTP application hears there: revoked sessions."""

import asyncio
import datetime as dt

import nats
import structlog
from events.contracts.identity import SessionRevoqueeV1
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error as NatsError
from pydantic import ValidationError

from web.auth import Verifier
from web.clock import Clock
from web.settings import ServiceSettings

log = structlog.get_logger()

TOKEN_LIFE = dt.timedelta(seconds=300)
"""Longer than any internal token may live (web.auth)."""


async def connect(settings: ServiceSettings) -> Client:
    """A connection that never gives up; waits for one of the servers at start."""
    while True:
        try:
            return await nats.connect(
                settings.nats_url.split(","),
                user=settings.nats_user or None,
                password=settings.nats_password or None,
                name=settings.service,
                max_reconnect_attempts=-1,
                reconnect_time_wait=0.5,
                # A server that vanished without a word is noticed in 20 s (4 minutes by default).
                ping_interval=10,
                # Ours are made of checked tokens (events/subjects.py); 1 µs a message.
                skip_subject_validation=True,
            )
        except (OSError, NatsError) as error:
            log.warning("nats_unreachable", error=type(error).__name__)
            await asyncio.sleep(1)


async def hear_revocations(bus: Client, verifier: Verifier, clock: Clock) -> None:
    """From now on the tokens of a closed session are refused until they expire.

    A revocation missed while disconnected costs the life of a token, 120 s.
    """

    async def revoke(message: Msg) -> None:
        try:
            sid = SessionRevoqueeV1.model_validate_json(message.data).sid
        except ValidationError:
            log.warning("contract_unreadable", subject=message.subject)
            return
        verifier.revoke(sid, clock.now() + TOKEN_LIFE)

    await bus.subscribe("identity.SessionRevoquee.v1.>", cb=revoke)
