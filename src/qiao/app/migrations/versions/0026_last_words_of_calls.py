"""Calls say whether their customer still hears the last words; each that was offered to people is in one place.

Revision 0026, after 0025.
"""

import sqlalchemy as sa
from alembic import op

revision = '0026'
down_revision = '0025'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.add_column('voice_calls', sa.Column('parting', sa.Boolean(), server_default='false', nullable=False))
    op.drop_index('ix_voice_calls_going_on', table_name='voice_calls')
    op.create_index('ix_voice_calls_going_on', 'voice_calls', ['owner'], unique=False,
    postgresql_where='ended_at is null or parting')
    op.create_check_constraint(op.f('ck_voice_calls_ended_when_over'), 'voice_calls',
    "(state = 'over') = (ended_at is not null)")
    op.create_check_constraint(op.f('ck_voice_calls_offered_is_in_one_place'), 'voice_calls',
    "queued_at is null or state in ('waiting', 'talking') or (state = 'over' and outcome in"
    " ('answered', 'abandoned', 'overflowed', 'callback', 'dropped'))")
