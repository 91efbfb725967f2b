"""Équipes et appartenances connues : de quoi borner les statistiques d'un coordinateur."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "equipes_coordonnees",
        sa.Column("equipe_id", sa.Uuid, primary_key=True),
        sa.Column("coordinateur_id", sa.Uuid, nullable=False),
        sa.Index("equipes_coordonnees_coordinateur", "coordinateur_id"),
    )
    op.create_table(
        "appartenances",
        sa.Column("equipe_id", sa.Uuid, primary_key=True),
        sa.Column("mediateur_id", sa.Uuid, primary_key=True),
        sa.Column("depuis", sa.DateTime(timezone=True), nullable=False),
        sa.Column("parti_le", sa.DateTime(timezone=True)),
    )
