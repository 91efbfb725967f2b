"""Où s'est passée chaque activité et qui employait, pour les filtres ; l'adresse des lieux, pour l'export.

`coop projections rebuild activites activites_listees` les dit des activités que la table a déjà, et
`coop projections rebuild activites lieux_connus` l'adresse des lieux.
"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("activites_listees", sa.Column("departement", sa.Text))
    op.add_column("activites_listees", sa.Column("structure_employeuse_id", sa.Uuid))
    op.add_column("lieux_connus", sa.Column("adresse", sa.Text))
