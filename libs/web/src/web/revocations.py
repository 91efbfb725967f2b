"""What every HTTP application hears on the bus: revoked sessions."""

import datetime as dt
from typing import TYPE_CHECKING

from contracts.identity import SessionRevoqueeV1
from process.clock import Clock
from pydantic import Json

from web.auth import Verifier

if TYPE_CHECKING:
    from faststream.nats import NatsBroker

TOKEN_LIFE = dt.timedelta(seconds=300)
"""Longer than any internal token may live (web.auth)."""


def hear_revocations(edge: "NatsBroker", verifier: Verifier, clock: Clock) -> None:
    """Once the edge has started, the tokens of a closed session are refused until they expire.

    A revocation missed while disconnected costs the life of a token, 120 s.
    """

    async def revoke(closed: Json[SessionRevoqueeV1]) -> None:
        verifier.revoke(closed.sid, clock.now() + TOKEN_LIFE)

    # The relay's messages carry the inbox of its own acknowledgements: never to be answered.
    edge.subscriber("identity.SessionRevoquee.v1.>", no_reply=True)(revoke)
