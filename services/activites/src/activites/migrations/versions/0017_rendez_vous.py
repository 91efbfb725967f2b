"""Les rendez-vous : comptes reliés, liaisons en cours, rendez-vous, messages reçus."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "rdv_comptes",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("agent_id", sa.BigInteger, nullable=False, index=True),
        sa.Column("organisations", ARRAY(sa.BigInteger), nullable=False),
        sa.Column("jetons", sa.Text, nullable=False),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lie_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lu_le", sa.DateTime(timezone=True)),
        sa.Column("tente_le", sa.DateTime(timezone=True)),
        sa.Column("rompu", sa.Boolean, nullable=False),
    )
    op.create_table(
        "rdv_liaisons",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("etat", sa.LargeBinary, nullable=False),
        sa.Column("verifieur", sa.Text, nullable=False),
        sa.Column("commencee_le", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "rdvs",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("rdv_id", sa.BigInteger, primary_key=True),
        sa.Column("organisation_id", sa.BigInteger, nullable=False),
        sa.Column("debut", sa.DateTime(timezone=True), nullable=False),
        sa.Column("duree_minutes", sa.Integer, nullable=False),
        sa.Column("collectif", sa.Boolean, nullable=False),
        sa.Column("statut", sa.Text, nullable=False),
        sa.Column("ecarte", sa.Boolean, nullable=False),
        sa.Column("activite_id", sa.Uuid),
        sa.Column("contenu", sa.Text, nullable=False),
    )
    op.create_index("rdvs_ordre", "rdvs", ["compte_id", "debut", "rdv_id"])
    op.create_table(
        "rdv_messages",
        sa.Column("empreinte", sa.LargeBinary, primary_key=True),
        sa.Column("recu_le", sa.DateTime(timezone=True), nullable=False, index=True),
    )
