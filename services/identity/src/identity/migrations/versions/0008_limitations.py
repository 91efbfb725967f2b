"""Les personnes dont le nom ne se lit plus ailleurs."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "limitations",
        sa.Column("compte_id", sa.Uuid(), nullable=False),
        sa.Column("depuis", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("compte_id"),
    )
