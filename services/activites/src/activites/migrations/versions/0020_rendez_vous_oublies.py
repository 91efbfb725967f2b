"""Les rendez-vous : qui en est effacé n'y revient pas, et un refus de RDV Service Public est retenu."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("rdvs", sa.Column("refuse", sa.Boolean, nullable=False, server_default="false"))
    op.alter_column("rdvs", "refuse", server_default=None)
    op.create_table(
        "rdv_oublies",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("usager", sa.Uuid, primary_key=True),
        sa.Column("oublie_le", sa.DateTime(timezone=True), nullable=False, index=True),
    )
