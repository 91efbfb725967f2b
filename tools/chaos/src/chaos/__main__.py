"""`python -m chaos --graine N --scenarios K` : des pannes au hasard sous la charge, puis les comptes."""

import argparse
import asyncio
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from process import logs
from process.usage import Analyseur, positif

from chaos.history import Outcome
from chaos.run import BUDGET, Result, Seen, run
from chaos.schedule import BLOCK, DRAWN, Family, Schedule, draw
from chaos.servers import mount_works
from chaos.template import prepare_template

_SHOWN = 10
"""Sentences quoted of each kind of finding."""
_TEARDOWN = 30.0
"""Seconds kept at the end of a run to stop what its last schedule started."""


def arguments() -> Analyseur:
    parser = Analyseur(
        prog="python -m chaos",
        description="Tue, gèle, coupe et remplit pendant que l’on écrit, puis vérifie que rien n’est perdu, "
        "doublé ni désordonné.",
        epilog="Codes de sortie : 0 rien de perdu, 1 une perte ou une divergence, 2 usage, 130 interrompu.",
    )
    parser.add_argument("--graine", type=_seed, default=None, help="graine des tirages (au hasard)")
    parser.add_argument(
        "--scenarios", type=positif, default=10, help="nombre d’horaires (10), une demi-minute chacun"
    )
    parser.add_argument("--seul", type=positif, help="ne joue que l’horaire de ce numéro")
    parser.add_argument("--dossier", type=Path, help="où travailler (un dossier temporaire)")
    return parser


def _seed(text: str) -> int | None:
    if text == "hasard":
        return None
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"« {text} » n’est ni un nombre entier ni « hasard »")
    return int(text)


def _interrupt(*_: object) -> None:
    os.kill(os.getpid(), signal.SIGINT)


def main(argv: list[str] | None = None) -> int:
    parser = arguments()
    options = parser.parse_args(argv)
    if options.seul is not None and options.seul > options.scenarios:
        parser.error(f"pas d’horaire {options.seul} : il n’y a que {options.scenarios} horaires")
    logs.configure("chaos", "WARNING")
    seed: int = options.graine if options.graine is not None else secrets.randbelow(2**31)
    folder = Path(tempfile.mkdtemp(prefix="coop-chaos-", dir=options.dossier))
    # Asked to stop, stop everything first, as for a Ctrl-C.
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        results = asyncio.run(play(seed, options.scenarios, options.seul, folder))
    except KeyboardInterrupt:
        print(f"Interrompu. Dossier : {folder}", file=sys.stderr)
        return 130
    print(total(seed, results), flush=True)
    if any(result.findings.all for result in results):
        return 1
    shutil.rmtree(folder)
    return 0


async def play(
    seed: int, count: int, only: int | None, folder: Path, *, seconds: float | None = None
) -> list[Result]:
    """Play the schedules one after the other, saying each as it ends.

    seconds : of the whole run; an hour, or six minutes per schedule beyond ten.
    """
    limit = time.monotonic() + (BUDGET * max(count, BLOCK) if seconds is None else seconds)
    families = DRAWN
    if not await asyncio.to_thread(mount_works, folder / "essai"):
        families = tuple(f for f in DRAWN if f not in {Family.DISK_FULL, Family.FILE_DISK_FULL})
        print("Aucun petit disque ne peut être monté ici : les pannes de disque plein sont écartées.")
    schedules = draw(seed, count, families)
    print(f"Graine {seed}, dossier {folder}", flush=True)
    template = folder / "modele"
    await asyncio.to_thread(prepare_template, template)
    results: list[Result] = []
    for schedule in schedules:
        if only is None or schedule.number == only:
            print(heading(schedule, count), flush=True)
            left = max(0.0, limit - _TEARDOWN - time.monotonic())
            place = folder / f"horaire-{schedule.number}"
            result, _ = await run(schedule, place, template, seconds=min(BUDGET, left))
            print(described(result), flush=True)
            results.append(result)
    shutil.rmtree(template)
    return results


def heading(schedule: Schedule, count: int) -> str:
    servers = "grappe NATS de 3" if schedule.cluster else "un serveur NATS"
    servers += ", deux workers d’activites" if schedule.twin else ""
    lines = [f"\nHoraire {schedule.number}/{count} ({servers})"]
    return "\n".join([*lines, *(f"  {fault}" for fault in (*schedule.faults, *schedule.points))])


def described(result: Result) -> str:
    """What happened, in a few lines."""
    lines = [
        f"  commandes : {_outcomes(result.outcomes)}, en {result.attempts} demandes ; "
        f"plus long arrêt {result.stall:.1f} s",
        f"  {len(result.told.sign_ins)} connexions, {len(result.told.erased)} effacements, "
        f"{len(result.told.deeds)} gestes sur les équipes et les lieux",
        f"  {_seen(result.seen)} ; {result.seconds:.0f} s en tout",
        f"  {_counts([result])}",
    ]
    lines += [f"  à noter, {count} fois : {what}" for what, count in result.incidents.items()]
    f = result.findings
    for sentences in (f.lost, f.duplicated, f.reordered, f.divergences):
        lines += [f"    ! {sentence}" for sentence in sentences[:_SHOWN]]
        if len(sentences) > _SHOWN:
            lines.append(f"    ! … et {len(sentences) - _SHOWN} autres")
    if result.folder is not None:
        lines.append(f"  dossier gardé : {result.folder}")
    return "\n".join(lines)


def _seen(seen: Seen | None) -> str:
    if seen is None:
        return "arrêté avant la fin"
    return (
        f"{seen.events} événements, {seen.messages} messages, {seen.claims} revendications ; "
        f"tout est lu {seen.settling.seconds:.1f} s après (dernier : {seen.settling.last})"
    )


def total(seed: int, results: Sequence[Result]) -> str:
    commands = sum((result.outcomes for result in results), Counter[Outcome]())
    stall = max((result.stall for result in results), default=0.0)
    return (
        f"\nTotal de {len(results)} horaires, graine {seed} : {_outcomes(commands)} ; "
        f"plus long arrêt {stall:.1f} s ; {sum(r.seconds for r in results):.0f} s\n{_counts(results)}"
    )


def _outcomes(commands: Counter[Outcome]) -> str:
    return ", ".join(f"{commands[outcome]} {outcome.value}s" for outcome in Outcome)


def _counts(results: Sequence[Result]) -> str:
    findings = [result.findings for result in results]
    return (
        f"perdus {sum(len(f.lost) for f in findings)}, en double {sum(len(f.duplicated) for f in findings)}, "
        f"désordonnés {sum(len(f.reordered) for f in findings)}, "
        f"divergences {sum(len(f.divergences) for f in findings)}"
    )


if __name__ == "__main__":
    sys.exit(main())
