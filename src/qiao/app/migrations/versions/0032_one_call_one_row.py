"""One telephone call is at most one row that goes on.

Revision 0032, after 0031.
"""

import sqlalchemy as sa
from alembic import op

revision = '0032'
down_revision = '0031'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only; of rows that were one call the newest goes on."""
    op.execute(
        "update voice_calls one set state = 'over', parting = false, ended_at = coalesce(ended_at, answered_at, queued_at, began_at),"
        " outcome = case when outcome <> '' then outcome when queued_at is not null then 'dropped' else 'left' end"
        " where (ended_at is null or parting) and exists (select from voice_calls other where other.channel = one.channel"
        " and (other.ended_at is null or other.parting) and (other.began_at, other.id) > (one.began_at, one.id))"
    )
    op.create_index('uq_voice_calls_channel', 'voice_calls', ['channel'], unique=True, postgresql_where=sa.text('ended_at is null or parting'))
