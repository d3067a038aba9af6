"""Taking orders in hand, many at once, and writing down what became of them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Boolean, bindparam, case, select, text, update

from qiao.bss import Outcome
from qiao.catalogue.events import OrderDone, OrderEvent, OrderPending, OrderRefused, OrderUnknown
from qiao.catalogue.model import Order, ask_again_after
from qiao.catalogue.queries import as_order
from qiao.catalogue.sealing import GONE
from qiao.catalogue.services import service
from qiao.catalogue.store import orders
from qiao.customers import correct_address
from qiao.kernel.ids import OrderId
from qiao.platform.database import Transaction, one_at_a_time
from qiao.platform.events import emit
from qiao.platform.live import ORDERS, notify, touch_all
from qiao.platform.timers import cancel_timers, set_timers

AGAIN: Final = "catalogue.ask_again"
IN_DOUBT_AFTER: Final = timedelta(seconds=15)
"""Whoever performs an order has told by then, or has died: it is taken in hand again, under the same key."""
CLAIMING: Final = "catalogue.claim"
_CLAIM: Final = text(
    """
    with waiting as (
        select o.id, o.reference as awaited from orders o
        where o.due_at is not null and o.state not in ('done', 'refused')
          and not exists (
            select 1 from orders e
            where e.target = o.target and e.id <> o.id and e.state not in ('done', 'refused')
              and ((e.state = 'performing' and e.due_at is null)
                   or (e.due_at is not null and (e.placed_at, e.id) < (o.placed_at, o.id))))
        order by o.placed_at, o.id limit :most
        for update skip locked
    )
    update orders o set state = 'performing', tries = o.tries + 1, due_at = null,
        reference = case when o.reference like 'consent:%' then '' else o.reference end
    from waiting where o.id = waiting.id
    returning o.*, waiting.awaited
    """
)
_EVENTS: Final[dict[str, type[OrderEvent]]] = {
    "done": OrderDone,
    "refused": OrderRefused,
    "pending": OrderPending,
    "unknown": OrderUnknown,
}


async def claim(tx: Transaction, *, most: int) -> list[Order]:
    """Take orders in hand, the oldest first: of one number only the first, and none while another of it is in hand.

    One that awaited a consent says so once: whoever takes it in hand after his death cannot know whether the operator
    was asked meanwhile, and compares nothing with what was agreed any more.
    """
    await one_at_a_time(tx, CLAIMING)  # of two orders of one number neither may look while the other is being taken
    rows = await tx.rows(_CLAIM, {"most": most})
    found = (replace(as_order(row), reference=row["awaited"]) for row in rows)
    taken = sorted(found, key=lambda one: (one.placed_at, one.id))
    await set_timers(tx, kind=AGAIN, due={str(one.id): tx.now + IN_DOUBT_AFTER for one in taken})
    return taken


async def begin(tx: Transaction, *, order_id: OrderId) -> Order | None:
    """Take this order in hand, as `claim` does, whatever else waits; None when it is over. Its key stays the same."""
    row = await tx.one(select(orders).where(orders.c.id == order_id).with_for_update())
    if row is None or row["state"] in ("done", "refused"):
        return None
    mine = update(orders).where(orders.c.id == order_id)
    free = case((orders.c.reference.startswith("consent:"), ""), else_=orders.c.reference)
    taken = mine.values(state="performing", tries=orders.c.tries + 1, due_at=None, reference=free)
    changed = await tx.one(taken.returning(orders))
    assert changed is not None
    await set_timers(tx, kind=AGAIN, due={str(order_id): tx.now + IN_DOUBT_AFTER})
    return replace(as_order(changed), reference=row["reference"])


async def settle_all(tx: Transaction, told: Sequence[tuple[Order, Outcome]]) -> None:
    """Write down outcomes. What is not known yet is asked again after a while, and said once."""
    ids = [order.id for order, _ in told]
    mine = select(orders.c.id).where(orders.c.id.in_(ids), orders.c.state == "performing")
    held = {row["id"] for row in await tx.rows(mine.order_by(orders.c.id).with_for_update())}
    now = [(order, outcome) for order, outcome in told if order.id in held]
    if not now:
        return
    await tx.execute(_SETTLED, [_written(tx, order, outcome) for order, outcome in now])
    again: dict[str, datetime] = {}
    for order, outcome in now:
        await _tell(tx, order, outcome)
        pause = None if _over(outcome) else ask_again_after(order.tries)
        if pause is not None:
            again[str(order.id)] = tx.now + pause
    await set_timers(tx, kind=AGAIN, due=again)
    await cancel_timers(tx, kind=AGAIN, refs=[str(order.id) for order, _ in now if str(order.id) not in again])


_SETTLED: Final = (
    update(orders)
    .where(orders.c.id == bindparam("order_id"))
    .values(due_at=case((bindparam("over", type_=Boolean), None), else_=orders.c.due_at))
)
"""Doubted while somebody was at it, what is over waits no longer; what is not is asked again as it was told."""


def _over(outcome: Outcome) -> bool:
    return outcome.kind in ("done", "refused")


def _written(tx: Transaction, order: Order, outcome: Outcome) -> dict[str, Any]:
    over = _over(outcome)
    return {
        "order_id": order.id,
        "over": over,
        "state": outcome.kind,
        "reason": outcome.reason[:300],
        "reference": outcome.reference,
        "finished_at": tx.now if over else None,
        "before": dict(outcome.before or {}),
        "parameters": _without_secrets(order) if over else dict(order.parameters),
    }


async def _tell(tx: Transaction, order: Order, outcome: Outcome) -> None:
    if outcome.kind == "done" and order.code == "correct_address":
        await correct_address(tx, customer_id=order.customer_id, address=order.parameters["address"])
    news = outcome.kind == "pending" and outcome.reference != order.reference
    if _over(outcome) or order.tries == 1 or news:
        await emit(tx, _event(order, outcome))
    topics = [f"order:{order.id}", f"customer:{order.customer_id}"]
    if order.origin.interaction is not None:
        topics.append(f"interaction:{order.origin.interaction}")
    await touch_all(tx, topics)


def _event(order: Order, outcome: Outcome) -> OrderEvent:
    about = (order.id, order.customer_id, order.code, order.origin.interaction, order.actor)
    if outcome.kind == "refused":
        return OrderRefused(*about, outcome.reason, channel=order.origin.channel)
    return _EVENTS[outcome.kind](*about, channel=order.origin.channel)


def _without_secrets(order: Order) -> dict[str, str]:
    secret = {one.name for one in service(order.code).parameters if one.spent}
    return {name: GONE if name in secret else value for name, value in order.parameters.items()}


async def ask_again(tx: Transaction, refs: list[str]) -> None:
    """Outcomes that were not known: the operator is asked again, under the same key."""
    mine = orders.c.id.in_([UUID(ref) for ref in refs]) & orders.c.state.not_in(("done", "refused"))
    await tx.execute(update(orders).where(mine).values(due_at=tx.now))
    await notify(tx, ORDERS)
