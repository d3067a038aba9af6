"""the first tables.

Revision 0001, the first.
"""

import sqlalchemy as sa
from alembic import op

from qiao.platform.events import Xid8
from qiao.platform.jobs import schema_sql
from sqlalchemy.dialects import postgresql
revision = '0001'
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - one statement a table
    """Forward only."""
    op.execute("create schema if not exists sandbox")
    op.get_bind().exec_driver_sql(schema_sql().replace("%", "%%"))
    op.create_table('articles',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=True),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('audience', sa.Text(), nullable=False),
    sa.Column('tags', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_by', sa.Text(), nullable=False),
    sa.Column('words', postgresql.TSVECTOR(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_articles')),
    sa.UniqueConstraint('code', name=op.f('uq_articles_code'))
    )
    op.create_index('ix_articles_updated_at', 'articles', ['audience', 'updated_at', 'id'], unique=False)
    op.create_index('ix_articles_words', 'articles', ['words'], unique=False, postgresql_using='gin')
    op.create_table('audit_chain',
    sa.Column('position', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('entry_seq', sa.BigInteger(), nullable=False),
    sa.Column('entry_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sealed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('hash', sa.LargeBinary(), nullable=False),
    sa.PrimaryKeyConstraint('position', name=op.f('pk_audit_chain'))
    )
    op.create_index('uq_audit_chain_entry', 'audit_chain', ['entry_seq', 'entry_at'], unique=True)
    op.create_table('audit_cursor',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('seen', sa.Text(), nullable=False),
    sa.Column('target', sa.Text(), nullable=True),
    sa.Column('after_seq', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_cursor'))
    )
    op.create_table('audit_entries',
    sa.Column('seq', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('xid', Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('act', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('subject', sa.Text(), server_default='', nullable=False),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.PrimaryKeyConstraint('seq', 'at', name=op.f('pk_audit_entries')),
    postgresql_partition_by='RANGE (at)'
    )
    op.create_index('ix_audit_entries_actor', 'audit_entries', ['actor', 'at'], unique=False)
    op.create_index('ix_audit_entries_customer_id', 'audit_entries', ['customer_id', 'at'], unique=False)
    op.create_index('ix_audit_entries_xid', 'audit_entries', ['xid'], unique=False)
    op.create_table('audit_seen',
    sa.Column('key', sa.LargeBinary(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_audit_seen'))
    )
    op.create_index('ix_audit_seen_at', 'audit_seen', ['at'], unique=False)
    op.create_table('case_categories',
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('definition', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("source in ('built_in', 'edited')", name=op.f('ck_case_categories_source_known')),
    sa.PrimaryKeyConstraint('code', 'version', name=op.f('pk_case_categories'))
    )
    op.create_table('case_numbers',
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('last', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('day', name=op.f('pk_case_numbers'))
    )
    op.create_table('chat_sites',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('entry_point', sa.Text(), nullable=False),
    sa.Column('origins', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('warn_seconds', sa.Integer(), nullable=False),
    sa.Column('end_seconds', sa.Integer(), nullable=False),
    sa.Column('gone_seconds', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), server_default=sa.text('true'), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_chat_sites'))
    )
    op.create_table('chat_used_tickets',
    sa.Column('nonce', sa.Text(), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('nonce', name=op.f('pk_chat_used_tickets'))
    )
    op.create_index(op.f('ix_chat_used_tickets_expires_at'), 'chat_used_tickets', ['expires_at'], unique=False)
    op.create_table('clock_offset',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('milliseconds', sa.BigInteger(), nullable=False),
    sa.CheckConstraint('id = 1', name=op.f('ck_clock_offset_one_row')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_clock_offset'))
    )
    op.create_table('customers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('operator_ref', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('segment', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('address', sa.Text(), server_default='', nullable=False),
    sa.Column('address_as_of', sa.DateTime(timezone=True), nullable=True),
    sa.Column('born_year', sa.Integer(), nullable=True),
    sa.Column('known_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customers')),
    sa.UniqueConstraint('operator_ref', name=op.f('uq_customers_operator_ref'))
    )
    op.create_index('ix_customers_unit_id', 'customers', ['unit_id'], unique=False)
    op.create_table('event_cursors',
    sa.Column('listener', sa.Text(), nullable=False),
    sa.Column('seen', sa.Text(), nullable=False),
    sa.Column('target', sa.Text(), nullable=True),
    sa.Column('after_seq', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('listener', name=op.f('pk_event_cursors'))
    )
    op.create_table('events',
    sa.Column('seq', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('xid', Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('aggregate', sa.Text(), nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('seq', 'at', name=op.f('pk_events')),
    postgresql_partition_by='RANGE (at)'
    )
    op.create_index('ix_events_xid', 'events', ['xid'], unique=False)
    op.create_table('interactions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('service_id', sa.Text(), nullable=True),
    sa.Column('claimed_customer_id', sa.Uuid(), nullable=True),
    sa.Column('claimed_service_id', sa.Text(), nullable=True),
    sa.Column('party', sa.Text(), server_default='', nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('segment', sa.Text(), server_default='', nullable=False),
    sa.Column('direction', sa.Text(), nullable=False),
    sa.Column('entry_point', sa.Text(), server_default='', nullable=False),
    sa.Column('topic', sa.Text(), server_default='', nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('end_reason', sa.Text(), nullable=True),
    sa.Column('agent_id', sa.Uuid(), nullable=True),
    sa.Column('level', sa.Integer(), server_default='0', nullable=False),
    sa.Column('proof_method', sa.Text(), nullable=True),
    sa.Column('proved_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('proof_asked', sa.Text(), nullable=True),
    sa.Column('disposition', sa.Text(), nullable=True),
    sa.Column('wrap_note', sa.Text(), server_default='', nullable=False),
    sa.Column('wrapped_up_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_seq', sa.Integer(), server_default='0', nullable=False),
    sa.Column('last_said_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_said_by', sa.Text(), nullable=True),
    sa.Column('customer_read_seq', sa.Integer(), server_default='0', nullable=False),
    sa.Column('agent_read_seq', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint("direction in ('inbound', 'outbound', 'written')", name=op.f('ck_interactions_direction_known')),
    sa.CheckConstraint('(claimed_customer_id is null) = (claimed_service_id is null)', name=op.f('ck_interactions_claim_is_whole')),
    sa.CheckConstraint('level between 0 and 3', name=op.f('ck_interactions_level_known')),
    sa.CheckConstraint('wrapped_up_at is null or ended_at is not null', name=op.f('ck_interactions_ended_before_wrap_up')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_interactions')),
    sa.UniqueConstraint('id', 'started_at', name=op.f('uq_interactions_id_started_at'))
    )
    op.create_index('ix_interactions_agent_id_open', 'interactions', ['agent_id', 'answered_at'], unique=False, postgresql_where=sa.text('agent_id is not null and wrapped_up_at is null'))
    op.create_index('ix_interactions_customer_id_started_at', 'interactions', ['customer_id', sa.literal_column('started_at desc')], unique=False)
    op.create_table('leases',
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('owner', sa.Text(), nullable=False),
    sa.Column('epoch', sa.BigInteger(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_leases'))
    )
    op.create_table('parked_events',
    sa.Column('listener', sa.Text(), nullable=False),
    sa.Column('seq', sa.BigInteger(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('aggregate', sa.Text(), nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('error', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('listener', 'seq', name=op.f('pk_parked_events'))
    )
    op.create_index('ix_parked_events_listener_aggregate', 'parked_events', ['listener', 'aggregate', 'seq'], unique=False)
    op.create_table('post_messages',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('recipient', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=True),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('secret', sa.Boolean(), nullable=False),
    sa.Column('origin', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.Text(), server_default='accepted', nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('claimed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.CheckConstraint("(state in ('delivered', 'failed', 'unknown')) = (settled_at is not null)", name=op.f('ck_post_messages_ck_post_messages_settled')),
    sa.CheckConstraint("state in ('accepted', 'claimed', 'submitted', 'delivered', 'failed', 'unknown')", name=op.f('ck_post_messages_ck_post_messages_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_post_messages')),
    sa.UniqueConstraint('purpose', 'key', 'recipient', name='uq_post_messages_purpose_key_recipient')
    )
    op.create_index('ix_post_messages_recipient', 'post_messages', ['recipient', 'accepted_at'], unique=False)
    op.create_index('ix_post_messages_under_way', 'post_messages', ['claimed_at'], unique=False, postgresql_where="state in ('claimed', 'submitted')")
    op.create_index('ix_post_messages_waiting', 'post_messages', ['priority', 'accepted_at'], unique=False, postgresql_where="state = 'accepted'")
    op.create_table('proof_tries',
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('first_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('service', name=op.f('pk_proof_tries'))
    )
    op.create_table('rate_limits',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('full_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_rate_limits'))
    )
    op.create_index('ix_rate_limits_full_at', 'rate_limits', ['full_at'], unique=False)
    op.create_table('recovery_codes',
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('mark', sa.LargeBinary(), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('subject', 'mark', name=op.f('pk_recovery_codes'))
    )
    op.create_table('routing_desks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('names', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('entry_points', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('segments', postgresql.JSONB(astext_type=sa.Text()), nullable=True),
    sa.Column('rules', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_routing_desks')),
    sa.UniqueConstraint('code', name=op.f('uq_routing_desks_code'))
    )
    op.create_table('routing_facts',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_routing_facts'))
    )
    op.create_table('routing_presence',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("status in ('ready', 'not_ready', 'lost')", name=op.f('ck_routing_presence_status_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_routing_presence'))
    )
    op.create_index('ix_routing_presence_agent_id_from_at', 'routing_presence', ['agent_id', 'from_at'], unique=False)
    op.create_index('uq_routing_presence_open', 'routing_presence', ['agent_id'], unique=True, postgresql_where=sa.text('until_at is null'))
    op.create_table('routing_seats',
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('seat', sa.Uuid(), nullable=False),
    sa.Column('signed_on', sa.Boolean(), nullable=False),
    sa.Column('profile', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lost', sa.Boolean(), server_default='false', nullable=False),
    sa.Column('rev', sa.BigInteger(), server_default='1', nullable=False),
    sa.Column('beats', sa.BigInteger(), server_default='0', nullable=False),
    sa.Column('beat_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("status in ('ready', 'not_ready')", name=op.f('ck_routing_seats_status_known')),
    sa.PrimaryKeyConstraint('agent_id', name=op.f('pk_routing_seats')),
    postgresql_with={'fillfactor': 70}
    )
    op.create_index('ix_routing_seats_unit_id', 'routing_seats', ['unit_id'], unique=False, postgresql_where=sa.text('signed_on'))
    op.create_table('acts',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('act', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_acts')),
    schema='sandbox'
    )
    op.create_table('bill_lines',
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('month', sa.Text(), nullable=False),
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('names', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('minor', sa.BigInteger(), nullable=False),
    sa.Column('provider_code', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('service', 'month', 'ref', name=op.f('pk_bill_lines')),
    schema='sandbox'
    )
    op.create_table('holdings',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('party_ref', sa.Text(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('brand', sa.Text(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('plan_code', sa.Text(), nullable=False),
    sa.Column('prepaid_minor', sa.BigInteger(), nullable=False),
    sa.Column('password_mark', sa.Text(), server_default='', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_holdings')),
    schema='sandbox'
    )
    op.create_index('ix_sandbox_holdings_party_ref', 'holdings', ['party_ref'], unique=False, schema='sandbox')
    op.create_index('ux_sandbox_holdings_service', 'holdings', ['service'], unique=True, schema='sandbox', postgresql_where='until is null')
    op.create_table('issued_bills',
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('month', sa.Text(), nullable=False),
    sa.Column('issued_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('service', 'month', name=op.f('pk_issued_bills')),
    schema='sandbox'
    )
    op.create_table('misbehaviour',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_misbehaviour')),
    schema='sandbox'
    )
    op.create_table('parties',
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('segment', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('born_year', sa.Integer(), nullable=True),
    sa.Column('address', sa.Text(), nullable=False),
    sa.Column('unit_code', sa.Text(), nullable=False),
    sa.Column('contact_names', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('ref', name=op.f('pk_parties')),
    schema='sandbox'
    )
    op.create_table('subscriptions',
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ordered_by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('ref', name=op.f('pk_subscriptions')),
    schema='sandbox'
    )
    op.create_index('ix_sandbox_subscriptions_service', 'subscriptions', ['service'], unique=False, schema='sandbox')
    op.create_table('texts_sent',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=True), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('sender', sa.Text(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_texts_sent')),
    schema='sandbox'
    )
    op.create_index('ix_sandbox_texts_sent_service', 'texts_sent', ['service', 'id'], unique=False, schema='sandbox')
    op.create_table('second_factors',
    sa.Column('subject', sa.Text(), nullable=False),
    sa.Column('salt', sa.LargeBinary(), nullable=True),
    sa.Column('pending_salt', sa.LargeBinary(), nullable=True),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_step', sa.BigInteger(), server_default='0', nullable=False),
    sa.PrimaryKeyConstraint('subject', name=op.f('pk_second_factors'))
    )
    op.create_table('sessions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(), nullable=False),
    sa.Column('audience', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('locked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('language', sa.Text(), server_default='', nullable=False),
    sa.Column('theme', sa.Text(), server_default='system', nullable=False),
    sa.Column('level', sa.Integer(), server_default='0', nullable=False),
    sa.Column('csrf', sa.Text(), nullable=False),
    sa.Column('agent_hash', sa.LargeBinary(), nullable=False),
    sa.Column('data', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sessions')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sessions_token_hash'))
    )
    op.create_index('ix_sessions_expires_at', 'sessions', ['expires_at'], unique=False)
    op.create_index('ix_sessions_subject_id', 'sessions', ['subject_id'], unique=False)
    op.create_table('sign_in_failures',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('blocked_until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_sign_in_failures'))
    )
    op.create_table('staff_roles',
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('rights', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('built_in', sa.Boolean(), server_default='false', nullable=False),
    sa.PrimaryKeyConstraint('code', name=op.f('pk_staff_roles'))
    )
    op.create_table('timeline_entries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('level', sa.Integer(), server_default='0', nullable=False),
    sa.Column('summary', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_timeline_entries'))
    )
    op.create_index('ix_timeline_entries_customer_id_at_id', 'timeline_entries', ['customer_id', sa.literal_column('at desc'), sa.literal_column('id desc')], unique=False)
    op.create_index('ix_timeline_entries_ref', 'timeline_entries', ['ref'], unique=False)
    op.create_table('timers',
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('kind', 'ref', name=op.f('pk_timers'))
    )
    op.create_index('ix_timers_due_at', 'timers', ['due_at'], unique=False)
    op.create_table('units',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['parent_id'], ['units.id'], name=op.f('fk_units_parent_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_units')),
    sa.UniqueConstraint('code', name=op.f('uq_units_code'))
    )
    op.create_index('ix_units_parent_id', 'units', ['parent_id'], unique=False)
    op.create_table('agents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('login', sa.Text(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('shown_name', sa.Text(), nullable=False),
    sa.Column('password_hash', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('roles', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('languages', postgresql.ARRAY(sa.Text()), nullable=False),
    sa.Column('skills', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('segments', postgresql.ARRAY(sa.Text()), nullable=True),
    sa.Column('capacity', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('desks', postgresql.ARRAY(sa.Uuid()), server_default='{}', nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('active', sa.Boolean(), server_default='true', nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_agents_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_agents')),
    sa.UniqueConstraint('login', name=op.f('uq_agents_login'))
    )
    op.create_index('ix_agents_unit_id', 'agents', ['unit_id'], unique=False)
    op.create_table('article_versions',
    sa.Column('article_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['article_id'], ['articles.id'], name=op.f('fk_article_versions_article_id')),
    sa.PrimaryKeyConstraint('article_id', 'version', name=op.f('pk_article_versions'))
    )
    op.create_table('attachments',
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('size_bytes', sa.Integer(), nullable=False),
    sa.Column('inline', sa.Boolean(), nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['interaction_id'], ['interactions.id'], name=op.f('fk_attachments_interaction_id')),
    sa.PrimaryKeyConstraint('file_id', name=op.f('pk_attachments'))
    )
    op.create_index(op.f('ix_attachments_interaction_id'), 'attachments', ['interaction_id'], unique=False)
    op.create_table('cases',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('service_id', sa.Text(), nullable=True),
    sa.Column('category_code', sa.Text(), nullable=False),
    sa.Column('category_version', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('severity', sa.SmallInteger(), nullable=False),
    sa.Column('title', sa.Text(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('opened_by', sa.Text(), nullable=False),
    sa.Column('origin', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('owner_id', sa.Uuid(), nullable=True),
    sa.Column('desk_id', sa.Uuid(), nullable=True),
    sa.Column('watch_terms', postgresql.JSONB(astext_type=sa.Text()), server_default='[]', nullable=False),
    sa.Column('idempotency_key', sa.Text(), nullable=True),
    sa.Column('version', sa.Integer(), server_default='1', nullable=False),
    sa.Column('status', sa.Text(), nullable=False),
    sa.Column('red_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('moved_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('search', postgresql.TSVECTOR(), server_default=sa.text("''::tsvector"), nullable=False),
    sa.CheckConstraint('severity between 1 and 4', name=op.f('ck_cases_severity_known')),
    sa.ForeignKeyConstraint(['category_code', 'category_version'], ['case_categories.code', 'case_categories.version'], name=op.f('fk_cases_category_code')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_cases')),
    sa.UniqueConstraint('idempotency_key', name=op.f('uq_cases_idempotency_key')),
    sa.UniqueConstraint('number', name=op.f('uq_cases_number'))
    )
    op.create_index('ix_cases_customer_id_opened_at', 'cases', ['customer_id', sa.literal_column('opened_at desc'), sa.literal_column('id desc')], unique=False)
    op.create_index('ix_cases_desk_id_live', 'cases', ['desk_id', sa.literal_column('opened_at desc'), sa.literal_column('id desc')], unique=False, postgresql_where=sa.text("status <> 'closed'"))
    op.create_index('ix_cases_owner_id_live', 'cases', ['owner_id', sa.literal_column('opened_at desc'), sa.literal_column('id desc')], unique=False, postgresql_where=sa.text("status <> 'closed'"))
    op.create_index('ix_cases_red_since', 'cases', ['unit_id', sa.literal_column('opened_at desc'), sa.literal_column('id desc')], unique=False, postgresql_where=sa.text("red_since is not null and status <> 'closed'"))
    op.create_index('ix_cases_search', 'cases', ['search'], unique=False, postgresql_using='gin')
    op.create_index('ix_cases_unit_id_live', 'cases', ['unit_id', sa.literal_column('opened_at desc'), sa.literal_column('id desc')], unique=False, postgresql_where=sa.text("status <> 'closed'"))
    op.create_index('ix_cases_unit_id_opened_at', 'cases', ['unit_id', sa.literal_column('opened_at desc'), sa.literal_column('id desc')], unique=False)
    op.create_table('chat_parties',
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('site_key', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('previous_id', sa.Uuid(), nullable=True),
    sa.Column('warned_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['interaction_id'], ['interactions.id'], name=op.f('fk_chat_parties_interaction_id')),
    sa.ForeignKeyConstraint(['previous_id'], ['interactions.id'], name=op.f('fk_chat_parties_previous_id')),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_chat_parties'))
    )
    op.create_index('ix_chat_parties_interaction_id', 'chat_parties', ['interaction_id'], unique=False)
    op.create_table('customer_snapshots',
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('as_of', sa.DateTime(timezone=True), nullable=False),
    sa.Column('body', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_customer_snapshots_customer_id')),
    sa.PrimaryKeyConstraint('customer_id', 'service', name=op.f('pk_customer_snapshots'))
    )
    op.create_table('drafts',
    sa.Column('interaction_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('saved_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['interaction_id'], ['interactions.id'], name=op.f('fk_drafts_interaction_id')),
    sa.PrimaryKeyConstraint('interaction_id', 'agent_id', name=op.f('pk_drafts'))
    )
    op.create_table('interaction_matters',
    sa.Column('matter', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['interaction_id'], ['interactions.id'], name=op.f('fk_interaction_matters_interaction_id')),
    sa.PrimaryKeyConstraint('matter', 'interaction_id', name=op.f('pk_interaction_matters'))
    )
    op.create_index(op.f('ix_interaction_matters_interaction_id'), 'interaction_matters', ['interaction_id'], unique=False)
    op.create_table('messages',
    sa.Column('interaction_id', sa.Uuid(), nullable=False),
    sa.Column('began_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('author_kind', sa.Text(), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('client_key', sa.Text(), nullable=True),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("author_kind in ('customer', 'agent', 'system', 'bot')", name=op.f('ck_messages_author_known')),
    sa.CheckConstraint('seq >= 1', name=op.f('ck_messages_seq_from_one')),
    sa.ForeignKeyConstraint(['interaction_id', 'began_at'], ['interactions.id', 'interactions.started_at'], name=op.f('fk_messages_interaction_id')),
    sa.PrimaryKeyConstraint('interaction_id', 'seq', 'began_at', name=op.f('pk_messages')),
    sa.UniqueConstraint('interaction_id', 'author_kind', 'client_key', 'began_at', name=op.f('uq_messages_interaction_id_author_kind_client_key_began_at')),
    postgresql_partition_by='RANGE (began_at)'
    )
    op.create_table('number_periods',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_number_periods_customer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_number_periods'))
    )
    op.create_index('ix_number_periods_customer_id', 'number_periods', ['customer_id'], unique=False)
    op.create_index('ux_number_periods_held', 'number_periods', ['service'], unique=True, postgresql_where='until is null')
    op.create_table('one_time_codes',
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('salt', sa.LargeBinary(), nullable=False),
    sa.Column('mark', sa.LargeBinary(), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_one_time_codes_customer_id')),
    sa.PrimaryKeyConstraint('service', 'purpose', name=op.f('pk_one_time_codes'))
    )
    op.create_index('ix_one_time_codes_customer_id', 'one_time_codes', ['customer_id'], unique=False)
    op.create_index('ix_one_time_codes_expires_at', 'one_time_codes', ['expires_at'], unique=False)
    op.create_table('orders',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('parameters', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('state', sa.Text(), server_default='placed', nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.Column('reference', sa.Text(), server_default='', nullable=False),
    sa.Column('actor', sa.Text(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('basis', sa.Text(), nullable=False),
    sa.Column('origin', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('grant_id', sa.Text(), nullable=True),
    sa.Column('placed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('finished_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
    sa.CheckConstraint("(state in ('done', 'refused')) = (finished_at is not null)", name=op.f('ck_orders_ck_orders_finished')),
    sa.CheckConstraint("state in ('placed', 'performing', 'done', 'refused', 'pending', 'unknown')", name=op.f('ck_orders_ck_orders_state')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_orders_customer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_orders')),
    sa.UniqueConstraint('key', name=op.f('uq_orders_key'))
    )
    op.create_index('ix_orders_customer_id', 'orders', ['customer_id', 'placed_at'], unique=False)
    op.create_index('ix_orders_interaction_id', 'orders', ['interaction_id'], unique=False)
    op.create_index('ix_orders_open', 'orders', ['placed_at'], unique=False, postgresql_where="state not in ('done', 'refused')")
    op.create_table('participations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.Text(), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['interaction_id'], ['interactions.id'], name=op.f('fk_participations_interaction_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_participations'))
    )
    op.create_index('ix_participations_agent_id_from_at', 'participations', ['agent_id', 'from_at'], unique=False)
    op.create_index(op.f('ix_participations_interaction_id'), 'participations', ['interaction_id'], unique=False)
    op.create_index('uq_participations_one_agent', 'participations', ['interaction_id'], unique=True, postgresql_where=sa.text("role = 'agent' and until_at is null"))
    op.create_table('routing_contacts',
    sa.Column('interaction_id', sa.Uuid(), nullable=False),
    sa.Column('desk_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=True),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('attempt', sa.Integer(), server_default='0', nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('entry_point', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=True),
    sa.Column('segment', sa.Text(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('skills', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('preferred_agent_id', sa.Uuid(), nullable=True),
    sa.Column('avoid_agent_id', sa.Uuid(), nullable=True),
    sa.Column('origin', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('rev', sa.BigInteger(), server_default='1', nullable=False),
    sa.CheckConstraint("(agent_id is not null) = (state in ('offered', 'active', 'wrap_up'))", name=op.f('ck_routing_contacts_agent_when_held')),
    sa.CheckConstraint("(left_at is null) = (state in ('waiting', 'offered', 'active', 'wrap_up'))", name=op.f('ck_routing_contacts_left_when_over')),
    sa.CheckConstraint("state in ('waiting', 'offered', 'active', 'wrap_up', 'done', 'abandoned', 'callback', 'dropped')", name=op.f('ck_routing_contacts_state_known')),
    sa.ForeignKeyConstraint(['desk_id'], ['routing_desks.id'], name=op.f('fk_routing_contacts_desk_id')),
    sa.ForeignKeyConstraint(['interaction_id'], ['interactions.id'], name=op.f('fk_routing_contacts_interaction_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('interaction_id', name=op.f('pk_routing_contacts'))
    )
    op.create_index('ix_routing_contacts_abandoned', 'routing_contacts', ['desk_id', 'left_at'], unique=False, postgresql_where=sa.text("state = 'abandoned'"))
    op.create_index('ix_routing_contacts_agent_id', 'routing_contacts', ['agent_id'], unique=False, postgresql_where=sa.text("state in ('offered', 'active', 'wrap_up')"))
    op.create_index('ix_routing_contacts_here', 'routing_contacts', ['desk_id', 'queued_at'], unique=False, postgresql_where=sa.text("state in ('waiting', 'offered', 'active', 'wrap_up')"))
    op.create_table('case_answers_given',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_answers_given_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_answers_given'))
    )
    op.create_index(op.f('ix_case_answers_given_case_id'), 'case_answers_given', ['case_id'], unique=False)
    op.create_table('case_declarations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('declared_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_declarations_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_declarations'))
    )
    op.create_index(op.f('ix_case_declarations_case_id'), 'case_declarations', ['case_id'], unique=False)
    op.create_table('case_facts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('value', sa.Text(), nullable=False),
    sa.Column('said_by', sa.Text(), nullable=False),
    sa.Column('file_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_facts_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_facts'))
    )
    op.create_index(op.f('ix_case_facts_case_id'), 'case_facts', ['case_id'], unique=False)
    op.create_index('ix_case_facts_customer_id', 'case_facts', ['customer_id', 'at'], unique=False)
    op.create_index('ix_case_facts_key_value', 'case_facts', ['key', sa.literal_column('left(value, 100)')], unique=False)
    op.create_table('case_history',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('status', sa.Text(), nullable=True),
    sa.Column('details', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_history_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_history'))
    )
    op.create_index(op.f('ix_case_history_case_id'), 'case_history', ['case_id'], unique=False)
    op.create_table('case_interactions',
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=False),
    sa.Column('linked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('linked_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_interactions_case_id')),
    sa.ForeignKeyConstraint(['interaction_id'], ['interactions.id'], name=op.f('fk_case_interactions_interaction_id')),
    sa.PrimaryKeyConstraint('case_id', 'interaction_id', name=op.f('pk_case_interactions'))
    )
    op.create_index(op.f('ix_case_interactions_interaction_id'), 'case_interactions', ['interaction_id'], unique=False)
    op.create_table('case_notes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_notes_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_notes'))
    )
    op.create_index(op.f('ix_case_notes_case_id'), 'case_notes', ['case_id'], unique=False)
    op.create_table('case_tried',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('step', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_tried_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_tried'))
    )
    op.create_index(op.f('ix_case_tried_case_id'), 'case_tried', ['case_id'], unique=False)
    op.create_table('case_words',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('said_by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_words_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_words'))
    )
    op.create_index(op.f('ix_case_words_case_id'), 'case_words', ['case_id'], unique=False)
    op.create_table('information_requests',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_information_requests_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_information_requests'))
    )
    op.create_index(op.f('ix_information_requests_case_id'), 'information_requests', ['case_id'], unique=False)
    op.create_table('promises',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('owner_id', sa.Uuid(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_promises_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_promises'))
    )
    op.create_index(op.f('ix_promises_case_id'), 'promises', ['case_id'], unique=False)
    op.create_index(op.f('ix_promises_customer_id'), 'promises', ['customer_id'], unique=False)
    op.create_index('ix_promises_owner_id_due_at', 'promises', ['owner_id', 'due_at'], unique=False)
    op.create_table('reopenings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_reopenings_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reopenings'))
    )
    op.create_index(op.f('ix_reopenings_case_id'), 'reopenings', ['case_id'], unique=False)
    op.create_table('resolutions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.CheckConstraint("kind in ('remedied', 'explained', 'withdrawn', 'merged', 'regulator')", name=op.f('ck_resolutions_kind_known')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_resolutions_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_resolutions'))
    )
    op.create_index(op.f('ix_resolutions_case_id'), 'resolutions', ['case_id'], unique=False)
    op.create_table('routing_assignments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('desk_id', sa.Uuid(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('waited_seconds', sa.Float(), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('released_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('why', sa.Text(), nullable=True),
    sa.CheckConstraint('(until_at is null) = (why is null)', name=op.f('ck_routing_assignments_why_when_over')),
    sa.ForeignKeyConstraint(['interaction_id'], ['routing_contacts.interaction_id'], name=op.f('fk_routing_assignments_interaction_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_routing_assignments'))
    )
    op.create_index('ix_routing_assignments_agent_id_until_at', 'routing_assignments', ['agent_id', 'until_at'], unique=False)
    op.create_index('ix_routing_assignments_desk_id_from_at', 'routing_assignments', ['desk_id', 'from_at'], unique=False)
    op.create_index('ix_routing_assignments_desk_id_until_at', 'routing_assignments', ['desk_id', 'until_at'], unique=False)
    op.create_index('uq_routing_assignments_open', 'routing_assignments', ['interaction_id'], unique=True, postgresql_where=sa.text('until_at is null'))
    op.create_table('routing_offers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('desk_id', sa.Uuid(), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('epoch', sa.BigInteger(), nullable=False),
    sa.CheckConstraint("(ended_at is null) = (state = 'live')", name=op.f('ck_routing_offers_ended_unless_live')),
    sa.CheckConstraint("state in ('live', 'accepted', 'missed', 'declined', 'withdrawn', 'abandoned', 'callback', 'dropped')", name=op.f('ck_routing_offers_state_known')),
    sa.ForeignKeyConstraint(['interaction_id'], ['routing_contacts.interaction_id'], name=op.f('fk_routing_offers_interaction_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_routing_offers'))
    )
    op.create_index('ix_routing_offers_agent_live', 'routing_offers', ['agent_id'], unique=False, postgresql_where=sa.text("state = 'live'"))
    op.create_index('ix_routing_offers_interaction_id', 'routing_offers', ['interaction_id'], unique=False)
    op.create_index('uq_routing_offers_live', 'routing_offers', ['interaction_id'], unique=True, postgresql_where=sa.text("state = 'live'"))
    op.create_table('case_fact_withdrawals',
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['fact_id'], ['case_facts.id'], name=op.f('fk_case_fact_withdrawals_fact_id')),
    sa.PrimaryKeyConstraint('fact_id', name=op.f('pk_case_fact_withdrawals'))
    )
    op.create_table('confirmations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('resolution_id', sa.Uuid(), nullable=False),
    sa.Column('solved', sa.Text(), nullable=False),
    sa.Column('words', sa.Text(), nullable=False),
    sa.CheckConstraint("solved in ('yes', 'no')", name=op.f('ck_confirmations_solved_known')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_confirmations_case_id')),
    sa.ForeignKeyConstraint(['resolution_id'], ['resolutions.id'], name=op.f('fk_confirmations_resolution_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_confirmations')),
    sa.UniqueConstraint('resolution_id', name=op.f('uq_confirmations_resolution_id'))
    )
    op.create_index(op.f('ix_confirmations_case_id'), 'confirmations', ['case_id'], unique=False)
    op.create_table('information_request_items',
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('position', sa.SmallInteger(), nullable=False),
    sa.Column('wording', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['request_id'], ['information_requests.id'], name=op.f('fk_information_request_items_request_id')),
    sa.PrimaryKeyConstraint('request_id', 'key', name=op.f('pk_information_request_items'))
    )
    op.create_table('information_request_withdrawals',
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['request_id'], ['information_requests.id'], name=op.f('fk_information_request_withdrawals_request_id')),
    sa.PrimaryKeyConstraint('request_id', name=op.f('pk_information_request_withdrawals'))
    )
    op.create_table('promise_breaches',
    sa.Column('promise_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['promise_id'], ['promises.id'], name=op.f('fk_promise_breaches_promise_id')),
    sa.PrimaryKeyConstraint('promise_id', name=op.f('pk_promise_breaches'))
    )
    op.create_table('promise_keepings',
    sa.Column('promise_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('how', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['promise_id'], ['promises.id'], name=op.f('fk_promise_keepings_promise_id')),
    sa.PrimaryKeyConstraint('promise_id', name=op.f('pk_promise_keepings'))
    )
    op.create_table('verifications',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('resolution_id', sa.Uuid(), nullable=False),
    sa.Column('condition', sa.Text(), nullable=False),
    sa.Column('outcome', sa.Text(), nullable=False),
    sa.Column('evidence', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.CheckConstraint("outcome in ('passed', 'failed', 'unknown')", name=op.f('ck_verifications_outcome_known')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_verifications_case_id')),
    sa.ForeignKeyConstraint(['resolution_id'], ['resolutions.id'], name=op.f('fk_verifications_resolution_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_verifications'))
    )
    op.create_index(op.f('ix_verifications_case_id'), 'verifications', ['case_id'], unique=False)
    op.create_index(op.f('ix_verifications_resolution_id'), 'verifications', ['resolution_id'], unique=False)
    op.create_table('information_answers',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('request_id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('fact_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['fact_id'], ['case_facts.id'], name=op.f('fk_information_answers_fact_id')),
    sa.ForeignKeyConstraint(['request_id', 'key'], ['information_request_items.request_id', 'information_request_items.key'], name=op.f('fk_information_answers_request_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_information_answers'))
    )
    op.create_index('ix_information_answers_request_id_key', 'information_answers', ['request_id', 'key'], unique=False)
