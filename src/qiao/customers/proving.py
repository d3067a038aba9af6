"""Proving that a number is his: one-time codes and service passwords, with one count of wrong answers for both."""

import asyncio
import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from qiao.customers.events import ProvingBlocked
from qiao.customers.model import (
    CODE_DIGITS,
    CODE_GOOD,
    FAILURES_MAX,
    RESEND_AFTER,
    CodeCheck,
    CodeSent,
    blocked_until,
    counted,
    plain_code,
)
from qiao.customers.queries import holds
from qiao.customers.store import number_periods, one_time_codes, proof_tries
from qiao.customers.texts import TEXTS
from qiao.kernel.ids import CustomerId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.rate_limits import Limit, TooManyRequests, take
from qiao.post import send

SENDING: Final = Limit(burst=5, refill_seconds=600)
"""Codes one number is sent: five at once, then one in ten minutes; nobody's telephone is flooded by us."""


async def send_code(
    tx: Transaction,
    *,
    service: ServiceId,
    purpose: str,
    customer_id: CustomerId | None,
    language: str,
    origin: Origin,
) -> CodeSent:
    """Send a code for this purpose ("sign_in", "contact:<id>") to the number itself; an earlier one is worth nothing.

    Nothing is sent when the number is nobody's (`customer_id` None) or not his, within a minute of the last one, above
    the limit, or while wrong answers block it: the answer is the same, so that it tells nothing.
    """
    answer = CodeSent(tx.now + CODE_GOOD, tx.now + RESEND_AFTER)
    salt, code = secrets.token_bytes(16), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    mark = await _mark(salt, code)
    if customer_id is None or not await holds(tx, customer_id, service) or await _blocked(tx, service) is not None:
        return answer
    mine = (one_time_codes.c.service == str(service)) & (one_time_codes.c.purpose == purpose)
    last = await tx.one(select(one_time_codes).where(mine).with_for_update())
    if last is not None and tx.now < last["sent_at"] + RESEND_AFTER:
        return CodeSent(last["expires_at"], last["sent_at"] + RESEND_AFTER)
    try:
        await take(tx, f"customers.code:{service}", SENDING)
    except TooManyRequests:
        return answer
    values = {
        "customer_id": customer_id,
        "salt": salt,
        "mark": mark,
        "sent_at": tx.now,
        "expires_at": tx.now + CODE_GOOD,
    }
    written = insert(one_time_codes).values(service=str(service), purpose=purpose, **values)
    await tx.execute(written.on_conflict_do_update(index_elements=["service", "purpose"], set_=values))
    await send(
        tx,
        purpose="one_time_code",
        recipient=service,
        text=TEXTS.say("one_time_code", language, code=code, minutes=int(CODE_GOOD.total_seconds() // 60)),
        language=language,
        key=str(new_id()),
        origin=origin,
        priority="urgent",
        secret=True,
    )
    return answer


async def check_code(tx: Transaction, *, service: ServiceId, purpose: str, code: str) -> CodeCheck:
    """Whether this is the code; taken once. Never raises for a wrong one, so that the count can be committed.

    A right code for a number that has changed hands since is wrong, and so is any while wrong answers block it.
    """
    blocked = await _blocked(tx, service, lock=True)
    mine = (one_time_codes.c.service == str(service)) & (one_time_codes.c.purpose == purpose)
    row = await tx.one(select(one_time_codes).where(mine).with_for_update())
    given = await _mark(row["salt"] if row is not None else b"nobody's", plain_code(code))
    if blocked is not None:
        return CodeCheck(ok=False, blocked_until=blocked)
    right = (
        row is not None
        and hmac.compare_digest(given, row["mark"])
        and tx.now < row["expires_at"]
        and await holds(tx, CustomerId(row["customer_id"]), service)
    )
    if right:
        await tx.execute(delete(one_time_codes).where(mine))
        return CodeCheck(ok=True)
    return CodeCheck(ok=False, blocked_until=await note_wrong(tx, service=service))


async def note_wrong(tx: Transaction, *, service: ServiceId) -> datetime | None:
    """Count one wrong answer for this number; when it is now blocked, until when."""
    row = await tx.one(select(proof_tries).where(proof_tries.c.service == str(service)).with_for_update())
    failures, first_at = counted(row["failures"] if row else 0, row["first_at"] if row else None, tx.now)
    values = {"failures": failures, "first_at": first_at}
    written = insert(proof_tries).values(service=str(service), **values)
    await tx.execute(written.on_conflict_do_update(index_elements=["service"], set_=values))
    if failures == FAILURES_MAX:
        holder = await tx.scalar(
            select(number_periods.c.customer_id).where(
                number_periods.c.service == str(service), number_periods.c.until.is_(None)
            )
        )
        if holder is not None:
            await emit(tx, ProvingBlocked(CustomerId(holder)))
    return blocked_until(failures, first_at, tx.now)


async def may_try_password(tx: Transaction, *, service: ServiceId) -> CodeCheck:
    """Whether a service password may be tried for this number now; ask before the operator is asked."""
    blocked = await _blocked(tx, service)
    return CodeCheck(ok=blocked is None, blocked_until=blocked)


async def forget_codes(tx: Transaction) -> None:
    """Drop codes that are worth nothing any more."""
    await tx.execute(delete(one_time_codes).where(one_time_codes.c.expires_at < tx.now))


async def _blocked(tx: Transaction, service: ServiceId, *, lock: bool = False) -> datetime | None:
    wanted = select(proof_tries).where(proof_tries.c.service == str(service))
    row = await tx.one(wanted.with_for_update() if lock else wanted)
    return blocked_until(row["failures"], row["first_at"], tx.now) if row is not None else None


async def _mark(salt: bytes, code: str) -> bytes:
    """What is kept of a code: slow to guess even for whoever reads the table, and only minutes long worth anything."""
    return await asyncio.to_thread(hashlib.scrypt, code.encode(), salt=salt, n=4096, r=8, p=1, dklen=32)
