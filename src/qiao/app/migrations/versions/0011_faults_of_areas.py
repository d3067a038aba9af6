"""Faults of areas and lines that are not as usual, of the sandbox's network.

Revision 0011, after 0010.
"""

import sqlalchemy as sa
from alembic import op

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table('area_faults',
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('area', sa.Text(), nullable=False),
    sa.Column('access', sa.Text(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('ref', name=op.f('pk_area_faults')),
    schema='sandbox'
    )
    op.create_index('ix_sandbox_area_faults_open', 'area_faults', ['area'], unique=False, schema='sandbox', postgresql_where='ended_at is null')
    op.create_table('line_readings',
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('registered', sa.Boolean(), nullable=False),
    sa.Column('country', sa.Text(), nullable=False),
    sa.Column('power_dbm', sa.Float(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('service', name=op.f('pk_line_readings')),
    schema='sandbox'
    )
