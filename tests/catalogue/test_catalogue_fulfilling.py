"""Orders are performed many at once, those of one number one after the other, and again when whoever did it died."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao.bss import Outcome
from qiao.bss.sandbox import misbehave
from qiao.catalogue import fulfilling, outcomes
from qiao.catalogue.room import ROOM
from qiao.platform.timers import run_due
from tests.catalogue.served import CHEN, JONES, LIN, SHI, Served, serve

if TYPE_CHECKING:
    from qiao.catalogue import Order
    from qiao.platform.database import Database
    from qiao.platform.house import House
    from tests.conftest import StillClock


TIMERS = {timer.kind: timer for timer in ROOM.timers}


_NONE_WAITS = text(
    "update orders set state = 'refused', finished_at = placed_at, due_at = null where state not in ('done', 'refused')"
)


@pytest.fixture
async def served(house: House, database: Database) -> Served:
    made = await serve(house, database)
    async with database.transaction() as tx:
        await tx.execute(_NONE_WAITS)
        await tx.execute(text("delete from timers"))
    return made


async def states(served: Served, orders: list[Order]) -> list[str]:
    return [(await served.standing(one)).state for one in orders]


async def test_of_one_number_only_the_first_is_taken_and_the_next_when_it_is_over(served: Served) -> None:
    first = await served.place(SHI, "roaming_on", {})
    second = await served.place(SHI, "roaming_off", {})
    other = await served.place(LIN, "caller_display_off", {})
    async with served.house.database.transaction() as tx:
        assert {one.id for one in await outcomes.claim(tx, most=10)} == {first.id, other.id}
    async with served.house.database.transaction() as tx:
        assert await outcomes.claim(tx, most=10) == []
    await served.perform(first)
    assert await fulfilling.turn(served.house) == 1
    assert (await served.standing(second)).over


async def test_however_many_take_orders_at_once_each_is_taken_once_and_two_of_a_number_never_together(
    served: Served,
) -> None:
    orders = [await served.place(who, "roaming_on", {}) for who in (SHI, LIN, JONES, CHEN) for _ in range(3)]

    async def take() -> list[Order]:
        async with served.house.database.transaction() as tx:
            return await outcomes.claim(tx, most=3)

    taken = [one for some in await asyncio.gather(*(take() for _ in range(6))) for one in some]
    assert len(taken) == len({one.id for one in taken}) == len({one.target for one in taken}) == 4
    assert {one.id for one in taken} == {orders[place].id for place in (0, 3, 6, 9)}


async def test_what_a_dead_process_had_in_hand_is_done_by_another_when_it_is_in_doubt(
    served: Served, clock: StillClock
) -> None:
    order = await served.place(SHI, "roaming_on", {})
    async with served.house.database.transaction() as tx:
        assert [one.id for one in await outcomes.claim(tx, most=5)] == [order.id]
    clock.forward(seconds=14)
    await run_due(served.house.database, TIMERS)
    assert await fulfilling.turn(served.house) == 0
    clock.forward(seconds=2)
    await run_due(served.house.database, TIMERS)
    assert await fulfilling.turn(served.house) == 1
    found = await served.standing(order)
    assert (found.over, found.tries) == (True, 2)


async def test_one_that_nobody_answered_holds_up_no_other_and_is_asked_again(served: Served, clock: StillClock) -> None:
    waits = await served.place(SHI, "roaming_on", {})
    async with served.house.database.transaction() as tx:
        await misbehave(tx, "truncated")
    assert await fulfilling.turn(served.house) == 1
    async with served.house.database.transaction() as tx:
        await misbehave(tx, None)
    after = await served.place(LIN, "roaming_on", {})
    assert await fulfilling.turn(served.house) == 1
    assert await states(served, [waits, after]) == ["pending", (await served.standing(after)).state]
    assert (await served.standing(after)).over
    clock.forward(minutes=1)
    await run_due(served.house.database, TIMERS)
    assert await fulfilling.turn(served.house) == 1
    assert (await served.standing(waits)).over


async def test_one_that_was_doubted_while_it_was_being_done_is_over_and_holds_up_nothing(
    served: Served, clock: StillClock
) -> None:
    slow = await served.place(SHI, "roaming_on", {})
    async with served.house.database.transaction() as tx:
        [taken] = await outcomes.claim(tx, most=5)
    clock.forward(seconds=16)
    await run_due(served.house.database, TIMERS)  # whoever has it is slow, not dead
    async with served.house.database.transaction() as tx:
        await outcomes.settle_all(tx, [(taken, Outcome("done"))])
    after = await served.place(SHI, "roaming_off", {})
    assert await fulfilling.turn(served.house) == 1
    assert [(await served.standing(one)).state for one in (slow, after)] == ["done", "done"]
