"""The quicker way that the last answer of a chat offered.

Revision 0013, after 0012.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.add_column('chat_parties', sa.Column('offered', postgresql.JSONB(astext_type=sa.Text(), none_as_null=True), nullable=True))
