"""Qui coordonne quelle équipe, à cet instant ; les lieux où chacun dit exercer."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "coordinations",
        sa.Column("equipe_id", sa.Uuid, primary_key=True),
        sa.Column("coordinateur_id", sa.Uuid, primary_key=True),
        sa.Index("coordinations_du_coordinateur", "coordinateur_id"),
    )
    op.drop_table("equipes_coordonnees")
    op.create_table(
        "lieux_choisis",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("lieux", ARRAY(sa.Uuid), nullable=False),
    )
