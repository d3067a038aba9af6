"""Telephones of agents that were not there when they should have rung.

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
    op.add_column('voice_legs', sa.Column('unreached', sa.Boolean(), server_default='false', nullable=False))
