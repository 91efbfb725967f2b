"""Fixtures of every test: real servers, started once per run (see events.testing)."""

pytest_plugins = ["events.testing"]
