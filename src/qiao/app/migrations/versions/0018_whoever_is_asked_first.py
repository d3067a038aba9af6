"""Whether the holder of another number agrees to what was ordered about it.

Revision 0018, after 0017.
"""

import sqlalchemy as sa
from alembic import op

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table('order_consents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('asker', sa.Text(), nullable=False),
    sa.Column('member', sa.Text(), nullable=False),
    sa.Column('salt', sa.LargeBinary(), nullable=False),
    sa.Column('mark', sa.LargeBinary(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('asked', 'agreed', 'refused', 'silent')", name='ck_order_consents_state'),
    sa.ForeignKeyConstraint(['order_id'], ['orders.id'], name=op.f('fk_order_consents_order_id_orders')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_order_consents')),
    sa.UniqueConstraint('order_id', name=op.f('uq_order_consents_order_id'))
    )
    op.create_index('ix_order_consents_member', 'order_consents', ['member'], unique=False, postgresql_where="state = 'asked'")
