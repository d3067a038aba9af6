"""How messages leave by an outlet: claimed in one transaction, sent outside any, told in another; what died on the way.

Any number of processes may take turns. A house without an outlet claims nothing: there messages wait, or leave through
a gateway, a process that claims them for itself (channels.smpp).
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import structlog

from qiao.kernel.ids import MessageId
from qiao.platform.database import Transaction
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House
from qiao.platform.jobs import defer
from qiao.platform.live import MESSAGES, notify
from qiao.platform.timers import set_timer
from qiao.post import operations
from qiao.post.model import Ending, Message
from qiao.post.outlets import Outlet, OutletAway

log = structlog.get_logger(__name__)
CLAIMED: Final = "post.leaving.claimed"
SENT: Final = "post.leaving.sent"
DOUBT: Final = "post.doubt"
DOUBTED_AFTER: Final = timedelta(seconds=10)
BATCH: Final = 32
LOOK_SECONDS: Final = 1.0
PAUSE_SECONDS_MAX: Final = 30.0


async def run(house: House) -> None:
    """Send what waits, for ever; an outlet that is away is tried again with growing pauses."""
    pause = LOOK_SECONDS
    async with house.hub.subscribe(MESSAGES) as told:
        while True:
            try:
                if not await turn(house):
                    await told.get(LOOK_SECONDS)
                pause = LOOK_SECONDS
            except OutletAway:
                log.warning("post.outlet_away", pause=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, PAUSE_SECONDS_MAX)


async def turn(house: House) -> int:
    """Send at most BATCH messages, the urgent first; returns how many. Raises OutletAway."""
    outlet = _outlet(house)
    if outlet is None:
        return 0
    async with house.database.transaction() as tx:
        claimed = await operations.claim(tx, limit=BATCH)
        for message in claimed:
            if message.urgent:  # somebody waits for it: if this sender dies, another takes over in seconds
                await set_timer(tx, kind=DOUBT, ref=str(message.id), due_at=tx.now + DOUBTED_AFTER)
    if claimed:
        failpoint(CLAIMED)
        await _send_all(house, outlet, claimed)
    return len(claimed)


async def _send_all(house: House, outlet: Outlet, claimed: Sequence[Message]) -> None:
    told = await asyncio.gather(*(_send(house, outlet, message) for message in claimed))
    failpoint(SENT)
    async with house.database.transaction() as tx:
        away = [message.id for message, ending in zip(claimed, told, strict=True) if ending is None]
        await operations.give_back(tx, message_ids=away)
        await operations.settle_all(
            tx, {message.id: ending for message, ending in zip(claimed, told, strict=True) if ending is not None}
        )
    if away:
        raise OutletAway


async def _send(house: House, outlet: Outlet, message: Message) -> tuple[Ending, str] | None:
    try:
        return await outlet.deliver(house, message), ""
    except OutletAway:
        return None
    except Exception as error:
        log.exception("post.unknown", message_id=str(message.id))
        return "unknown", type(error).__name__


async def pick_up(house: House) -> None:
    """Look after messages whose sender died."""
    async with house.database.transaction() as tx:
        await operations.give_up_submitted(tx)
    async with house.database.transaction() as tx:
        if await operations.rescue(tx, repeats_safely=_repeats_safely(house)):
            await notify(tx, MESSAGES)


async def doubt(tx: Transaction, refs: list[str]) -> None:
    """Urgent messages whose sender should have told by now: they are sent again if it died."""
    for ref in refs:
        await defer(tx, "post.rescue", message_id=ref)


async def rescue(house: House, *, message_id: str) -> None:
    """Take a message from a sender that died. Without an outlet that bears repeating, its outcome is unknown."""
    async with house.database.transaction() as tx:
        again = await operations.rescue(
            tx, message_id=MessageId(UUID(message_id)), repeats_safely=_repeats_safely(house), after=DOUBTED_AFTER
        )
        if again:
            await notify(tx, MESSAGES)


def _repeats_safely(house: House) -> bool:
    outlet = _outlet(house)
    return outlet is not None and outlet.repeats_safely


def _outlet(house: House) -> Outlet | None:
    try:
        return house.get(Outlet)
    except LookupError:
        return None
