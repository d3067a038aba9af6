"""What the chat does when something happens to a conversation below it."""

from qiao.channels.chat import operations
from qiao.interactions import InteractionAssigned, InteractionEnded, MessageSaid
from qiao.platform.database import Transaction


async def on_message_said(tx: Transaction, event: MessageSaid) -> None:
    """The clock of silence starts or stops."""
    if event.author_kind != "system" and event.channel in {"", "chat"}:
        await operations.watch_silence(tx, interaction_id=event.interaction_id)


async def on_interaction_assigned(tx: Transaction, event: InteractionAssigned) -> None:
    """The customer is told who is there."""
    await operations.greet(tx, interaction_id=event.interaction_id)


async def on_interaction_ended(tx: Transaction, event: InteractionEnded) -> None:
    """Its clocks stop."""
    if event.channel == "chat":
        await operations.quiet(tx, interaction_id=event.interaction_id)
