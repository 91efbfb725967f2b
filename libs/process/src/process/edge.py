"""The edge of messaging, by FastStream: questions answered at once, broadcasts that may be lost.

Whatever is ordered, or writes to a journal, is read by `events.bus` instead: its position is ours. Imported
by the roles that use it only: FastStream costs a third of a second at start.
"""

import asyncio

import structlog
from contracts.question import Erreur
from faststream.exceptions import FastStreamException
from faststream.middlewares import ExceptionMiddleware
from faststream.nats import NatsBroker, NatsMessage
from faststream.nats.security import NatsUserPassword
from nats.errors import Error as NatsError
from pydantic import ValidationError

from process.bus import connection
from process.settings import ServiceSettings

log = structlog.get_logger()


def broker(settings: ServiceSettings) -> NatsBroker:
    """A broker that is not connected yet: subscribers are declared first, then `start`.

    A handler receives its message as pydantic's `Json[Model]`. What is unreadable never reaches it: a
    question is answered an error, and only the error's class is logged.
    """
    identified = bool(settings.nats_user)
    return NatsBroker(
        **connection(settings),
        security=NatsUserPassword(settings.nats_user, settings.nats_password) if identified else None,
        # Messages hold names: FastStream logs none.
        logger=None,
        decoder=_as_received,
        middlewares=[_errors()],
        drain_timeout=1,
    )


async def start(edge: NatsBroker) -> None:
    """Connect, waiting for one of the servers; what was declared is heard when this returns."""
    while True:
        try:
            await edge.start()
            # nats-py writes a PING ahead of what it still buffers: the second one follows the subscriptions.
            await edge.connection.flush()
            await edge.connection.flush()
            return
        except (OSError, NatsError, FastStreamException) as error:
            log.warning("nats_unreachable", error=type(error).__name__)
            await asyncio.sleep(1)


async def _as_received(message: NatsMessage) -> bytes:
    """No guess from the headers, which anybody may write."""
    return message.body


def _errors() -> ExceptionMiddleware:
    errors = ExceptionMiddleware()

    @errors.add_handler(ValidationError, publish=True)
    async def unreadable(_: ValidationError) -> Erreur:
        log.warning("message_unreadable")
        return Erreur(erreur="DemandeIllisible")

    @errors.add_handler(Exception, publish=True)
    async def unavailable(error: Exception) -> Erreur:
        log.warning("answer_unavailable", error=type(error).__name__)
        return Erreur(erreur="Indisponible")

    return errors
