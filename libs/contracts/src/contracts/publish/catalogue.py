"""Which contracts exist: found in the modules `contracts.<service>`, nothing to register."""

import inspect
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any, get_args

from events.contract import Contract

from contracts.question import Question

SERVICES = ("identity", "activites", "equipes", "cartographie")

type Model = type[Contract]


@dataclass(frozen=True, slots=True)
class Publication:
    """A contract and the service that publishes it."""

    service: str
    contract: Model

    @property
    def event(self) -> str:
        return self.contract.event_name()

    @property
    def version(self) -> int:
        return self.contract.version()

    @property
    def name(self) -> str:
        """The type of its messages, and the name of its files: `activites.ActiviteEnregistree.v1`."""
        return f"{self.service}.{self.event}.v{self.version}"

    @property
    def summary(self) -> str:
        return paragraphs(self.contract)[0] if paragraphs(self.contract) else ""


def modules() -> dict[str, ModuleType]:
    """The module of each service."""
    return {service: import_module(f"contracts.{service}") for service in SERVICES}


def discover(found: dict[str, ModuleType]) -> list[Publication]:
    """What is published, by service then name. Classes that only serve to write others are not."""
    return [
        Publication(service, contract)
        for service, module in found.items()
        for contract in published(classes_of(module))
    ]


def questions(found: dict[str, ModuleType]) -> list[Question[Any, Any]]:
    """The questions that the services answer, by subject."""
    values = [value for module in found.values() for value in vars(module).values()]
    return sorted((v for v in values if isinstance(v, Question)), key=lambda question: question.subject)


def classes_of(module: ModuleType) -> list[Model]:
    """The contract classes that the module defines, published or not, in the order of the file."""
    return [
        cls
        for cls in vars(module).values()
        if isinstance(cls, type)
        and issubclass(cls, Contract)
        and cls.__module__ == module.__name__
        and re.search(r"V\d+$", cls.__name__)
    ]


def published(classes: Sequence[Model]) -> list[Model]:
    """Without the types of fields (`ParticipantsV1`) and the bases of other events (`LieuDecritV1`)."""
    parts = {part for cls in classes for part in models_in(f.annotation for f in cls.model_fields.values())}
    bases = {
        base
        for cls in classes
        for base in cls.__mro__[1:]
        if base in classes and issubclass(base, Contract) and base.event_name() != cls.event_name()
    }
    kept = [cls for cls in classes if cls not in parts and cls not in bases]
    return sorted(kept, key=lambda cls: (cls.event_name(), cls.version()))


def models_in(hints: Iterable[Any]) -> set[Model]:
    """The contract classes inside these types."""
    found: set[Model] = set()
    for hint in hints:
        if isinstance(hint, type) and issubclass(hint, Contract):
            found |= {hint} | models_in(f.annotation for f in hint.model_fields.values())
        else:
            found |= models_in(get_args(hint))
    return found


def paragraphs(cls: type[Any]) -> list[str]:
    """The class's own docstring, one string per paragraph."""
    text = inspect.cleandoc(vars(cls).get("__doc__") or "")
    return [" ".join(part.split()) for part in re.split(r"\n\s*\n", text) if part.strip()]


_COMMON = {
    "departement": "code INSEE du département, dernier élément du sujet ; absent s'il est inconnu",
    "code_insee": "code INSEE de la commune",
    "compte_id": "compte de la personne concernée",
    "sid": "identifiant de la session",
}


def field_descriptions(contract: Model) -> dict[str, str]:
    """What the docstrings say of each field: `champ : texte.` or `champ, autre : texte`, bases included."""
    names = set(contract.model_fields)
    found = {name: text for name, text in _COMMON.items() if name in names}
    word = "(?:" + "|".join(sorted(map(re.escape, names), key=len, reverse=True)) + ")"
    head = re.compile(rf"(?<!\w)({word}(?:, {word})*) : ")
    for cls in reversed(contract.__mro__):
        if not (issubclass(cls, Contract) and cls is not Contract):
            continue
        for paragraph in paragraphs(cls):
            heads = list(head.finditer(paragraph))
            ends = [*(h.start() for h in heads[1:]), len(paragraph)]
            for match, end in zip(heads, ends, strict=False):
                text = paragraph[match.end() : end].strip(" ;.")
                found |= dict.fromkeys(match[1].split(", "), text)
    return found
