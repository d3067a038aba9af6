"""Recordings of calls, and how customers say they were.

Revision 0020, after 0019. A question that a voice asks is a notice that post never carried.
"""

import sqlalchemy as sa
from alembic import op

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table(
        "voice_recordings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("call_id", sa.Uuid(), nullable=False),
        sa.Column("interaction_id", sa.Uuid(), nullable=False),
        sa.Column("leg", sa.Text(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("why_not", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("keep_until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_recordings")),
        sa.UniqueConstraint("call_id", "leg", name=op.f("uq_voice_recordings_call_id_leg")),
    )
    op.create_index("ix_voice_recordings_interaction_id", "voice_recordings", ["interaction_id"], unique=False)
    op.create_index(
        "ix_voice_recordings_keep_until",
        "voice_recordings",
        ["keep_until"],
        unique=False,
        postgresql_where="file_id is not null",
    )
    op.add_column('voice_calls', sa.Column('matter', sa.Text(), server_default='', nullable=False))
    op.add_column('voice_calls', sa.Column('score', sa.Integer(), nullable=True))
    op.add_column("voice_calls", sa.Column("unrecorded", sa.Boolean(), server_default="false", nullable=False))
    op.drop_constraint(op.f('ck_outreach_notices_sent_by_post'), 'outreach_notices', type_='check')
    op.create_check_constraint(
        op.f('ck_outreach_notices_sent_by_post'),
        'outreach_notices',
        "channel = 'phone' or (state = 'sent') = (message_id is not null)",
    )
