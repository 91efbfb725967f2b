"""Le dispositif : reconnaissances, ce qui est dit d'un emploi, membres des équipes."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("emplois", sa.Column("type_contrat", sa.Text))
    op.add_column("emplois", sa.Column("source", sa.Text, nullable=False, server_default="declaration"))
    op.add_column("emplois", sa.Column("temporaire", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("emplois", sa.Column("alerte", sa.Text))
    op.create_table(
        "reconnaissances",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("demandee_le", sa.DateTime(timezone=True)),
        sa.Column("dataspace_id", sa.BigInteger, index=True),
        sa.Column("pg_id", sa.BigInteger),
        sa.Column("doublon_de", sa.Uuid),
        sa.Column("conseiller_depuis", sa.Date),
        sa.Column("conseiller_jusqu_au", sa.Date),
        sa.Column("coordinateur_du_dispositif", sa.Boolean, nullable=False),
    )
    op.create_table(
        "membres",
        sa.Column("equipe_id", sa.Uuid, primary_key=True),
        sa.Column("compte_id", sa.Uuid, primary_key=True, index=True),
    )
    op.create_table(
        "reprises_dispositif",
        sa.Column("compte_id", sa.Uuid, primary_key=True),
        sa.Column("verifiee_le", sa.DateTime(timezone=True), index=True),
        sa.Column("issue", sa.Text),
        sa.Column("demandee_le", sa.DateTime(timezone=True)),
    )
