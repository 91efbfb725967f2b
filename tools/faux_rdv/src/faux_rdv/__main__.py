"""`python -m faux_rdv`: the service on a loopback port, settings from `FAUX_RDV_*`."""

import socket
import sys
from collections.abc import Iterable, Mapping

import uvicorn
from pydantic import ValidationError

from faux_rdv.app import create_app
from faux_rdv.settings import Settings


def _refus(sorte: str, loc: Iterable[int | str], contexte: Mapping[str, object]) -> str:
    """In French: the variable and why, or the sentence of a rule of ours."""
    nom = "_".join(["FAUX_RDV", *map(str, loc)]).upper()
    match sorte:
        case "value_error":
            return str(contexte["error"])
        case "missing":
            return f"{nom} : il manque."
        case _:
            return f"{nom} : cette valeur n’est pas acceptée."


def main() -> int:
    try:
        settings = Settings()  # pyright: ignore[reportCallIssue] - from the environment
    except ValidationError as error:
        # Never the values: one of them is the client's secret.
        problems = "\n".join(f"- {_refus(e['type'], e['loc'], e.get('ctx', {}))}" for e in error.errors())
        print(f"Réglages refusés :\n{problems}", file=sys.stderr)
        return 2
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        print(f"Port {settings.port} indisponible ({error.strerror}).", file=sys.stderr)
        return 3
    # No access log: addresses carry codes.
    config = uvicorn.Config(
        create_app(settings), log_level="warning", access_log=False, timeout_graceful_shutdown=1
    )
    print(f"Faux RDV Service Public : http://localhost:{settings.port}", flush=True)
    uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
