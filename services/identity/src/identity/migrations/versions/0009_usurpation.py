"""Une session peut être celle de quelqu'un qui voit la plateforme comme une autre personne."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("usurpateur", sa.Uuid))
    op.add_column("sessions", sa.Column("session_usurpateur", sa.Uuid))
    op.create_index(op.f("ix_sessions_usurpateur"), "sessions", ["usurpateur"])
