"""The quicker way that the last answer of a chat offered.

Revision 0014, after 0013.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.add_column('chat_parties', sa.Column('offered', postgresql.JSONB(astext_type=sa.Text(), none_as_null=True), nullable=True))
