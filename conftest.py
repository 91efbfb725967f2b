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


class _ByRoom(LoadScopeScheduling):
    """Processes share the tests by file; those of one started platform stay together."""

    def _split_scope(self, nodeid: str) -> str:
        match nodeid.split("::")[0].split("/"):
            case ["tests", "e2e", *_]:
                return "tests/e2e"
            case ["deploy", "embedded", *_]:
                return "deploy/embedded"
            case ["tools", tool, *_]:
                return f"tools/{tool}"
            case parts:
                return "/".join(parts)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _ByRoom(config, log)
