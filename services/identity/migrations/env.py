"""Alembic environment of the identity service."""

from events.migrations import run_env

run_env()
