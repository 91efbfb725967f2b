"""L'annuaire des professionnels, et de quoi y chercher un mot."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("create extension if not exists pg_trgm")
    op.create_table(
        "annuaire",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("prenom", sa.Text, nullable=False),
        sa.Column("nom", sa.Text, nullable=False),
        sa.Column("courriel", sa.Text, nullable=False),
        sa.Column("telephone", sa.Text),
        sa.Column("mediateur_id", sa.Uuid),
        sa.Column("coordinateur_id", sa.Uuid),
        sa.Column("suspendu", sa.Boolean, nullable=False),
        sa.Column("dort", sa.Boolean, nullable=False),
        sa.Column("competences", ARRAY(sa.Text), nullable=False),
        sa.Column("montre", ARRAY(sa.Text), nullable=False),
        sa.Column("tri", sa.Text(collation="C"), nullable=False),
        sa.Column("recherche", sa.Text, nullable=False),
    )
    op.create_index("annuaire_ordre", "annuaire", ["tri", "compte_id"])
    op.execute("create index annuaire_recherche on annuaire using gin (recherche gin_trgm_ops)")
