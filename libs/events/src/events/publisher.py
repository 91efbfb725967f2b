"""Pipelined publishing to JetStream: many messages in flight, one shared inbox, counted acknowledgements.

120–160 k messages/s where `publish_async` gives 14–21 k (ENGINE §2).
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nats.aio.client import Client
from nats.aio.msg import Msg


class PublishFailed(Exception):
    """JetStream refused a message, or did not acknowledge in time. What was sent may be there: send again."""


@dataclass(frozen=True, slots=True)
class Message:
    """What goes out. headers : `Nats-Msg-Id` lets JetStream drop a repeat."""

    subject: str
    data: bytes
    headers: Mapping[str, str]


class _Wave:
    """The acknowledgements awaited for one sequence of messages."""

    def __init__(self, count: int) -> None:
        self.missing = set(range(count))
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Publisher:
    """Publishes sequences of messages in order. One per relay."""

    def __init__(self, nats: Client, *, timeout: float = 5.0) -> None:
        """timeout : seconds to wait for the last acknowledgement of a sequence."""
        self._nats = nats
        self._timeout = timeout
        self._inbox = ""
        self._wave = 0
        self._waves: dict[int, _Wave] = {}

    async def publish(self, messages: Sequence[Message]) -> None:
        """Return when JetStream has acknowledged every message. Raises PublishFailed."""
        if not messages:
            return
        if not self._inbox:
            self._inbox = self._nats.new_inbox()
            await self._nats.subscribe(f"{self._inbox}.*.*", cb=self._acknowledged)
        self._wave += 1
        number, wave = self._wave, _Wave(len(messages))
        self._waves[number] = wave
        try:
            for n, message in enumerate(messages):
                await self._nats.publish(
                    message.subject,
                    message.data,
                    reply=f"{self._inbox}.{number}.{n}",
                    headers=dict(message.headers),
                )
            async with asyncio.timeout(self._timeout):
                await wave.done
        except TimeoutError:
            raise PublishFailed(f"{len(wave.missing)} accusés manquent") from None
        finally:
            del self._waves[number]

    async def _acknowledged(self, message: Msg) -> None:
        number, n = (int(token) for token in message.subject.rsplit(".", 2)[-2:])
        wave = self._waves.get(number)
        if wave is None or wave.done.done():
            return
        # A refusal says so in its body; "no responders" (no such stream) is an empty body with a status.
        if not message.data or b'"error"' in message.data:
            code = json.loads(message.data)["error"].get("code") if message.data else 503
            wave.done.set_exception(PublishFailed(f"refus {code}"))
            return
        wave.missing.discard(n)
        if not wave.missing:
            wave.done.set_result(None)
