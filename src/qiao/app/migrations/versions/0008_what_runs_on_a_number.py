"""What runs on a number, what is paid, and what a customer chose with us.

Revision 0008, after 0007.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.create_table('features',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), server_default='', nullable=False),
    sa.Column('fee_minor', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_features')),
    schema='sandbox'
    )
    op.create_index('ix_sandbox_features_service', 'features', ['service', 'since'], unique=False, schema='sandbox')
    op.create_index('ux_sandbox_features_open', 'features', ['service', 'code'], unique=True, schema='sandbox', postgresql_where='until is null')
    op.create_table('invoices',
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('month', sa.Text(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('tax_number', sa.Text(), nullable=False),
    sa.Column('minor', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('service', 'month', name=op.f('pk_invoices')),
    sa.UniqueConstraint('number', name=op.f('uq_invoices_number')),
    schema='sandbox'
    )
    op.create_table('mails_sent',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_mails_sent')),
    schema='sandbox'
    )
    op.create_index('ix_sandbox_mails_sent_address', 'mails_sent', ['address', 'id'], unique=False, schema='sandbox')
    op.create_table('packs',
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('month', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('ref', name=op.f('pk_packs')),
    schema='sandbox'
    )
    op.create_index('ix_sandbox_packs_service', 'packs', ['service', 'month'], unique=False, schema='sandbox')
    op.create_table('payment_pages',
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('return_url', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('ref', name=op.f('pk_payment_pages')),
    sa.UniqueConstraint('key', name=op.f('uq_payment_pages_key')),
    schema='sandbox'
    )
    op.create_table('payments',
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('month', sa.Text(), nullable=False),
    sa.Column('minor', sa.BigInteger(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('ref', name=op.f('pk_payments')),
    schema='sandbox'
    )
    op.create_index('ix_sandbox_payments_service', 'payments', ['service', 'month'], unique=False, schema='sandbox')
    op.create_table('plan_changes',
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('plan_code', sa.Text(), nullable=False),
    sa.Column('fee_minor', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('service', 'at', name=op.f('pk_plan_changes')),
    schema='sandbox'
    )
    op.create_table('prices',
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('minor', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_prices')),
    schema='sandbox'
    )
    op.create_table('vouchers',
    sa.Column('mark', sa.Text(), nullable=False),
    sa.Column('minor', sa.BigInteger(), nullable=False),
    sa.Column('used_by', sa.Text(), nullable=True),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('mark', name=op.f('pk_vouchers')),
    schema='sandbox'
    )
    op.add_column('customers', sa.Column('language_chosen', sa.Text(), nullable=True))
    op.add_column('customers', sa.Column('elderly_mode', sa.Boolean(), server_default='false', nullable=False))
    op.add_column('orders', sa.Column('price_minor', sa.BigInteger(), nullable=True))
    op.add_column('orders', sa.Column('currency', sa.Text(), server_default='', nullable=False))
    op.add_column('orders', sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False))
    op.add_column('acts', sa.Column('about', sa.Text(), server_default='', nullable=False), schema='sandbox')
    op.add_column('acts', sa.Column('before', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False), schema='sandbox')
    op.add_column('holdings', sa.Column('points', sa.Integer(), server_default='0', nullable=False), schema='sandbox')
    op.add_column('parties', sa.Column('email', sa.Text(), server_default='', nullable=False), schema='sandbox')
