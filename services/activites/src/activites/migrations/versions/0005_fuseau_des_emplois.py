"""Le fuseau de chacun est celui du territoire de son emploi."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("appartenances", sa.Column("compte_id", sa.Uuid))
    op.add_column("emplois", sa.Column("fuseau", sa.Text))
