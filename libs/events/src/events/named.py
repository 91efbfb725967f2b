"""Copies by name: one list of names says what is taken, and nothing else is. Standard library only."""

from collections.abc import Iterable
from dataclasses import fields
from functools import cache
from typing import Any

_ABSENT = object()


def named(names: Iterable[str], *sources: object, **other: Any) -> dict[str, Any]:
    """The value of each of these names: given in `other`, else of the first source that has it.

    Raises AttributeError for a name that nobody has, TypeError for an `other` that is not one of the names:
    nothing is left out, nor added, in silence.
    """
    taken = {name: other.pop(name) if name in other else _value(name, sources) for name in names}
    if other:
        raise TypeError(f"{', '.join(other)} : aucun champ de ce nom")
    return taken


def _value(name: str, sources: tuple[object, ...]) -> Any:
    for source in sources:
        value = getattr(source, name, _ABSENT)
        if value is not _ABSENT:
            return value
    raise AttributeError(f"« {name} » n'est dans aucun de : {', '.join(type(s).__name__ for s in sources)}")


@cache
def fields_of(cls: type[Any]) -> tuple[str, ...]:
    """The names of the fields of a dataclass, its bases' first."""
    return tuple(field.name for field in fields(cls))
