"""Where calls waited, desk by desk.

Revision 0031, after 0030.
"""

import sqlalchemy as sa
from alembic import op

revision = '0031'
down_revision = '0030'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table('voice_stays',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('desk_id', sa.Uuid(), nullable=False),
    sa.Column('came_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('left_as', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['call_id'], ['voice_calls.id'], name=op.f('fk_voice_stays_call_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_voice_stays'))
    )
    op.create_index('ix_voice_stays_call_id', 'voice_stays', ['call_id'], unique=False)
    op.create_index('ix_voice_stays_came_at', 'voice_stays', ['came_at'], unique=False)
    op.create_index('ix_voice_stays_here', 'voice_stays', ['call_id'], unique=True, postgresql_where='left_at is null')
