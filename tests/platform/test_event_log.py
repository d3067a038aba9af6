"""Events: nothing lost, doubled or held up; a poisoned one parks alone."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.types.json import Jsonb
from sqlalchemy import event, text

from qiao.kernel.events import Event
from qiao.platform.events import TRIES_MAX, Reader, emit, ensure_cursors, lag, parked, replay_parked
from qiao.platform.room import Listener

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiao.platform.database import Database, Transaction
    from tests.conftest import StillClock

WRITERS = 12
EACH = 40
ROLLED_BACK_SHARE = 0.25


@dataclass(frozen=True)
class Counted(Event):
    writer: int
    number: int
    group: str = ""

    @property
    def aggregate(self) -> str:
        return f"counted:{self.group or self.writer}"


@dataclass
class Ear:
    """A listener of a test's own, that keeps what it heard in the listening transaction's rows and in memory."""

    name: str = field(default_factory=lambda: f"test.{uuid4().hex[:8]}")
    heard: list[Counted] = field(default_factory=list)
    poison: set[int] = field(default_factory=set)

    @property
    def listener(self) -> Listener:
        return Listener(self.name, on={Counted: self.hear})

    async def hear(self, tx: Transaction, event: Counted) -> None:
        if event.number in self.poison:
            raise ValueError("poisoned")
        self.heard.append(event)


async def reader_of(database: Database, ear: Ear) -> Reader:
    async with database.transaction() as tx:
        await ensure_cursors(tx, [ear.listener])
    reader = Reader(database, ear.listener, batch=7)
    await reader.catch_up()
    ear.heard.clear()
    return reader


class _TakenBack(Exception):
    pass


async def write(database: Database, writer: int, seed: int) -> list[int]:
    """Numbered events of one writer, some of them rolled back; returns what was committed."""
    chance = random.Random(seed * 100 + writer)
    kept = []
    for number in range(EACH):
        fails = chance.random() < ROLLED_BACK_SHARE
        try:
            async with database.transaction() as tx:
                await emit(tx, Counted(writer, number))
                if chance.random() < 0.3:
                    await tx.scalar(text("select pg_sleep(0.002)"))
                if fails:
                    raise _TakenBack
        except _TakenBack:
            continue
        kept.append(number)
    return kept


async def test_twelve_writers_with_rollbacks_and_a_long_transaction_lose_double_and_hold_up_nothing(
    database_url: str, clock: StillClock
) -> None:
    from qiao.platform.database import Database

    database = Database(database_url, clock, pool_size=WRITERS + 4)
    ear = Ear()
    reader = await reader_of(database, ear)
    seed = random.SystemRandom().randrange(1_000_000)
    writing = True

    async def read() -> None:
        while writing:
            await reader.catch_up()
            await asyncio.sleep(0)

    try:
        async with database.transaction() as long_one:
            await emit(long_one, Counted(99, 1))  # open until all others are through
            reading = asyncio.create_task(read())
            kept = await asyncio.gather(*(write(database, writer, seed) for writer in range(WRITERS)))
            writing = False
            await reading
            await reader.catch_up()
            got = {writer: [one.number for one in ear.heard if one.writer == writer] for writer in range(WRITERS)}
            assert got == dict(enumerate(kept)), f"seed {seed}"
        await reader.catch_up()
        assert [one.number for one in ear.heard if one.writer == 99] == [1], f"seed {seed}"
        await reader.catch_up()
        assert len(ear.heard) == sum(map(len, kept)) + 1, f"seed {seed}"
    finally:
        await database.close()


async def test_what_a_listener_writes_and_its_place_move_together(database: Database) -> None:
    ear = Ear()
    reader = await reader_of(database, ear)
    async with database.transaction() as tx:
        await emit(tx, Counted(1, 1), Counted(1, 2))
    first, second = await asyncio.gather(reader.catch_up(), Reader(database, ear.listener).catch_up())
    assert first + second == 2
    assert [one.number for one in ear.heard] == [1, 2]


async def test_a_poisoned_event_parks_after_its_tries_and_blocks_only_its_own_aggregate(
    database: Database, clock: StillClock
) -> None:
    ear = Ear()
    reader = await reader_of(database, ear)
    ear.poison = {13}
    async with database.transaction() as tx:
        await emit(tx, Counted(1, 13, "bad"), Counted(1, 14, "bad"), Counted(2, 1, "good"), Counted(2, 2, "good"))
    await reader.catch_up()
    assert [one.number for one in ear.heard] == [1, 2]
    for _ in range(TRIES_MAX):
        clock.forward(hours=6)
        await reader.retry_due()
    async with database.transaction() as tx:
        spent = [row for row in await parked(tx) if row["listener"] == ear.name]
        assert [row["body"]["number"] for row in spent] == [13]
        assert "poisoned" in spent[0]["error"]
        assert next(one for one in await lag(tx) if one.listener == ear.name).set_aside == 2
    assert [one.number for one in ear.heard] == [1, 2]

    ear.poison.clear()
    async with database.transaction() as tx:
        assert await replay_parked(tx, listener=ear.name, seq=spent[0]["seq"])
    await reader.retry_due()
    assert [one.number for one in ear.heard] == [1, 2, 13, 14], "in order, once the first is through"
    async with database.transaction() as tx:
        assert not [row for row in await parked(tx) if row["listener"] == ear.name]


async def test_what_another_reader_set_aside_while_this_one_took_its_turn_is_not_overtaken(database: Database) -> None:
    ear = Ear()
    reader = await reader_of(database, ear)
    async with database.transaction() as tx:
        await emit(tx, Counted(1, 2, "mine"))
    held: list[str] = []

    def set_aside(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        """The first of the two fails in another reader, which commits: later than this one's look at the cursor."""
        if "FOR UPDATE SKIP LOCKED" in statement and "event_cursors" in statement and not held:
            held.append(statement)
            with psycopg.connect(database.url) as other:
                other.execute(
                    "insert into parked_events (listener, seq, name, aggregate, body, tries, error, due_at)"
                    " values (%s, -1, %s, 'counted:mine', %s, 1, 'poisoned', '2999-01-01Z')",
                    (ear.name, Counted.wire_name(), Jsonb(Counted(1, 1, "mine").as_json())),
                )

    event.listen(database.engine.sync_engine, "after_cursor_execute", set_aside)
    try:
        await reader.catch_up()
    finally:
        event.remove(database.engine.sync_engine, "after_cursor_execute", set_aside)
    assert held and not ear.heard
    async with database.transaction() as tx:
        assert (
            await tx.scalar(text("select count(*) from parked_events where listener = :name"), {"name": ear.name}) == 2
        )


async def test_a_listener_that_hears_many_at_once_hears_each_once_and_alone_when_one_of_them_fails(
    database: Database,
) -> None:
    ear, at_once = Ear(), []

    async def together(tx: Transaction, told: Sequence[Counted]) -> None:
        at_once.append([one.number for one in told])
        for one in told:
            await ear.hear(tx, one)

    listener = replace(ear.listener, together=together)
    async with database.transaction() as tx:
        await ensure_cursors(tx, [listener])
    reader = Reader(database, listener, batch=7)
    await reader.catch_up()
    ear.heard.clear()
    at_once.clear()
    async with database.transaction() as tx:
        await emit(tx, *(Counted(1, number, group=f"of {number}") for number in range(5)))
    await reader.catch_up()
    assert at_once == [[0, 1, 2, 3, 4]]
    assert [one.number for one in ear.heard] == [0, 1, 2, 3, 4]
    ear.heard.clear()
    ear.poison = {6}
    async with database.transaction() as tx:
        await emit(tx, *(Counted(1, number, group=f"of {number}") for number in range(5, 9)))
    await reader.catch_up()
    assert [one.number for one in ear.heard] == [5, 5, 7, 8]  # what it did together was undone in the database
    async with database.transaction() as tx:
        assert [row["aggregate"] for row in await tx.rows(_SET_ASIDE, {"listener": ear.name})] == ["counted:of 6"]


_SET_ASIDE = text("select aggregate from parked_events where listener = :listener")


async def test_an_event_that_is_replayed_though_it_is_not_parked_is_said_so(tx: Transaction) -> None:
    assert not await replay_parked(tx, listener="nobody", seq=1)


async def test_a_reader_killed_in_the_middle_hears_the_rest_again_but_nothing_it_committed(database: Database) -> None:
    ear = Ear()
    reader = await reader_of(database, ear)
    async with database.transaction() as tx:
        await emit(tx, *(Counted(1, number) for number in range(20)))

    class Killed(BaseException):
        pass

    async def dies(tx: Transaction, event: Counted) -> None:
        if event.number == 10:
            raise Killed
        await ear.hear(tx, event)

    with pytest.raises(Killed):
        await Reader(database, Listener(ear.name, on={Counted: dies}), batch=7).catch_up()
    committed = 7  # one batch; the second was cut off in the middle
    ear.heard = ear.heard[:committed]
    await reader.catch_up()
    assert [one.number for one in ear.heard] == list(range(20))
