"""What is nobody's is listed.

Revision 0004, after 0003.
"""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_index('ix_cases_unit_id_listed_unowned', 'cases', ['unit_id', sa.literal_column('listed_at desc'), sa.literal_column('id desc')], unique=False, postgresql_where=sa.text("owner_id is null and status <> 'closed'"))
