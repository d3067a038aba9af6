"""What happens on the pages while nobody looks at them: a contact ends."""

from typing import Final

from qiao import interactions
from qiao.kernel.ids import InteractionId
from qiao.platform.database import Transaction

CHANNEL: Final = "web"


async def close(tx: Transaction, *, interaction_id: InteractionId, reason: str) -> None:
    """End the contact of a flow on the pages; ended before, it stays as it is."""
    await interactions.end_interaction(tx, interaction_id=interaction_id, reason=reason)
