"""The pure core of every aggregate: `initial`, `decide`, `evolve`. Standard library only."""

from collections.abc import Iterable, Sequence
from typing import Protocol


class Refusal(Exception):
    """La demande est refusée."""

    def __init__(self, detail: str | None = None, *, field: str | None = None) -> None:
        """detail : what happened, in French, for the person. field : JSON Pointer of the field at fault."""
        super().__init__(detail or self.title())
        self.detail = detail
        self.field = field

    @classmethod
    def title(cls) -> str:
        """The French first line of the docstring: what a person reads."""
        return (cls.__doc__ or cls.__name__).strip().splitlines()[0]


class Refusals(Refusal):
    """La saisie n’est pas valable."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        """refusals : each fault of the command, in the order of its fields."""
        super().__init__(" ".join(str(refusal) for refusal in refusals))
        self.refusals = tuple(refusals)


def refuse(faults: Iterable[Refusal]) -> None:
    """Raise all these faults at once; the fault itself when it is alone; nothing when there is none."""
    match [one for fault in faults for one in (fault.refusals if isinstance(fault, Refusals) else (fault,))]:
        case []:
            return
        case [fault]:
            raise fault
        case several:
            raise Refusals(several)


class Decider[C, S, E](Protocol):
    """What an aggregate's module offers. A module satisfies it: no base class, no registration."""

    @property
    def initial(self) -> S: ...

    def decide(self, command: C, state: S, /) -> Sequence[E]:
        """The facts that follow from the command; none when it changes nothing. Raises Refusal."""
        ...

    def evolve(self, state: S, event: E, /) -> S:
        """The state after a fact. Never refuses, never computes."""
        ...


def fold[C, S, E](decider: Decider[C, S, E], events: Iterable[E]) -> S:
    """The state that these events lead to, from the initial one."""
    state = decider.initial
    for event in events:
        state = decider.evolve(state, event)
    return state
