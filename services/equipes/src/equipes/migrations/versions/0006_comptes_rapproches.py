"""Quels comptes sont à une même personne."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "comptes_rapproches",
        sa.Column("rapprochement_id", sa.Uuid(), nullable=False),
        sa.Column("compte_id", sa.Uuid(), nullable=False),
        sa.Column("renvoye", sa.Uuid(), nullable=False),
        sa.Column("mediateur_id", sa.Uuid(), nullable=True),
        sa.Column("mediateur_renvoye", sa.Uuid(), nullable=True),
        sa.Column("coordinateur_id", sa.Uuid(), nullable=True),
        sa.Column("coordinateur_renvoye", sa.Uuid(), nullable=True),
        sa.PrimaryKeyConstraint("rapprochement_id"),
    )
    op.create_index("ix_comptes_rapproches_compte_id", "comptes_rapproches", ["compte_id"])
    op.create_index("ix_comptes_rapproches_coordinateur_id", "comptes_rapproches", ["coordinateur_id"])
    op.create_index("ix_comptes_rapproches_mediateur_id", "comptes_rapproches", ["mediateur_id"])
