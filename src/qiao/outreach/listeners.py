"""What outreach hears: what becomes of the contacts that its callbacks are tried in, and of orders."""

from typing import Final

from qiao import customers, interactions, post
from qiao.catalogue import OrderDone, OrderRefused
from qiao.interactions import InteractionEnded, InteractionWrappedUp, MessageSaid
from qiao.kernel.events import Event
from qiao.kernel.origin import Origin
from qiao.outreach.callback_rows import callback_of_contact
from qiao.outreach.calling import answered, settle_attempt
from qiao.outreach.holding import release_callbacks
from qiao.outreach.late import on_order_over
from qiao.platform.database import Transaction
from qiao.platform.room import Hears
from qiao.routing import ContactAnswered

NOT_REACHED: Final = frozenset({"no_answer"})
"""Dispositions after which the customer is still owed his call."""


async def on_contact_answered(tx: Transaction, event: ContactAnswered) -> None:
    """An agent took the contact of an attempt."""
    await answered(tx, interaction_id=event.interaction_id, agent_id=event.agent_id)


async def on_wrapped_up(tx: Transaction, event: InteractionWrappedUp) -> None:
    """What the agent wrote down says whether the customer was reached."""
    outcome = "no_answer" if event.disposition in NOT_REACHED else "reached"
    await settle_attempt(tx, interaction_id=event.interaction_id, outcome=outcome)  # type: ignore[arg-type]


async def on_ended(tx: Transaction, event: InteractionEnded) -> None:
    """A contact that ended with no agent was cut off: it is tried again. What his own call held back is decided.

    Where he did not pick up, the line knows it: that counts, whatever is written up afterwards, and if nothing is.
    """
    if event.reason in interactions.NOT_REACHED:
        await settle_attempt(tx, interaction_id=event.interaction_id, outcome="no_answer")
    elif event.agent_id is None:
        await settle_attempt(tx, interaction_id=event.interaction_id, outcome="dropped")
    await release_callbacks(tx, interaction_id=event.interaction_id, talked=event.agent_id is not None)


async def on_message_said(tx: Transaction, event: MessageSaid) -> None:
    """What the agent writes in a callback carried by text leaves as a text."""
    if event.author_kind != "agent":
        return
    owed = await callback_of_contact(tx, event.interaction_id)
    if owed is None or owed.service.kind != "mobile":
        return
    said = await interactions.messages_after(tx, event.interaction_id, event.seq - 1, limit=1)
    if said and said[0].text and await customers.holds(tx, owed.customer_id, owed.service):
        await post.send(
            tx,
            purpose="outreach.talk",
            recipient=owed.service,
            text=said[0].text,
            language=owed.language,
            key=str(event.message_id),
            origin=Origin("sms", event.interaction_id, f"agent:{said[0].author_id}"),
            priority="urgent",
        )


HEARS: Final[dict[type[Event], Hears]] = {
    ContactAnswered: on_contact_answered,
    InteractionWrappedUp: on_wrapped_up,
    InteractionEnded: on_ended,
    MessageSaid: on_message_said,
    OrderDone: on_order_over,
    OrderRefused: on_order_over,
}
