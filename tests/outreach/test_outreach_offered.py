"""A callback meets its agent: the routing owner offers it to who promised it, else to any ready one of the desk."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from qiao import interactions, outreach, routing
from qiao.customers import Customer
from qiao.kernel.ids import AgentId, DeskId, InteractionId
from qiao.kernel.origin import Origin
from qiao.outreach.room import ROOM
from qiao.platform.database import Database, Transaction
from qiao.platform.events import Reader, ensure_cursors
from qiao.platform.house import House as WholeHouse
from qiao.platform.timers import run_due
from qiao.routing.owner import Patience
from tests.conftest import StillClock
from tests.outreach.reached import House
from tests.routing.floor import EMPTY, FREE, Floor, RunningClock, end, start_owner

HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> StillClock:
    return RunningClock()


@pytest.fixture
async def floor(house: WholeHouse, database: Database) -> AsyncIterator[Floor]:
    async with database.transaction() as tx:
        await tx.execute(EMPTY)
        await tx.execute(FREE)
        await ensure_cursors(tx, ROOM.listeners)
    hub = asyncio.create_task(house.hub.run())
    await house.hub.connected.wait()
    floor = Floor(house)
    owning = await start_owner(floor, Patience())
    yield floor
    await end(owning)
    await end(hub)


async def work(floor: Floor) -> None:
    await run_due(floor.database, {timer.kind: timer for timer in ROOM.timers})
    for listener in ROOM.listeners:
        await Reader(floor.database, listener).catch_up()


async def owed(floor: Floor, clock: StillClock, preferred: AgentId, desk: DeskId) -> tuple[Customer, UUID]:
    person = await House(floor.database, clock).customer("zh-CN")
    now = clock.now()
    given: dict[str, Any] = {
        "customer_id": person.id, "service": person.numbers[0], "window": (now + HOUR, now + 3 * HOUR), "matter": "",
        "desk_id": desk, "preferred_agent_id": preferred, "origin": Origin("desk"), "key": "k",
    }  # fmt: skip
    return person, await floor.does(outreach.promise_callback, **given)


async def its_contact(floor: Floor, callback_id: UUID) -> InteractionId:
    async def there(tx: Transaction) -> InteractionId | None:
        attempt = (await outreach.callback(tx, callback_id)).open_attempt
        return attempt.interaction_id if attempt else None

    return await floor.until(there)  # type: ignore[return-value]


async def test_who_promised_it_is_offered_it_and_accepting_opens_the_talk(floor: Floor, clock: StillClock) -> None:
    desk = await floor.desk("vip")
    others = [await floor.agent() for _ in range(2)]
    wang = await floor.agent()
    person, callback_id = await owed(floor, clock, wang, desk)
    clock.forward(hours=1, seconds=1)
    for agent_id in (*others, wang):  # moving the clock silences nobody
        await floor.does(routing.seat_seen, agent_id=agent_id, seat=floor.seats[agent_id])
    await work(floor)
    contact_id = await its_contact(floor, callback_id)
    assert await floor.answered(contact_id) == wang
    await work(floor)
    made = await floor.asks(outreach.callback, callback_id)
    assert (made.state, made.attempts[0].agent_id) == ("talking", wang)
    talk = await floor.asks(interactions.interaction, contact_id)
    assert (talk.customer_id, talk.direction, talk.agent_id, talk.level) == (person.id, "outbound", wang, 0)
    await floor.does(interactions.wrap_up, interaction_id=contact_id, agent_id=wang, disposition="solved")
    await work(floor)
    assert (await floor.asks(outreach.callback, callback_id)).state == "done"


async def test_with_him_away_any_ready_colleague_of_the_desk_has_it(floor: Floor, clock: StillClock) -> None:
    desk = await floor.desk("vip")
    wang, zhao = await floor.agent(ready=False), await floor.agent()
    _, callback_id = await owed(floor, clock, wang, desk)
    clock.forward(hours=1, seconds=1)
    await work(floor)
    assert await floor.answered(await its_contact(floor, callback_id)) == zhao
