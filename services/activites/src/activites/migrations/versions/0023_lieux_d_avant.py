"""Les lieux où chacun a exercé, avec ceux d'aujourd'hui : là seulement il rend compte (A04)."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.add_column("lieux_choisis", sa.Column("tous", ARRAY(sa.Uuid), nullable=False, server_default="{}"))
    op.execute("update lieux_choisis set tous = lieux")
    # From the start, over the rows that are there: nobody is without a lieu meanwhile.
    op.execute(
        """update checkpoints set xid = 0, number = 0, sequence = 0
           where split_part(projection, '#', 1) = 'lieux_choisis'
             and exists (select from lieux_choisis)"""
    )
