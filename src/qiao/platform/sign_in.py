"""Signing in: passwords, growing pauses after wrong tries, and the second factor.

Everything here gives the same answer after the same work whether an account exists or not. Limits follow
NIST SP 800-63B-4 (passwords of at least 8 characters beside a second factor and 15 alone, no rules of composition,
no more than 100 consecutive failures) and RFC 6238 (time-based codes, each accepted once).
"""

import asyncio
import hashlib
import ipaddress
import unicodedata
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Final, Literal

import structlog
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Column, DateTime, Integer, Table, Text, case, delete, func, update
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, Refused
from qiao.platform.database import Database, Transaction, metadata

log = structlog.get_logger(__name__)
PASSWORD_CHARACTERS_MAX: Final = 256
FREE_TRIES: Final = {"account": 4, "address": 49}
"""Tries without a pause; behind one address there may be a whole call centre."""
PAUSE_SECONDS_MIN: Final = 30
PAUSE_SECONDS_MAX: Final = 900
FAILURES_MAX: Final = 100
FORGOTTEN_AFTER: Final = timedelta(hours=24)

sign_in_failures = Table(
    "sign_in_failures",
    metadata,
    Column("key", Text, primary_key=True),
    Column("failures", Integer, nullable=False),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("blocked_until", DateTime(timezone=True)),
)


class SignInRefused(Refused):
    """The one answer for an unknown name, a wrong password and a wrong code."""

    code = "platform.sign_in_refused"
    status = 403
    text = N_("Name, password or code is not right. Nothing was changed; check them and try again.")


class TooManyTries(Refused):
    """Too many wrong tries for this account or from this network; `seconds` until the next one is heard."""

    code = "platform.too_many_tries"
    status = 429
    text = N_("Too many wrong tries. Please wait {seconds} seconds; what you typed was not checked.")


# Passwords ------------------------------------------------------------------------------------------------------

_hashing = PasswordHash((Argon2Hasher(),))
_crew = ThreadPoolExecutor(max_workers=2, thread_name_prefix="argon2")
"""Each hash takes 64 MiB: two at a time, the others wait their turn."""


async def hash_password(password: str) -> str:
    """The argon2id hash to store, made in a thread (about 50 ms). Raises InputNotUnderstood when it is too long."""
    if len(password) > PASSWORD_CHARACTERS_MAX:
        raise InputNotUnderstood({"password": PASSWORD_TOO_LONG})
    return await asyncio.get_running_loop().run_in_executor(_crew, _hashing.hash, _normal(password))


async def verify_password(password: str, password_hash: str | None) -> bool:
    """Whether it is right. Pass None for an unknown login: the same work is done and the answer is no."""
    return await asyncio.get_running_loop().run_in_executor(_crew, _verify, password, password_hash)


def _verify(password: str, password_hash: str | None) -> bool:
    fits = len(password) <= PASSWORD_CHARACTERS_MAX
    right = _hashing.verify(_normal(password) if fits else "", password_hash or _nobodys_hash())
    return right and fits and password_hash is not None


@cache
def _nobodys_hash() -> str:
    return _hashing.hash("nobody signs in with this")


def _normal(password: str) -> str:
    """One form for each character, however the keyboard made it (NIST: NFKC or NFKD before hashing)."""
    return unicodedata.normalize("NFKC", password)


PASSWORD_TOO_LONG: Final = N_("A password has at most 256 characters.")
PASSWORD_TOO_SHORT: Final = N_("A password has at least 8 characters, and 15 where no second factor is asked.")
PASSWORD_TOO_PLAIN: Final = N_("This password is among the first that a stranger would try; choose another.")
_WORN: Final = ("12345", "password", "qwerty", "abc123", "1q2w3e", "iloveyou", "admin", "letmein", "88888", "woaini")


def password_problem(password: str, *, login: str, second_factor: bool) -> str | None:
    """Why this may not become somebody's password, as a msgid; None when it may."""
    plain = _normal(password)
    if len(password) > PASSWORD_CHARACTERS_MAX:
        return PASSWORD_TOO_LONG
    if len(plain) < (8 if second_factor else 15):
        return PASSWORD_TOO_SHORT
    folded = plain.casefold()
    if len(set(folded)) < 4 or login.casefold() in folded or any(word in folded for word in _WORN):
        return PASSWORD_TOO_PLAIN
    return None


# Wrong tries ----------------------------------------------------------------------------------------------------


def pause_after(kind: Literal["account", "address"], failures: int) -> timedelta:
    """How long to wait after so many failures in a row: nothing, then 30 s doubling to 15 min, in the end a day."""
    over = failures - FREE_TRIES[kind]
    if over <= 0:
        return timedelta(0)
    if kind == "account" and failures >= FAILURES_MAX:
        return FORGOTTEN_AFTER
    return timedelta(seconds=min(PAUSE_SECONDS_MIN * 2 ** min(over - 1, 16), PAUSE_SECONDS_MAX))


def address_prefix(address: str) -> str:
    """The network an address belongs to: /24 of IPv4, /56 of IPv6 (one subscriber); anything else is "unknown"."""
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    return str(ipaddress.ip_network((parsed, 24 if parsed.version == 4 else 56), strict=False))


@dataclass(frozen=True)
class SignInGate:
    """Counts wrong tries by account and by network; known and unknown accounts alike.

    A try is counted *before* the password is looked at, so a hundred tries at the same moment count as a hundred.
    Each method is a transaction of its own, because the refusal that follows rolls the caller's back: call it
    before opening yours.
    """

    database: Database
    audience: Literal["staff", "customer"]

    async def may_try(self, *, account: str, address: str) -> None:
        """Count one try. Raises TooManyTries during a pause; that try is not counted and must not be checked."""
        async with self.database.transaction() as tx:
            for key in sorted(self._keys(account, address)):
                await self._count(tx, key)

    async def note_failure(self, *, account: str, address: str) -> None:
        """The counted try was wrong; it stays counted."""
        key, network = self._keys(account, address)
        log.info("sign_in.failed", account=key, network=network)

    async def note_success(self, *, account: str, address: str) -> None:
        """The counted try was right: the account starts afresh, the network gets its try back."""
        one, network = self._keys(account, address)
        kept, free = sign_in_failures.c, FREE_TRIES["address"]
        async with self.database.transaction() as tx:
            await tx.execute(delete(sign_in_failures).where(kept.key == one))
            await tx.execute(
                update(sign_in_failures)
                .where(kept.key == network, kept.failures > 0)
                .values(
                    failures=kept.failures - 1,
                    blocked_until=case((kept.failures > free + 1, kept.blocked_until), else_=None),
                )
            )

    def _keys(self, account: str, address: str) -> tuple[str, str]:
        name = hashlib.sha256(_normal(account).strip().casefold().encode()).hexdigest()[:32]
        return f"account:{self.audience}:{name}", f"address:{self.audience}:{address_prefix(address)}"

    async def _count(self, tx: Transaction, key: str) -> None:
        fresh = insert(sign_in_failures).values(key=key, failures=0, last_at=tx.now)
        held = fresh.on_conflict_do_update(index_elements=["key"], set_={"key": fresh.excluded.key})
        row = await tx.one(held.returning(sign_in_failures))
        assert row is not None
        if row["blocked_until"] is not None and row["blocked_until"] > tx.now:
            raise TooManyTries(seconds=_seconds_until(row["blocked_until"], tx.now))
        kind: Literal["account", "address"] = "account" if key.startswith("account:") else "address"
        failures = (row["failures"] if tx.now - row["last_at"] < FORGOTTEN_AFTER else 0) + 1
        pause = pause_after(kind, failures)
        await tx.execute(
            update(sign_in_failures)
            .where(sign_in_failures.c.key == key)
            .values(failures=failures, last_at=tx.now, blocked_until=tx.now + pause if pause else None)
        )


def _seconds_until(instant: datetime, now: datetime) -> int:
    return max(1, -int((now - instant).total_seconds() // 1))


async def forget_failures(tx: Transaction) -> int:
    """Remove what no longer counts; returns how many rows."""
    old = sign_in_failures.c.last_at < tx.now - FORGOTTEN_AFTER
    over = func.coalesce(sign_in_failures.c.blocked_until, sign_in_failures.c.last_at) < tx.now
    return (await tx.execute(delete(sign_in_failures).where(old, over))).rowcount
