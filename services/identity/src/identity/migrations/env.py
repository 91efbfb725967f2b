"""Alembic environment of the identity service."""

from events.postgres.migrations import run_env

run_env()
