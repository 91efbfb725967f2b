"""What a service has published, read on its stream by its operator."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from embedded.nats import operator
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from chaos.servers import Nats

_LOOKS = 20


@dataclass(frozen=True, slots=True)
class Published:
    """One message of the stream."""

    sequence: int
    id: UUID
    stream: str
    version: int
    body: bytes


async def read_stream(bus: Nats, service: str) -> list[Published]:
    """The whole stream. Tries again: a cluster whose server came back is slow to take a new consumer."""
    for attempt in range(1, _LOOKS + 1):
        try:
            return await _read(bus, service)
        except (NatsError, OSError):
            if attempt == _LOOKS:
                raise
        await asyncio.sleep(0.5)
    raise AssertionError("la boucle rend ou lève")


async def _read(bus: Nats, service: str) -> list[Published]:
    """From the first message to the last one that the stream says it has."""
    client = await bus.connect(operator(service))
    name = service.upper()
    try:
        js = client.jetstream(timeout=10)
        state = (await js.stream_info(name)).state
        config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
        pull = await js.pull_subscribe(f"{service}.>", stream=name, config=config)
        found: list[Published] = []
        while state.messages and (not found or found[-1].sequence < state.last_seq):
            for message in await pull.fetch(500, timeout=10):
                found.append(
                    _published(message.metadata.sequence.stream, message.headers or {}, message.data)
                )
        return found
    finally:
        await client.close()


def _published(sequence: int, headers: Mapping[str, str], body: bytes) -> Published:
    return Published(
        sequence, UUID(headers["ce-id"]), headers["ce-subject"], int(headers["coop-version"]), body
    )
