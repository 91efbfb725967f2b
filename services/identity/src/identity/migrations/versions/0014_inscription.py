"""Ce que l'inscription lit des autres services, et les employeurs à vérifier."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.create_table(
        "lieux_connus",
        sa.Column("lieu_id", sa.Uuid, primary_key=True),
        sa.Column("nom", sa.Text, nullable=False),
        sa.Column("adresse", sa.Text),
        sa.Column("code_postal", sa.Text, nullable=False),
        sa.Column("commune", sa.Text, nullable=False),
    )
    op.create_table("roles_en_equipe", sa.Column("role_id", sa.Uuid, primary_key=True))
    op.create_table(
        "employeurs_a_verifier",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("siret", sa.Text, nullable=False),
    )
