"""Timers: due batches go to their rooms; what fails waits alone."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from qiao.platform.room import Timer
from qiao.platform.timers import cancel_timer, next_due, overdue_seconds, run_due, set_timer

if TYPE_CHECKING:
    from qiao.platform.database import Database, Transaction
    from tests.conftest import StillClock


async def _set(database: Database, kind: str, **due: float) -> None:
    async with database.transaction() as tx:
        for ref, seconds in due.items():
            await set_timer(tx, kind=kind, ref=ref, due_at=tx.now + timedelta(seconds=seconds))


def kind_of_this_test() -> str:
    return f"test.{uuid4().hex[:8]}"


async def test_what_is_due_is_handed_over_once_and_what_is_not_waits(database: Database, clock: StillClock) -> None:
    kind, got = kind_of_this_test(), []

    async def run(tx: Transaction, refs: list[str]) -> None:
        got.extend(refs)

    kinds = {kind: Timer(kind, run)}
    await _set(database, kind, soon=5, later=60)
    assert await run_due(database, kinds) == 0
    clock.forward(seconds=5)
    assert await run_due(database, kinds) == 1
    assert await run_due(database, kinds) == 0
    assert got == ["soon"]
    clock.forward(days=3)
    await run_due(database, kinds)
    assert got == ["soon", "later"]


async def test_setting_again_moves_and_cancelling_forgets(database: Database, clock: StillClock) -> None:
    kind = kind_of_this_test()
    await _set(database, kind, one=5, two=5)
    await _set(database, kind, one=50)
    async with database.transaction() as tx:
        await cancel_timer(tx, kind=kind, ref="two")
        await cancel_timer(tx, kind=kind, ref="never set")
        assert await next_due(tx, [kind]) == tx.now + timedelta(seconds=50)


async def test_one_broken_ref_does_not_hold_the_others_up_and_is_due_again(
    database: Database, clock: StillClock
) -> None:
    kind, got, broken = kind_of_this_test(), [], {"b"}

    async def run(tx: Transaction, refs: list[str]) -> None:
        if broken.intersection(refs):
            raise ValueError("broken")
        got.extend(refs)

    kinds = {kind: Timer(kind, run)}
    await _set(database, kind, a=1, b=2, c=3)
    clock.forward(seconds=3)
    await run_due(database, kinds)
    assert got == ["a", "c"]
    broken.clear()
    clock.forward(minutes=2)
    await run_due(database, kinds)
    assert got == ["a", "c", "b"]


async def test_a_kind_this_process_does_not_know_is_left_for_one_that_does(
    database: Database, clock: StillClock
) -> None:
    kind = kind_of_this_test()
    await _set(database, kind, x=1)
    clock.forward(seconds=30)
    assert await run_due(database, {}) == 0
    async with database.transaction() as tx:
        assert await overdue_seconds(tx) >= 29
