"""Hard calls may be ended by rule.

Revision 0022, after 0021.
"""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table('voice_ending_rule',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('on', sa.Boolean(), nullable=False),
    sa.Column('notices', sa.Integer(), nullable=False),
    sa.Column('seconds', sa.Integer(), nullable=False),
    sa.Column('changed_by', sa.Text(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_voice_ending_rule'))
    )
    op.add_column('voice_talks', sa.Column('noticing', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('voice_talks', sa.Column('notices', sa.Integer(), server_default='0', nullable=False))
    op.add_column('voice_talks', sa.Column('noticed_at', sa.DateTime(timezone=True), nullable=True))
    op.add_column('voice_talks', sa.Column('ended_by', sa.Uuid(), nullable=True))
