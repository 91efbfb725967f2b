"""Events <-> stored JSON, by class name. Runs the upcasts, and sets personal fields apart.

No module path is ever stored: files may move. The stored version of a type is 1 + its number of upcasts.
"""

import dataclasses
import datetime as dt
import enum
import functools
import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, TypeAliasType, Union, cast, get_args, get_origin, get_type_hints
from uuid import UUID

import msgspec
import orjson

from events.stream import Stream
from events.types import Json, NotPersonal, Personal, Upcast

_UNIONS = (Union, types.UnionType)
_CONTAINERS = (tuple, list, set, frozenset, dict, Mapping, Sequence)
_CLEAR = frozenset(
    {bool, int, float, Decimal, UUID, dt.date, dt.datetime, dt.time, dt.timedelta, types.NoneType, ...}
)


_dump = msgspec.json.Encoder().encode


class UnknownEventType(Exception):
    """A stored type or version that this codec does not know: older code reading newer facts."""


class Undecodable(Exception):
    """A stored event that its upcasts cannot bring to the present form."""


@dataclass(frozen=True, slots=True)
class Secret:
    """The personal fields of one event under one key. fields : name -> value, as JSON."""

    kind: str
    person: UUID
    fields: Json


@dataclass(frozen=True, slots=True)
class Encoded:
    """An event as it will be stored. data : the clear part in JSON, without the fields of `secrets`."""

    type: str
    schema_version: int
    data: bytes
    secrets: tuple[Secret, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    cls: type[Any]
    version: int
    personal: Mapping[str, Personal]
    read: Callable[[bytes | str], Any]


class Codec[E]:
    """Encodes and decodes the events of a union: `Codec(Event, upcasts)` for `type Event = A | B`."""

    def __init__(self, events: Any, upcasts: Mapping[tuple[str, int], Upcast] | None = None) -> None:
        """upcasts : (event name, stored version n) -> function giving the form of version n + 1.

        Raises TypeError when an event is not a frozen dataclass, when a text is neither `Personal` nor
        `NotPersonal` (docs/domaine/securite.md §9.5), when a personal field could not be encrypted or erased,
        when the upcasts of a type have a gap, or when they name no event of the union.
        """
        self._upcasts = dict(upcasts or {})
        self._kinds: dict[str, _Kind] = {}
        self.readers: dict[tuple[str, int], Callable[[str | bytes], Any]] = {}
        """What `reader` has made so far."""
        for cls in union_members(events):
            if not (dataclasses.is_dataclass(cls) and _is_frozen(cls)):
                raise TypeError(f"{cls.__name__} : un événement est une dataclass gelée")
            if cls.__name__ in self._kinds:
                raise TypeError(f"{cls.__name__} : deux événements portent ce nom")
            steps = sorted(n for name, n in self._upcasts if name == cls.__name__)
            if steps != list(range(1, len(steps) + 1)):
                raise TypeError(f"{cls.__name__} : la chaîne des upcasts a un trou")
            personal = _classify(cls)
            read = msgspec.json.Decoder(cls).decode
            self._kinds[cls.__name__] = _Kind(cls, len(steps) + 1, personal, read)
        for name, _ in self._upcasts:
            if name not in self._kinds:
                raise TypeError(f"{name} : un upcast porte sur un événement inconnu")

    @property
    def names(self) -> frozenset[str]:
        """The names of the events of the union."""
        return frozenset(self._kinds)

    @property
    def personal(self) -> frozenset[str]:
        """The names of those that carry personal data."""
        return frozenset(name for name, kind in self._kinds.items() if kind.personal)

    def form(self, name: str) -> tuple[int, frozenset[str]]:
        """The present version of an event's stored form, and the names of its personal fields."""
        kind = self._kinds[name]
        return kind.version, frozenset(kind.personal)

    def persons(self, event: E) -> set[tuple[str, UUID]]:
        """Whose keys this event needs: (kind, person) of its personal fields that have a value."""
        marks = self._kinds[type(event).__name__].personal
        return {
            (mark.kind, getattr(event, mark.person))
            for field, mark in marks.items()
            if getattr(event, field) is not None
        }

    def encode(self, event: E) -> Encoded:
        name = type(event).__name__
        kind = self._kinds[name]
        if not kind.personal:
            return Encoded(name, kind.version, _dump(event), ())
        clear: Json = msgspec.to_builtins(event)
        secrets: dict[tuple[str, UUID], Json] = {}
        for field, mark in kind.personal.items():
            value = clear.pop(field)
            if value is not None:
                secrets.setdefault((mark.kind, getattr(event, mark.person)), {})[field] = value
        return Encoded(
            name,
            kind.version,
            _dump(clear),
            tuple(Secret(k, person, fields) for (k, person), fields in secrets.items()),
        )

    def reader(self, name: str, schema_version: int) -> Callable[[str | bytes], E]:
        """What decodes the stored JSON of events of this type and version that carry nothing personal."""
        found = self.readers.get((name, schema_version))
        if found is None:
            found = self.readers[name, schema_version] = self._make_reader(name, schema_version)
        return found

    def _make_reader(self, name: str, schema_version: int) -> Callable[[str | bytes], Any]:
        kind = self._kinds.get(name)
        if kind is not None and schema_version == kind.version and not kind.personal:
            return kind.read
        return functools.partial(self.decode, name, schema_version)

    def decode(self, name: str, schema_version: int, data: str | bytes, secrets: Json | None = None) -> E:
        """data : the stored JSON. secrets : personal fields, decrypted or `ERASED`.

        Raises UnknownEventType, Undecodable, and the errors of msgspec and orjson.
        """
        kind = self._kinds.get(name)
        if kind is None:
            raise UnknownEventType(name)
        if schema_version > kind.version:
            raise UnknownEventType(f"{name} version {schema_version}")
        fields = self._present(name, schema_version, orjson.loads(data) | (secrets or {}))
        for field in kind.personal:
            fields.setdefault(field, None)
        return cast(E, msgspec.convert(fields, kind.cls, str_keys=True))

    def _present(self, name: str, schema_version: int, fields: Json) -> Json:
        """The fields of a stored event brought to the present form. Raises Undecodable."""
        try:
            for version in range(schema_version, self._kinds[name].version):
                fields = self._upcasts[name, version](fields)
        except Exception as error:
            raise Undecodable(f"{name} version {schema_version}") from error
        return fields

    def clear(self, name: str, schema_version: int, data: str) -> str:
        """The clear fields of a stored event as JSON, in the present form; personal fields are left out.

        Raises UnknownEventType, Undecodable.
        """
        kind = self._kinds.get(name)
        if kind is None or schema_version > kind.version:
            raise UnknownEventType(f"{name} version {schema_version}")
        if schema_version == kind.version:
            return data
        fields = self._present(name, schema_version, orjson.loads(data))
        return orjson.dumps({k: v for k, v in fields.items() if k not in kind.personal}).decode()


def names_of(events: Any) -> frozenset[str]:
    """The stored names of the events of a union."""
    return frozenset(cls.__name__ for cls in union_members(events))


def events_of(stream: Stream[Any, Any, Any]) -> list[type[Any]]:
    """The classes of the events that a stream may hold: those that its `evolve` takes."""
    _, event = inspect.signature(stream.evolve).parameters
    return union_members(get_type_hints(stream.evolve)[event])


def union_members(union: Any) -> list[type[Any]]:
    """The classes of a union, through `type` aliases."""
    if isinstance(union, TypeAliasType):
        return union_members(union.__value__)
    if get_origin(union) in _UNIONS:
        return [cls for member in get_args(union) for cls in union_members(member)]
    return [union]


def _is_frozen(cls: type[Any]) -> bool:
    return bool(vars(cls)["__dataclass_params__"].frozen)


def _classify(cls: type[Any]) -> dict[str, Personal]:
    personal: dict[str, Personal] = {}
    hints = get_type_hints(cls, include_extras=True)
    for field, hint in hints.items():
        mark = _mark_of(hint)
        if isinstance(mark, Personal):
            if not _may_be_erased(hint):
                raise TypeError(
                    f"{cls.__name__}.{field} : une donnée personnelle est un `str` ou `str | None`"
                )
            if _plain(hints.get(mark.person)) is not UUID:
                raise TypeError(f"{cls.__name__}.{field} : `{mark.person}` n'est pas un champ UUID du fait")
            personal[field] = mark
        elif mark is None and not _is_clear(hint, set()):
            raise TypeError(
                f"{cls.__name__}.{field} : un texte est déclaré `Public`, ou `Personal(…)` directement sur le"
                " champ (events.types) ; un type qui peut en cacher un est refusé"
            )
    return personal


def _mark_of(hint: Any) -> Personal | NotPersonal | None:
    if isinstance(hint, TypeAliasType):
        return _mark_of(hint.__value__)
    if get_origin(hint) is Annotated:
        return next((m for m in get_args(hint)[1:] if isinstance(m, Personal | NotPersonal)), None)
    if get_origin(hint) in _UNIONS:
        marks = [_mark_of(a) for a in get_args(hint) if a is not types.NoneType]
        return marks[0] if len(marks) == 1 else None
    return None


def _plain(hint: Any) -> Any:
    """The type under aliases, annotations and NewType."""
    if isinstance(hint, TypeAliasType):
        return _plain(hint.__value__)
    if get_origin(hint) is Annotated:
        return _plain(get_args(hint)[0])
    supertype = getattr(hint, "__supertype__", None)
    return hint if supertype is None else _plain(supertype)


def _may_be_erased(hint: Any) -> bool:
    """True for `str` and `str | None`: `ERASED` is a value of the field."""
    plain = _plain(hint)
    members = get_args(plain) if get_origin(plain) in _UNIONS else (plain,)
    return {_plain(m) for m in members} - {types.NoneType} == {str}


def _is_clear(hint: Any, seen: set[Any]) -> bool:
    """True when no unclassified text, and no personal one, can be inside: only known types are trusted."""
    mark = _mark_of(hint)
    if mark is not None:
        return isinstance(mark, NotPersonal)
    hint = _plain(hint)
    origin = get_origin(hint)
    if origin is Literal:
        return True
    if origin is not None:
        return origin in (*_UNIONS, *_CONTAINERS) and all(_is_clear(a, seen) for a in get_args(hint))
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        if hint in seen:
            return True
        seen.add(hint)
        return all(_is_clear(h, seen) for h in get_type_hints(hint, include_extras=True).values())
    return hint in _CLEAR or (isinstance(hint, type) and issubclass(hint, enum.Enum))
