"""Les modèles : ce que chacun refait souvent."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "modeles",
        sa.Column("compte_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sorte", sa.Text(), nullable=False),
        sa.Column("contenu", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("commence_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("compte_id", "id"),
    )
    op.create_index(op.f("ix_modeles_modifie_le"), "modeles", ["modifie_le"], unique=False)
