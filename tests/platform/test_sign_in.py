"""Passwords and growing pauses."""

import asyncio
import hashlib
import statistics
import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from qiao.kernel.refused import InputNotUnderstood
from qiao.platform.database import Database
from qiao.platform.sign_in import (
    FAILURES_MAX,
    FORGOTTEN_AFTER,
    FREE_TRIES,
    PASSWORD_TOO_LONG,
    PASSWORD_TOO_PLAIN,
    PASSWORD_TOO_SHORT,
    SignInGate,
    TooManyTries,
    address_prefix,
    forget_failures,
    hash_password,
    password_problem,
    pause_after,
    sign_in_failures,
    verify_password,
)
from tests.conftest import StillClock


async def test_a_password_is_right_only_for_its_own_hash() -> None:
    stored = await hash_password("correct horse battery")
    assert stored.startswith("$argon2id$")
    assert await verify_password("correct horse battery", stored)
    assert not await verify_password("correct horse batterx", stored)
    assert not await verify_password("", stored)


async def test_the_same_characters_typed_another_way_are_the_same_password() -> None:
    stored = await hash_password("café-桥-12")
    assert await verify_password("cafe\u0301-桥-１２", stored)


async def test_nobody_has_a_password_that_is_right() -> None:
    assert not await verify_password("nobody signs in with this", None)


@pytest.mark.slow
async def test_an_unknown_login_costs_the_same_work_as_a_wrong_password() -> None:
    stored = await hash_password("correct horse battery")
    await verify_password("warm", None)
    taken: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(16):
        known = bool(turn % 2)
        began = time.perf_counter()
        await verify_password("wrong", stored if known else None)
        taken[known].append(time.perf_counter() - began)
    assert statistics.median(taken[True]) == pytest.approx(statistics.median(taken[False]), rel=0.5)


async def test_an_endless_password_is_refused_and_never_right() -> None:
    with pytest.raises(InputNotUnderstood):
        await hash_password("x" * 257)
    assert not await verify_password("x" * 1_000_000, await hash_password("x" * 256))


@pytest.mark.parametrize(
    ("password", "second_factor", "problem"),
    [
        ("kestrel-over-Lhasa", False, None),
        ("kestrel9", True, None),
        ("kestrel9", False, PASSWORD_TOO_SHORT),
        ("kestre9", True, PASSWORD_TOO_SHORT),
        ("x" * 257, True, PASSWORD_TOO_LONG),
        ("aaabbbaaabbbaaabbb", False, PASSWORD_TOO_PLAIN),
        ("my-Password-of-spring", False, PASSWORD_TOO_PLAIN),
        ("wang.lei-wang.lei-26", False, PASSWORD_TOO_PLAIN),
    ],
)
def test_a_password_is_judged_by_length_and_by_what_strangers_try_first(
    password: str, second_factor: bool, problem: str | None
) -> None:
    assert password_problem(password, login="Wang.Lei", second_factor=second_factor) == problem


def test_pauses_begin_after_five_failures_and_double_to_a_quarter_of_an_hour() -> None:
    seconds = [pause_after("account", n).total_seconds() for n in range(12)]
    assert seconds == [0, 0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900]
    assert pause_after("account", FAILURES_MAX) == FORGOTTEN_AFTER
    assert pause_after("address", 49) == timedelta(0)
    assert pause_after("address", 50).total_seconds() == 30


@given(st.integers(0, 10_000), st.sampled_from(["account", "address"]))
def test_pauses_never_shrink_as_failures_grow(failures: int, kind: str) -> None:
    assert pause_after(kind, failures) <= pause_after(kind, failures + 1) <= FORGOTTEN_AFTER  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("address", "prefix"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("testclient", "unknown"),
        ("", "unknown"),
    ],
)
def test_an_address_counts_for_its_network(address: str, prefix: str) -> None:
    assert address_prefix(address) == prefix


async def _fail(gate: SignInGate, times: int, account: str, address: str) -> None:
    for _ in range(times):
        await gate.may_try(account=account, address=address)
        await gate.note_failure(account=account, address=address)


async def test_the_sixth_try_waits_and_is_heard_after_the_pause(database: Database, clock: StillClock) -> None:
    gate = SignInGate(database, "staff")
    await _fail(gate, 5, "li.na", "198.51.100.1")
    with pytest.raises(TooManyTries) as refused:
        await gate.may_try(account=" LI.NA ", address="192.0.2.9")
    assert refused.value.params == {"seconds": 30}
    clock.forward(seconds=29)
    with pytest.raises(TooManyTries):
        await gate.may_try(account="li.na", address="192.0.2.9")
    clock.forward(seconds=1)
    await _fail(gate, 1, "li.na", "192.0.2.9")
    with pytest.raises(TooManyTries) as refused:
        await gate.may_try(account="li.na", address="192.0.2.9")
    assert refused.value.params == {"seconds": 60}


async def test_an_unknown_account_is_paused_like_a_known_one_and_its_name_is_not_kept(database: Database) -> None:
    gate = SignInGate(database, "staff")
    await _fail(gate, 5, "no-such-person", "198.51.101.1")
    with pytest.raises(TooManyTries):
        await gate.may_try(account="no-such-person", address="198.51.101.1")
    async with database.transaction() as tx:
        kept = [row["key"] for row in await tx.rows(select(sign_in_failures.c.key))]
    assert not any("no-such-person" in key for key in kept)
    assert any(hashlib.sha256(b"no-such-person").hexdigest()[:32] in key for key in kept)


async def test_success_clears_the_account_but_only_gives_one_try_back_to_the_network(database: Database) -> None:
    gate = SignInGate(database, "staff")
    await _fail(gate, 4, "zhao", "198.51.102.1")
    await gate.may_try(account="zhao", address="198.51.102.1")
    await gate.note_success(account="zhao", address="198.51.102.1")
    await _fail(gate, 4, "zhao", "198.51.102.1")
    async with database.transaction() as tx:
        network = select(sign_in_failures.c.failures).where(sign_in_failures.c.key == "address:staff:198.51.102.0/24")
        assert await tx.scalar(network) == 8


async def test_one_network_guessing_many_accounts_is_paused_as_a_whole(database: Database) -> None:
    gate = SignInGate(database, "staff")
    for n in range(FREE_TRIES["address"] + 1):
        await _fail(gate, 1, f"guess{n}", f"198.51.103.{n}")
    with pytest.raises(TooManyTries):
        await gate.may_try(account="fresh", address="198.51.103.250")
    await gate.may_try(account="fresh", address="198.51.104.1")


async def test_a_hundred_guesses_at_one_moment_are_five_tries(database: Database) -> None:
    gate = SignInGate(database, "customer")
    heard = await asyncio.gather(
        *(gate.may_try(account="13900000001", address="198.51.105.1") for _ in range(100)), return_exceptions=True
    )
    assert sum(1 for answer in heard if answer is None) == 5
    assert all(answer is None or isinstance(answer, TooManyTries) for answer in heard)


async def test_a_day_of_quiet_forgets(database: Database, clock: StillClock) -> None:
    gate = SignInGate(database, "staff")
    await _fail(gate, 5, "quiet", "198.51.106.1")
    clock.forward(hours=24)
    await _fail(gate, 4, "quiet", "198.51.106.1")
    clock.forward(hours=25)
    async with database.transaction() as tx:
        assert await forget_failures(tx) > 0
        assert await tx.scalar(select(func.count()).select_from(sign_in_failures)) == 0
