"""Les brouillons, et les activités supprimées que l’on peut reprendre."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table('activites_supprimees',
    sa.Column('activite_id', sa.Uuid(), nullable=False),
    sa.Column('mediateur_id', sa.Uuid(), nullable=False),
    sa.Column('type', sa.Text(), nullable=True),
    sa.Column('date', sa.Date(), nullable=True),
    sa.Column('supprimee_le', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('activite_id')
    )
    op.create_index('activites_supprimees_ordre', 'activites_supprimees', ['mediateur_id', 'supprimee_le', 'activite_id'], unique=False)
    op.create_table('brouillons',
    sa.Column('compte_id', sa.Uuid(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('sorte', sa.Text(), nullable=False),
    sa.Column('contenu', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('commence_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('modifie_le', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('compte_id', 'id')
    )
    op.create_index(op.f('ix_brouillons_modifie_le'), 'brouillons', ['modifie_le'], unique=False)
