"""Calls are found by their channel.

Revision 0030, after 0029.
"""

from alembic import op

revision = '0030'
down_revision = '0029'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_index('ix_voice_calls_channel', 'voice_calls', ['channel'], unique=False)
