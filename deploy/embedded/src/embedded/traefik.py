"""Traefik of the platform: the gateway, the only door that browsers see (deploy/traefik)."""

from string import Template

from events.ops.servers import script

from embedded.probe import http_ready, http_status
from embedded.process import Process, Program
from embedded.settings import PORTS, ROOT, SERVICES, Settings

BEHIND = (*SERVICES, "portail")
CONFIG = ROOT / "deploy" / "traefik"


def program(settings: Settings, refusals: int) -> Program:
    """Opens last: whoever reaches the gateway reaches working services. refusals : the port of `refus`."""
    static = settings.folder / "traefik.yaml"

    async def write_static(_: Process) -> None:
        values = {
            "COOP_PORT": str(settings.ports["passerelle"]),
            "COOP_PORT_INTERNE": str(settings.ports["interne"]),
            "COOP_PORT_TRAEFIK": str(settings.ports["traefik"]),
            "DYNAMIQUE": str(CONFIG / "dynamique.yaml"),
        }
        static.write_text(Template((CONFIG / "traefik.yaml").read_text()).substitute(values))

    async def ready(_: int) -> bool:
        # It answers its ping a little before it has read its routes.
        alive = await http_ready(settings.ports["traefik"], "/ping")
        return alive and await http_status(settings.ports["passerelle"], "/") == 200

    return Program(
        "traefik",
        (str(script("traefik")), f"--configFile={static}"),
        ready,
        environment={
            **{PORTS[s][0]: str(settings.ports[s]) for s in (*BEHIND, "traefik")},
            "COOP_PORT_REFUS": str(refusals),
            "GOMEMLIMIT": "96MiB",
        },
        needs=BEHIND,
        before=write_static,
    )
