"""Alembic environment of the cartographie service."""

from events.migrations import run_env

run_env()
