"""What was tried in a contact before the agent took it, and what a flow filled of a case's form."""

from qiao import selfservice
from qiao.desk.access import ContactAccess
from qiao.kernel.languages import nearest
from qiao.platform.database import Transaction
from qiao.selfservice import TriedLine


async def tried_here(tx: Transaction, access: ContactAccess, language: str) -> list[TriedLine]:
    """What was tried in this contact before: by the assistant, in a menu, or in a flow with an agent."""
    running = await selfservice.session_of_contact(tx, access.interaction.id)
    return await selfservice.tried_in(tx, running, nearest(language)) if running is not None else []


async def filled_here(tx: Transaction, access: ContactAccess) -> dict[str, str]:
    """The fields of a case form that the flow of this contact has filled."""
    running = await selfservice.session_of_contact(tx, access.interaction.id)
    filled = running.session.filled if running is not None else {}
    plain = {name: ("yes" if value else "no") if isinstance(value, bool) else value for name, value in filled.items()}
    return {name: value for name, value in plain.items() if isinstance(value, str) and value}
