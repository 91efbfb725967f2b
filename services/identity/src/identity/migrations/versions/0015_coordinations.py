"""Qui coordonne quelle équipe : la main passe."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.create_table(
        "coordinations",
        sa.Column("equipe_id", sa.Uuid, primary_key=True),
        sa.Column("coordinateur_id", sa.Uuid, primary_key=True),
        sa.Column("fini_le", sa.DateTime(timezone=True)),
    )
    op.create_index(op.f("ix_coordinations_coordinateur_id"), "coordinations", ["coordinateur_id"])
