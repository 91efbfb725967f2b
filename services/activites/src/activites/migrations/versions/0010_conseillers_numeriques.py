"""Qui est conseiller numérique, et quels jours."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "conseillers_numeriques",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("mediateur_id", sa.Uuid, index=True),
        sa.Column("debuts", sa.ARRAY(sa.Date), nullable=False),
        sa.Column("fins", sa.ARRAY(sa.Date), nullable=False),
    )
