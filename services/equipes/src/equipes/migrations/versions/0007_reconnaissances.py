"""Qui est conseiller numérique, et qui demande à l'être."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "reconnaissances",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("dispositif", sa.Text, nullable=False),
    )
