"""Codes from an authenticator, and recovery codes."""

import re
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.platform.database import Transaction
from qiao.platform.second_factor import (
    CodeAlreadyUsed,
    accepted_step,
    plain_code,
    totp_begin,
    totp_check,
    totp_confirm,
    totp_is_on,
    totp_link,
    totp_remove,
    use_recovery_code,
)
from qiao.platform.sign_in import SignInRefused
from qiao.platform.signing import Keys

SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # RFC 6238, appendix B: "12345678901234567890"
KEYS = Keys(b"k" * 32)
AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "eight_digits"),
    [(59, "94287082"), (1111111109, "07081804"), (1111111111, "14050471"), (1234567890, "89005924")],
)
def test_codes_are_those_of_the_rfc(seconds: int, eight_digits: str) -> None:
    at = datetime.fromtimestamp(seconds, UTC)
    assert accepted_step(SEED, eight_digits[2:], at=at, last_step=0) == seconds // 30


@given(st.integers(0, 2_000_000_000), st.integers(-4, 4))
def test_one_step_either_side_is_accepted_and_no_more(second: int, apart: int) -> None:
    at = datetime.fromtimestamp(second + 200, UTC)
    code = pyotp.TOTP(SEED).at(at + timedelta(seconds=30 * apart))
    near = {pyotp.TOTP(SEED).at(at + timedelta(seconds=30 * n)) for n in (-1, 0, 1)}
    if code in near:
        assert accepted_step(SEED, code, at=at, last_step=0)
    else:
        with pytest.raises(SignInRefused):
            accepted_step(SEED, code, at=at, last_step=0)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "0" * 10_000, "१२३४५६", "\x00" * 6])
def test_what_is_no_code_is_refused(code: str) -> None:
    with pytest.raises(SignInRefused):
        accepted_step(SEED, code, at=AT, last_step=0)


def test_a_code_may_be_typed_with_spaces_and_full_width_digits() -> None:
    assert plain_code("１２３ 456") == "123456"
    assert plain_code("7k2md-q4txa") == "7K2MDQ4TXA"


@pytest.fixture
def subject() -> str:
    return "agent:0192f000-0000-7000-8000-000000000001"


async def _enrolled(tx: Transaction, subject: str) -> tuple[str, list[str]]:
    seed = await totp_begin(tx, KEYS, subject=subject)
    codes = await totp_confirm(tx, KEYS, subject=subject, code=pyotp.TOTP(seed).at(AT), at=AT)
    return seed, codes


async def test_a_code_is_good_once(tx: Transaction, subject: str) -> None:
    seed, _ = await _enrolled(tx, subject)
    later = AT + timedelta(seconds=60)
    code = pyotp.TOTP(seed).at(later)
    await totp_check(tx, KEYS, subject=subject, code=code, at=later)
    with pytest.raises(CodeAlreadyUsed):
        await totp_check(tx, KEYS, subject=subject, code=code, at=later)
    older = pyotp.TOTP(seed).at(later - timedelta(seconds=30))
    with pytest.raises(CodeAlreadyUsed):
        await totp_check(tx, KEYS, subject=subject, code=older, at=later)


async def test_the_code_that_confirmed_cannot_sign_in(tx: Transaction, subject: str) -> None:
    seed, _ = await _enrolled(tx, subject)
    with pytest.raises(CodeAlreadyUsed):
        await totp_check(tx, KEYS, subject=subject, code=pyotp.TOTP(seed).at(AT), at=AT)


async def test_an_authenticator_counts_only_when_confirmed(tx: Transaction, subject: str) -> None:
    with pytest.raises(SignInRefused):
        await totp_check(tx, KEYS, subject=subject, code="123456", at=AT)
    seed = await totp_begin(tx, KEYS, subject=subject)
    assert not await totp_is_on(tx, subject=subject)
    with pytest.raises(SignInRefused):
        await totp_check(tx, KEYS, subject=subject, code=pyotp.TOTP(seed).at(AT), at=AT)
    wrong = "000000" if pyotp.TOTP(seed).at(AT) != "000000" else "000001"
    with pytest.raises(SignInRefused):
        await totp_confirm(tx, KEYS, subject=subject, code=wrong, at=AT + timedelta(days=1))
    await totp_confirm(tx, KEYS, subject=subject, code=pyotp.TOTP(seed).at(AT), at=AT)
    assert await totp_is_on(tx, subject=subject)


async def test_a_new_authenticator_replaces_the_old_one_only_when_it_has_given_a_code(
    tx: Transaction, subject: str
) -> None:
    old, _ = await _enrolled(tx, subject)
    new = await totp_begin(tx, KEYS, subject=subject)
    assert new != old
    later = AT + timedelta(minutes=5)
    await totp_check(tx, KEYS, subject=subject, code=pyotp.TOTP(old).at(later), at=later)
    later += timedelta(minutes=5)
    await totp_confirm(tx, KEYS, subject=subject, code=pyotp.TOTP(new).at(later), at=later)
    later += timedelta(minutes=5)
    with pytest.raises(SignInRefused):
        await totp_check(tx, KEYS, subject=subject, code=pyotp.TOTP(old).at(later), at=later)


async def test_recovery_codes_are_good_once_each_and_for_one_person(tx: Transaction, subject: str) -> None:
    _, codes = await _enrolled(tx, subject)
    assert len(set(codes)) == 10
    assert all(re.fullmatch(r"[A-Z2-7]{5}-[A-Z2-7]{5}", code) for code in codes)
    assert await use_recovery_code(tx, KEYS, subject=subject, code=codes[0].lower()) == 9
    with pytest.raises(CodeAlreadyUsed):
        await use_recovery_code(tx, KEYS, subject=subject, code=codes[0])
    with pytest.raises(SignInRefused):
        await use_recovery_code(tx, KEYS, subject="agent:other", code=codes[1])
    await totp_remove(tx, subject=subject)
    assert not await totp_is_on(tx, subject=subject)
    with pytest.raises(SignInRefused):
        await use_recovery_code(tx, KEYS, subject=subject, code=codes[1])


async def test_seeds_depend_on_the_houses_secret(tx: Transaction, subject: str) -> None:
    seed, _ = await _enrolled(tx, subject)
    later = AT + timedelta(minutes=5)
    with pytest.raises(SignInRefused):
        await totp_check(tx, Keys(b"x" * 32), subject=subject, code=pyotp.TOTP(seed).at(later), at=later)


def test_the_link_for_the_authenticator_names_house_and_login() -> None:
    assert totp_link(SEED, login="li.na").startswith("otpauth://totp/Qiao:li.na?secret=" + SEED)
