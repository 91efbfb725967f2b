"""Où s'est passée chaque activité et qui employait, pour les filtres ; l'adresse des lieux, pour l'export.

Les activités que la table a déjà le disent d'après leur journal ; celle des lieux se relit d'elle-même.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("activites_listees", sa.Column("departement", sa.Text))
    op.add_column("activites_listees", sa.Column("structure_employeuse_id", sa.Uuid))
    op.execute(
        """update activites_listees a
           set departement = e.data->>'departement',
               structure_employeuse_id = (e.data->>'structure_employeuse_id')::uuid
           from (select distinct on (stream) stream, data from events
                 where type in ('ActiviteEnregistree', 'ActiviteCorrigee', 'ActiviteRestauree')
                 order by stream, version desc) e
           where e.stream = 'activite-' || a.activite_id"""
    )
    op.add_column("lieux_connus", sa.Column("adresse", sa.Text))
    # From the start, over the rows that are there: no lieu is unknown meanwhile.
    op.execute(
        """update checkpoints set xid = 0, number = 0, sequence = 0
           where split_part(projection, '#', 1) = 'lieux_connus'"""
    )
