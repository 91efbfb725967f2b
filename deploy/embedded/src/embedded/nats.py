"""NATS of the platform: JetStream in the data folder, one account per service (deploy/nats/nats.conf)."""

from events.ops.servers import nats_command, nats_ready

from embedded.credentials import Credentials
from embedded.process import Program
from embedded.settings import ROOT, SERVICES, Settings
from embedded.streams import configuration, declare

CONFIG = ROOT / "deploy" / "nats" / "nats.conf"


def operator(service: str) -> str:
    """The user who declares and repairs the stream of a service, in the account of that service."""
    return f"coop-{service}"


def program(settings: Settings, credentials: Credentials) -> Program:
    port = settings.ports["nats"]

    async def ready(_: int) -> bool:
        return nats_ready(port)

    async def streams() -> None:
        for service in SERVICES:
            user = operator(service)
            config = configuration(service, replicas=settings.replicas, durable=settings.nats_sync)
            await declare(settings.nats_url, user, credentials[f"nats/{user}"], config)

    users = [*SERVICES, *map(operator, SERVICES)]
    passwords = {
        f"NATS_PASSWORD_{user.upper().replace('-', '_')}": credentials[f"nats/{user}"] for user in users
    }
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
