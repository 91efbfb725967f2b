"""One schedule from start to verdict."""

import asyncio
import shutil
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from chaos.checker import check
from chaos.faults import NoEffect, inflict
from chaos.findings import Findings
from chaos.history import Command, Outcome, Told, commands, longest_stall
from chaos.processes import incidents
from chaos.schedule import Schedule
from chaos.settling import Settling, settle
from chaos.snapshot import Snapshot, take
from chaos.world import World

BUDGET = 360.0
"""Seconds of one schedule, from its servers' start to the verdict: several times what it takes."""
AFTER = 3.0
"""Seconds of load after the last fault."""
SETTLED = 180.0
"""Seconds given to everybody to read the whole journal; two are enough as a rule, and a minute more when a
copy died with an order in hand: it is kept for it so long."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What was read once everything was quiet: counts, and how long that took."""

    events: int
    messages: int
    claims: int
    settling: Settling

    @classmethod
    def of(cls, snapshot: Snapshot, settling: Settling) -> Self:
        events = sum(len(kept.journal) for kept in snapshot.kept)
        messages = sum(len(kept.stream) for kept in snapshot.kept)
        return cls(events, messages, len(snapshot.claims), settling)


@dataclass(frozen=True, slots=True)
class Result:
    """stall : longest time without acknowledgement, seconds.   folder : when kept.

    attempts : HTTP requests to activites, repeats included.   told : what the other services acknowledged.
    seen : None when the schedule ran out of time.
    incidents : of the roles, by name, without being losses.
    """

    schedule: Schedule
    commands: tuple[Command, ...]
    attempts: int
    stall: float
    told: Told
    seen: Seen | None
    incidents: Counter[str]
    seconds: float
    findings: Findings
    folder: Path | None

    @property
    def outcomes(self) -> Counter[Outcome]:
        return Counter(command.outcome for command in self.commands)


async def run(
    schedule: Schedule, folder: Path, template: Path, *, seconds: float = BUDGET
) -> tuple[Result, Snapshot | None]:
    """Play a schedule in its own folder, removed when nothing is wrong.

    seconds : until the verdict. Past them everything is stopped: a divergence, and no snapshot.
    """
    started = time.monotonic()
    world = World(schedule, folder, template)
    findings = Findings(divergences=(f"pas fini au bout de {seconds:.0f} s",))
    seen, snapshot = None, None
    limit = asyncio.timeout(seconds)
    try:
        async with limit, world:
            happened, healed = await _under_load(world)
            settling = await settle(world, SETTLED)
            await world.stop_roles()
            snapshot = await take(world, settling.late)
            findings = check(commands(world.history.attempts), snapshot, world.told)
            findings += _proves(happened, world, healed)
            findings += _bounded(schedule, world)
            seen = Seen.of(snapshot, settling)
            world.kept = bool(findings.all)
            # The verdict is there: taking the world down is not cut short.
            limit.reschedule(None)
    except TimeoutError:
        if not limit.expired():
            raise
    attempts = world.history.attempts
    result = Result(
        schedule,
        tuple(commands(attempts)),
        len(attempts),
        longest_stall([a for a in attempts if a.status is not None]),
        world.told,
        seen,
        incidents(world.roles.values()),
        time.monotonic() - started,
        findings,
        folder if findings.all else None,
    )
    if result.folder is None:
        shutil.rmtree(folder)
    return result, snapshot


async def _under_load(world: World) -> tuple[list[BaseException | None], float]:
    """The faults, while people write. What each one raised, and when the last one ended."""
    load = asyncio.gather(*(work.run() for work in world.load))
    faults = asyncio.gather(
        *(inflict(world, fault) for fault in (*world.schedule.faults, *world.schedule.points)),
        return_exceptions=True,
    )
    try:
        await asyncio.wait((load, faults), return_when=asyncio.FIRST_COMPLETED)
        if load.done():
            # Nobody leaves before being told to: something broke, that no fault explains.
            load.result()
        happened = await faults
        healed = world.writers.elapsed()
        await asyncio.sleep(AFTER)
        for work in world.load:
            work.finish()
        await load
        return happened, healed
    finally:
        # Nothing to do, unless the time has run out.
        load.cancel()
        faults.cancel()
        await asyncio.gather(load, faults, return_exceptions=True)


def _bounded(schedule: Schedule, world: World) -> Findings:
    """Nobody waited much longer than what was in the way."""
    stall = longest_stall([a for a in world.history.attempts if a.status is not None])
    if stall <= schedule.longest_stall:
        return Findings()
    return Findings(
        divergences=(f"arrêt de {stall:.1f} s, {schedule.longest_stall:.1f} s au plus attendues",)
    )


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
    if world.sign_ins is not None and world.sign_ins.last < healed:
        wrong.append("personne ne se connecte après la dernière panne")
    return Findings(divergences=tuple(wrong))
