"""The second factor: time-based codes (RFC 6238, 30 s, one step either side), each good once, and recovery codes.

No seed is stored: it is derived from the house's secret and a random salt in the row, so a copy of the database
alone makes no codes. A new secret_key therefore means enrolling again (recovery codes end with it too).

`at` is the machine's instant, not the house's: the authenticator in somebody's pocket does not follow a demo clock.
"""

import base64
import hashlib
import hmac
import secrets
import unicodedata
from datetime import datetime
from typing import Final

import pyotp
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    delete,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform.database import Transaction, metadata
from qiao.platform.sign_in import SignInRefused
from qiao.platform.signing import Keys

STEP_SECONDS: Final = 30
STEPS_EITHER_SIDE: Final = 1
RECOVERY_CODES: Final = 10

second_factors = Table(
    "second_factors",
    metadata,
    Column("subject", Text, primary_key=True),
    Column("salt", LargeBinary),
    Column("pending_salt", LargeBinary),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("last_step", BigInteger, nullable=False, server_default="0"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("subject", Text, nullable=False),
    Column("mark", LargeBinary, nullable=False),
    Column("used_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("subject", "mark"),
)


class CodeAlreadyUsed(Refused):
    """The code is right but was used before; somebody may have looked over a shoulder."""

    code = "platform.code_already_used"
    status = 403
    text = N_("This code was used already. You are not signed in yet; wait for the next one.")


def accepted_step(seed: str, code: str, *, at: datetime, last_step: int) -> int:
    """The 30 s step this code belongs to. Raises SignInRefused when wrong, CodeAlreadyUsed up to `last_step`.

    All neighbouring steps are compared whatever matches, so the answer takes the same time.
    """
    typed = plain_code(code)
    now_step = int(at.timestamp()) // STEP_SECONDS
    found = 0
    for step in range(now_step - STEPS_EITHER_SIDE, now_step + STEPS_EITHER_SIDE + 1):
        if hmac.compare_digest(pyotp.TOTP(seed).at(step * STEP_SECONDS).encode(), typed.encode()):
            found = step
    if not found:
        raise SignInRefused
    if found <= last_step:
        raise CodeAlreadyUsed
    return found


def plain_code(code: str) -> str:
    """What was typed without spaces and hyphens, full-width digits made plain."""
    return "".join(c for c in unicodedata.normalize("NFKC", code[:64]) if c.isalnum()).upper()


async def totp_is_on(tx: Transaction, *, subject: str) -> bool:
    """Whether this subject ("agent:<id>") has confirmed an authenticator."""
    found = await tx.scalar(select(second_factors.c.confirmed_at).where(second_factors.c.subject == subject))
    return found is not None


async def totp_begin(tx: Transaction, keys: Keys, *, subject: str) -> str:
    """Start enrolling; returns the seed (base32) to show once. An authenticator in use stays so until confirmed."""
    salt = secrets.token_bytes(16)
    written = insert(second_factors).values(subject=subject, pending_salt=salt)
    await tx.execute(written.on_conflict_do_update(index_elements=["subject"], set_={"pending_salt": salt}))
    return _seed(keys, subject, salt)


def totp_link(seed: str, *, login: str, issuer: str = "Qiao") -> str:
    """The otpauth:// address behind the square that authenticators scan."""
    return pyotp.TOTP(seed).provisioning_uri(name=login, issuer_name=issuer)


async def totp_confirm(tx: Transaction, keys: Keys, *, subject: str, code: str, at: datetime) -> list[str]:
    """The first code from the new authenticator; from now on it is the one. Returns fresh recovery codes, shown once.

    Raises SignInRefused when the code is wrong or nothing was begun.
    """
    row = await tx.one(select(second_factors).where(second_factors.c.subject == subject).with_for_update())
    if row is None or row["pending_salt"] is None:
        raise SignInRefused
    step = accepted_step(_seed(keys, subject, row["pending_salt"]), code, at=at, last_step=0)
    await tx.execute(
        update(second_factors)
        .where(second_factors.c.subject == subject)
        .values(salt=row["pending_salt"], pending_salt=None, confirmed_at=tx.now, last_step=step)
    )
    return await new_recovery_codes(tx, keys, subject=subject)


async def totp_check(tx: Transaction, keys: Keys, *, subject: str, code: str, at: datetime) -> None:
    """Take a code once. Raises SignInRefused (wrong, or no authenticator) or CodeAlreadyUsed."""
    row = await tx.one(select(second_factors).where(second_factors.c.subject == subject).with_for_update())
    on = row is not None and row["salt"] is not None
    seed = _seed(keys, subject, row["salt"] if row is not None and on else b"nobody")
    step = accepted_step(seed, code, at=at, last_step=row["last_step"] if row is not None else 0)
    if not on:
        raise SignInRefused
    await tx.execute(update(second_factors).where(second_factors.c.subject == subject).values(last_step=step))


async def totp_remove(tx: Transaction, *, subject: str) -> None:
    """Forget authenticator and recovery codes: the person enrolls anew."""
    await tx.execute(delete(second_factors).where(second_factors.c.subject == subject))
    await tx.execute(delete(recovery_codes).where(recovery_codes.c.subject == subject))


async def new_recovery_codes(tx: Transaction, keys: Keys, *, subject: str) -> list[str]:
    """Ten codes of 50 random bits such as "7K2MD-Q4TXA", to be shown once; earlier ones end."""
    await tx.execute(delete(recovery_codes).where(recovery_codes.c.subject == subject))
    codes = [base64.b32encode(secrets.token_bytes(7)).decode()[:10] for _ in range(RECOVERY_CODES)]
    marks = [{"subject": subject, "mark": _mark(keys, subject, code)} for code in codes]
    await tx.execute(recovery_codes.insert(), marks)
    return [f"{code[:5]}-{code[5:]}" for code in codes]


async def use_recovery_code(tx: Transaction, keys: Keys, *, subject: str, code: str) -> int:
    """Take a recovery code once; returns how many are left. Raises SignInRefused or CodeAlreadyUsed."""
    mark = _mark(keys, subject, plain_code(code))
    mine = (recovery_codes.c.subject == subject) & (recovery_codes.c.mark == mark)
    taken = await tx.execute(
        update(recovery_codes).where(mine, recovery_codes.c.used_at.is_(None)).values(used_at=tx.now)
    )
    if not taken.rowcount:
        raise CodeAlreadyUsed if await tx.one(select(recovery_codes).where(mine)) else SignInRefused
    left = select(recovery_codes.c.mark).where(recovery_codes.c.subject == subject, recovery_codes.c.used_at.is_(None))
    return len(await tx.rows(left))


def _seed(keys: Keys, subject: str, salt: bytes) -> str:
    made = hmac.new(keys.key("second_factor.seed"), subject.encode() + b"\0" + salt, hashlib.sha256).digest()
    return base64.b32encode(made[:20]).decode()


def _mark(keys: Keys, subject: str, code: str) -> bytes:
    said = f"{subject}\0{code}".encode()
    return hmac.new(keys.key("second_factor.recovery"), said, hashlib.sha256).digest()
