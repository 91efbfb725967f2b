"""Alembic environment of the cartographie service."""

from events.postgres.migrations import run_env

run_env()
