"""What every HTTP application hears on the bus: revoked sessions."""

import datetime as dt

import structlog
from contracts.identity import SessionRevoqueeV1
from nats.aio.client import Client
from nats.aio.msg import Msg
from process.clock import Clock
from pydantic import ValidationError

from web.auth import Verifier

log = structlog.get_logger()

TOKEN_LIFE = dt.timedelta(seconds=300)
"""Longer than any internal token may live (web.auth)."""


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
