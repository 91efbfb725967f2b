"""The JetStream streams: declared here, by the platform, never by a service at start-up."""

import nats
from events.bus.advisories import STREAM, SUBJECTS
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StoreCompression, StreamConfig
from nats.js.errors import NotFoundError

from embedded.settings import SERVICES

DUPLICATES_SECONDS = 0.1
"""The shortest there is. The relay's messages follow one another by sequence, so none can be there twice; a
longer memory of ids would only refuse to publish again what a purge or a restore took away."""


def configuration(service: str, *, replicas: int, durable: bool = False) -> StreamConfig:
    """Facts of one service: `<service>.<Event>.v<n>.<partition>.<département or _>`, kept without limit.

    Five tokens at least: a question such as `identity.personnes` is no fact and is not kept.
    durable : the server fsyncs each write (`sync_interval: always`); the relay publishes by atomic batches.
    """
    return StreamConfig(
        name=service.upper(),
        subjects=[f"{service}.*.*.*.>"],
        retention=RetentionPolicy.LIMITS,
        discard=DiscardPolicy.NEW,
        storage=StorageType.FILE,
        compression=StoreCompression.S2,
        duplicate_window=DUPLICATES_SECONDS,
        num_replicas=replicas,
        allow_direct=True,
        allow_atomic=durable,
        max_age=0,
        max_bytes=-1,
        max_msgs=-1,
    )


def advisories(*, replicas: int) -> StreamConfig:
    """What JetStream gave up delivering, to whomever: kept a month (events/bus/advisories.py reads it)."""
    return StreamConfig(
        name=STREAM,
        subjects=SUBJECTS,
        storage=StorageType.FILE,
        num_replicas=replicas,
        max_age=30 * 86_400,
        max_msgs=100_000,
    )


async def declare(url: str, user: str, password: str, *, replicas: int, durable: bool = False) -> None:
    """Creates the streams that are missing and brings the others to the configuration above."""
    client = await nats.connect(url, user=user, password=password, name=user, allow_reconnect=False)
    try:
        jetstream = client.jetstream()
        facts = [configuration(service, replicas=replicas, durable=durable) for service in SERVICES]
        for config in [*facts, advisories(replicas=replicas)]:
            try:
                await jetstream.stream_info(config.name or "")
            except NotFoundError:
                await jetstream.add_stream(config)
            else:
                await jetstream.update_stream(config)
    finally:
        await client.close()
