"""Le journal, puis les tables de lecture : lieux_publies, sources_importees."""

import sqlalchemy as sa
from alembic import op
from events.postgres.schema import JOURNAL_SQL
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0001"
down_revision = None


def upgrade() -> None:
    for statement in JOURNAL_SQL:
        op.execute(statement)
    op.execute("create extension if not exists pg_trgm")
    op.create_table(
        "lieux_publies",
        sa.Column("lieu_id", sa.Uuid, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("id_source", sa.Text, nullable=False),
        sa.Column("fichier", sa.Text, nullable=False),
        sa.Column("ligne", sa.Integer, nullable=False),
        sa.Column("nom", sa.Text, nullable=False),
        sa.Column("commune", sa.Text, nullable=False),
        sa.Column("code_postal", sa.Text, nullable=False),
        sa.Column("code_insee", sa.Text),
        sa.Column("departement", sa.Text),
        sa.Column("adresse", sa.Text),
        sa.Column("complement_adresse", sa.Text),
        sa.Column("latitude", sa.Double),
        sa.Column("longitude", sa.Double),
        sa.Column("horaires", sa.Text),
        sa.Column("services", ARRAY(sa.Text), nullable=False),
        sa.Column("dispositifs", ARRAY(sa.Text), nullable=False),
        sa.Column("date_maj", sa.Date),
        sa.Column("telephone", sa.Text),
        sa.Column("courriels", ARRAY(sa.Text), nullable=False),
        sa.Column("presentation_resume", sa.Text),
        sa.Column("presentation_detail", sa.Text),
        sa.Column("details", JSONB, nullable=False),
        sa.Column("reference_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("mis_a_jour_le", sa.DateTime(timezone=True)),
        sa.Column("tri", sa.Text(collation="C"), nullable=False),
        sa.Column("commune_cle", sa.Text, nullable=False),
        sa.Column("recherche", sa.Text, nullable=False),
    )
    op.create_index("lieux_publies_ordre", "lieux_publies", ["tri", "lieu_id"])
    op.create_index("lieux_publies_point", "lieux_publies", ["latitude", "longitude"])
    op.create_index("lieux_publies_code_insee", "lieux_publies", ["code_insee"])
    op.create_index("lieux_publies_departement", "lieux_publies", ["departement"])
    op.create_index("lieux_publies_commune", "lieux_publies", ["commune_cle"])
    op.execute("create index lieux_publies_recherche on lieux_publies using gin (recherche gin_trgm_ops)")
    op.create_table(
        "sources_importees",
        sa.Column("source_id", sa.Uuid, primary_key=True),
        sa.Column("source", sa.Text, nullable=False, unique=True),
        sa.Column("nom", sa.Text, nullable=False),
        sa.Column("licence", sa.Text, nullable=False),
        sa.Column("fichier", sa.Text, nullable=False),
        sa.Column("edition", sa.Date, nullable=False),
        sa.Column("lues", sa.Integer, nullable=False),
        sa.Column("refusees", sa.Integer, nullable=False),
        sa.Column("reparations", sa.Integer, nullable=False),
        sa.Column("bilan", JSONB, nullable=False),
        sa.Column("importee_le", sa.DateTime(timezone=True), nullable=False),
    )
