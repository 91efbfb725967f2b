"""Le réseau d'une équipe, ses mandats finis, ses passations et ses réclamations."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "reseau",
        sa.Column("equipe_id", sa.Uuid, primary_key=True),
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("coordinateur_id", sa.Uuid, nullable=False),
        sa.Column("invitation_id", sa.Uuid, nullable=False),
        sa.Column("depuis", sa.DateTime(timezone=True), nullable=False),
        sa.Index("reseau_du_compte", "compte_id"),
    )
    op.create_table(
        "passations",
        sa.Column("equipe_id", sa.Uuid, primary_key=True),
        sa.Column("compte_id", sa.Uuid, nullable=False),
        sa.Column("a_accepter", sa.Boolean, nullable=False),
        sa.Column("effet_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("designe_le", sa.DateTime(timezone=True), nullable=False),
        sa.Index("passations_du_compte", "compte_id"),
    )
    op.create_table(
        "reclamations",
        sa.Column("equipe_id", sa.Uuid, primary_key=True),
        sa.Column("compte_id", sa.Uuid, nullable=False),
        sa.Column("reclamee_le", sa.DateTime(timezone=True), nullable=False),
    )
    op.add_column("mandats", sa.Column("fini_le", sa.DateTime(timezone=True)))
    op.add_column("emplois", sa.Column("departement", sa.Text))
    # Until identity says so again, or the table is rebuilt, nobody known before is of the dispositif: they
    # are asked for an agreement that they could have done without.
    op.add_column("comptes_connus", sa.Column("du_dispositif", sa.Boolean, nullable=False, server_default="false"))
    op.alter_column("comptes_connus", "du_dispositif", server_default=None)
