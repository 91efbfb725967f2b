"""Le journal, puis les tables de lecture : activites_listees, emplois, lieux_connus."""

import sqlalchemy as sa
from alembic import op
from events.postgres.schema import JOURNAL_SQL
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0001"
down_revision = None


def upgrade() -> None:
    for statement in JOURNAL_SQL:
        op.execute(statement)
    op.create_table(
        "activites_listees",
        sa.Column("activite_id", sa.Uuid, primary_key=True),
        sa.Column("mediateur_id", sa.Uuid, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("duree_minutes", sa.Integer, nullable=False),
        sa.Column("type_lieu", sa.Text, nullable=False),
        sa.Column("lieu_id", sa.Uuid),
        sa.Column("commune", sa.Text),
        sa.Column("code_postal", sa.Text),
        sa.Column("code_insee", sa.Text),
        sa.Column("thematiques", ARRAY(sa.Text), nullable=False),
        sa.Column("materiels", ARRAY(sa.Text), nullable=False),
        sa.Column("autonomie", sa.Text),
        sa.Column("niveau", sa.Text),
        sa.Column("titre_atelier", sa.Text),
        sa.Column("accompagnements", sa.Integer, nullable=False),
        sa.Column("enregistree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("corrigee_le", sa.DateTime(timezone=True)),
    )
    op.create_index(
        "activites_listees_ordre", "activites_listees", ["mediateur_id", "date", "enregistree_le", "activite_id"]
    )
    op.create_table(
        "emplois",
        sa.Column("emploi_id", sa.Uuid, primary_key=True),
        sa.Column("compte_id", sa.Uuid, nullable=False),
        sa.Column("structure_id", sa.Uuid, nullable=False),
        sa.Column("debut", sa.Date, nullable=False),
        sa.Column("fin", sa.Date),
    )
    op.create_index("ix_emplois_compte_id", "emplois", ["compte_id"])
    op.create_table(
        "lieux_connus",
        sa.Column("lieu_id", sa.Uuid, primary_key=True),
        sa.Column("nom", sa.Text, nullable=False),
        sa.Column("commune", sa.Text, nullable=False),
        sa.Column("code_postal", sa.Text, nullable=False),
        sa.Column("code_insee", sa.Text),
        sa.Column("departement", sa.Text),
    )
