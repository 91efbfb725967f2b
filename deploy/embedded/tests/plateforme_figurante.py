"""`python -m embedded` with real PostgreSQL, NATS and Traefik, and stand-ins in the place of the services."""

import sys
from dataclasses import replace
from pathlib import Path

from embedded import services
from embedded.commande import main
from embedded.credentials import Credentials
from embedded.process import Program
from embedded.settings import Settings


def slots(settings: Settings, credentials: Credentials) -> list[Program]:
    figurant = str(Path(__file__).with_name("figurant.py"))
    return [
        replace(program, command=(sys.executable, "-I", "-S", figurant, program.name, "all"))
        for program in services.programs(settings, credentials)
    ]


if __name__ == "__main__":
    sys.exit(main(slots=slots))
