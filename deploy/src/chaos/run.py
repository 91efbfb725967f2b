"""One schedule from start to verdict."""

import asyncio
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from chaos.checker import Findings, check, republished
from chaos.faults import NoEffect, inflict
from chaos.history import Command, Outcome, commands, longest_stall
from chaos.processes import incidents
from chaos.schedule import Schedule
from chaos.snapshot import Settling, Snapshot, settle, take
from chaos.world import World

AFTER = 3.0
"""Seconds of load after the last fault."""
KNOWN = 20.0
"""Seconds given to the commands under way to learn their outcome."""
SETTLED = 90.0
"""Seconds given to everybody to read the whole journal."""


@dataclass(frozen=True, slots=True)
class Result:
    """stall : longest time without acknowledgement, seconds.   folder : when kept.

    attempts : HTTP requests, repeats included.   incidents : of the roles, by name, without being losses.
    """

    schedule: Schedule
    commands: tuple[Command, ...]
    attempts: int
    stall: float
    events: int
    messages: int
    repeats: int
    settling: Settling
    incidents: Counter[str]
    seconds: float
    findings: Findings
    folder: Path | None

    @property
    def outcomes(self) -> Counter[Outcome]:
        return Counter(command.outcome for command in self.commands)


async def run(schedule: Schedule, folder: Path, template: Path) -> tuple[Result, Snapshot]:
    """Play a schedule in its own folder, removed when nothing is wrong."""
    started = time.monotonic()
    async with World(schedule, folder, template) as world:
        load = asyncio.gather(world.writers.run(), world.slow_writer.run())
        happened = await asyncio.gather(
            *(inflict(world, fault) for fault in schedule.faults), return_exceptions=True
        )
        healed = world.writers.elapsed()
        await asyncio.sleep(AFTER)
        world.slow_writer.finish()
        world.writers.finish(KNOWN)
        await load
        settling = await settle(world, SETTLED)
        await world.stop_roles()
        snapshot = await take(world, settling.late)
        attempts = world.history.attempts
        asked = tuple(commands(attempts))
        findings = check(asked, snapshot) + _proves(happened, world, healed)
        world.kept = bool(findings.all)
        result = Result(
            schedule,
            asked,
            len(attempts),
            longest_stall([a for a in attempts if a.status is not None]),
            len(snapshot.journal),
            len(snapshot.stream),
            republished(snapshot.stream),
            settling,
            incidents(world.roles.values()),
            time.monotonic() - started,
            findings,
            folder if findings.all else None,
        )
    if result.folder is None:
        shutil.rmtree(folder)
    return result, snapshot


def _proves(happened: list[BaseException | None], world: World, healed: float) -> Findings:
    """A schedule whose fault did not happen, or after which nothing works again, is no success."""
    wrong: list[str] = []
    for error in happened:
        if isinstance(error, NoEffect):
            wrong.append(f"la panne n’a pas eu lieu : {error}")
        elif error is not None:
            raise error
    answered = [a for a in world.history.attempts if a.outcome is Outcome.ACKNOWLEDGED and a.status]
    if not any(a.end > healed for a in answered):
        wrong.append("aucune commande n’est acquittée après la dernière panne")
    return Findings(divergences=tuple(wrong))
