"""The payment provider of the sandbox tells what became of a payment, until it is taken.

Revision 0016, after 0015.
"""

import sqlalchemy as sa
from alembic import op

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    pages = {"table_name": "payment_pages", "schema": "sandbox"}
    op.add_column(column=sa.Column('notice_url', sa.Text(), server_default='', nullable=False), **pages)
    op.add_column(column=sa.Column('notice_due_at', sa.DateTime(timezone=True), nullable=True), **pages)
    op.add_column(column=sa.Column('notice_tries', sa.Integer(), server_default='0', nullable=False), **pages)
    op.create_index('ix_sandbox_payment_pages_notice', 'payment_pages', ['notice_due_at'], unique=False, schema='sandbox', postgresql_where='notice_due_at is not null')
