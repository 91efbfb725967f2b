"""Fixtures of every test: real servers, started once per run (see events.testing)."""

from typing import Any

import pytest
from events.tuning import space_collections
from process import logs
from xdist.scheduler import LoadScopeScheduling

pytest_plugins = ["events.testing"]

# As the processes of a service.
space_collections()


@pytest.fixture(scope="session", autouse=True)
def _journaux() -> None:
    """The services' own log lines: structlog's default rich tracebacks cost seconds each."""
    logs.configure("tests", "WARNING")


_LONG = ("tests/e2e/portail", "tests/e2e", "tools/chaos", "deploy/embedded")
"""The rooms that take minutes: begun last, one would go on alone when the others are over."""


def _room(nodeid: str) -> str:
    """Processes share the tests by file; those of one started platform stay together."""
    match nodeid.split("::")[0].split("/"):
        case ["tests", "e2e", "portail", *_]:
            return "tests/e2e/portail"
        case ["tests", "e2e", *_]:
            return "tests/e2e"
        case ["deploy", "embedded", *_]:
            return "deploy/embedded"
        case ["tools", tool, *_]:
            return f"tools/{tool}"
        case parts:
            return "/".join(parts)


class _ByRoom(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return _room(nodeid)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _ByRoom(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest first, then as they were found."""
    rank = {room: n for n, room in enumerate(_LONG)}
    items.sort(key=lambda item: rank.get(_room(item.nodeid), len(rank)))
