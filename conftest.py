"""Fixtures of every test: real servers, started once per run (see events.testing)."""

import pytest
from web import logs

pytest_plugins = ["events.testing"]


@pytest.fixture(scope="session", autouse=True)
def _journaux() -> None:
    """The services' own log lines: structlog's default rich tracebacks cost seconds each."""
    logs.configure("tests", "WARNING")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Two processes share the tests by file; those of one started platform stay together.

    First: pytest-xdist looks at the groups as soon as its own turn comes."""
    for item in items:
        parts = item.path.relative_to(item.config.rootpath).parts
        depth = {("tests", "e2e"): 2, ("deploy", "tests"): 3}.get(parts[:2], len(parts))
        item.add_marker(pytest.mark.xdist_group("/".join(parts[:depth])))
