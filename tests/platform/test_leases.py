"""Leases between real processes that die, freeze and thaw."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import event, text

from qiao.platform.database import Database
from qiao.platform.leases import Lease, LeaseLost, hold, holder
from tests.conftest import StillClock

HOLDER = Path(__file__).parent / "lease_holder.py"


class Process:
    """A lease holder in a process of its own, and the lines it says."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def hears(self, word: str) -> int:
        """Wait for a line that begins with this word, shorter than idle transactions live; returns its epoch."""
        assert self._process.stdout is not None
        async with asyncio.timeout(20):
            while line := (await self._process.stdout.readline()).decode():
                said, _, epoch = line.strip().partition(" ")
                if said == word:
                    return int(epoch)
        raise AssertionError(f"ended without saying {word}")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    async def end(self) -> None:
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()


Starts = Callable[..., Awaitable[Process]]


@pytest.fixture
async def start(database: Database) -> AsyncIterator[Starts]:
    """Starts holders of a lease; all are killed in the end."""
    started: list[Process] = []

    async def begin(name: str, *words: str) -> Process:
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(HOLDER), database.url, name, *words, stdout=asyncio.subprocess.PIPE, env=environment
        )
        started.append(Process(process))
        return started[-1]

    async with database.transaction() as tx:
        await tx.execute(
            text("create table if not exists lease_writes (n bigserial, name text, epoch bigint, owner text)")
        )
    yield begin
    for process in started:
        await process.end()


async def epochs_written(database: Database, name: str) -> list[int]:
    async with database.transaction() as tx:
        rows = await tx.rows(text("select epoch from lease_writes where name = :name order by n"), {"name": name})
        return [row["epoch"] for row in rows]


async def one_owner_an_epoch(database: Database, name: str) -> None:
    written = await epochs_written(database, name)
    assert written == sorted(written), "an older epoch wrote after a newer one"
    async with database.transaction() as tx:
        owners = text(
            "select epoch from lease_writes where name = :name group by epoch having count(distinct owner) > 1"
        )
        assert await tx.rows(owners, {"name": name}) == []


@pytest.mark.slow
async def test_a_killed_holder_is_followed(start: Starts, database: Database) -> None:
    first = await start("kill")
    epoch = await first.hears("writing")
    second = await start("kill")
    first.send(signal.SIGKILL)
    assert await second.hears("taken") == epoch + 1
    await second.hears("writing")
    await one_owner_an_epoch(database, "kill")


@pytest.mark.slow
async def test_a_frozen_holder_is_followed_and_writes_nothing_when_it_thaws(start: Starts, database: Database) -> None:
    first = await start("freeze")
    epoch = await first.hears("writing")
    second = await start("freeze")
    first.send(signal.SIGSTOP)
    assert await second.hears("taken") == epoch + 1
    await second.hears("writing")
    first.send(signal.SIGCONT)
    assert await first.hears("lost") == epoch
    second.send(signal.SIGKILL)
    assert await first.hears("taken") == epoch + 2
    await first.hears("writing")
    await one_owner_an_epoch(database, "freeze")


@pytest.mark.slow
@pytest.mark.parametrize("where", ["freeze", "freeze-locked", "freeze-renewing"])
async def test_a_holder_frozen_while_it_has_the_row_locked_blocks_nobody(
    start: Starts, database: Database, where: str
) -> None:
    first = await start("inside", where)
    second_epoch = await first.hears("freezing") + 1
    second = await start("inside")
    assert await second.hears("taken") == second_epoch
    await second.hears("writing")
    first.send(signal.SIGCONT)
    await first.hears("lost" if where == "freeze-renewing" else "failed")
    await second.end()
    assert await first.hears("taken") == second_epoch + 1
    await one_owner_an_epoch(database, "inside")


async def test_a_lease_that_is_given_back_is_free_at_once(database: Database) -> None:
    async with Lease(database, "given") as lease:
        assert lease.held
        async with database.transaction() as tx:
            found = await holder(tx, "given")
        assert found is not None
        assert (found.owner, found.epoch) == (lease.owner, lease.epoch)
        first = lease.epoch
    assert not lease.held
    async with database.transaction() as tx:
        assert await holder(tx, "given") is None
    async with asyncio.timeout(1), Lease(database, "given") as lease:
        assert lease.epoch == first + 1


async def test_moving_the_houses_clock_hands_nothing_over(database: Database, clock: StillClock) -> None:
    async with Lease(database, "demo") as lease:
        clock.forward(days=30)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2), Lease(database, "demo"):
                pass
        async with database.transaction() as tx:
            await lease.fence(tx)


async def test_a_fence_refuses_whoever_has_lost_the_lease(database: Database) -> None:
    async with Lease(database, "fence") as lease:
        async with database.transaction() as tx:
            await tx.execute(text("update leases set epoch = epoch + 1, owner = 'other' where name = 'fence'"))
        with pytest.raises(LeaseLost):
            async with database.transaction() as tx:
                await lease.fence(tx)
        assert not lease.held
    with pytest.raises(LeaseLost):
        async with database.transaction() as tx:
            await Lease(database, "fence").fence(tx)


async def test_a_lost_lease_cancels_the_work_and_waits_for_its_turn(database: Database) -> None:
    turns: list[int] = []
    working = asyncio.Event()

    async def work(lease: Lease) -> None:
        turns.append(lease.epoch)
        working.set()
        if len(turns) == 1:
            await asyncio.Event().wait()

    holding = asyncio.create_task(hold(database, "turns", work))
    async with asyncio.timeout(5):
        await working.wait()
    async with database.transaction() as tx:
        # somebody else took it and is gone already
        await tx.execute(text("update leases set epoch = epoch + 1, until = 'epoch' where name = 'turns'"))
    async with asyncio.timeout(10):
        await holding
    assert turns == [turns[0], turns[0] + 2]


async def test_work_that_fails_fails_the_loop(database: Database) -> None:
    async def work(lease: Lease) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await hold(database, "broken", work)


async def test_a_renewal_that_fails_in_whatever_way_loses_the_lease_and_does_not_only_end(database: Database) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("none of the database's own")

    async with Lease(database, "renewed-in-vain", good_seconds=0.6) as lease:
        event.listen(lease._database.engine.sync_engine, "before_cursor_execute", fails)
        async with asyncio.timeout(10):
            await lease.lost.wait()
        event.remove(lease._database.engine.sync_engine, "before_cursor_execute", fails)
        assert not lease.held
