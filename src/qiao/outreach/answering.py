"""What a customer's text does: a word to stop or start is obeyed at once; else it belongs to the talk that goes on.

In a talk in which a one-time code was asked for, a bare code is the proof and no part of what was said.
"""

import re
import unicodedata
from collections.abc import Collection
from typing import Final

from sqlalchemy import select, tuple_

from qiao import catalogue, customers, interactions, post
from qiao.customers import Customer
from qiao.interactions import Interaction, InteractionHasEnded, TextIsEmpty
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.outreach.consenting import start, stop
from qiao.outreach.model import CHOSEN
from qiao.outreach.model_stop import wish_of
from qiao.outreach.notifying import PURPOSE, refuse_held
from qiao.outreach.store import attempts, callbacks
from qiao.outreach.templates import template
from qiao.platform.database import Transaction
from qiao.platform.failpoints import failpoint
from qiao.platform.policy import Level
from qiao.post import TextIn

_CODE: Final = re.compile(r"[0-9]{6}")
_ORDER: Final = re.compile(r"[0-9]{4}")
HIDDEN: Final = "****"
"""As customers.send_code makes it."""
STOPPED: Final = "outreach.stop.before_commit"


async def hear_text(tx: Transaction, text: TextIn, person: Customer | None, talk: InteractionId | None) -> bool:
    """Obey a stop or start word of `person`, who holds the number now; else keep it in `talk`, the one of `talks_with`.

    Returns whether that is all that is to be made of it. A number nobody is known to hold has nothing to stop, yet who
    says stop is not answered.
    """
    wish = wish_of(text.text)
    if person is None:
        return wish == "stop"
    if wish is None:
        return await _go_on(tx, person.id, text, talk)
    if wish == "stop":
        await _stop(tx, person.id, text, person.language)
    elif await start(tx, customer_id=person.id, channel="sms", by=_by(person.id), proof=text.text):
        await _answer(tx, "outreach.started", text, person.language, _by(person.id))
    return True


async def _stop(tx: Transaction, customer_id: CustomerId, text: TextIn, language: str) -> None:
    """Nothing that waits leaves any more; one text says so (FCC: one confirmation is no breach of the stop)."""
    changed = await stop(tx, customer_id=customer_id, channel="sms", by=_by(customer_id), proof=text.text)
    await refuse_held(tx, customer_id, "stopped")
    purposes = [f"{PURPOSE}.{purpose}" for purpose in CHOSEN]
    await post.withdraw(tx, recipient=text.sender, purposes=purposes)
    if changed:
        await _answer(tx, "outreach.stopped", text, language, _by(customer_id))
    failpoint(STOPPED)


async def _answer(tx: Transaction, code: str, text: TextIn, language: str, actor: str) -> None:
    """The one answer to his own word: no consent is asked for it and it never waits for the morning."""
    words = await template(tx, code)
    said, tongue = words.render("sms", language, {})
    await post.send(
        tx,
        purpose="outreach.answer",
        recipient=text.sender,
        text=said,
        language=tongue,
        key=str(text.id),
        origin=Origin("sms", None, actor),
    )


async def _go_on(tx: Transaction, customer_id: CustomerId, text: TextIn, talk: InteractionId | None) -> bool:
    if talk is None or not text.text:
        return False
    contact = await interactions.interaction(tx, talk)
    if _ORDER.fullmatch(_digits(text)) and await catalogue.await_digits(tx, [text.sender]):
        return False
    if contact.proof_asked == "one_time_code" and _code(text):
        await _prove(tx, contact, customer_id, text)
        await post.wipe(tx, [text.id])
        return True
    secret = contact.proof_asked is not None and bool(_code(text))
    try:
        await interactions.say(
            tx,
            interaction_id=talk,
            author_kind="customer",
            author_id=customer_id,
            text=HIDDEN if secret else text.text,
            client_key=str(text.id),
        )
    except (InteractionHasEnded, TextIsEmpty):
        return False
    if secret:
        await post.wipe(tx, [text.id])
    return True


def _code(text: TextIn) -> str:
    """The six digits that the text is, as ASCII; empty for anything else."""
    told = _digits(text)
    return told if _CODE.fullmatch(told) else ""


def _digits(text: TextIn) -> str:
    return unicodedata.normalize("NFKC", text.text).strip()


async def _prove(tx: Transaction, contact: Interaction, customer_id: CustomerId, text: TextIn) -> None:
    """The code he was sent in this talk, texted back from the same number: it counts, and is never shown to anybody."""
    if contact.proof_service != text.sender or contact.whose_proof != customer_id:
        return
    checked = await customers.check_code(tx, service=text.sender, purpose=f"contact:{contact.id}", code=_code(text))
    if not checked.ok:
        await _answer(tx, "outreach.code_not_right", text, contact.language, _by(customer_id))
        return
    level = Level(interactions.level_with(contact, "one_time_code"))
    told = {"method": "one_time_code", "customer_id": customer_id}
    await interactions.prove_level(tx, interaction_id=contact.id, level=level, **told)  # type: ignore[arg-type]


async def talks_with(
    tx: Transaction, people: Collection[tuple[CustomerId, ServiceId]]
) -> dict[tuple[CustomerId, ServiceId], InteractionId]:
    """The callbacks of these customers on these numbers in which an agent is now, the newest of each."""
    keys = [(customer_id, str(service)) for customer_id, service in people]
    going_on = (
        select(callbacks.c.customer_id, callbacks.c.service, attempts.c.interaction_id)
        .join(callbacks, callbacks.c.id == attempts.c.callback_id)
        .where(
            tuple_(callbacks.c.customer_id, callbacks.c.service).in_(keys),
            attempts.c.outcome.is_(None),
            attempts.c.answered_at.is_not(None),
        )
        .order_by(attempts.c.answered_at)
    )
    return {
        (row["customer_id"], ServiceId.from_text(row["service"])): InteractionId(row["interaction_id"])
        for row in await tx.rows(going_on)
    }


def _by(customer_id: CustomerId) -> str:
    return f"customer:{customer_id}"
