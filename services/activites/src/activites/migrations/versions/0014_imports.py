"""Les fichiers à importer, gardés un jour ; l’archive de la V1."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "imports_deposes",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("sorte", sa.Text, nullable=False),
        sa.Column("contenu", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("commence_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False, index=True),
    )
    op.create_table(
        "archive_v1",
        sa.Column("cra_id", sa.Text, primary_key=True),
        sa.Column("activite_id", sa.Uuid, nullable=False, index=True),
        sa.Column("contenu", JSONB, nullable=False),
        sa.Column("personnel", sa.Text),
        sa.Column("archive_le", sa.DateTime(timezone=True), nullable=False),
    )
