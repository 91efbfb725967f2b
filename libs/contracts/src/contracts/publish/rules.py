"""What a contract may not be: nameless, undocumented, or a carrier of personal data."""

import datetime as dt
import enum
import re
import types
from collections import Counter
from collections.abc import Collection
from decimal import Decimal
from types import ModuleType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from events.contract import Contract

from contracts.publish.catalogue import Model, classes_of, discover, paragraphs

PERSONAL_WORDS = frozenset(
    {
        "prenom",
        "prenoms",
        "nom",
        "noms",
        "patronyme",
        "civilite",
        "naissance",
        "courriel",
        "courriels",
        "email",
        "emails",
        "mail",
        "mails",
        "telephone",
        "telephones",
        "tel",
        "mobile",
        "portable",
        "adresse",
        "adresses",
        "contact",
        "contacts",
        "note",
        "notes",
        "commentaire",
        "commentaires",
        "sub",
        "identite",
        "photo",
        "ip",
        "nir",
        "iban",
    }
)
"""Words that, in the name of a field, announce a person's data or a free text about somebody."""

ALLOWED = frozenset(
    {
        # The name and address of a place, which the national schema publishes.
        ("cartographie", "LieuDecritV1", "nom"),
        ("cartographie", "LieuDecritV1", "adresse"),
    }
)
"""(service, class, field) reviewed by hand: the word is there, the person is not."""

_LEAVES = frozenset(
    {str, int, float, bool, UUID, Decimal, dt.date, dt.datetime, dt.time, dt.timedelta, types.NoneType}
)
_CONTAINERS = (Union, types.UnionType, list, tuple, dict)
_FRENCH = re.compile(r"\b(un|une|le|la|les|l|d|des|du|de|est|a|ont|par|qui|son|sa|ses)\b", re.IGNORECASE)


def broken_rules(
    modules: dict[str, ModuleType], allowed: Collection[tuple[str, str, str]] = ALLOWED
) -> list[str]:
    """One French sentence per fault."""
    faults: list[str] = []
    for service, module in modules.items():
        for cls in classes_of(module):
            faults += [f"{service}.{cls.__name__} : {fault}" for fault in _faults(cls)]
            faults += [
                f"{service}.{cls.__name__}.{field} : un contrat public ne porte pas de donnée personnelle"
                " (exception relue à la main : contracts.publish.rules.ALLOWED)"
                for field in _own_fields(cls)
                if PERSONAL_WORDS & set(field.lower().split("_"))
                and (service, cls.__name__, field) not in allowed
            ]
    twice = Counter(p.contract.__name__ for p in discover(modules))
    faults += [f"{name} : deux services publient ce nom" for name, n in sorted(twice.items()) if n > 1]
    return faults


def _faults(cls: Model) -> list[str]:
    faults: list[str] = []
    if not re.fullmatch(r"[A-Z][A-Za-z0-9]*V[1-9][0-9]*", cls.__name__):
        faults.append("un contrat se nomme <Evenement>V<n>, sans accent")
    texts = paragraphs(cls)
    if not texts or not texts[0].endswith(".") or not _FRENCH.search(texts[0]):
        faults.append("il manque une docstring française (une phrase terminée par un point)")
    for name in _own_fields(cls):
        field = cls.model_fields[name]
        # Pydantic keeps the marks of `Annotated` apart from the type.
        if field.metadata or not _is_plain(field.annotation):
            faults.append(f"{name} : type non admis dans un contrat public ({field.annotation})")
    return faults


def _own_fields(cls: Model) -> list[str]:
    inherited = {name for base in cls.__mro__[1:] for name in getattr(base, "model_fields", {})}
    return [name for name in cls.model_fields if name not in inherited]


def _is_plain(hint: Any) -> bool:
    """Only types whose content is known: no Any, no bytes, no e-mail type, no mark of personal data."""
    origin = get_origin(hint)
    if origin is Literal:
        return True
    if origin is Annotated:
        return False
    if origin is not None:
        return origin in _CONTAINERS and all(_is_plain(a) for a in get_args(hint) if a is not ...)
    if hint in _LEAVES:
        return True
    return isinstance(hint, type) and issubclass(hint, enum.Enum | Contract)
