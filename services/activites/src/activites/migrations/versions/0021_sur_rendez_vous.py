"""Une activité dit si elle rend compte d'un rendez-vous : celles d'avant ne le disaient pas."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    dite = sa.Column("sur_rendez_vous", sa.Boolean, nullable=False, server_default="false")
    op.add_column("activites_listees", dite)
