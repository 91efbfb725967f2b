"""Les codes envoyés depuis une heure : par compte et par boîte."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "envois_de_code",
        sa.Column("envoi_id", sa.Uuid(), nullable=False),
        sa.Column("empreinte", sa.LargeBinary(), nullable=False),
        sa.Column("envoye_le", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("envoi_id"),
    )
    op.create_index("ix_envois_de_code_empreinte", "envois_de_code", ["empreinte"])
