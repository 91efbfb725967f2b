"""Alembic, for the database of equipes."""

from events.migrations import run_env

run_env()
