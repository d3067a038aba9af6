"""Since when an order waits to be taken in hand.

Revision 0013, after 0012. Orders whose job waits are left to it; those of nobody are due again by their timers.
"""

import sqlalchemy as sa
from alembic import op

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.add_column('orders', sa.Column('due_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_orders_due', 'orders', ['placed_at', 'id'], postgresql_where=sa.text("due_at is not null"))
    op.create_index(
        'ix_orders_open_target', 'orders', ['target'], postgresql_where=sa.text("state not in ('done', 'refused')")
    )
