"""Sending: claim in one transaction, send outside any, write down the outcome in another."""

from datetime import timedelta
from uuid import UUID

import structlog

from qiao.kernel.ids import MessageId
from qiao.platform.database import Transaction
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House
from qiao.platform.jobs import defer
from qiao.platform.timers import set_timer
from qiao.post import operations
from qiao.post.model import Ending, Message
from qiao.post.outlets import Outlet, OutletAway

log = structlog.get_logger(__name__)
CLAIMED = "post.deliver.claimed"
SENT = "post.deliver.sent"
DOUBT = "post.doubt"
DOUBTED_AFTER = timedelta(seconds=10)


async def deliver(house: House, *, message_id: str) -> None:
    """Send one message. Run twice it is sent once: the second finds nothing to claim."""
    outlet = _outlet(house)
    if outlet is None:
        log.warning("post.no_outlet", message_id=message_id)
        return
    async with house.database.transaction() as tx:
        claimed = await operations.claim(tx, message_id=MessageId(UUID(message_id)))
        for message in claimed:
            if message.urgent:  # somebody waits for it: if this sender dies, another takes over in seconds
                await set_timer(tx, kind=DOUBT, ref=message_id, due_at=tx.now + DOUBTED_AFTER)
    failpoint(CLAIMED)
    for message in claimed:
        await _send(house, outlet, message)


async def _send(house: House, outlet: Outlet, message: Message) -> None:
    ending: Ending
    reason = ""
    try:
        ending = await outlet.deliver(house, message)
    except OutletAway:
        async with house.database.transaction() as tx:
            await operations.give_back(tx, message_id=message.id)
        raise
    except Exception as error:
        log.exception("post.unknown", message_id=str(message.id))
        ending, reason = "unknown", type(error).__name__
    failpoint(SENT)
    async with house.database.transaction() as tx:
        await operations.settle(tx, message_id=message.id, ending=ending, reason=reason)


async def pick_up(house: House) -> None:
    """Look after messages whose sender died or whose job was lost."""
    async with house.database.transaction() as tx:
        await operations.give_up_submitted(tx)
    outlet = _outlet(house)
    if outlet is None:
        return
    async with house.database.transaction() as tx:
        for message_id in await operations.rescue(tx, repeats_safely=outlet.repeats_safely):
            await defer(tx, "post.deliver", message_id=str(message_id))


async def doubt(tx: Transaction, refs: list[str]) -> None:
    """Urgent messages whose sender should have told by now: they are sent again if it died."""
    for ref in refs:
        await defer(tx, "post.rescue", message_id=ref)


async def rescue(house: House, *, message_id: str) -> None:
    """Take a message from a sender that died. Without an outlet that bears repeating, its outcome is unknown."""
    outlet = _outlet(house)
    if outlet is None:
        return
    async with house.database.transaction() as tx:
        again = await operations.rescue(
            tx, message_id=MessageId(UUID(message_id)), repeats_safely=outlet.repeats_safely, after=DOUBTED_AFTER
        )
    if again:
        await deliver(house, message_id=message_id)


def _outlet(house: House) -> Outlet | None:
    try:
        return house.get(Outlet)
    except LookupError:
        return None
