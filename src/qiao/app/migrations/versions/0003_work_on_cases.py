"""Work on cases: what came back stands first, and more.

Revision 0003, after 0002.
"""

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:  # noqa: PLR0915 - one statement a table
    """Forward only."""
    op.create_table('case_steps',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_steps_case_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_case_steps'))
    )
    op.create_index(op.f('ix_case_steps_case_id'), 'case_steps', ['case_id'], unique=False)
    op.create_table('case_texts',
    sa.Column('notice_id', sa.Uuid(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('template', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['case_id'], ['cases.id'], name=op.f('fk_case_texts_case_id')),
    sa.PrimaryKeyConstraint('notice_id', name=op.f('pk_case_texts'))
    )
    op.create_index('ix_case_texts_case_id_at', 'case_texts', ['case_id', 'at'], unique=False)
    op.create_table('case_step_endings',
    sa.Column('step_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('by', sa.Text(), nullable=False),
    sa.Column('interaction_id', sa.Uuid(), nullable=True),
    sa.Column('how', sa.Text(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.CheckConstraint("how in ('done', 'dropped')", name=op.f('ck_case_step_endings_how_known')),
    sa.ForeignKeyConstraint(['step_id'], ['case_steps.id'], name=op.f('fk_case_step_endings_step_id')),
    sa.PrimaryKeyConstraint('step_id', name=op.f('pk_case_step_endings'))
    )
    op.add_column('case_categories', sa.Column('text', sa.Text(), server_default='', nullable=False))
    op.add_column('case_categories', sa.Column('by', sa.Text(), server_default='', nullable=False))
    op.add_column('case_clock_books', sa.Column('text', sa.Text(), server_default='', nullable=False))
    op.add_column('cases', sa.Column('listed_at', sa.DateTime(timezone=True), sa.Computed('coalesce(returned_at, opened_at)', persisted=True), nullable=True))
    op.drop_index(op.f('ix_cases_desk_id_live'), table_name='cases', postgresql_where="(status <> 'closed'::text)")
    op.drop_index(op.f('ix_cases_owner_id_live'), table_name='cases', postgresql_where="(status <> 'closed'::text)")
    op.drop_index(op.f('ix_cases_red_since'), table_name='cases', postgresql_where="((red_since IS NOT NULL) AND (status <> 'closed'::text))")
    op.drop_index(op.f('ix_cases_returned_at'), table_name='cases', postgresql_where='(returned_at IS NOT NULL)')
    op.drop_index(op.f('ix_cases_unit_id_live'), table_name='cases', postgresql_where="(status <> 'closed'::text)")
    op.drop_index(op.f('ix_cases_unit_id_opened_at'), table_name='cases')
    op.create_index('ix_cases_desk_id_listed_live', 'cases', ['desk_id', sa.literal_column('listed_at desc'), sa.literal_column('id desc')], unique=False, postgresql_where=sa.text("status <> 'closed'"))
    op.create_index('ix_cases_owner_id_listed_live', 'cases', ['owner_id', sa.literal_column('listed_at desc'), sa.literal_column('id desc')], unique=False, postgresql_where=sa.text("status <> 'closed'"))
    op.create_index('ix_cases_resolved', 'cases', ['id'], unique=False, postgresql_where=sa.text("status = 'resolved'"))
    op.create_index('ix_cases_unit_id_listed_at', 'cases', ['unit_id', sa.literal_column('listed_at desc'), sa.literal_column('id desc')], unique=False)
    op.create_index('ix_cases_unit_id_listed_live', 'cases', ['unit_id', sa.literal_column('listed_at desc'), sa.literal_column('id desc')], unique=False, postgresql_where=sa.text("status <> 'closed'"))
    op.create_index('ix_cases_unit_id_listed_red', 'cases', ['unit_id', sa.literal_column('listed_at desc'), sa.literal_column('id desc')], unique=False, postgresql_where=sa.text("red_since is not null and status <> 'closed'"))
    op.add_column('compensation_limits', sa.Column('text', sa.Text(), server_default='', nullable=False))
