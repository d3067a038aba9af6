"""Rate limits in rows and in one process."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from qiao.platform.database import Database, Transaction
from qiao.platform.rate_limits import Limit, LocalLimit, TooManyRequests, forget_full, rate_limits, take

FIVE = Limit(burst=5, refill_seconds=10)


def later(tx: Transaction, seconds: float) -> Transaction:
    return Transaction(tx.connection, tx.now + timedelta(seconds=seconds))


async def test_a_burst_then_one_each_interval(tx: Transaction) -> None:
    for _ in range(5):
        await take(tx, "k", FIVE)
    with pytest.raises(TooManyRequests) as refused:
        await take(tx, "k", FIVE)
    assert refused.value.params == {"seconds": 10}
    with pytest.raises(TooManyRequests) as refused:
        await take(later(tx, 9.5), "k", FIVE)
    assert refused.value.params == {"seconds": 1}
    await take(later(tx, 10), "k", FIVE)
    with pytest.raises(TooManyRequests):
        await take(later(tx, 10), "k", FIVE)
    await take(tx, "another", FIVE)


async def test_a_full_bucket_is_forgotten(tx: Transaction) -> None:
    await take(tx, "gone", FIVE)
    await take(tx, "kept", FIVE, cost=5)
    assert await forget_full(later(tx, 20)) >= 1
    kept = await tx.rows(select(rate_limits.c.key).where(rate_limits.c.key.in_(["gone", "kept"])))
    assert [row["key"] for row in kept] == ["kept"]


async def test_more_than_a_burst_never_fits(tx: Transaction) -> None:
    with pytest.raises(TooManyRequests):
        await take(tx, "big", FIVE, cost=6)
    await take(tx, "big", FIVE, cost=5)


async def test_a_hundred_at_one_moment_are_counted_one_by_one(database: Database) -> None:
    async def one() -> bool:
        try:
            async with database.transaction() as tx:
                await take(tx, "storm", FIVE)
        except TooManyRequests:
            return False
        return True

    assert sum(await asyncio.gather(*(one() for _ in range(100)))) == 5
    async with database.transaction() as tx:
        assert await tx.scalar(select(func.count()).where(rate_limits.c.key == "storm")) == 1


@given(st.integers(1, 20), st.floats(0.01, 60), st.lists(st.floats(0, 30), max_size=200))
def test_no_stretch_of_time_sees_more_than_the_limit(burst: int, refill: float, pauses: list[float]) -> None:
    limiter = LocalLimit(Limit(burst, refill))
    now, heard = 0.0, []
    for pause in pauses:
        now += pause
        if limiter.wait_seconds("k", now_seconds=now) == 0.0:
            heard.append(now)
    for first, since in enumerate(heard):
        for last in range(first, len(heard)):
            assert last - first + 1 <= burst + (heard[last] - since) / refill + 1e-6


@given(st.floats(0.01, 60), st.integers(1, 20))
def test_after_the_told_wait_it_fits(refill: float, burst: int) -> None:
    limiter = LocalLimit(Limit(burst, refill))
    for _ in range(burst):
        assert limiter.wait_seconds("k", now_seconds=100.0) == 0.0
    wait = limiter.wait_seconds("k", now_seconds=100.0)
    assert wait == pytest.approx(refill)
    assert limiter.wait_seconds("k", now_seconds=100.0 + wait + 1e-6) == 0.0


def test_a_process_remembers_only_so_many_keys() -> None:
    limiter = LocalLimit(Limit(1, 60), keys_max=2)
    limiter.take("a", now_seconds=0)
    limiter.take("b", now_seconds=0)
    limiter.take("c", now_seconds=0)
    limiter.take("a", now_seconds=0)
    with pytest.raises(TooManyRequests):
        limiter.take("c", now_seconds=0)
    limiter.take("d")
