"""Le journal, puis les tables de lecture."""

import sqlalchemy as sa
from alembic import op
from events.postgres.schema import JOURNAL_SQL

revision = "0001"
down_revision = None


def instant(name: str, **options: bool) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), **{"nullable": False, **options})


def upgrade() -> None:
    for statement in JOURNAL_SQL:
        op.execute(statement)
    op.create_table(
        "equipes",
        sa.Column("equipe_id", sa.Uuid, primary_key=True),
        sa.Column("nom", sa.Text, nullable=False),
        instant("creee_le"),
    )
    op.create_table(
        "mandats",
        sa.Column("equipe_id", sa.Uuid, primary_key=True),
        sa.Column("coordinateur_id", sa.Uuid, primary_key=True),
        instant("depuis", primary_key=True),
        sa.Column("compte_id", sa.Uuid, nullable=False),
    )
    op.create_index("mandats_du_coordinateur", "mandats", ["coordinateur_id"])
    op.create_table(
        "invitations",
        sa.Column("invitation_id", sa.Uuid, primary_key=True),
        sa.Column("equipe_id", sa.Uuid, nullable=False),
        sa.Column("compte_id", sa.Uuid, nullable=False),
        sa.Column("par", sa.Uuid, nullable=False),
        instant("envoyee_le"),
        instant("expire_le"),
        sa.Column("reponse", sa.Text, nullable=False),
    )
    op.create_index("invitations_du_compte", "invitations", ["compte_id", "reponse"])
    op.create_index("invitations_de_lequipe", "invitations", ["equipe_id", "reponse"])
    op.create_index(
        "invitations_a_clore",
        "invitations",
        ["expire_le"],
        postgresql_where=sa.text("reponse = 'en_attente'"),
    )
    op.create_table(
        "membres",
        sa.Column("equipe_id", sa.Uuid, primary_key=True),
        sa.Column("mediateur_id", sa.Uuid, primary_key=True),
        instant("depuis", primary_key=True),
        sa.Column("compte_id", sa.Uuid, nullable=False),
        instant("ancien_depuis", nullable=True),
    )
    op.create_index("membres_du_mediateur", "membres", ["mediateur_id"])
    op.create_table(
        "comptes_connus",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("mediateur_id", sa.Uuid),
        sa.Column("coordinateur_id", sa.Uuid),
    )
    op.create_table(
        "emplois",
        sa.Column("emploi_id", sa.Uuid, primary_key=True),
        sa.Column("compte_id", sa.Uuid, nullable=False),
        sa.Column("debut", sa.Date, nullable=False),
        sa.Column("fin_prevue", sa.Date),
        sa.Column("commence", sa.Boolean, nullable=False),
        sa.Column("fin", sa.Date),
    )
    op.create_index("emplois_du_compte", "emplois", ["compte_id"])
    op.create_table(
        "activites_vues",
        sa.Column("activite_id", sa.Uuid, primary_key=True),
        sa.Column("mediateur_id", sa.Uuid, nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        instant("vue_le"),
    )
    op.create_index("activites_vues_du_mediateur", "activites_vues", ["mediateur_id", "vue_le"])
