"""Le journal, et la table de lecture des carnets."""

import sqlalchemy as sa
from alembic import op
from events.postgres.schema import SCHEMA_SQL

revision = "0001"
down_revision = None


def upgrade() -> None:
    for statement in SCHEMA_SQL:
        op.execute(statement)
    op.create_table(
        "carnets",
        sa.Column("carnet_id", sa.Uuid, primary_key=True),
        sa.Column("notes", sa.Integer, nullable=False),
        sa.Column("somme", sa.BigInteger, nullable=False),
    )
