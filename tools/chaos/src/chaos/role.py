"""`python -m chaos.role <service> <role>`: the role of a service, its clock shifted by what a file says.

The file named by HORLOGE holds seconds to add to the machine's time; it is read at each look at the clock.
"""

import datetime as dt
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from process.clock import Clock
from process.serve import Runtime, main


def shifted(file: Path) -> Clock:
    """A clock that follows the file; without shift while the file is missing."""

    def read() -> dt.datetime:
        try:
            seconds = float(file.read_text())
        except FileNotFoundError:
            seconds = 0.0
        return dt.datetime.now(dt.UTC) + dt.timedelta(seconds=seconds)

    return Clock(read)


def with_clock[S](
    build: Callable[[str, S], Awaitable[Runtime]], clock: Clock
) -> Callable[[str, S], Awaitable[Runtime]]:
    """The routes' clock (web.wiring). Tokens are still judged by the machine's: their issuer did not jump."""

    async def built(role: str, settings: S) -> Runtime:
        runtime = await build(role, settings)
        runtime.app.state.clock = clock
        return runtime

    return built


def run(service: str) -> None:
    clock = shifted(Path(os.environ["HORLOGE"]))
    # `main` reads the role after the program's name.
    del sys.argv[1]
    match service:
        case "activites":
            from activites.app import build, migrate
            from activites.settings import Settings

            roles = ("all", "api", "worker", "statistiques")
            main(service, with_clock(build, clock), Settings, migrate, roles=roles)
        case "equipes":
            from equipes import app
            from equipes.settings import Settings as EquipesSettings

            main(service, with_clock(app.build, clock), EquipesSettings, app.migrate)
        case "identity":
            from identity import app as identity
            from identity.settings import Settings as IdentitySettings

            main(service, with_clock(identity.build, clock), IdentitySettings, identity.migrate)
        case "cartographie":
            from cartographie import app as cartographie
            from cartographie.settings import Settings as CartographieSettings

            main(service, with_clock(cartographie.build, clock), CartographieSettings, cartographie.migrate)
        case _:
            raise SystemExit(f"service inconnu : {service}")


if __name__ == "__main__":
    run(sys.argv[1])
