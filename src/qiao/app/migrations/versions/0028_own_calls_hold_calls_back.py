"""Calls of customers' own hold back the calls they are owed.

Revision 0028, after 0027.
"""

import sqlalchemy as sa
from alembic import op

revision = '0028'
down_revision = '0027'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.add_column('outreach_callbacks', sa.Column('held_by', sa.Uuid(), nullable=True))
    op.create_index('ix_outreach_callbacks_held_by', 'outreach_callbacks', ['held_by'], unique=False, postgresql_where=sa.text('held_by is not null'))
