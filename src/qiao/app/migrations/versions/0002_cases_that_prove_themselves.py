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
