"""Proving that a number is his by a one-time code; wrong ones count in `tries`."""

import asyncio
import hashlib
import hmac
import secrets
from datetime import timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from qiao.customers.model import CODE_DIGITS, CODE_GOOD, RESEND_AFTER, CodeCheck, CodeSent, blocked_until, plain_code
from qiao.customers.queries import holds
from qiao.customers.store import one_time_codes
from qiao.customers.texts import TEXTS
from qiao.customers.tries import hold, may_try_password, note_wrong
from qiao.kernel.ids import CustomerId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.rate_limits import Limit, TooManyRequests, refill, take
from qiao.post import send

SENDING: Final = Limit(burst=5, refill_seconds=600)
"""Codes one number is sent: five at once, then one in ten minutes; nobody's telephone is flooded by us."""
SENDING_A_DAY: Final = Limit(burst=20, refill_seconds=4_320)
"""The same over a day."""
ASKING: Final = Limit(burst=1, refill_seconds=RESEND_AFTER.total_seconds())
"""Counted for every number alike, so that when the next code may be asked for tells nothing about a number."""


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
    salt, code = secrets.token_bytes(16), f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    mark = await _mark(salt, code)
    try:
        await take(tx, _asking(service, purpose), ASKING)
    except TooManyRequests as early:
        return _answer(tx, timedelta(seconds=early.params["seconds"]))
    answer = _answer(tx, RESEND_AFTER)
    if customer_id is None or not await holds(tx, customer_id, service):
        return answer
    if not (await may_try_password(tx, service=service)).ok:
        return answer
    try:
        await take(tx, f"customers.code:{service}", SENDING)
        await take(tx, f"customers.code_day:{service}", SENDING_A_DAY)
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


def _answer(tx: Transaction, wait: timedelta) -> CodeSent:
    """What is said of a code that may be asked for again after `wait`, whether there is one or not."""
    resend_at = tx.now + wait
    return CodeSent(resend_at - RESEND_AFTER + CODE_GOOD, resend_at)


def _asking(service: ServiceId, purpose: str) -> str:
    return f"customers.ask:{purpose}:{service}"


async def check_code(tx: Transaction, *, service: ServiceId, purpose: str, code: str) -> CodeCheck:
    """Whether this is the code; taken once. Never raises for a wrong one, so that the count can be committed.

    A right code for a number that has changed hands since is wrong, and so is any while wrong answers block it.
    """
    tries = await hold(tx, service)
    blocked = blocked_until(tries["failures"], tries["first_at"], tx.now)
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
        await refill(tx, _asking(service, purpose))
        return CodeCheck(ok=True)
    return CodeCheck(ok=False, blocked_until=await note_wrong(tx, service=service))


async def forget_codes(tx: Transaction) -> None:
    """Drop codes that are worth nothing any more."""
    await tx.execute(delete(one_time_codes).where(one_time_codes.c.expires_at < tx.now))


async def _mark(salt: bytes, code: str) -> bytes:
    """What is kept of a code: slow to guess even for whoever reads the table, and only minutes long worth anything."""
    return await asyncio.to_thread(hashlib.scrypt, code.encode(), salt=salt, n=4096, r=8, p=1, dklen=32)
