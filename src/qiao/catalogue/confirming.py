"""Orders by text wait for the digits that were texted to the number: they prove the handset for this one order.

One order waits for a number; a newer one replaces it. The digits are kept only as a salted hash, are good for five
minutes and three tries, and are used up by the order they place, in the transaction that places it.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import RowMapping, delete, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.catalogue.model import Order, read_parameters
from qiao.catalogue.operations import place_order
from qiao.catalogue.receipts import chosen_text, confirmation_text
from qiao.catalogue.services import service
from qiao.catalogue.standing import must_be_eligible_here
from qiao.catalogue.store import confirmations
from qiao.catalogue.texted_digits import are_these, fresh_digits
from qiao.customers import holds, may_try_password, note_wrong
from qiao.kernel.ids import CustomerId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotFound, Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.policy import Level

GOOD: Final = timedelta(minutes=5)
TRIES_MAX: Final = 3


class ConfirmationNotRight(Refused):
    """These are not the digits that were sent, or nothing waits for them any more."""

    code = "catalogue.confirmation_not_right"
    text = N_("These are not the digits, or their five minutes are over. Nothing was done; order it again.")


class TooManyWrongAnswers(Refused):
    """Wrong answers for this number count a day over all channels."""

    code = "catalogue.too_many_wrong_answers"
    status = 403
    text = N_(
        "Too many wrong answers were given for this number. Nothing was done; try again tomorrow or ask a person."
    )


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for its digits; `what` names what was chosen, in his language."""

    expires_at: datetime
    code: str
    customer_id: CustomerId
    target: ServiceId
    parameters: Mapping[str, str]
    what: str
    price: Money | None

    @property
    def asked_at(self) -> datetime:
        """When the digits were sent."""
        return self.expires_at - GOOD


async def ask_confirmation(
    tx: Transaction,
    *,
    code: str,
    customer_id: CustomerId,
    target: ServiceId,
    parameters: Mapping[str, str],
    language: str,
    what: str = "",
    price: Money | None = None,
) -> str:
    """Let an order wait for its digits; returns the text that asks for them, which goes to `target` and nowhere else.

    `price` is what the choice he made costs; a price that always stands need not be given. Raises NotFound (no such
    service, not his number), InputNotUnderstood, TooManyWrongAnswers, NotEligible for what is known here already.
    """
    asked = service(code)
    given = read_parameters(asked, parameters)
    if asked.kind != "act" or not asked.self_service or not await holds(tx, customer_id, target):
        raise NotFound
    await must_be_eligible_here(tx, asked, customer_id, target)
    if not (await may_try_password(tx, service=target)).ok:
        raise TooManyWrongAnswers
    price, what = price or asked.price, what or chosen_text(asked, given, language)
    digits, salt, mark = fresh_digits()
    values = {
        "id": new_id(),
        "code": code,
        "customer_id": customer_id,
        "parameters": given,
        "what": what[:200],
        "price_minor": price.minor if price else None,
        "currency": price.currency if price else "",
        "salt": salt,
        "mark": mark,
        "tries": 0,
        "expires_at": tx.now + GOOD,
    }
    made = insert(confirmations).values(target=str(target), **values)
    await tx.execute(made.on_conflict_do_update(index_elements=["target"], set_=values))
    return confirmation_text(asked, digits, language, what=what, price=price)


async def waits_for_digits(tx: Transaction, target: ServiceId) -> Waiting | None:
    """What waits for digits from this number now, if anything; after three wrong ones it waits no longer."""
    mine = (confirmations.c.target == str(target)) & (confirmations.c.tries < TRIES_MAX)
    row = await tx.one(select(confirmations).where(mine, confirmations.c.expires_at > tx.now))
    return _waiting(row) if row is not None else None


async def await_digits(tx: Transaction, targets: Collection[ServiceId]) -> dict[ServiceId, Waiting]:
    """What waits for digits from these numbers; one query however many.

    Also what waits no longer after three wrong ones: a door must know that four digits are meant for it.
    """
    if not targets:
        return {}
    these = confirmations.c.target.in_([str(one) for one in targets]) & (confirmations.c.expires_at > tx.now)
    found = [_waiting(row) for row in await tx.rows(select(confirmations).where(these))]
    return {one.target: one for one in found}


async def confirm(
    tx: Transaction,
    *,
    target: ServiceId,
    customer_id: CustomerId,
    digits: str,
    origin: Origin,
    actor_ref: str,
    level: int = Level.ONE_FACTOR,
    key: str = "",
) -> tuple[Order, str]:
    """Place the order these digits confirm, once; returns it and what was chosen.

    `level` is what was proved beside the handset; `key`, if given, is the order's own instead of the confirmation's.

    Wrong digits count for the number a day over all channels: call in a transaction that is committed though this
    raises. Raises ConfirmationNotRight, TooManyWrongAnswers, and what `place_order` raises.
    """
    row = await tx.one(select(confirmations).where(confirmations.c.target == str(target)).with_for_update())
    if row is None or row["expires_at"] <= tx.now or row["customer_id"] != customer_id or row["tries"] >= TRIES_MAX:
        raise ConfirmationNotRight
    if not (await may_try_password(tx, service=target)).ok:
        raise TooManyWrongAnswers
    if not are_these(digits, row["salt"], row["mark"]):
        await tx.execute(
            update(confirmations).where(confirmations.c.id == row["id"]).values(tries=confirmations.c.tries + 1)
        )
        if await note_wrong(tx, service=target) is not None:
            raise TooManyWrongAnswers
        raise ConfirmationNotRight
    waiting = _waiting(row)
    await tx.execute(delete(confirmations).where(confirmations.c.id == row["id"]))
    order = await place_order(
        tx,
        code=waiting.code,
        customer_id=customer_id,
        target=target,
        parameters=waiting.parameters,
        actor_ref=actor_ref,
        level=max(int(level), int(Level.ONE_FACTOR)),
        basis="self",
        origin=origin,
        key=key or f"confirmed:{row['id']}",
        confirmed=True,
        price=waiting.price,
    )
    return order, waiting.what


async def forget_confirmations(tx: Transaction) -> None:
    """Drop what nobody confirmed in time."""
    await tx.execute(delete(confirmations).where(confirmations.c.expires_at <= tx.now - GOOD))


def _waiting(row: RowMapping) -> Waiting:
    price = Money(row["price_minor"], row["currency"]) if row["price_minor"] is not None else None
    target = ServiceId.from_text(row["target"])
    about = (row["code"], CustomerId(row["customer_id"]), target, row["parameters"], row["what"], price)
    return Waiting(row["expires_at"], *about)
