"""Les étiquettes, celles de chaque activité, et le département de chaque emploi.

`coop projections rebuild activites emplois` dit le département des emplois que la table a déjà.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "tags",
        sa.Column("tag_id", sa.Uuid, primary_key=True),
        sa.Column("portee", sa.Text, nullable=False),
        sa.Column("rang", sa.SmallInteger, nullable=False),
        sa.Column("compte_id", sa.Uuid, index=True),
        sa.Column("equipe_id", sa.Uuid, index=True),
        sa.Column("departement", sa.Text, index=True),
        sa.Column("nom", sa.Text, nullable=False),
        sa.Column("cle", sa.Text, nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("vers", sa.Uuid, index=True),
        sa.Index("tags_nationaux", "cle", postgresql_where=sa.text("portee = 'national'")),
    )
    op.add_column("activites_listees", sa.Column("tags", ARRAY(sa.Uuid), nullable=False, server_default="{}"))
    etiquetee = sa.text("tags <> '{}'")
    op.create_index(
        "activites_listees_tags",
        "activites_listees",
        ["tags"],
        postgresql_using="gin",
        postgresql_where=etiquetee,
    )
    op.create_index(
        "activites_listees_etiquetees", "activites_listees", ["mediateur_id"], postgresql_where=etiquetee
    )
    op.add_column("emplois", sa.Column("departement", sa.Text))
    op.create_index("appartenances_du_mediateur", "appartenances", ["mediateur_id"])
