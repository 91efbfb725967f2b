"""Alembic, for the notebook of the engine's own tests."""

from events.postgres.migrations import run_env

run_env()
