"""Figures of calls: whatever happens, each that was offered to people is in one place, in rows as in the model."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao import interactions
from qiao.channels.voice import store
from qiao.channels.voice.figures import CallFigures, call_figures
from qiao.channels.voice.model import (
    Adopted,
    Answered,
    Arrived,
    Call,
    CallbackTaken,
    Event,
    Expect,
    HungUp,
    Keyed,
    Lost,
    Moved,
    Overflowed,
    Script,
    step,
    tally,
)
from qiao.channels.voice.store import Party
from qiao.kernel.ids import new_id

if TYPE_CHECKING:
    from qiao.platform.database import Database
    from tests.conftest import StillClock

EVENTS: tuple[Event, ...] = (
    Arrived(),
    Keyed("0"),
    Moved(Script(("hello",), Expect(("1", "0")))),
    Moved(Script(("wait",)), "queued"),
    Moved(Script(("wait",)), "queued"),
    Moved(Script(("bye",)), "over"),
    HungUp(),
    Lost(),
    Adopted(),
    Answered(),
    Answered(),
    Overflowed(),
    CallbackTaken(("we call you",)),
)
OWNER = "qiao-test"


@pytest.fixture
async def empty(database: Database) -> Database:
    async with database.transaction() as tx:
        await tx.execute(text("truncate voice_calls cascade"))
    return database


async def rings(database: Database, dialled: str = "10086") -> Call:
    async with database.transaction() as tx:
        contact = await interactions.start_interaction(tx, channel="voice", language="en")
        call = Call(new_id(), f"ch-{new_id()}")
        party = Party("sea", "", dialled, None, contact.id, new_id(), "hotline", "en", "")
        await store.keep_new(tx, call, party, OWNER)
    return call


async def happens(database: Database, call: Call, event: Event) -> Call:
    async with database.transaction() as tx:
        became, _ = step(call, event, tx.now)
        assert await store.keep(tx, became, OWNER)
    return became


async def figures(database: Database) -> list[CallFigures]:
    async with database.transaction() as tx:
        return await call_figures(tx, since=tx.now - timedelta(hours=12))


@pytest.mark.parametrize("seed", range(3))
async def test_every_offered_call_is_in_one_place_at_every_moment(
    empty: Database, clock: StillClock, seed: int
) -> None:
    dice = random.Random(seed)
    calls = [await rings(empty) for _ in range(8)]
    for _ in range(60):
        which = dice.randrange(len(calls))
        calls[which] = await happens(empty, calls[which], dice.choice(EVENTS))
        clock.forward(seconds=dice.randrange(10))
        (row,) = await figures(empty)
        assert row.adds_up, row
        told = tally(calls)
        assert row.offered == told["offered"] and row.calls == len(calls)
        for place in ("waiting", "answered", "abandoned", "overflowed", "callback", "dropped"):
            assert getattr(row, place) == told[place], (place, row)
        assert row.within_15s <= row.within_20s <= row.answered


async def test_fifteen_and_twenty_seconds_are_told_apart_and_shares_leave_out_who_waits(
    empty: Database, clock: StillClock
) -> None:
    for waited in (15, 16, 20, 21):
        call = await happens(empty, await rings(empty), Moved(Script(("wait",)), "queued"))
        clock.forward(seconds=waited)
        await happens(empty, call, Answered())
    await happens(empty, await rings(empty), Moved(Script(("wait",)), "queued"))
    await rings(empty)
    await rings(empty, "12580")
    assistance, hotline = sorted(await figures(empty), key=lambda row: row.calls)
    assert (hotline.answered, hotline.within_15s, hotline.within_20s) == (4, 1, 3)
    assert (hotline.waiting, hotline.talking, hotline.menu) == (1, 4, 1)
    assert (hotline.share(hotline.within_15s), hotline.share(hotline.within_20s)) == (25, 75)
    assert assistance.share(0) is None and assistance.dialled == "12580"
    async with empty.transaction() as tx:
        assert await call_figures(tx, since=tx.now, numbers=["110"]) == []
