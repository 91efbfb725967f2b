"""Les ouvertures : la semaine ordinaire de chaque lieu."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "ouvertures",
        sa.Column("lieu_id", sa.Uuid, primary_key=True),
        sa.Column("fuseau", sa.Text, nullable=False),
        sa.Column("semaine", sa.Text),
    )
