"""What brought a customer to a service stays with the flow in which he has it.

Revision 0017, after 0016.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.add_column(
        'flow_sessions',
        sa.Column('ways', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    )
