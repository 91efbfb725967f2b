"""Les activités de coordination, et celles que l’on peut reprendre."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.create_table('coordinations_listees',
    sa.Column('coordination_id', sa.Uuid(), nullable=False),
    sa.Column('coordinateur_id', sa.Uuid(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('date', sa.Date(), nullable=False),
    sa.Column('duree_minutes', sa.Integer(), nullable=True),
    sa.Column('type_animation', sa.Text(), nullable=True),
    sa.Column('thematiques_animation', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('type_evenement', sa.Text(), nullable=True),
    sa.Column('natures_partenariat', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('echelon_territorial', sa.Text(), nullable=True),
    sa.Column('nom', sa.Text(), nullable=True),
    sa.Column('participants', sa.Integer(), nullable=True),
    sa.Column('mediateurs', sa.Integer(), nullable=False),
    sa.Column('structures', sa.Integer(), nullable=False),
    sa.Column('autres_acteurs', sa.Integer(), nullable=False),
    sa.Column('enregistree_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('corrigee_le', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('coordination_id')
    )
    op.create_index('coordinations_listees_ordre', 'coordinations_listees', ['coordinateur_id', 'date', 'enregistree_le', 'coordination_id'], unique=False)
    op.create_table('coordinations_supprimees',
    sa.Column('coordination_id', sa.Uuid(), nullable=False),
    sa.Column('coordinateur_id', sa.Uuid(), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('date', sa.Date(), nullable=False),
    sa.Column('supprimee_le', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('coordination_id')
    )
    op.create_index('coordinations_supprimees_ordre', 'coordinations_supprimees', ['coordinateur_id', 'supprimee_le', 'coordination_id'], unique=False)
