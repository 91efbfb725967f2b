"""Alembic, for the database of equipes."""

from events.postgres.migrations import run_env

run_env()
