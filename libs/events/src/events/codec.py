"""Events <-> stored JSON, by class name. Runs the upcasts, and sets personal fields apart.

No module path is ever stored: files may move. The stored version of a type is 1 + its number of upcasts.
"""

import dataclasses
import enum
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, TypeAliasType, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import orjson
from pydantic import TypeAdapter

from events.types import Json, NotPersonal, Personal, Upcast


class UnknownEventType(Exception):
    """A stored type that this codec's union does not have: older code reading newer facts."""


@dataclass(frozen=True, slots=True)
class Secret:
    """The personal fields of one event under one key. fields : name -> value, as JSON."""

    kind: str
    person: UUID
    fields: Json


@dataclass(frozen=True, slots=True)
class Encoded:
    """An event as it will be stored. data : the clear part, without the fields of `secrets`."""

    type: str
    schema_version: int
    data: Json
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    adapter: TypeAdapter[Any]
    version: int
    personal: Mapping[str, Personal]


class Codec[E]:
    """Encodes and decodes the events of a union: `Codec(Event, upcasts)` for `type Event = A | B`."""

    def __init__(self, events: Any, upcasts: Mapping[tuple[str, int], Upcast] | None = None) -> None:
        """upcasts : (event name, stored version n) -> function giving the form of version n + 1.

        Raises TypeError when an event is not a frozen dataclass, when a `str` is neither `Personal` nor
        `NotPersonal` (domain/securite.md, "coffre"), or when the upcasts of a type have a gap.
        """
        self._upcasts = dict(upcasts or {})
        self._kinds: dict[str, _Kind] = {}
        for cls in union_members(events):
            if not (dataclasses.is_dataclass(cls) and _is_frozen(cls)):
                raise TypeError(f"{cls.__name__} : un événement est une dataclass gelée")
            if cls.__name__ in self._kinds:
                raise TypeError(f"{cls.__name__} : deux événements portent ce nom")
            steps = sorted(n for name, n in self._upcasts if name == cls.__name__)
            if steps != list(range(1, len(steps) + 1)):
                raise TypeError(f"{cls.__name__} : la chaîne des upcasts a un trou")
            self._kinds[cls.__name__] = _Kind(TypeAdapter(cls), len(steps) + 1, _classify(cls))

    @property
    def names(self) -> frozenset[str]:
        """The names of the events of the union."""
        return frozenset(self._kinds)

    def encode(self, event: E) -> Encoded:
        name = type(event).__name__
        kind = self._kinds[name]
        data: Json = kind.adapter.dump_python(event, mode="json")
        secrets: dict[tuple[str, str], Json] = {}
        for field, mark in kind.personal.items():
            value = data.pop(field)
            if value is not None:
                secrets.setdefault((mark.kind, data[mark.person]), {})[field] = value
        return Encoded(
            name,
            kind.version,
            data,
            tuple(Secret(k, UUID(person), fields) for (k, person), fields in secrets.items()),
        )

    def decode(self, name: str, schema_version: int, data: str, secrets: Json | None = None) -> E:
        """data : the stored JSON text. secrets : personal fields, decrypted or `ERASED`."""
        kind = self._kinds.get(name)
        if kind is None:
            raise UnknownEventType(name)
        if schema_version == kind.version and not secrets and not kind.personal:
            return cast(E, kind.adapter.validate_json(data))
        fields: Json = orjson.loads(data) | (secrets or {})
        for version in range(schema_version, kind.version):
            fields = self._upcasts[name, version](fields)
        for field in kind.personal:
            fields.setdefault(field, None)
        return cast(E, kind.adapter.validate_python(fields))


def union_members(union: Any) -> list[type[Any]]:
    """The classes of a union, through `type` aliases."""
    if isinstance(union, TypeAliasType):
        return union_members(union.__value__)
    if get_origin(union) in (Union, types.UnionType):
        return [cls for member in get_args(union) for cls in union_members(member)]
    return [union]


def _is_frozen(cls: type[Any]) -> bool:
    return bool(vars(cls)["__dataclass_params__"].frozen)


def _classify(cls: type[Any]) -> dict[str, Personal]:
    personal: dict[str, Personal] = {}
    for field, hint in get_type_hints(cls, include_extras=True).items():
        mark = _mark_of(hint)
        if isinstance(mark, Personal):
            personal[field] = mark
        elif mark is None and _has_bare_text(hint, set()):
            raise TypeError(
                f"{cls.__name__}.{field} : un texte est déclaré `Personal(…)` ou `Public` (events.types)"
            )
    return personal


def _mark_of(hint: Any) -> Personal | NotPersonal | None:
    if isinstance(hint, TypeAliasType):
        return _mark_of(hint.__value__)
    if get_origin(hint) is Annotated:
        return next((m for m in get_args(hint)[1:] if isinstance(m, Personal | NotPersonal)), None)
    if get_origin(hint) in (Union, types.UnionType):
        marks = [_mark_of(a) for a in get_args(hint) if a is not types.NoneType]
        return marks[0] if len(marks) == 1 else None
    return None


def _has_bare_text(hint: Any, seen: set[Any]) -> bool:
    if isinstance(hint, TypeAliasType):
        return _has_bare_text(hint.__value__, seen)
    if _mark_of(hint) is not None:
        return False
    if get_origin(hint) is Annotated:
        return _has_bare_text(get_args(hint)[0], seen)
    supertype = getattr(hint, "__supertype__", None)  # NewType
    if supertype is not None:
        return _has_bare_text(supertype, seen)
    if get_origin(hint) is not None and get_args(hint):
        from_literal = str(get_origin(hint)) == "typing.Literal"
        return not from_literal and any(_has_bare_text(a, seen) for a in get_args(hint))
    if isinstance(hint, type):
        if issubclass(hint, enum.Enum):
            return False
        if dataclasses.is_dataclass(hint) and hint not in seen:
            seen.add(hint)
            return any(_has_bare_text(h, seen) for h in get_type_hints(hint, include_extras=True).values())
        return issubclass(hint, str | bytes)
    return hint is Any
