"""Les bénéficiaires suivis."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "beneficiaires_suivis",
        sa.Column("beneficiaire_id", sa.Uuid(), nullable=False),
        sa.Column("mediateur_id", sa.Uuid(), nullable=False),
        sa.Column("prenom", sa.Text(), nullable=False),
        sa.Column("nom", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=True),
        sa.Column("courriel", sa.Text(), nullable=True),
        sa.Column("commune", sa.Text(), nullable=True),
        sa.Column("code_postal", sa.Text(), nullable=True),
        sa.Column("annee_naissance", sa.Integer(), nullable=True),
        sa.Column("enregistre_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("modifie_le", sa.DateTime(timezone=True), nullable=False),
        sa.Column("vers", sa.Uuid(), nullable=True),
        sa.Column("distincts", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("par_nom", sa.Text(collation="C"), nullable=False),
        sa.Column("par_prenom", sa.Text(collation="C"), nullable=False),
        sa.Column("par_annee", sa.Integer(), nullable=False),
        sa.Column("recherche", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("beneficiaire_id"),
    )
    op.create_index(
        "beneficiaires_suivis_ordre",
        "beneficiaires_suivis",
        ["mediateur_id", "par_nom", "beneficiaire_id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_beneficiaires_suivis_vers"), "beneficiaires_suivis", ["vers"], unique=False
    )
    op.execute(
        """create function fiches_d_une_personne(uuid) returns uuid[] language sql stable parallel safe as $$
             with recursive memes(id) as (
               select $1
               union select b.beneficiaire_id from beneficiaires_suivis b join memes on b.vers = memes.id)
             select array_agg(id) from memes $$"""
    )
    op.create_table(
        "activites_suivies",
        sa.Column("activite_id", sa.Uuid(), nullable=False),
        sa.Column("mediateur_id", sa.Uuid(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("suivis", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint("activite_id"),
    )
    op.create_index(
        "activites_suivies_de", "activites_suivies", ["suivis"], unique=False, postgresql_using="gin"
    )
