"""Alembic, for the notebook of the engine's own tests."""

from events.migrations import run_env

run_env()
