"""Alembic, for the database of activites."""

from events.postgres.migrations import run_env

run_env()
