"""NATS of the platform: JetStream in the data folder, one user per service (deploy/nats/nats.conf)."""

from events.ops.servers import nats_command, nats_ready

from embedded.credentials import Credentials
from embedded.process import Program
from embedded.settings import ROOT, SERVICES, Settings
from embedded.streams import declare

CONFIG = ROOT / "deploy" / "nats" / "nats.conf"
ADMIN = "plateforme"


def program(settings: Settings, credentials: Credentials) -> Program:
    port = settings.ports["nats"]

    async def ready(_: int) -> bool:
        return nats_ready(port)

    async def streams() -> None:
        password = credentials[f"nats/{ADMIN}"]
        sync = settings.nats_sync
        await declare(settings.nats_url, ADMIN, password, replicas=settings.replicas, durable=sync)

    passwords = {f"NATS_PASSWORD_{name.upper()}": credentials[f"nats/{name}"] for name in (*SERVICES, ADMIN)}
    return Program(
        "nats",
        tuple(nats_command(settings.folder / "nats", port=port, config=CONFIG)),
        ready,
        environment={
            **passwords,
            "GOMEMLIMIT": "256MiB",
            # In quotes: bare, NATS reads « 2m » as two million, of seconds.
            "NATS_SYNC_INTERVAL": "always" if settings.nats_sync else '"2m"',
        },
        after=streams,
        own_launcher=True,
    )
