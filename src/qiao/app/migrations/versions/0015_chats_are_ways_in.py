"""Chats are entry points like service numbers: flow, language, names and unit move there.

Revision 0015, after 0014.
"""

from alembic import op

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Forward only."""
    op.execute(
        """
        insert into routing_entry_points (number, code, names, channels, brand, language, display_number, flow, unit_id)
        select key, entry_point, jsonb_build_object('en', coalesce(nullif(name, ''), key)), '["chat"]'::jsonb, '',
               language, '', flow, unit_id
        from chat_sites on conflict (number) do nothing
        """
    )
    for column in ('name', 'entry_point', 'unit_id', 'language', 'flow'):
        op.drop_column('chat_sites', column)
