"""Fixtures of every test: real servers, started once per run (see events.testing)."""

import pytest
from web import logs

pytest_plugins = ["events.testing"]


@pytest.fixture(scope="session", autouse=True)
def _journaux() -> None:
    """The services' own log lines: structlog's default rich tracebacks cost seconds each."""
    logs.configure("tests", "WARNING")
