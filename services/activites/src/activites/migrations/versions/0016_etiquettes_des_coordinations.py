"""Les étiquettes de chaque activité de coordination ; qui a créé chacune ; le jour pour lequel un brouillon est prévu.

Et ce que deux versions d'avant laissaient à faire : le département des emplois déjà connus, que la table relit ;
dans l'archive de la V1, le personnel des CRA que personne n'a repris, dont nul effacement n'atteignait la clé.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column(
        "coordinations_listees", sa.Column("tags", ARRAY(sa.Uuid), nullable=False, server_default="{}")
    )
    etiquetee = sa.text("tags <> '{}'")
    op.create_index(
        "coordinations_listees_tags",
        "coordinations_listees",
        ["tags"],
        postgresql_using="gin",
        postgresql_where=etiquetee,
    )
    op.create_index(
        "coordinations_listees_etiquetees",
        "coordinations_listees",
        ["coordinateur_id"],
        postgresql_where=etiquetee,
    )
    op.add_column("brouillons", sa.Column("pour_le", sa.Date))
    op.add_column("tags", sa.Column("cree_par", sa.Uuid))
    op.execute(
        """update tags t set cree_par = (e.data->>'par')::uuid
           from events e where e.stream = 'tag-' || t.tag_id and e.type = 'TagCree'"""
    )
    # From the start, over the rows that are there: nobody is without an emploi meanwhile.
    op.execute(
        """update checkpoints set xid = 0, number = 0, sequence = 0
           where split_part(projection, '#', 1) = 'emplois'
             and exists (select from emplois where departement is null)"""
    )
    op.execute(
        """update archive_v1 a set personnel = null
           where not exists (select from events where stream = 'activite-' || a.activite_id)"""
    )
