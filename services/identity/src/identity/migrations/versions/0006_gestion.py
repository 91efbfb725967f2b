"""Droits d’application, suspension, liste des comptes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table('comptes_actifs',
    sa.Column('compte_id', sa.Uuid(), nullable=False),
    sa.Column('depuis', sa.DateTime(timezone=True), nullable=False),
    sa.Column('derniere_saisie_le', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('compte_id')
    )
    op.create_table('equipes_animees',
    sa.Column('equipe_id', sa.Uuid(), nullable=False),
    sa.Column('coordinateur_id', sa.Uuid(), nullable=False),
    sa.Column('a_un_membre', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('equipe_id')
    )
    op.create_index(op.f('ix_equipes_animees_coordinateur_id'), 'equipes_animees', ['coordinateur_id'], unique=False)
    op.create_table('utilisateurs',
    sa.Column('compte_id', sa.Uuid(), nullable=False),
    sa.Column('prenom', sa.Text(), nullable=False),
    sa.Column('nom', sa.Text(), nullable=False),
    sa.Column('courriel', sa.Text(), nullable=False),
    sa.Column('cle', sa.Text(), nullable=False),
    sa.Column('mediateur_id', sa.Uuid(), nullable=True),
    sa.Column('coordinateur_id', sa.Uuid(), nullable=True),
    sa.Column('droit', sa.Text(), nullable=False),
    sa.Column('ouvert_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('inscrit_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('connecte_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('suspendu_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('efface_le', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('compte_id')
    )
    op.create_index('utilisateurs_par_date', 'utilisateurs', ['ouvert_le', 'compte_id'], unique=False)
    op.add_column('sessions', sa.Column('repos', sa.Integer(), server_default='7200', nullable=False))
