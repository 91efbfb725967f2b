"""What web/problemes.json says: every problem that the code may answer, for the page that its type names."""

import json
import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from events.decider import Refusal, Refusals
from fastapi import FastAPI
from web.problem_pages import Described
from web.problems import Kind

FICHIER = Path("libs/web/src/web/problemes.json")


def render(apps: Mapping[str, FastAPI]) -> str:
    """As it is written: the same code is always the same text."""
    found: dict[str, list[Described]] = {}
    shared = _kinds("web")
    for kind in shared:
        _add(found, kind.name, kind.status, kind.title, None)
    for service, app in apps.items():
        for kind in _kinds(service) - shared:
            _add(found, kind.name, kind.status, kind.title, service)
        for refusal in _refusals(service):
            _add(found, refusal.__name__, app.state.status_of(refusal), refusal.title(), service)
    return json.dumps(found, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _add(found: dict[str, list[Described]], name: str, status: int, title: str, service: str | None) -> None:
    meanings = found.setdefault(name, [])
    meaning = next((m for m in meanings if (m["status"], m["title"]) == (status, title)), None)
    if meaning is None:
        meaning = Described(status=status, title=title, services=[])
        meanings.append(meaning)
    if service is not None and service not in meaning["services"]:
        meaning["services"].append(service)


def _kinds(package: str) -> set[Kind]:
    """The constants of its modules."""
    return {
        value for module in _modules(package) for value in vars(module).values() if isinstance(value, Kind)
    }


def _refusals(service: str) -> list[type[Refusal]]:
    """Those that the service's own code declares, the bases of others left out."""
    list(_modules(service))
    waiting, found = [Refusal], set[type[Refusal]]()
    while waiting:
        for child in waiting.pop().__subclasses__():
            waiting.append(child)
            if child.__module__.partition(".")[0] == service and not issubclass(child, Refusals):
                found.add(child)
    return sorted(found, key=lambda refusal: refusal.__name__)


def _modules(package: str) -> Iterator[Any]:
    root = import_module(package)
    for info in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not info.name.endswith("__main__") and ".migrations" not in info.name:
            yield import_module(info.name)
