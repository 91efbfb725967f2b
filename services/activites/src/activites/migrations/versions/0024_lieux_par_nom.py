"""Les lieux connus disent comment ils se rangent : un tableau d'activités se trie par lieu."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.add_column(
        "lieux_connus", sa.Column("tri", sa.Text(collation="C"), nullable=False, server_default="")
    )
    # From the start, over the rows that are there: no activité is without its lieu meanwhile.
    op.execute(
        """update checkpoints set xid = 0, number = 0, sequence = 0
           where split_part(projection, '#', 1) = 'lieux_connus'
             and exists (select from lieux_connus where tri = '')"""
    )
