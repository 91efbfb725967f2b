"""What goes wrong, and when: schedules drawn from a seed, each with one or two faults, and two or three
points where a process is killed between two statements."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random

from embedded.settings import SERVICES

from chaos.points import API, BY_NAME, IDENTITY, POINTS, WORKER, Point

_FIRST = ("activites api", "activites worker", "activites statistiques", "equipes worker")
_LATER = ("identity api", "identity worker", "cartographie all")
ROLES = (*_FIRST, *_LATER)
"""The processes under load: `python -m <service> <role>`."""
FEW = (*_FIRST, "identity worker")
"""Those without which no activité is recorded, heard of or erased."""
TWIN = "activites worker bis"
SERVERS = ("PostgreSQL", "NATS")
BLOCK = 10
"""Over so many schedules, each family and each point happens at least once."""
STALL = 60.0
RESTART = 60.0
"""Seconds in which the API is there again after it died, on a loaded machine."""
PAUSE = 0.002
"""Seconds between two commands of a médiateur: as many as the machine can take."""
CALM = 0.25
"""The same, for who looks at the faults more than at the load."""


class Family(StrEnum):
    """A kind of fault. The value is what people read."""

    POSTGRES_KILLED = "kill -9 de PostgreSQL"
    NATS_KILLED = "kill -9 d’un serveur NATS"
    LEADER_KILLED = "kill -9 du chef du flux (grappe de 3)"
    ROLE_KILLED = "kill -9 d’un rôle"
    SERVER_FROZEN = "SIGSTOP d’un serveur"
    ROLE_FROZEN = "SIGSTOP d’un rôle"
    CUT = "coupure du réseau"
    LATENCY = "latence du réseau"
    HALF_OPEN = "connexions à demi ouvertes"
    BLACK_HOLE = "trou noir du réseau"
    DISK_FULL = "disque plein du journal"
    FILE_DISK_FULL = "disque plein des statistiques"
    STREAM_LOST = "disque de JetStream perdu"
    REBUILD = "tables refaites"
    REPUBLISH = "flux vidé et republié"
    CLOCK_STEP = "saut d’horloge"
    POINT = "kill -9 entre deux instructions"


DRAWN = tuple(family for family in Family if family is not Family.POINT)
"""Those that are dealt; the points are dealt apart."""
COMMANDS = frozenset({Family.REBUILD, Family.REPUBLISH})
OF_A_SERVICE = frozenset({Family.STREAM_LOST, Family.REPUBLISH, Family.LEADER_KILLED})
"""What strikes the stream of one service, any of the four."""
_COMMAND_SECONDS = 5.0
NETWORK = frozenset({Family.CUT, Family.LATENCY, Family.HALF_OPEN, Family.BLACK_HOLE})
_SECONDS = {
    # How long a killed process stays down; how long the other faults last.
    Family.POSTGRES_KILLED: (0.3, 3.0),
    Family.NATS_KILLED: (0.3, 3.0),
    Family.LEADER_KILLED: (0.5, 4.0),
    Family.ROLE_KILLED: (0.1, 2.0),
    Family.SERVER_FROZEN: (10.0, 10.0),
    Family.ROLE_FROZEN: (10.0, 10.0),
    Family.CUT: (2.0, 6.0),
    Family.LATENCY: (4.0, 7.0),
    Family.HALF_OPEN: (4.0, 7.0),
    Family.BLACK_HOLE: (4.0, 8.0),
    Family.DISK_FULL: (3.0, 6.0),
    Family.FILE_DISK_FULL: (3.0, 6.0),
    Family.STREAM_LOST: (0.3, 2.0),
    # At most, the command tried again until it succeeds; what else happens may be in its way.
    Family.REBUILD: (120.0, 120.0),
    Family.REPUBLISH: (120.0, 120.0),
    Family.CLOCK_STEP: (3.0, 6.0),
    Family.POINT: (120.0, 120.0),
}


@dataclass(frozen=True, slots=True)
class Fault:
    """target : a server, a role, a service, a point or "" when the family says it.

    start, seconds : from the load's start.

    amount : seconds one way for a latency, hours for a clock, 1 when the WAL itself must meet the full disk,
    at which passage for a point.
    """

    family: Family
    target: str
    start: float
    seconds: float
    amount: float = 0.0

    @property
    def end(self) -> float:
        # A command is over in seconds, unless something is in its way.
        return self.start + (_COMMAND_SECONDS if self.family in COMMANDS else self.seconds)

    def __str__(self) -> str:
        what = self.family.value + (f" : {self.target}" if self.target else "")
        if self.family is Family.POINT:
            return f"{what} ({BY_NAME[self.target].role}, passage {self.amount:.0f})"
        if self.family in COMMANDS:
            return f"à {self.start:.1f} s, {what}"
        match self.family:
            case Family.LATENCY:
                what += f" (+{self.amount * 1000:.0f} ms par sens)"
            case Family.CLOCK_STEP:
                what += f" ({self.amount:+.1f} h)"
            case Family.DISK_FULL:
                what += " (nouveau segment WAL demandé)" if self.amount else " (tables)"
            case _:
                pass
        return f"à {self.start:.1f} s pendant {self.seconds:.1f} s, {what}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """seed : of the writers' own draws.   cluster : three NATS servers and streams of three copies.

    twin : a second worker of activites, on the watch: whoever is cut off, frozen or killed has a replacement.

    whole : with people who sign in and lieux that are imported; otherwise without identity's API nor
    cartographie.   pause : seconds between two commands of a médiateur.   hold : seconds for which a process
    that dies keeps its orders from the others; None for the platform's own minute.
    """

    number: int
    seed: int
    cluster: bool
    twin: bool
    faults: tuple[Fault, ...]
    points: tuple[Fault, ...] = ()
    whole: bool = True
    pause: float = PAUSE
    hold: float | None = None

    @property
    def roles(self) -> tuple[str, ...]:
        """The processes that it plays."""
        return (*(ROLES if self.whole else FEW), *([TWIN] if self.twin else []))

    @property
    def end(self) -> float:
        """Seconds from the load's start to the end of the last fault."""
        return max(fault.end for fault in self.faults)

    @property
    def amid(self) -> float:
        """Seconds from the load's start: the first fault is under way."""
        if not self.faults:
            return 0.0
        first = min(self.faults, key=lambda fault: fault.start)
        return first.start + 0.4 * (first.end - first.start)

    @property
    def longest_stall(self) -> float:
        """Seconds without any acknowledgement, beyond which something is wrong: what stops the database may
        stop everybody as long as it lasts, and a little more; two such may follow one another."""
        lasting = sum(fault.seconds for fault in self.faults if fault.family not in COMMANDS)
        return STALL + lasting + RESTART * sum(BY_NAME[point.target].role == API for point in self.points)

    def has(self, family: Family) -> bool:
        return any(fault.family is family for fault in self.faults)


def draw(seed: int, count: int, families: Sequence[Family] = DRAWN) -> list[Schedule]:
    """The same seed gives the same schedules. families : those to deal, all of them by default."""
    random = Random(seed)  # noqa: S311 - a seed makes it repeatable
    # Apart: a seed of before gives the same faults at the same times, were their victim another.
    victims = Random(f"{seed} victimes")  # noqa: S311 - a seed makes it repeatable
    schedules: list[Schedule] = []
    points = _points(count, random, victims)
    while len(schedules) < count:
        size = min(BLOCK, count - len(schedules))
        # Most of them have two faults: ten schedules deal eighteen, more than there are families.
        counts = [2 if n % 5 else 1 for n in range(size)]
        random.shuffle(counts)
        hand = _deal(sum(counts), families, random)
        for faults in counts:
            chosen = [hand.pop() for _ in range(faults)]
            schedule = _schedule(len(schedules) + 1, chosen, random, victims)
            schedules.append(replace(schedule, points=points[len(schedules)]))
    return schedules


def _points(count: int, random: Random, victims: Random) -> list[tuple[Fault, ...]]:
    """For each schedule, one of activites' worker, that has as many as all the others, and one of these; for
    every other one, one of identity."""
    workers = _hand([p for p in POINTS if p.role == WORKER], count, random)
    others = _hand([p for p in POINTS if p.role not in {WORKER, *IDENTITY}], count, random)
    identities = _hand([p for p in POINTS if p.role in IDENTITY], count, victims)
    dealt: list[tuple[Fault, ...]] = []
    for n in range(count):
        two = _point(workers[n], random), _point(others[n], random)
        dealt.append(two if n % 2 else (*two, _point(identities[n // 2], victims)))
    return dealt


def _hand(points: Sequence[Point], count: int, random: Random) -> list[Point]:
    """So many at least, in whole packs, shuffled one by one."""
    packs = [random.sample(points, len(points)) for _ in range(count // len(points) + 1)]
    return [point for pack in packs for point in pack]


def _point(point: Point, random: Random) -> Fault:
    start, seconds = random.uniform(0.5, 2.0), _SECONDS[Family.POINT][0]
    return Fault(Family.POINT, point.name, start, seconds, float(random.randint(1, point.passages)))


def _deal(count: int, families: Sequence[Family], random: Random) -> list[Family]:
    """Whole packs, shuffled one by one: none comes twice before all came once."""
    dealt: list[Family] = []
    while len(dealt) < count:
        dealt += random.sample(families, len(families))
    return dealt[count - 1 :: -1]


def _schedule(number: int, families: Sequence[Family], random: Random, victims: Random) -> Schedule:
    cluster = Family.LEADER_KILLED in families or random.random() < 0.4
    faults: list[Fault] = []
    for family in families:
        start = random.uniform(2.0, 4.0)
        fault = _fault(family, start, random, victims)
        if faults:
            before = faults[-1]
            # Two faults of one server come one after the other; else they may overlap.
            apart = before.end + 1.0 if _server(before) == _server(fault) else before.start + 0.5
            fault = _fault_at(fault, random.uniform(apart, before.end + 1.5))
        faults.append(fault)
    twin = random.random() < 0.5
    return Schedule(number, random.randrange(2**32), cluster, twin, tuple(faults))


def _fault(family: Family, start: float, random: Random, victims: Random) -> Fault:
    seconds = random.uniform(*_SECONDS[family])
    target, amount = "", 0.0
    if family in NETWORK or family is Family.SERVER_FROZEN:
        target = random.choice(SERVERS)
    if family in {Family.ROLE_KILLED, Family.ROLE_FROZEN}:
        target = victims.choice((*[random.choice(_FIRST)] * len(_FIRST), *_LATER))
    if family in OF_A_SERVICE:
        target = victims.choice(SERVICES)
    match family:
        case Family.LATENCY:
            amount = random.uniform(0.03, 0.15)
        case Family.CLOCK_STEP:
            amount = random.choice((-1, 1)) * random.uniform(1, 36)
        case Family.DISK_FULL:
            amount = float(random.randrange(2))
        case _:
            pass
    return Fault(family, target, start, seconds, amount)


def _fault_at(fault: Fault, start: float) -> Fault:
    return Fault(fault.family, fault.target, start, fault.seconds, fault.amount)


def _server(fault: Fault) -> str:
    match fault.family:
        case Family.POSTGRES_KILLED | Family.DISK_FULL:
            return "PostgreSQL"
        case Family.NATS_KILLED | Family.LEADER_KILLED | Family.STREAM_LOST:
            return "NATS"
        case _:
            return fault.target or fault.family.value
