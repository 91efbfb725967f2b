"""Les départs et retours de chaque membre, et les liens qui partagent des chiffres.

`coop projections rebuild activites appartenances` dit les absences que la table n'a pas encore.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0018"
down_revision = "0017"

_INSTANTS = ARRAY(sa.DateTime(timezone=True))


def upgrade() -> None:
    for nom in ("departs", "retours"):
        op.add_column("appartenances", sa.Column(nom, _INSTANTS, nullable=False, server_default="{}"))
    op.create_table(
        "liens_de_chiffres",
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("empreinte", sa.LargeBinary, nullable=False, unique=True),
        sa.Column("compte_id", sa.Uuid, nullable=False, index=True),
        sa.Column("mediateur_id", sa.Uuid),
        sa.Column("coordinateur_id", sa.Uuid),
        sa.Column("question", JSONB, nullable=False),
        sa.Column("cree_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jusqu_au", sa.Date, nullable=False),
        sa.Column("revoque_le", sa.DateTime(timezone=True)),
    )
