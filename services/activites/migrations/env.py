"""Alembic, for the database of activites."""

from events.migrations import run_env

run_env()
