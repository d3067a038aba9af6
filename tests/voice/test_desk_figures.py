"""Figures of desks: what waits too long at one overflows there and is offered at the next, and each has one place."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from qiao.channels.voice.figures import DeskFigures, call_figures, desk_figures
from qiao.channels.voice.model import Answered, Call, CallbackTaken, Event, HungUp, Lost, Moved, Script
from qiao.channels.voice.room import ROOM
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import AgentId, DeskId, InteractionId, new_id
from qiao.routing import ContactOverflowed, ContactQueued, ContactTransferred
from tests.voice.test_voice_figures import empty, happens, rings  # noqa: F401 - a fixture

if TYPE_CHECKING:
    from qiao.platform.database import Database
    from tests.conftest import StillClock

FIRST, SECOND, THIRD = (DeskId(UUID(int=number)) for number in (1, 2, 3))
QUEUED = Moved(Script(("wait",)), "queued")


async def hears(database: Database, event: ContactQueued | ContactOverflowed | ContactTransferred) -> None:
    """As the room's listener does."""
    (listener,) = ROOM.listeners
    async with database.transaction() as tx:
        await listener.on[type(event)](tx, event)


async def contact_of(database: Database, call: Call) -> InteractionId:
    async with database.transaction() as tx:
        return InteractionId(
            await tx.scalar(voice_calls.select().with_only_columns(voice_calls.c.interaction_id).filter_by(id=call.id))
        )


async def queued(database: Database, desk: DeskId = FIRST, *, dialled: str = "10086") -> Call:
    call = await rings(database, dialled)
    await hears(database, ContactQueued(await contact_of(database, call), desk, "voice"))
    return await happens(database, call, QUEUED)


async def goes_on(database: Database, call: Call, former: DeskId, desk: DeskId) -> None:
    await hears(database, ContactOverflowed(await contact_of(database, call), former, desk))


async def figures(database: Database) -> dict[DeskId, DeskFigures]:
    async with database.transaction() as tx:
        since = tx.now - timedelta(hours=12)
        return await desk_figures(tx, since=since, desks=(FIRST, SECOND, THIRD))


async def test_a_call_that_waits_too_long_overflows_at_one_desk_and_is_answered_at_the_other(
    empty: Database,  # noqa: F811
    clock: StillClock,
) -> None:
    call = await queued(empty)
    clock.forward(seconds=90)
    await goes_on(empty, call, FIRST, SECOND)
    await goes_on(empty, call, FIRST, SECOND)  # told again
    there = await figures(empty)
    assert (there[FIRST].offered, there[FIRST].overflowed, there[FIRST].waiting) == (1, 1, 0)
    assert (there[SECOND].offered, there[SECOND].came_over, there[SECOND].waiting) == (1, 1, 1)
    clock.forward(seconds=5)
    await happens(empty, call, Answered())
    there = await figures(empty)
    assert (there[FIRST].answered, there[SECOND].answered) == (0, 1)
    assert all(one.adds_up for one in there.values())
    async with empty.transaction() as tx:
        [number] = await call_figures(tx, since=tx.now - timedelta(hours=12))
    assert (number.offered, number.answered, number.overflowed) == (1, 1, 0), "the number has one call all the time"


async def test_a_call_that_its_agent_hands_to_another_desk_is_answered_at_the_first(empty: Database) -> None:  # noqa: F811
    call = await happens(empty, await queued(empty), Answered())
    contact = await contact_of(empty, call)
    await hears(empty, ContactTransferred(contact, AgentId(new_id()), FIRST))
    assert set(await figures(empty)) == {FIRST}, "to a colleague of the same desk: it is there"
    await hears(empty, ContactTransferred(contact, AgentId(new_id()), THIRD))
    there = await figures(empty)
    assert (there[FIRST].answered, there[FIRST].offered, there[THIRD].offered, there[THIRD].came_over) == (1, 1, 1, 0)


async def test_other_channels_our_own_calls_and_who_was_never_offered_to_people_are_not_counted(
    empty: Database,  # noqa: F811
) -> None:
    await queued(empty, dialled="")
    early = await rings(empty)
    await hears(empty, ContactQueued(await contact_of(empty, early), FIRST, "voice"))
    await happens(empty, early, HungUp())
    await hears(empty, ContactQueued(await contact_of(empty, await rings(empty)), FIRST, "chat"))
    await hears(empty, ContactQueued(InteractionId(new_id()), FIRST, "voice"))
    await hears(empty, ContactOverflowed(InteractionId(new_id()), FIRST, SECOND))
    assert await figures(empty) == {}


@pytest.mark.parametrize("seed", range(2))
async def test_every_call_has_one_place_at_each_desk_whatever_happens(
    empty: Database,  # noqa: F811
    clock: StillClock,
    seed: int,
) -> None:
    dice = random.Random(seed)
    events: tuple[Event, ...] = (Answered(), HungUp(), Lost(), CallbackTaken(("we call you",)), QUEUED)
    calls = [await queued(empty, dice.choice((FIRST, SECOND))) for _ in range(6)]
    for _ in range(40):
        which = dice.randrange(len(calls))
        if dice.random() < 0.4:
            former, desk = dice.sample((FIRST, SECOND, THIRD), 2)
            await goes_on(empty, calls[which], former, desk)
        else:
            calls[which] = await happens(empty, calls[which], dice.choice(events))
        clock.forward(seconds=dice.randrange(10))
        there = await figures(empty)
        assert all(one.adds_up for one in there.values()), there
        passed = sum(one.overflowed for one in there.values())
        assert sum(one.offered for one in there.values()) == len(calls) + passed
        assert passed == sum(one.came_over for one in there.values())
