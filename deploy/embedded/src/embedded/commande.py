"""`python -m embedded run|demo|stop|lieux|bench` : la plateforme sur cette machine, sans Docker ni root."""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from typing import Any

from process.usage import Analyseur, positif

from embedded import mesures, services
from embedded.credentials import Credentials
from embedded.journal import Journal
from embedded.parcours import dite, parcours
from embedded.runtime import AlreadyRunning, Platform, Slots, lit
from embedded.settings import PORTS, ROOT, Settings, SettingsError, from_environment, writable
from embedded.state import State, birth_of, end

CHOICES = {"COOP_DONNEES", "COOP_PORTS", *(variable for variable, *_ in PORTS.values())}
"""Settings that say where a platform is; without any, `demo` chooses a place of its own."""


def arguments() -> Analyseur:
    parser = Analyseur(
        prog="python -m embedded",
        description="La plateforme entière sur cette machine : PostgreSQL, NATS, Traefik, quatre services, "
        "faux ProConnect.",
        epilog="Codes de sortie : 0 bien, 1 échec, 2 réglage refusé ou port pris, 130 interrompu. "
        "Réglages : COOP_PORT, COOP_PORT_…, COOP_PORTS=libres, COOP_DONNEES, COOP_DURABLE=non.",
    )
    parser.add_argument("--bavard", action="store_true", help="montre toutes les lignes de journal")
    commands = parser.add_subparsers(dest="commande", required=True, metavar="commande")
    for name, text in (
        ("run", "démarre, fait le parcours principal, reste allumée jusqu’à Ctrl-C"),
        ("demo", "démarre, fait le parcours, écrit un bilan JSON, s’arrête"),
        ("bench", "mesure démarrages, mémoire et parcours dans un dossier neuf, écrit bench/"),
    ):
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--mediateurs", type=positif, default=20, help="médiateurs du peuplement (20)")
        command.add_argument("--cra", type=positif, default=2000, help="comptes rendus du peuplement (2000)")
        command.add_argument("--graine", type=int, default=1, help="graine des tirages (1)")
        command.add_argument("--sans-parcours", action="store_true", help="démarre seulement")
    commands.add_parser("stop", help="arrête une plateforme restée allumée")
    commands.add_parser(
        "lieux",
        help="importe des fichiers de lieux dans la plateforme allumée",
        epilog="Options : celles de « python -m cartographie importer ».",
    )
    return parser


def main(argv: list[str] | None = None, slots: Slots = services.programs) -> int:
    """slots : the programs in place of the services, for the tests of the runtime itself."""
    parser = arguments()
    options, others = parser.parse_known_args(argv)
    if others and options.commande != "lieux":
        parser.error(f"option inconnue : {' '.join(others)}")
    try:
        settings = from_environment()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 2
    if options.commande in {"stop", "lieux"}:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        match options.commande:
            case "stop":
                return stop(settings)
            case "lieux":
                return lieux(settings, others)
            case "bench":
                return bench(options, slots)
            case "demo" if not os.environ.keys() & CHOICES:
                # Beside a platform that runs, and each time from nothing.
                with tempfile.TemporaryDirectory(prefix="coop-demo-") as folder:
                    return _light(_apart(folder), options, slots)
            case _:
                return _light(settings, options, slots)
    except (SettingsError, AlreadyRunning) as error:
        print(error, file=sys.stderr)
        return 2
    except PermissionError as error:
        print(f"{error.filename or settings.folder} n’est pas accessible à ce compte.", file=sys.stderr)
        return 2
    except KeyboardInterrupt:  # a command that lights nothing
        print("\nInterrompu.", file=sys.stderr)
        return 130


def _apart(folder: str) -> Settings:
    """A platform in a folder of its own, on free ports."""
    return from_environment({**os.environ, "COOP_PORTS": "libres", "COOP_DONNEES": folder})


def _light(settings: Settings, options: argparse.Namespace, slots: Slots) -> int:
    writable(settings)
    journal = Journal(settings.folder / "journaux", verbose=options.bavard)
    return asyncio.run(lit(settings, journal, lambda p: _live(p, options), slots=slots))


async def _live(platform: Platform, options: argparse.Namespace) -> int:
    """What a started platform does until its end. Exit code."""
    print(platform.addresses(), flush=True)
    print(platform.measured(), flush=True)
    bilan: dict[str, object] = {}
    if not options.sans_parcours:
        try:
            bilan = await parcours(
                platform, mediateurs=options.mediateurs, cra=options.cra, graine=options.graine
            )
        except Exception as error:
            platform.journal.say(f"Le parcours principal n’est pas allé au bout : {dite(error)}")
            if options.commande == "demo":
                raise
            # The journey is a visit: the platform works, and its person may go on alone.
            platform.journal.keep("parcours", traceback.format_exc())
            platform.journal.say(f"La plateforme marche sans lui. Détail : {platform.journal.of('parcours')}")
    if options.commande == "demo":
        print(json.dumps(bilan, ensure_ascii=False), flush=True)
        return 0
    print("La plateforme reste allumée. Ctrl-C (ou « make stop ») pour arrêter.", flush=True)
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        # This is how one ends a platform: no failure, so no error from `make`.
        task = asyncio.current_task()
        if task is not None:
            task.uncancel()
    return 0


def stop(settings: Settings) -> int:
    """Stops the platform of the data folder, and whatever a killed one left."""
    state = State(settings.folder)
    owner = state.owner()
    if owner is None:
        left = state.left()
        end(left)
        print("Restes d’un arrêt brutal arrêtés." if left else "Aucune plateforme n’est allumée.")
        return 0
    try:
        os.kill(owner.pid, signal.SIGTERM)
    except PermissionError:
        print(f"La plateforme (pid {owner.pid}) a été allumée par un autre compte.", file=sys.stderr)
        return 1
    limit = time.monotonic() + 45
    while birth_of(owner.pid) == owner.birth and time.monotonic() < limit:
        time.sleep(0.1)
    forced = state.left()
    end(forced)
    print("La plateforme a dû être forcée." if forced else "Plateforme arrêtée.")
    return 0


def lieux(settings: Settings, options: list[str]) -> int:
    """Hands the import over to the service that owns the lieux."""
    state = State(settings.folder)
    if state.owner() is None or not state.is_ready():
        print(
            "La plateforme n’est pas allumée : lancez « make run » dans un autre terminal.", file=sys.stderr
        )
        return 2
    running = settings.with_ports(state.ports())
    environment = services.environment(running, Credentials(running.folder), "cartographie")
    command = [sys.executable, "-m", "cartographie", "importer", *options]
    return subprocess.run(command, env={**os.environ, **environment}).returncode


def bench(options: argparse.Namespace, slots: Slots) -> int:
    """Two starts and the journey, in a new folder on free ports; writes bench/plateforme-<cra>.json."""
    figures: dict[str, Any] = {"machine": mesures.machine()}

    async def measure(platform: Platform) -> int:
        if "premier_demarrage_s" not in figures:
            figures["premier_demarrage_s"] = round(platform.seconds, 2)
            # The origin that `make` gave is the first start's.
            os.environ.pop("COOP_DEBUT", None)
            return 0
        figures["demarrage_s"] = round(platform.seconds, 2)
        figures["memoire_au_repos_mo"] = round(mesures.memory(os.getpid()).megabytes)
        if not options.sans_parcours:
            figures["parcours"] = await parcours(
                platform, mediateurs=options.mediateurs, cra=options.cra, graine=options.graine
            )
            figures["memoire_apres_parcours_mo"] = round(mesures.memory(os.getpid()).megabytes)
        return 0

    with tempfile.TemporaryDirectory(prefix="coop-bench-") as folder:
        for _ in range(2):
            settings = _apart(folder)
            journal = Journal(settings.folder / "journaux", verbose=options.bavard)
            if (code := asyncio.run(lit(settings, journal, measure, slots=slots))) != 0:
                return code
    if not options.sans_parcours:
        result = ROOT / "bench" / f"plateforme-{options.cra}.json"
        result.parent.mkdir(exist_ok=True)
        result.write_text(json.dumps(figures, ensure_ascii=False, indent=2) + "\n")
    print(json.dumps(figures, ensure_ascii=False))
    return 0
