"""Orders of the catalogue on the timeline: one line for each, that says how it stands."""

from collections.abc import Sequence
from typing import Final

from qiao.catalogue import OrderDone, OrderPending, OrderPlaced, OrderRefused, OrderUnknown, service
from qiao.interactions.entries import NewEntry, add_entries
from qiao.interactions.kinds import EntryKind, Translate, register_entry_kind
from qiao.interactions.model import Entry
from qiao.kernel.languages import N_, nearest
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.policy import Level

ORDER: Final = "interactions.order"
OUTCOMES: Final[dict[str, str]] = {
    "placed": N_("ordered"),
    "done": N_("done"),
    "refused": N_("refused by the operator"),
    "pending": N_("under way"),
    "unknown": N_("outcome not known yet"),
}
OrderEvent = OrderPlaced | OrderDone | OrderRefused | OrderPending | OrderUnknown
_STATES: Final[dict[type[OrderEvent], str]] = {
    OrderPlaced: "placed",
    OrderDone: "done",
    OrderRefused: "refused",
    OrderPending: "pending",
    OrderUnknown: "unknown",
}


async def on_order(tx: Transaction, event: OrderEvent) -> None:
    """The order's line says how it stands now; heard again it says the same."""
    await on_orders(tx, [event])


async def on_orders(tx: Transaction, events: Sequence[OrderEvent]) -> None:
    """As `on_order`, for many."""
    await add_entries(tx, [_entry(event) for event in events])


def _entry(event: OrderEvent) -> NewEntry:
    return NewEntry(
        customer_id=event.customer_id,
        kind=ORDER,
        ref=str(event.order_id),
        interaction_id=event.interaction_id,
        summary={"code": event.code, "state": _STATES[type(event)], "names": _names(event.code)},
        entry_id=event.order_id,
    )


def _names(code: str) -> dict[str, str]:
    try:
        return dict(service(code).names)
    except NotFound:
        return {"en": code}


def _line(entry: Entry, translate: Translate) -> str:
    names = entry.summary.get("names") or {"en": str(entry.summary.get("code", ""))}
    language = nearest(translate(N_("language:en")).partition(":")[2], tuple(names), otherwise="en")
    what = names.get(language) or names.get("en") or next(iter(names.values()))
    outcome = translate(OUTCOMES.get(str(entry.summary.get("state")), ""))
    return translate(N_("{service}, {outcome}")).format(service=what, outcome=outcome)


def register_orders() -> None:
    """Make the line known to the timeline; what was ordered is part of the account, so proof is asked to see it."""
    register_entry_kind(EntryKind(ORDER, N_("Order"), _line, icon="bolt", level=Level.ONE_FACTOR))
