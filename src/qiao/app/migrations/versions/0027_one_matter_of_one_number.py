"""One matter of one number whose call for help was cut short.

Revision 0027, after 0026.
"""

import sqlalchemy as sa
from alembic import op

revision = '0027'
down_revision = '0026'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table('voice_emergencies',
    sa.Column('call_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('texted', sa.Boolean(), nullable=False),
    sa.Column('back_id', sa.Uuid(), nullable=True),
    sa.Column('taken_away_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['call_id'], ['voice_calls.id'], name=op.f('fk_voice_emergencies_call_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('call_id', name=op.f('pk_voice_emergencies'))
    )
    op.create_index('ix_voice_emergencies_at', 'voice_emergencies', ['at'], unique=False)
    op.create_index('ix_voice_emergencies_back_id', 'voice_emergencies', ['back_id'], unique=True)
    op.create_index('ix_voice_emergencies_number', 'voice_emergencies', ['number', 'at'], unique=False)
