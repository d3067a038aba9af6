"""Calls.

Revision 0012, after 0011.
"""

import sqlalchemy as sa
from alembic import op

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table(
        'voice_calls',
        sa.Column('id', sa.Uuid(), nullable=False),
        sa.Column('channel', sa.Text(), nullable=False),
        sa.Column('trunk', sa.Text(), nullable=False),
        sa.Column('number', sa.Text(), nullable=False),
        sa.Column('dialled', sa.Text(), nullable=False),
        sa.Column('customer_id', sa.Uuid(), nullable=True),
        sa.Column('interaction_id', sa.Uuid(), nullable=False),
        sa.Column('session_id', sa.Uuid(), nullable=False),
        sa.Column('entry_point', sa.Text(), nullable=False),
        sa.Column('language', sa.Text(), nullable=False),
        sa.Column('segment', sa.Text(), nullable=False),
        sa.Column('owner', sa.Text(), nullable=False),
        sa.Column('state', sa.Text(), nullable=False),
        sa.Column('outcome', sa.Text(), nullable=False),
        sa.Column('ending', sa.Boolean(), nullable=False),
        sa.Column('words', sa.Integer(), nullable=False),
        sa.Column('prompts', sa.Integer(), nullable=False),
        sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
        sa.Column('queued_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
        sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint('id', name=op.f('pk_voice_calls')),
    )
    op.create_index('ix_voice_calls_began_at', 'voice_calls', ['began_at'], unique=False)
    op.create_index(
        'ix_voice_calls_going_on', 'voice_calls', ['owner'], unique=False, postgresql_where='ended_at is null'
    )
    op.create_index('ix_voice_calls_interaction_id', 'voice_calls', ['interaction_id'], unique=True)
