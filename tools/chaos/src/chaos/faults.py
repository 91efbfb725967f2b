"""Making a fault happen in a world, and ending it."""

import asyncio
from collections.abc import Callable
from itertools import batched
from pathlib import Path

import asyncpg
from embedded.settings import SERVICES

from chaos.points import BY_NAME, REBUILD, STATISTICS
from chaos.proxy import FaultProxy
from chaos.schedule import Family, Fault
from chaos.servers import in_thread
from chaos.world import World

_FILL_SECONDS = 0.05
_BITE_SECONDS = 20.0


class NoEffect(Exception):
    """A fault did not happen: the schedule would prove nothing."""


async def inflict(world: World, fault: Fault) -> None:
    """At its time from now, for its duration. Raises NoEffect."""
    await asyncio.sleep(fault.start)
    match fault.family:
        case Family.POSTGRES_KILLED:
            await in_thread(world.postgres.kill)
            await asyncio.sleep(fault.seconds)
            await in_thread(world.postgres.start)
        case Family.NATS_KILLED:
            await _kill_nats(world, fault, _one_of(world))
        case Family.LEADER_KILLED:
            await _kill_nats(world, fault, await world.nats.leader(fault.target.upper()))
        case Family.ROLE_KILLED:
            role = world.roles[fault.target]
            role.kill()
            await asyncio.sleep(fault.seconds)
            role.revive()
        case Family.SERVER_FROZEN if fault.target == "PostgreSQL":
            await _for(fault, world.postgres.freeze, world.postgres.thaw)
        case Family.SERVER_FROZEN:
            n = _one_of(world)
            await _for(fault, lambda: world.nats.freeze(n), lambda: world.nats.thaw(n))
        case Family.ROLE_FROZEN:
            await _for(fault, world.roles[fault.target].freeze, world.roles[fault.target].thaw)
        case Family.CUT | Family.LATENCY | Family.HALF_OPEN | Family.BLACK_HOLE:
            proxies = _proxies(world, fault.target)
            for proxy in proxies:
                _disturb(proxy, fault)
            await asyncio.sleep(fault.seconds)
            for proxy in proxies:
                proxy.heal()
        case Family.DISK_FULL:
            await _fill_disk(world, fault)
        case Family.FILE_DISK_FULL:
            await _fill_file_disk(world, fault)
        case Family.STREAM_LOST:
            await _lose_stream(world, fault)
        case Family.REBUILD:
            # Two at once: each is a process that takes a second to start.
            for pair in batched(SERVICES, 2):
                commands = (f"coop projections rebuild {service} --toutes" for service in pair)
                await asyncio.gather(*(_command(world, fault, command) for command in commands))
        case Family.REPUBLISH:
            await _command(world, fault, f"coop relais republier {fault.target} --depuis 0-0")
        case Family.POINT:
            await _die_at(world, fault)
        case Family.CLOCK_STEP:
            assert world.clock is not None
            _set_clock(world.clock, fault.amount * 3600)
            await asyncio.sleep(fault.seconds)
            _set_clock(world.clock, 0.0)


def _one_of(world: World) -> int:
    """One of the NATS servers: the only one, or any of the cluster."""
    return world.schedule.seed % world.nats.replicas


async def _for(fault: Fault, begin: Callable[[], None], end: Callable[[], None]) -> None:
    begin()
    try:
        await asyncio.sleep(fault.seconds)
    finally:
        end()


async def _kill_nats(world: World, fault: Fault, n: int) -> None:
    world.nats.kill(n)
    await asyncio.sleep(fault.seconds)
    await in_thread(world.nats.start, n)


async def _lose_stream(world: World, fault: Fault) -> None:
    """A server of NATS dies, and comes back without what it had of the service's stream."""
    n = _one_of(world)
    world.nats.kill(n)
    try:
        world.nats.lose(n, fault.target.upper())
    except FileNotFoundError as error:
        raise NoEffect(f"{error}") from error
    finally:
        await asyncio.sleep(fault.seconds)
        await in_thread(world.nats.start, n)
    if world.nats.replicas == 1:
        # What the platform does when it starts; three of them give it back to one another.
        while not await world.nats.declared(fault.target):  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.1)


async def _command(world: World, fault: Fault, command: str) -> None:
    """Until it succeeds: whatever else happens may be in its way."""
    try:
        async with asyncio.timeout(fault.seconds):
            while await world.coop(command) != 0:  # noqa: ASYNC110 - it tells nobody
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise NoEffect(f"« {command} » n’a pas réussi") from None


async def _die_at(world: World, fault: Fault) -> None:
    """A role dies there by itself, and its keeper starts it again."""
    if BY_NAME[fault.target].role == REBUILD:
        return await _die_rebuilding(world, fault)
    limit = asyncio.get_running_loop().time() + fault.seconds
    while not world.mark(fault).exists():
        if asyncio.get_running_loop().time() > limit:
            raise NoEffect(f"personne n’est mort : {fault}")
        await asyncio.sleep(0.1)
    return None


async def _die_rebuilding(world: World, fault: Fault) -> None:
    """The command of an operator is run to die there; after the last of its deaths, once more to its end."""
    try:
        async with asyncio.timeout(fault.seconds), world.operator:
            while not world.mark(fault).exists():
                await world.coop(REBUILD, **world.blows(REBUILD))
            deaths = [point for point in world.schedule.points if BY_NAME[point.target].role == REBUILD]
            if all(world.mark(point).exists() for point in deaths):
                await _command(world, fault, REBUILD)
    except TimeoutError:
        raise NoEffect(f"personne n’est mort : {fault}") from None


def _proxies(world: World, target: str) -> list[FaultProxy]:
    if target == "NATS":
        return world.nats_proxies
    assert world.postgres_proxy is not None
    return [world.postgres_proxy]


def _disturb(proxy: FaultProxy, fault: Fault) -> None:
    match fault.family:
        case Family.CUT:
            proxy.cut()
        case Family.LATENCY:
            proxy.slow(fault.amount)
        case Family.HALF_OPEN:
            proxy.forget()
        case _:
            proxy.swallow()


async def _fill_disk(world: World, fault: Fault) -> None:
    """Full until PostgreSQL has met it, and for the fault's duration at least; then space is given back."""
    postgres = world.postgres
    loop = asyncio.get_running_loop()
    start = loop.time()
    asking = asyncio.create_task(_new_segments(world)) if fault.amount else None
    try:
        while loop.time() < start + fault.seconds or not postgres.disk_errors():
            if loop.time() > start + _BITE_SECONDS:
                raise NoEffect("PostgreSQL n’a pas rencontré le disque plein")
            await in_thread(postgres.disk.fill)
            await asyncio.sleep(_FILL_SECONDS)
    finally:
        if asking is not None:
            asking.cancel()
        postgres.disk.empty()
    # Out of space for its WAL, PostgreSQL stops itself: an operator frees space, then starts it.
    await asyncio.sleep(0.2)
    if not postgres.alive:
        await in_thread(postgres.start)


async def _fill_file_disk(world: World, fault: Fault) -> None:
    """Full until the statistics have met it, and for the fault's duration at least."""
    assert world.file_disk is not None
    log = world.roles[STATISTICS].log
    loop = asyncio.get_running_loop()
    start, before = loop.time(), _waits(log)
    try:
        while loop.time() < start + fault.seconds or _waits(log) == before:
            if loop.time() > start + _BITE_SECONDS:
                raise NoEffect("les statistiques n’ont pas rencontré le disque plein")
            await in_thread(world.file_disk.fill)
            await asyncio.sleep(_FILL_SECONDS)
    finally:
        world.file_disk.empty()


def _waits(log: Path) -> int:
    return log.read_text(errors="replace").count("file_waits")


async def _new_segments(world: World) -> None:
    """Use up the WAL segments already on disk, so that the next one must be made on the full disk."""
    while True:
        try:
            connection = await asyncpg.connect(world.url("postgres"), timeout=2)
            try:
                await connection.execute("select pg_switch_wal()", timeout=2)
            finally:
                connection.terminate()
        except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError):
            pass
        await asyncio.sleep(0.05)


def _set_clock(file: Path, seconds: float) -> None:
    fresh = file.with_suffix(".neuf")
    fresh.write_text(str(seconds))
    fresh.replace(file)
