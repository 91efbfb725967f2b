"""Les annonces montrées en tête de chaque page."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "annonces",
        sa.Column("annonce_id", sa.Uuid, nullable=False),
        sa.Column("texte", sa.Text, nullable=False),
        sa.Column("du", sa.DateTime(timezone=True), nullable=False),
        sa.Column("au", sa.DateTime(timezone=True)),
        sa.Column("publiee_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retiree_le", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("annonce_id"),
    )
