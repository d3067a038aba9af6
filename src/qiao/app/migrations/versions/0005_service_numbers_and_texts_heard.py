"""Service numbers, and texts that were heard.

Revision 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table('routing_entry_points',
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('names', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('channels', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('brand', sa.Text(), server_default='', nullable=False),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('display_number', sa.Text(), nullable=False),
    sa.Column('flow', sa.Text(), server_default='', nullable=False),
    sa.Column('hours', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('answer_minutes', sa.Integer(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('rev', sa.BigInteger(), server_default='1', nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_routing_entry_points'))
    )
    op.create_table('sms_sessions',
    sa.Column('sender', sa.Text(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('sender', 'number', name=op.f('pk_sms_sessions'))
    )
    op.create_index('ix_sms_sessions_interaction_id', 'sms_sessions', ['interaction_id'], unique=True)
    op.create_index('ix_sms_sessions_open', 'sms_sessions', ['until_at'], unique=False, postgresql_where=sa.text('interaction_id is not null'))
    op.create_table('order_confirmations',
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('parameters', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('price_minor', sa.BigInteger(), nullable=True),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('salt', sa.LargeBinary(), nullable=False),
    sa.Column('mark', sa.LargeBinary(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_order_confirmations_customer_id')),
    sa.PrimaryKeyConstraint('target', name=op.f('pk_order_confirmations')),
    sa.UniqueConstraint('id', name=op.f('uq_order_confirmations_id'))
    )
    op.create_index('ix_order_confirmations_customer_id', 'order_confirmations', ['customer_id'], unique=False)
    op.create_index('ix_order_confirmations_expires_at', 'order_confirmations', ['expires_at'], unique=False)
    op.add_column('post_messages', sa.Column('sender', sa.Text(), server_default='', nullable=False))
    op.add_column('post_texts', sa.Column('addressed_to', sa.Text(), server_default='', nullable=False))
    op.add_column('post_texts', sa.Column('heard_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('post_texts', sa.Column('fault', sa.Text(), server_default='', nullable=False))
    op.create_index('ix_post_texts_unheard', 'post_texts', ['received_at', 'id'], unique=False, postgresql_where=sa.text('heard_at is null'))
    op.execute("update post_texts set heard_at = received_at")  # what came before was heard by its event
