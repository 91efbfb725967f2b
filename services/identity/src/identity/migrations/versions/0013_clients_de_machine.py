"""Les clients de machine, et ce que leurs preuves laissent quelque temps."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table('assertions_vues',
    sa.Column('empreinte', sa.LargeBinary(), nullable=False),
    sa.Column('expire_le', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('empreinte')
    )
    op.create_index(op.f('ix_assertions_vues_expire_le'), 'assertions_vues', ['expire_le'], unique=False)
    op.create_table('cadences_clients',
    sa.Column('empreinte', sa.LargeBinary(), nullable=False),
    sa.Column('compte', sa.Integer(), nullable=False),
    sa.Column('expire_le', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('empreinte')
    )
    op.create_index(op.f('ix_cadences_clients_expire_le'), 'cadences_clients', ['expire_le'], unique=False)
    op.create_table('clients',
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('nom', sa.Text(), nullable=False),
    sa.Column('portees', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('debut', sa.Date(), nullable=False),
    sa.Column('fin', sa.Date(), nullable=True),
    sa.Column('convention', sa.Text(), nullable=True),
    sa.Column('cles', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('motif_suspension', sa.Text(), nullable=True),
    sa.Column('suspendu_le', sa.DateTime(timezone=True), nullable=True),
    sa.Column('cree_par', sa.Uuid(), nullable=False),
    sa.Column('cree_le', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('client_id')
    )
    op.create_table('jetons_revoques',
    sa.Column('jti', sa.Text(), nullable=False),
    sa.Column('expire_le', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('jti')
    )
    op.create_index(op.f('ix_jetons_revoques_expire_le'), 'jetons_revoques', ['expire_le'], unique=False)
    op.create_table('secrets_clients',
    sa.Column('secret_id', sa.Uuid(), nullable=False),
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('emis_par', sa.Uuid(), nullable=False),
    sa.Column('emis_le', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retire_le', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('secret_id')
    )
    op.create_index(op.f('ix_secrets_clients_client_id'), 'secrets_clients', ['client_id'], unique=False)
    op.create_table('usages_clients',
    sa.Column('client_id', sa.Uuid(), nullable=False),
    sa.Column('vu_le', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('client_id')
    )
