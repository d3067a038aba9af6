"""People in calls.

Revision 0019, after 0018.
"""

import sqlalchemy as sa
from alembic import op

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table('voice_legs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('way', sa.Text(), nullable=False),
    sa.Column('lost', sa.Boolean(), nullable=False),
    sa.Column('forgotten', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('over_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['voice_calls.id'], name=op.f('fk_voice_legs_call_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_voice_legs'))
    )
    op.create_index('ix_voice_legs_call_id', 'voice_legs', ['call_id'], unique=False)
    op.create_index('ix_voice_legs_live', 'voice_legs', ['agent_id'], unique=False, postgresql_where='over_at is null')
    op.create_table('voice_talks',
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('held', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('asking', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('handing', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('hard', sa.Boolean(), server_default='false', nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['voice_calls.id'], name=op.f('fk_voice_talks_call_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('call_id', name=op.f('pk_voice_talks'))
    )
