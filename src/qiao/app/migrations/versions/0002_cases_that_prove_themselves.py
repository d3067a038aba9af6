"""proof.

Revision 0002, after 0001.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql
revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - one statement a table
    """Forward only."""
    op.create_table('case_clock_books',
    sa.Column('version', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('digest', sa.Text(), nullable=False),
    sa.Column('source', sa.Text(), nullable=False),
    sa.Column('definition', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.CheckConstraint("source in ('built_in', 'edited')", name=op.f('ck_case_clock_books_source_known')),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_case_clock_books')),
    sa.UniqueConstraint('digest', name=op.f('uq_case_clock_books_digest'))
    )
    op.create_table('case_views',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('condition', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('shared', sa.Text(), server_default='no', nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("shared in ('no', 'unit')", name=op.f('ck_case_views_shared_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_views')),
    sa.UniqueConstraint('agent_id', 'name', name=op.f('uq_case_views_agent_id_name'))
    )
    op.create_index(op.f('ix_case_views_agent_id'), 'case_views', ['agent_id'], unique=False)
    op.create_table('compensation_grants',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('matter', sa.Text(), nullable=False),
    sa.Column('severity', sa.SmallInteger(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('target', sa.Text(), nullable=False),
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('charge', sa.Text(), server_default='', nullable=False),
    sa.Column('minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('rank', sa.Text(), nullable=False),
    sa.Column('limit_minor', sa.BigInteger(), nullable=False),
    sa.Column('within', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('minor > 0', name=op.f('ck_compensation_grants_some_money')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_compensation_grants')),
    sa.UniqueConstraint('key', name=op.f('uq_compensation_grants_key'))
    )
    op.create_index('ix_compensation_grants_agent_id', 'compensation_grants', ['agent_id', 'at'], unique=False)
    op.create_index('ix_compensation_grants_asked', 'compensation_grants', ['at'], unique=False, postgresql_where='not within')
    op.create_index('ix_compensation_grants_customer_id', 'compensation_grants', ['customer_id', 'at'], unique=False)
    op.create_index('ix_compensation_grants_matter', 'compensation_grants', ['matter'], unique=False)
    op.create_table('compensation_limits',
    sa.Column('version', sa.Integer(), sa.Identity(always=False), nullable=False),
    sa.Column('definition', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('version', name=op.f('pk_compensation_limits'))
    )
    op.create_table('compensation_own_customers',
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('relation', sa.Text(), nullable=False),
    sa.Column('declared_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.CheckConstraint("relation in ('self', 'family')", name=op.f('ck_compensation_own_customers_relation_known')),
    sa.PrimaryKeyConstraint('agent_id', 'customer_id', name=op.f('pk_compensation_own_customers'))
    )
    op.create_table('outreach_callbacks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('from_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('zone', sa.Text(), nullable=False),
    sa.Column('matter', sa.Text(), nullable=False),
    sa.Column('desk_id', sa.Uuid(), nullable=False),
    sa.Column('preferred_agent_id', sa.Uuid(), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('segment', sa.Text(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('promised_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('promised_by', sa.Text(), nullable=False),
    sa.Column('waiting_since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('origin', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('missed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_how', sa.Text(), nullable=True),
    sa.Column('ended_by', sa.Text(), nullable=True),
    sa.CheckConstraint("ended_how is null or ended_how in ('done', 'withdrawn')", name=op.f('ck_outreach_callbacks_ending_known')),
    sa.CheckConstraint('(ended_at is null) = (ended_how is null)', name=op.f('ck_outreach_callbacks_ended_somehow')),
    sa.CheckConstraint('from_at < until_at', name=op.f('ck_outreach_callbacks_window_is_one')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outreach_callbacks')),
    sa.UniqueConstraint('customer_id', 'key', name=op.f('uq_outreach_callbacks_customer_id_key'))
    )
    op.create_index('ix_outreach_callbacks_customer_id', 'outreach_callbacks', ['customer_id'], unique=False)
    op.create_index('ix_outreach_callbacks_matter', 'outreach_callbacks', ['matter'], unique=False)
    op.create_index('ix_outreach_callbacks_owed', 'outreach_callbacks', ['desk_id', 'from_at'], unique=False, postgresql_where=sa.text('ended_at is null'))
    op.create_table('outreach_consents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('given', sa.Boolean(), nullable=False),
    sa.Column('by_stop_word', sa.Boolean(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('proof', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outreach_consents'))
    )
    op.create_index('ix_outreach_consents_customer_id', 'outreach_consents', ['customer_id', 'at', 'id'], unique=False)
    op.create_table('outreach_notices',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('channel', sa.Text(), nullable=False),
    sa.Column('purpose', sa.Text(), nullable=False),
    sa.Column('template', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('language', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('matter', sa.Text(), nullable=False),
    sa.Column('origin', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('emergency_right', sa.Boolean(), nullable=False),
    sa.Column('asked_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('hold_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('state', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('message_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint("(state = 'held') = (settled_at is null)", name=op.f('ck_outreach_notices_held_until_settled')),
    sa.CheckConstraint("(state = 'sent') = (message_id is not null)", name=op.f('ck_outreach_notices_sent_by_post')),
    sa.CheckConstraint("state in ('sent', 'held', 'refused')", name=op.f('ck_outreach_notices_state_known')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outreach_notices')),
    sa.UniqueConstraint('customer_id', 'key', name=op.f('uq_outreach_notices_customer_id_key'))
    )
    op.create_index('ix_outreach_notices_matter', 'outreach_notices', ['matter', 'asked_at'], unique=False, postgresql_where=sa.text("matter <> ''"))
    op.create_index('ix_outreach_notices_sent', 'outreach_notices', ['customer_id', 'settled_at'], unique=False, postgresql_where=sa.text("state = 'sent'"))
    op.create_table('outreach_recipients',
    sa.Column('customer_id', sa.Uuid(), nullable=False),
    sa.Column('zone', sa.Text(), nullable=True),
    sa.PrimaryKeyConstraint('customer_id', name=op.f('pk_outreach_recipients'))
    )
    op.create_table('outreach_templates',
    sa.Column('code', sa.Text(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('texts', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('kept_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('kept_by', sa.Text(), nullable=False),
    sa.PrimaryKeyConstraint('code', 'version', name=op.f('pk_outreach_templates'))
    )
    op.create_table('post_texts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('sender', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('received_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_post_texts')),
    sa.UniqueConstraint('key', name=op.f('uq_post_texts_key'))
    )
    op.create_index('ix_post_texts_sender', 'post_texts', ['sender', 'received_at'], unique=False)
    op.create_table('charge_holds',
    sa.Column('service', sa.Text(), nullable=False),
    sa.Column('month', sa.Text(), nullable=False),
    sa.Column('line_ref', sa.Text(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('service', 'month', 'line_ref', 'since', name=op.f('pk_charge_holds')),
    schema='sandbox'
    )
    op.create_index('ux_sandbox_charge_holds_open', 'charge_holds', ['service', 'month', 'line_ref'], unique=True, schema='sandbox', postgresql_where='until is null')
    op.create_table('compensation_decisions',
    sa.Column('grant_id', sa.Uuid(), nullable=False),
    sa.Column('approved', sa.Boolean(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['grant_id'], ['compensation_grants.id'], name=op.f('fk_compensation_decisions_grant_id')),
    sa.PrimaryKeyConstraint('grant_id', name=op.f('pk_compensation_decisions'))
    )
    op.create_table('compensation_spendings',
    sa.Column('grant_id', sa.Uuid(), nullable=False),
    sa.Column('order_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['grant_id'], ['compensation_grants.id'], name=op.f('fk_compensation_spendings_grant_id')),
    sa.PrimaryKeyConstraint('grant_id', name=op.f('pk_compensation_spendings')),
    sa.UniqueConstraint('order_id', name=op.f('uq_compensation_spendings_order_id'))
    )
    op.create_table('compensation_take_backs',
    sa.Column('grant_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['grant_id'], ['compensation_grants.id'], name=op.f('fk_compensation_take_backs_grant_id')),
    sa.PrimaryKeyConstraint('grant_id', name=op.f('pk_compensation_take_backs'))
    )
    op.create_table('outreach_callback_attempts',
    sa.Column('callback_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=False),
    sa.Column('queued_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('outcome', sa.Text(), nullable=True),
    sa.Column('settled_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("outcome is null or outcome in ('reached', 'no_answer', 'dropped')", name=op.f('ck_outreach_callback_attempts_outcome_known')),
    sa.CheckConstraint('(outcome is null) = (settled_at is null)', name=op.f('ck_outreach_callback_attempts_outcome_when_settled')),
    sa.ForeignKeyConstraint(['callback_id'], ['outreach_callbacks.id'], name=op.f('fk_outreach_callback_attempts_callback_id')),
    sa.ForeignKeyConstraint(['interaction_id'], ['interactions.id'], name=op.f('fk_outreach_callback_attempts_interaction_id')),
    sa.PrimaryKeyConstraint('callback_id', 'number', name=op.f('pk_outreach_callback_attempts')),
    sa.UniqueConstraint('interaction_id', name=op.f('uq_outreach_callback_attempts_interaction_id'))
    )
    op.create_index('uq_outreach_callback_attempts_open', 'outreach_callback_attempts', ['callback_id'], unique=True, postgresql_where=sa.text('outcome is null'))
    op.create_table('case_charges',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('month', sa.Text(), nullable=False),
    sa.Column('line_ref', sa.Text(), nullable=False),
    sa.Column('provider_code', sa.Text(), nullable=True),
    sa.Column('names', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('minor', sa.BigInteger(), nullable=False),
    sa.Column('currency', sa.Text(), nullable=False),
    sa.Column('charged_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('issued', sa.Text(), nullable=False),
    sa.Column('hold_order_id', sa.Uuid(), nullable=True),
    sa.Column('hold_key', sa.Text(), nullable=True),
    sa.CheckConstraint("issued in ('yes', 'no')", name=op.f('ck_case_charges_issued_known')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_charges_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_charges')),
    sa.UniqueConstraint('case_id', 'month', 'line_ref', name=op.f('uq_case_charges_case_id_month_line_ref'))
    )
    op.create_index(op.f('ix_case_charges_case_id'), 'case_charges', ['case_id'], unique=False)
    op.create_table('case_clocks',
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('book', sa.Integer(), nullable=False),
    sa.Column('calendar', sa.Text(), nullable=False),
    sa.Column('target_seconds', sa.Double(), nullable=False),
    sa.Column('steps', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('used_seconds', sa.Double(), server_default='0', nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('steps_done', sa.SmallInteger(), server_default='0', nullable=False),
    sa.Column('met_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('breached_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('breach_at', sa.DateTime(timezone=True), nullable=True),
    sa.CheckConstraint("kind in ('first_answer', 'next_update', 'solution')", name=op.f('ck_case_clocks_kind_known')),
    sa.ForeignKeyConstraint(['book'], ['case_clock_books.version'], name=op.f('fk_case_clocks_book')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_clocks_case_id')),
    sa.PrimaryKeyConstraint('case_id', 'kind', name=op.f('pk_case_clocks'))
    )
    op.create_index('ix_case_clocks_due_at', 'case_clocks', ['due_at'], unique=False, postgresql_where='due_at is not null')
    op.create_table('case_files',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('file_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('media_type', sa.Text(), nullable=False),
    sa.Column('bytes', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_files_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_files'))
    )
    op.create_index(op.f('ix_case_files_case_id'), 'case_files', ['case_id'], unique=False)
    op.create_table('case_relations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('other_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.CheckConstraint("kind in ('related', 'child_of', 'merged_into', 'split_from')", name=op.f('ck_case_relations_kind_known')),
    sa.CheckConstraint('case_id <> other_id', name=op.f('ck_case_relations_two_cases')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_relations_case_id')),
    sa.ForeignKeyConstraint(['other_id'], ['cases.id'], name=op.f('fk_case_relations_other_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_relations')),
    sa.UniqueConstraint('case_id', 'other_id', 'kind', name=op.f('uq_case_relations_case_id_other_id_kind'))
    )
    op.create_index(op.f('ix_case_relations_case_id'), 'case_relations', ['case_id'], unique=False)
    op.create_index(op.f('ix_case_relations_other_id'), 'case_relations', ['other_id'], unique=False)
    op.create_index('ux_case_relations_merged', 'case_relations', ['case_id'], unique=True, postgresql_where="kind = 'merged_into'")
    op.create_index('ux_case_relations_parent', 'case_relations', ['case_id'], unique=True, postgresql_where="kind = 'child_of'")
    op.create_table('case_sightings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.Text(), nullable=False),
    sa.Column('ref', sa.Text(), nullable=False),
    sa.Column('evidence', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.CheckConstraint("kind in ('subscription', 'charge')", name=op.f('ck_case_sightings_kind_known')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_sightings_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_sightings')),
    sa.UniqueConstraint('case_id', 'kind', 'ref', name=op.f('uq_case_sightings_case_id_kind_ref'))
    )
    op.create_index(op.f('ix_case_sightings_case_id'), 'case_sightings', ['case_id'], unique=False)
    op.create_table('case_stages',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('move', sa.Text(), nullable=False),
    sa.Column('stage', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_stages_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_stages'))
    )
    op.create_index(op.f('ix_case_stages_case_id'), 'case_stages', ['case_id'], unique=False)
    op.create_table('case_wakings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_wakings_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_wakings'))
    )
    op.create_index(op.f('ix_case_wakings_case_id'), 'case_wakings', ['case_id'], unique=False)
    op.create_table('case_watchers',
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('agent_id', sa.Uuid(), nullable=False),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('because', sa.Text(), nullable=False),
    sa.Column('seen_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_watchers_case_id')),
    sa.PrimaryKeyConstraint('case_id', 'agent_id', name=op.f('pk_case_watchers'))
    )
    op.create_index('ix_case_watchers_agent_id', 'case_watchers', ['agent_id', 'since'], unique=False)
    op.create_table('case_watches',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('service_id', sa.Text(), nullable=False),
    sa.Column('until_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('looked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('looks', sa.Integer(), server_default='0', nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_why', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_watches_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_watches')),
    sa.UniqueConstraint('case_id', name=op.f('uq_case_watches_case_id'))
    )
    op.create_index(op.f('ix_case_watches_case_id'), 'case_watches', ['case_id'], unique=False)
    op.create_table('platform_confirmations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('reference', sa.Text(), nullable=False),
    sa.Column('what', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_platform_confirmations_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_platform_confirmations')),
    sa.UniqueConstraint('case_id', 'reference', name=op.f('uq_platform_confirmations_case_id_reference'))
    )
    op.create_index(op.f('ix_platform_confirmations_case_id'), 'platform_confirmations', ['case_id'], unique=False)
    op.create_table('case_checks',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('resolution_id', sa.Uuid(), nullable=False),
    sa.Column('condition', sa.Text(), nullable=False),
    sa.Column('checker', sa.Text(), nullable=False),
    sa.Column('asks', postgresql.JSONB(astext_type=sa.Text()), server_default='{}', nullable=False),
    sa.Column('names', postgresql.JSONB(astext_type=sa.Text()), nullable=False),
    sa.Column('month', sa.Text(), server_default='', nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('tries', sa.Integer(), server_default='0', nullable=False),
    sa.Column('looked_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('reason', sa.Text(), server_default='', nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_checks_case_id')),
    sa.ForeignKeyConstraint(['resolution_id'], ['resolutions.id'], name=op.f('fk_case_checks_resolution_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_checks')),
    sa.UniqueConstraint('resolution_id', 'condition', name=op.f('uq_case_checks_resolution_id_condition'))
    )
    op.create_index(op.f('ix_case_checks_case_id'), 'case_checks', ['case_id'], unique=False)
    op.create_index('ix_case_checks_expired_at', 'case_checks', ['case_id'], unique=False, postgresql_where=sa.text('expired_at is not null'))
    op.create_index('ix_case_checks_resolution_id', 'case_checks', ['resolution_id'], unique=False)
    op.create_table('case_dormancies',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('resolution_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_dormancies_case_id')),
    sa.ForeignKeyConstraint(['resolution_id'], ['resolutions.id'], name=op.f('fk_case_dormancies_resolution_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_dormancies'))
    )
    op.create_index(op.f('ix_case_dormancies_case_id'), 'case_dormancies', ['case_id'], unique=False)
    op.create_table('case_ratings',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('resolution_id', sa.Uuid(), nullable=False),
    sa.Column('stars', sa.SmallInteger(), nullable=False),
    sa.Column('words', sa.Text(), server_default='', nullable=False),
    sa.CheckConstraint('stars between 1 and 5', name=op.f('ck_case_ratings_stars_known')),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_ratings_case_id')),
    sa.ForeignKeyConstraint(['resolution_id'], ['resolutions.id'], name=op.f('fk_case_ratings_resolution_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_ratings')),
    sa.UniqueConstraint('resolution_id', name=op.f('uq_case_ratings_resolution_id'))
    )
    op.create_index(op.f('ix_case_ratings_case_id'), 'case_ratings', ['case_id'], unique=False)
    op.create_table('confirmation_questions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('resolution_id', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Uuid(), nullable=True),
    sa.Column('service_id', sa.Text(), nullable=True),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_confirmation_questions_case_id')),
    sa.ForeignKeyConstraint(['resolution_id'], ['resolutions.id'], name=op.f('fk_confirmation_questions_resolution_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_confirmation_questions')),
    sa.UniqueConstraint('resolution_id', name=op.f('uq_confirmation_questions_resolution_id'))
    )
    op.create_index(op.f('ix_confirmation_questions_case_id'), 'confirmation_questions', ['case_id'], unique=False)
    op.create_index('ix_confirmation_questions_service_id', 'confirmation_questions', ['service_id', 'at'], unique=False)
    op.create_table('resolution_causes',
    sa.Column('resolution_id', sa.Uuid(), nullable=False),
    sa.Column('cause', sa.Text(), nullable=False),
    sa.Column('system', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['resolution_id'], ['resolutions.id'], name=op.f('fk_resolution_causes_resolution_id')),
    sa.PrimaryKeyConstraint('resolution_id', name=op.f('pk_resolution_causes'))
    )
    op.create_index(op.f('ix_resolution_causes_cause'), 'resolution_causes', ['cause'], unique=False)
    op.create_table('confirmation_steps',
    sa.Column('question_id', sa.Uuid(), nullable=False),
    sa.Column('step', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('outcome', sa.Text(), server_default='', nullable=False),
    sa.CheckConstraint("step in ('asked', 'reminder', 'call', 'dormant')", name=op.f('ck_confirmation_steps_step_known')),
    sa.ForeignKeyConstraint(['question_id'], ['confirmation_questions.id'], name=op.f('fk_confirmation_steps_question_id')),
    sa.PrimaryKeyConstraint('question_id', 'step', name=op.f('pk_confirmation_steps'))
    )
    op.add_column('cases', sa.Column('returned_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_cases_customer_id_dormant', 'cases', ['customer_id'], unique=False, postgresql_where=sa.text("status = 'dormant'"))
    op.create_index('ix_cases_returned_at', 'cases', ['returned_at'], unique=False, postgresql_where=sa.text('returned_at is not null'))
    op.add_column('confirmations', sa.Column('channel', sa.Text(), server_default='', nullable=False))
