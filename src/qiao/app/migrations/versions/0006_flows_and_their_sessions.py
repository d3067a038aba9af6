"""Flows and their sessions.

Revision 0006, after 0005.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table('flow_versions',
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('version > 0', name=op.f('ck_flow_versions_ck_flow_versions_version')),
    sa.PrimaryKeyConstraint('code', 'version', name=op.f('pk_flow_versions'))
    )
    op.create_table('flows_published',
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_flows_published'))
    )
    op.create_table('flow_sessions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('flow', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('service', sa.Text(), nullable=True),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('entry_point', sa.Text(), server_default='', nullable=False),
    sa.Column('segment', sa.Text(), server_default='', nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('pending', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('confirming', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('over', sa.Text(), server_default='', nullable=False),
    sa.Column('result', sa.Text(), server_default='', nullable=False),
    sa.Column('left_step', sa.Text(), server_default='', nullable=False),
    sa.CheckConstraint("(ended_at is null) = (over = '')", name=op.f('ck_flow_sessions_ck_flow_sessions_over')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_flow_sessions_customer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_flow_sessions'))
    )
    op.create_index('ix_flow_sessions_customer_id', 'flow_sessions', ['customer_id'], unique=False)
    op.create_index('ix_flow_sessions_expires_at', 'flow_sessions', ['expires_at'], unique=False, postgresql_where='ended_at is null')
    op.create_index('ix_flow_sessions_flow', 'flow_sessions', ['flow', 'ended_at'], unique=False)
    op.create_index('ix_flow_sessions_interaction_id', 'flow_sessions', ['interaction_id'], unique=False)
    op.create_index('ux_flow_sessions_open', 'flow_sessions', ['channel', 'subject'], unique=True, postgresql_where='ended_at is null')
