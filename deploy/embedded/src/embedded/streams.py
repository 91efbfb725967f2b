"""The JetStream streams: declared here, by the platform, never by a service at start-up."""

import nats
from nats.js.api import DiscardPolicy, RetentionPolicy, StorageType, StoreCompression, StreamConfig
from nats.js.errors import NotFoundError

DUPLICATES_SECONDS = 0.1
"""The shortest there is. The relay's messages follow one another by sequence, so none can be there twice; a
longer memory of ids would only refuse to publish again what a purge or a restore took away."""


def configuration(service: str, *, replicas: int, durable: bool = False) -> StreamConfig:
    """Facts of one service: `<service>.<Event>.v<n>.<partition>.<département or _>`, kept without limit.

    Five tokens at least: a question (`identity.personnes`) or the relay's word is no fact and is not kept.
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


async def declare(url: str, user: str, password: str, config: StreamConfig) -> None:
    """Creates a stream when it is missing, or brings it to this configuration."""
    client = await nats.connect(
        url,
        user=user,
        password=password,
        name=user,
        inbox_prefix=f"_INBOX.{user}".encode(),
        allow_reconnect=False,
    )
    try:
        jetstream = client.jetstream()
        try:
            await jetstream.stream_info(config.name or "")
        except NotFoundError:
            await jetstream.add_stream(config)
        else:
            await jetstream.update_stream(config)
    finally:
        await client.close()
