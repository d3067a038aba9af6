"""Sending: claim in one transaction, send outside any, write down the outcome in another."""

from uuid import UUID

import structlog

from qiao.kernel.ids import MessageId
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House
from qiao.platform.jobs import defer
from qiao.post import operations
from qiao.post.model import Ending, Message
from qiao.post.outlets import Outlet, OutletAway

log = structlog.get_logger(__name__)
CLAIMED = "post.deliver.claimed"
SENT = "post.deliver.sent"


async def deliver(house: House, *, message_id: str) -> None:
    """Send one message. Run twice it is sent once: the second finds nothing to claim."""
    outlet = _outlet(house)
    if outlet is None:
        log.warning("post.no_outlet", message_id=message_id)
        return
    async with house.database.transaction() as tx:
        claimed = await operations.claim(tx, message_id=MessageId(UUID(message_id)))
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
    outlet = _outlet(house)
    if outlet is None:
        return
    async with house.database.transaction() as tx:
        for message_id in await operations.pick_up(tx, repeats_safely=outlet.repeats_safely):
            await defer(tx, "post.deliver", message_id=str(message_id))


def _outlet(house: House) -> Outlet | None:
    try:
        return house.get(Outlet)
    except LookupError:
        return None
