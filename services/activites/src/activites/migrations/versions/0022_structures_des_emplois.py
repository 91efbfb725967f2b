"""Les emplois disent le SIRET et la commune de leur structure : un export nomme l'employeur par un numéro que l'on
connaît, une activité à distance est à la commune de celui-ci.
"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    for nom in ("siret", "code_insee"):
        op.add_column("emplois", sa.Column(nom, sa.Text))
    # From the start, over the rows that are there: nobody is without an emploi meanwhile.
    op.execute(
        """update checkpoints set xid = 0, number = 0, sequence = 0
           where split_part(projection, '#', 1) = 'emplois'
             and exists (select from emplois where siret is null)"""
    )
