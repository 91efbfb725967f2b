"""Streams know their aggregate: a command can only reach a stream of its own kind. Standard library only."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Stream[C, S, E]:
    """A kind of stream, declared under its aggregate: `EQUIPE = Stream("equipe", initial, decide, evolve)`.

    kind : first word of the names of its streams.   initial, decide, evolve : the aggregate (events.decider).
    """

    kind: str
    initial: S
    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]

    def __call__(self, key: UUID | str) -> "StreamId[C, S, E]":
        """One stream of this kind."""
        return StreamId(self, f"{self.kind}-{key}")

    def named(self, name: str) -> "StreamId[C, S, E]":
        """One stream by its stored name. Raises ValueError for a name of another kind."""
        if not name.startswith(f"{self.kind}-"):
            raise ValueError(f"« {name} » n'est pas un flux « {self.kind} »")
        return StreamId(self, name)


@dataclass(frozen=True, slots=True)
class StreamId[C, S, E]:
    """One stream: what decides on it, and its name in the journal (`equipe-0190…`)."""

    of: Stream[C, S, E]
    name: str

    @property
    def key(self) -> str:
        """What tells this stream from the others of its kind."""
        return self.name.removeprefix(f"{self.of.kind}-")
