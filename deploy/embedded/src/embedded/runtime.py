"""The whole platform as one object: lock, leftovers, ports, programs; and the loop around it."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Sequence

from events.ops.servers import ServerError

from embedded import mesures, nats, ports, postgres, refus, services, traefik
from embedded.credentials import Credentials
from embedded.journal import Journal
from embedded.process import Program, StartError
from embedded.settings import SERVICES, Settings, SettingsError, save_ports
from embedded.state import State, end
from embedded.supervisor import Supervisor

type Slots = Callable[[Settings, Credentials], Sequence[Program]]


class AlreadyRunning(Exception):
    """Another platform holds this data folder."""


class Platform:
    """A started platform, as the journey and the measures see it."""

    def __init__(self, settings: Settings, journal: Journal, slots: Slots = services.programs) -> None:
        self.settings = settings
        self.journal = journal
        self._state = State(settings.folder)
        self._slots = slots
        self._origin = _origin()
        self.credentials: Credentials
        self.supervisor: Supervisor | None = None
        self._refusals: asyncio.Server | None = None
        self.seconds = 0.0

    def open(self) -> None:
        """Takes the folder, ends what a killed run left, checks the ports. AlreadyRunning, SettingsError.

        From here on, what this process and its programs write is for this user alone.
        """
        os.umask(0o077)
        if not self._state.take():
            owner = self._state.owner()
            who = f" (pid {owner.pid})" if owner else ""
            raise AlreadyRunning(
                f"La plateforme de {self.settings.folder} est déjà allumée{who}.\n"
                "Arrêtez-la par « make stop »."
            )
        try:
            left = [p for p in self._state.left() if p.name != "plateforme"]
            if left:
                names = ", ".join(sorted(p.name for p in left))
                self.journal.say(
                    f"Un arrêt brutal a laissé des programmes en marche : {names}. Ils sont arrêtés."
                )
                end(left)
            if taken := ports.refusals(self.settings):
                raise SettingsError("\n".join(taken))
            self.credentials = Credentials(self.settings.folder)
            self._state.open(self.settings.ports)
            save_ports(self.settings)
        except BaseException:
            self._state.release()
            raise

    async def start(self) -> None:
        """Everything ready, or StartError. `open` first; `stop` afterwards whatever happened."""
        since = self._origin or time.monotonic()
        self._refusals = await refus.serve()
        programs = [
            postgres.program(self.settings, self.credentials),
            nats.program(self.settings, self.credentials),
            *self._slots(self.settings, self.credentials),
            traefik.program(self.settings, refus.port_of(self._refusals)),
        ]
        self.supervisor = Supervisor(programs, self.settings.folder, self.journal, self._state)
        await self.supervisor.start()
        self.seconds = time.monotonic() - since
        self._state.mark_ready()

    async def stop(self) -> None:
        if self.supervisor is not None:
            await self.supervisor.stop()
        if self._refusals is not None:
            self._refusals.close()
        self._state.close()

    def environment(self, service: str) -> dict[str, str]:
        """What `python -m <service> …` needs to work beside the running platform."""
        return services.environment(self.settings, self.credentials, service)

    def pid(self, name: str) -> int | None:
        """Of a program of the platform (`identity`, `postgres`…), None while it is down."""
        return self.supervisor.processes[name].pid if self.supervisor is not None else None

    def measured(self) -> str:
        return mesures.report(self.settings.folder, self.seconds)

    def addresses(self) -> str:
        base = self.settings.public_url
        docs = "\n".join(f"    {base}/docs/{service}" for service in SERVICES)
        return (
            f"Plateforme prête : {base}\n"
            f"  À ouvrir dans un navigateur : {base}/\n"
            f"  Courriels (aucun ne part) : {base}/boite\n"
            f"  Documentation des API :\n{docs}"
        )


def _origin() -> float | None:
    """`COOP_DEBUT` (seconds since 1970): the start counts from there, downloads included."""
    text = os.environ.get("COOP_DEBUT", "")
    return time.monotonic() - (time.time() - float(text)) if text.replace(".", "", 1).isdigit() else None


async def lit(
    settings: Settings,
    journal: Journal,
    action: Callable[[Platform], Awaitable[int]],
    *,
    slots: Slots = services.programs,
) -> int:
    """Starts the platform, does `action`, stops everything. Gives the exit code.

    SIGINT, SIGTERM and SIGHUP interrupt wherever it is; the second one forces the stop.
    """
    platform = Platform(settings, journal, slots)
    main = asyncio.current_task()
    loop = asyncio.get_running_loop()
    received: list[signal.Signals] = []

    def interrupted(sign: signal.Signals) -> None:
        received.append(sign)
        if len(received) == 1:
            journal.say("Arrêt demandé…")
            if main is not None:
                main.cancel()
        elif platform.supervisor is not None:
            platform.supervisor.hurried.set()

    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(sign, interrupted, sign)
    platform.open()
    code = 1
    try:
        await platform.start()
        code = await action(platform)
    except (StartError, ServerError) as error:
        journal.say(f"Le démarrage a échoué.\n{error}\nJournaux : {settings.folder / 'journaux'}")
    except asyncio.CancelledError:
        if not received:
            raise
        if main is not None:
            main.uncancel()
        code = 130
    finally:
        # A signal from here on forces, it does not cancel the stop.
        received.append(signal.SIGTERM)
        await platform.stop()
        journal.say("Tout est arrêté.")
    return code
