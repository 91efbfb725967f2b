"""Une activité dit si elle rend compte d'un rendez-vous : celles d'avant ne le disaient pas.

Et les autorisations d'un compte délié, en attendant que RDV Service Public les révoque ; les comptes suspendus,
dont les rendez-vous ne se relisent pas.
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    dite = sa.Column("sur_rendez_vous", sa.Boolean, nullable=False, server_default="false")
    op.add_column("activites_listees", dite)
    op.create_table(
        "rdv_revocations",
        sa.Column("numero", sa.BigInteger, sa.Identity(), primary_key=True),
        sa.Column("compte_id", sa.Uuid, nullable=False, index=True),
        sa.Column("jetons", sa.Text, nullable=False),
        sa.Column("cedee_le", _INSTANT, nullable=False),
        sa.Column("tente_le", _INSTANT),
    )
    op.create_table(
        "comptes_suspendus",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("suspendu_le", _INSTANT, nullable=False),
    )
