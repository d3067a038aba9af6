"""What a flow heard last, so that a word is taken once; the flow by which a chat's assistant answers.

Revision 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.add_column('flow_sessions', sa.Column('heard', postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_index('ix_flow_sessions_subject', 'flow_sessions', ['subject', 'channel'], unique=False)
    op.add_column('chat_sites', sa.Column('flow', sa.Text(), server_default='', nullable=False))
