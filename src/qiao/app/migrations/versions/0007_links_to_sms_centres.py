"""Links to SMS centres.

Revision 0007, after 0006.
"""

import sqlalchemy as sa
from alembic import op

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table('smpp_parts',
    sa.Column('message_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('of', sa.Integer(), nullable=False),
    sa.Column('centre', sa.Text(), nullable=False),
    sa.Column('centre_id', sa.Text(), nullable=False),
    sa.Column('fate', sa.Text(), server_default='under way', nullable=False),
    sa.Column('error', sa.Text(), server_default='', nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('message_id', 'number', name=op.f('pk_smpp_parts'))
    )
    op.create_index('ix_smpp_parts_at', 'smpp_parts', ['at'], unique=False)
    op.create_index('ix_smpp_parts_centre_id', 'smpp_parts', ['centre', 'centre_id'], unique=False)
    op.create_table('smpp_pieces',
    sa.Column('centre', sa.Text(), nullable=False),
    sa.Column('sender', sa.Text(), nullable=False),
    sa.Column('addressed_to', sa.Text(), nullable=False),
    sa.Column('reference', sa.Integer(), nullable=False),
    sa.Column('of', sa.Integer(), nullable=False),
    sa.Column('number', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('joined_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('centre', 'sender', 'addressed_to', 'reference', 'of', 'number', name=op.f('pk_smpp_pieces'))
    )
    op.create_index('ix_smpp_pieces_at', 'smpp_pieces', ['at'], unique=False)
    op.create_table('smpp_receipts',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('centre', sa.Text(), nullable=False),
    sa.Column('centre_id', sa.Text(), nullable=False),
    sa.Column('fate', sa.Text(), nullable=False),
    sa.Column('error', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_smpp_receipts'))
    )
    op.create_index('ix_smpp_receipts_at', 'smpp_receipts', ['at'], unique=False)
    op.create_index('ix_smpp_receipts_centre_id', 'smpp_receipts', ['centre', 'centre_id'], unique=False)
    op.create_index('ix_post_messages_unknown', 'post_messages', ['settled_at', 'id'], unique=False, postgresql_where="state = 'unknown'")
