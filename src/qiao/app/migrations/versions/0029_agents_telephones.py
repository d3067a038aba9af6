"""SIP telephones of agents.

Revision 0029, after 0028.
"""

import sqlalchemy as sa
from alembic import op

revision = '0029'
down_revision = '0028'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table('voice_telephones',
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('login', sa.Text(), nullable=False),
    sa.Column('salt', sa.LargeBinary(), nullable=False),
    sa.Column('chosen', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('known', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('set_up_by', sa.Text(), nullable=False),
    sa.Column('set_up_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('agent_id', name=op.f('pk_voice_telephones')),
    sa.UniqueConstraint('login', name=op.f('uq_voice_telephones_login'))
    )
