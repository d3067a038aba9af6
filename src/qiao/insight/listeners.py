"""What insight hears of contacts, flows and orders; each is worked out anew from what is on record."""

from collections.abc import Sequence
from typing import Any, Final

from qiao.assist import QuickerWayDone, QuickerWayShown, QuickerWayTaken
from qiao.catalogue import OrderDone, OrderPlaced
from qiao.insight.answers import note_asked, note_over
from qiao.insight.operations import Note, note_all, notes_of_flow, notes_of_orders
from qiao.insight.ways import note_way
from qiao.interactions import CustomerIdentified, InteractionAssigned, InteractionEnded, InteractionQueued
from qiao.kernel.events import Event
from qiao.outreach import CampaignAnswered
from qiao.platform.database import Transaction
from qiao.platform.room import Hears
from qiao.selfservice import FlowEnded, FlowHandedOver


async def on_one(tx: Transaction, event: Any) -> None:
    """A contact has moved on, or an order or a flow tells what it was about."""
    await on_all(tx, [event])


async def on_campaign_answered(tx: Transaction, event: CampaignAnswered) -> None:
    """A customer texted a campaign's code."""
    await note_way(
        tx,
        way_id=event.answer_id,
        at=event.at,
        kind="campaign",
        name=event.code,
        service=event.service,
        channel=event.channel,
        taken=1,
    )


async def on_quicker_way(tx: Transaction, event: QuickerWayShown | QuickerWayTaken | QuickerWayDone) -> None:
    """A quicker way was offered, taken, or did what was wanted."""
    await note_way(
        tx,
        way_id=event.offer_id,
        at=event.at,
        kind="offer",
        name="",
        service=event.service,
        channel=event.channel,
        shown=1,
        taken=int(isinstance(event, QuickerWayTaken | QuickerWayDone)),
        done=int(isinstance(event, QuickerWayDone)),
    )


async def on_all(tx: Transaction, events: Sequence[Any]) -> None:
    """Many at once: what they tell of contacts is worked out together."""
    heard = [(event.order_id, isinstance(event, OrderDone)) for event in events if isinstance(event, _OF_ORDERS)]
    notes = await notes_of_orders(tx, heard)
    for event in events:
        if isinstance(event, FlowEnded | FlowHandedOver):
            notes += await notes_of_flow(tx, event.session_id)
        elif isinstance(event, CustomerIdentified):  # one that has only begun is counted when it moves on: once
            notes += [Note(event.interaction_id)] if event.previous_id is not None else []
        elif isinstance(event, InteractionQueued | InteractionAssigned | InteractionEnded):
            notes.append(Note(event.interaction_id))
        elif (way := _WAYS.get(type(event))) is not None:
            await way(tx, event)
    await note_all(tx, notes)
    await _note_answers(tx, events)


async def _note_answers(tx: Transaction, events: Sequence[Any]) -> None:
    """Who asked for a person, and whose contact is over."""
    asked = {event.interaction_id for event in events if isinstance(event, InteractionQueued)}
    over = {event.interaction_id for event in events if isinstance(event, InteractionEnded)}
    if asked:
        await note_asked(tx, asked)
    if over:
        await note_over(tx, over)


_OF_ORDERS: Final = OrderPlaced | OrderDone
_WAYS: Final[dict[type[Event], Hears]] = {
    CampaignAnswered: on_campaign_answered,
    QuickerWayShown: on_quicker_way,
    QuickerWayTaken: on_quicker_way,
    QuickerWayDone: on_quicker_way,
}
_OF_CONTACTS: Final[tuple[type[Event], ...]] = (
    *(InteractionQueued, InteractionAssigned, InteractionEnded, CustomerIdentified),
    *(OrderPlaced, OrderDone, FlowEnded, FlowHandedOver),
)
HEARS: Final[dict[type[Event], Hears]] = {**dict.fromkeys(_OF_CONTACTS, on_one), **_WAYS}
