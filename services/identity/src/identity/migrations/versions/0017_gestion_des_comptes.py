"""Comptes fermés et renvoyés dans la liste, noms portés avant, rectifications.

Ce qui s'est passé avant se lit après « coop projections rebuild identity utilisateurs ».
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.add_column("utilisateurs", sa.Column("ferme_le", sa.DateTime(timezone=True)))
    op.add_column("utilisateurs", sa.Column("renvoye_vers", sa.Uuid))
    op.create_table(
        "noms_portes",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("actuel", sa.Text, nullable=False),
        sa.Column("anciens", ARRAY(sa.Text), nullable=False),
        sa.Column("quittes_le", ARRAY(sa.DateTime(timezone=True)), nullable=False),
    )
    op.create_table(
        "rectifications",
        sa.Column("rectification_id", sa.Uuid, primary_key=True),
        sa.Column("compte_id", sa.Uuid, nullable=False),
        sa.Column("demandee_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acceptee", sa.Boolean),
        sa.Column("traitee_le", sa.DateTime(timezone=True)),
    )
