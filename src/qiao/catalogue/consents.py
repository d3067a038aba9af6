"""Asking the holder of another number before an order is done to it: by text, answered by text, and both are told.

The digits that he is sent prove that he who agrees has that telephone.
"""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao import post
from qiao.catalogue.model import Order
from qiao.catalogue.model_consents import GOOD, Consent, digits_of, heard, may_answer, standing
from qiao.catalogue.outcomes import ask_again
from qiao.catalogue.queries import order
from qiao.catalogue.receipts import consent_text, words
from qiao.catalogue.services import service
from qiao.catalogue.store import consents
from qiao.catalogue.texted_digits import are_these, fresh_digits
from qiao.customers import customer, customer_of
from qiao.kernel.ids import OrderId, new_id
from qiao.kernel.languages import nearest
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform import rate_limits
from qiao.platform.database import Transaction
from qiao.platform.rate_limits import Limit
from qiao.platform.timers import cancel_timer, set_timer

SILENCE: Final = "catalogue.consent_silent"
PURPOSE: Final = "consent"
BY_TEXT: Final = "sms"
ASKED: Final = Limit(burst=3, refill_seconds=8 * 3600)
"""So often one number is asked, whoever asks: three times, then once in eight hours."""


async def ask_consent(tx: Transaction, asked: Order, member: ServiceId, *, language: str) -> Consent:
    """The consent of whoever holds `member` to the order that is `asked`, as it stands; the first time he is texted.

    `language` is for him of whom no language is known. Raises TooManyRequests: nobody is asked without end.
    """
    row = await tx.one(select(consents).where(consents.c.order_id == asked.id))
    if row is not None:
        return standing(_consent(row), tx.now)
    await rate_limits.take(tx, f"catalogue.consent:{member}", ASKED)
    digits, salt, mark = fresh_digits()
    values = {"id": new_id(), "order_id": asked.id, "asker": str(asked.target), "member": str(member), "salt": salt}
    values |= {"mark": mark, "state": "asked", "tries": 0, "until_at": tx.now + GOOD}
    made = await tx.one(insert(consents).values(values).on_conflict_do_nothing().returning(consents))
    if made is None:  # asked at the same moment by whoever took the order in hand beside us
        return await ask_consent(tx, asked, member, language=language)
    consent = _consent(made)
    await set_timer(tx, kind=SILENCE, ref=str(consent.id), due_at=consent.until_at)
    await _tell(tx, consent, "consent_ask", digits=digits, language=language)
    return consent


async def hear_consent(tx: Transaction, member: ServiceId, said: str) -> bool:
    """Take a text as the answer to what this number was asked last; False when nothing was asked or it is no answer.

    He is told by text what was made of it; who ordered gets the receipt of his order.
    """
    if not may_answer(said):
        return False
    asked = select(consents).where(consents.c.member == str(member), consents.c.state == "asked")
    rows = await tx.rows(asked.order_by(consents.c.until_at.desc()).with_for_update())
    found = [(row, standing(_consent(row), tx.now)) for row in rows]
    open_ones = [(row, one) for row, one in found if one.state == "asked"]
    if not open_ones:
        return False
    digits = digits_of(said)
    mine = [one for row, one in open_ones if digits and are_these(digits, row["salt"], row["mark"])]
    before = mine[0] if mine else open_ones[0][1]
    after = heard(before, said, right=bool(mine), now=tx.now)
    await _keep(tx, after)
    told = {"agreed": "consent_agreed", "refused": "consent_refused"}.get(after.state, "consent_wrong")
    await _tell(tx, after, told, key=f"{after.state}:{after.tries}")
    return True


async def note_silence(tx: Transaction, refs: list[str]) -> None:
    """Whoever did not answer in time has not agreed; he is told, and the order goes on to be refused."""
    mine = select(consents).where(consents.c.id.in_([UUID(ref) for ref in refs]), consents.c.state == "asked")
    for row in await tx.rows(mine.with_for_update()):
        consent = standing(_consent(row), tx.now)
        if consent.state == "silent":
            await _keep(tx, consent)
            await _tell(tx, consent, "consent_silent", key="silent")


async def _keep(tx: Transaction, consent: Consent) -> None:
    values: dict[str, Any] = {"state": consent.state, "tries": consent.tries}
    if consent.state != "asked":
        values |= {"answered_at": tx.now, "mark": b"", "salt": b""}
        await cancel_timer(tx, kind=SILENCE, ref=str(consent.id))
        await ask_again(tx, [str(consent.order_id)])
        await _tell_asker(tx, consent)
    await tx.execute(update(consents).where(consents.c.id == consent.id).values(values))


async def _tell_asker(tx: Transaction, consent: Consent) -> None:
    """Whoever ordered anywhere but by text is told here; by text he gets the receipt of his order."""
    found = await order(tx, consent.order_id)
    if found.origin.channel == BY_TEXT:
        return
    language = (await customer(tx, found.customer_id)).language
    await post.send(
        tx,
        purpose=PURPOSE,
        recipient=consent.asker,
        text=consent_text(service(found.code), found, language, state=consent.state),
        language=language,
        key=f"{consent.id}:told",
        origin=Origin("sms", None, "system:catalogue"),
        priority="urgent",
    )


async def _tell(
    tx: Transaction, consent: Consent, what: str, *, digits: str = "", language: str = "", key: str = "asked"
) -> None:
    known = await customer_of(tx, consent.member)
    spoken = nearest(known.language if known is not None else language)
    await post.send(
        tx,
        purpose=PURPOSE,
        recipient=consent.member,
        text=words().say(what, spoken, number=consent.asker.national, digits=digits),
        language=spoken,
        key=f"{consent.id}:{key}",
        origin=Origin("sms", None, "system:catalogue"),
        priority="urgent",
        secret=digits != "",
    )


def _consent(row: RowMapping) -> Consent:
    asker, member = ServiceId.from_text(row["asker"]), ServiceId.from_text(row["member"])
    return Consent(row["id"], OrderId(row["order_id"]), asker, member, row["state"], row["until_at"], row["tries"])
