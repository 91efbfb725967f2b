"""Les départs et retours de chaque membre.

`coop projections rebuild activites appartenances` dit les absences que la table n'a pas encore.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0018"
down_revision = "0014"

_INSTANTS = ARRAY(sa.DateTime(timezone=True))


def upgrade() -> None:
    for nom in ("departs", "retours"):
        op.add_column("appartenances", sa.Column(nom, _INSTANTS, nullable=False, server_default="{}"))
