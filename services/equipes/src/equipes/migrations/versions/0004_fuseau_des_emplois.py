"""Le fuseau de chacun est celui du territoire de son emploi."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("emplois", sa.Column("fuseau", sa.Text))
