"""The journal, the read models and the look-up tables."""

import sqlalchemy as sa
from alembic import op
from events.postgres.schema import JOURNAL_SQL

revision = "0001"
down_revision = None


def upgrade() -> None:
    for statement in JOURNAL_SQL:
        op.execute(statement)
    op.create_table(
        "comptes",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("prenom", sa.Text, nullable=False),
        sa.Column("nom", sa.Text, nullable=False),
        sa.Column("courriel", sa.Text, nullable=False),
        sa.Column("telephone", sa.Text),
        sa.Column("siret", sa.Text),
        sa.Column("mediateur_id", sa.Uuid),
        sa.Column("coordinateur_id", sa.Uuid),
        sa.Column("version_cgu", sa.Text),
        sa.Column("cgu_acceptees_le", sa.DateTime(timezone=True)),
        sa.Column("ouvert_le", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_comptes_mediateur_id", "comptes", ["mediateur_id"])
    op.create_index("ix_comptes_coordinateur_id", "comptes", ["coordinateur_id"])
    op.create_table(
        "emplois",
        sa.Column("emploi_id", sa.Uuid, primary_key=True),
        sa.Column("compte_id", sa.Uuid, nullable=False),
        sa.Column("structure_id", sa.Uuid, nullable=False),
        sa.Column("siret", sa.Text, nullable=False),
        sa.Column("nom_structure", sa.Text, nullable=False),
        sa.Column("debut", sa.Date, nullable=False),
        sa.Column("fin_prevue", sa.Date),
        sa.Column("commence", sa.Boolean, nullable=False),
        sa.Column("fin", sa.Date),
        sa.Column("motif_fin", sa.Text),
        sa.Column("declare_le", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_emplois_compte_id", "emplois", ["compte_id"])
    op.create_index(
        "emplois_a_venir", "emplois", ["debut"], postgresql_where=sa.text("fin is null and not commence")
    )
    op.create_index("emplois_au_terme", "emplois", ["fin_prevue"], postgresql_where=sa.text("fin is null"))
    op.create_table(
        "sessions",
        sa.Column("session_id", sa.Uuid, primary_key=True),
        sa.Column("empreinte", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("compte_id", sa.Uuid, nullable=False),
        sa.Column("ouverte_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("vue_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("inactive_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoquee_le", sa.DateTime(timezone=True)),
        sa.Column("acr", sa.Text),
        sa.Column("amr", sa.ARRAY(sa.Text), nullable=False),
        sa.Column("auth_time", sa.BigInteger),
        sa.Column("idp_id", sa.Text),
        sa.Column("id_token", sa.LargeBinary, nullable=False),
        sa.Column("navigateur", sa.Text, nullable=False),
    )
    op.create_index("ix_sessions_compte_id", "sessions", ["compte_id"])
    op.create_table(
        "transactions_connexion",
        sa.Column("empreinte", sa.LargeBinary, primary_key=True),
        sa.Column("objet", sa.Text, nullable=False),
        sa.Column("etat", sa.LargeBinary, nullable=False),
        sa.Column("nonce", sa.Text, nullable=False),
        sa.Column("verificateur", sa.LargeBinary, nullable=False),
        sa.Column("retour", sa.Text, nullable=False),
        sa.Column("expire_le", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("ix_transactions_connexion_expire_le", "transactions_connexion", ["expire_le"])
    op.create_table(
        "cles_signature",
        sa.Column("kid", sa.Text, primary_key=True),
        sa.Column("publique", sa.JSON, nullable=False),
        sa.Column("privee", sa.LargeBinary, nullable=False),
        sa.Column("active_le", sa.DateTime(timezone=True), nullable=False),
    )
