"""Les dossiers de rapprochement ; l'identité qui a ouvert chaque session."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("identite", sa.Uuid()))
    op.create_table(
        "rapprochements",
        sa.Column("rapprochement_id", sa.Uuid(), nullable=False),
        sa.Column("demandeur", sa.Uuid(), nullable=False),
        sa.Column("titulaire", sa.Uuid(), nullable=False),
        sa.Column("origine", sa.Text(), nullable=False),
        sa.Column("etat", sa.Text(), nullable=False),
        sa.Column("obstacle", sa.Text()),
        sa.Column("attestations", sa.Integer(), nullable=False),
        sa.Column("garde", sa.Uuid()),
        sa.Column("ouvert_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decide_le", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("rapprochement_id"),
    )
    for colonne in ("demandeur", "etat", "garde"):
        op.create_index(f"ix_rapprochements_{colonne}", "rapprochements", [colonne])
