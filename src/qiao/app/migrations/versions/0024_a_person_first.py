"""Whoever wants a person first when he calls has said so once.

Revision 0024, after 0023.
"""

import sqlalchemy as sa
from alembic import op

revision = '0024'
down_revision = '0023'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.add_column('customers', sa.Column('person_first', sa.Boolean(), server_default='false', nullable=False))
