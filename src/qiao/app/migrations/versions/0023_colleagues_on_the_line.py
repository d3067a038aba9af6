"""Colleagues on the line are offered nothing, are handed contacts; what is urgent goes first.

Revision 0023, after 0022.
"""

import sqlalchemy as sa
from alembic import op

revision = '0023'
down_revision = '0022'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.add_column('routing_seats', sa.Column('engaged_in', sa.Uuid(), nullable=True))
    op.add_column('routing_contacts', sa.Column('urgent', sa.Boolean(), server_default='false', nullable=False))
    op.drop_column('voice_talks', 'handing')
