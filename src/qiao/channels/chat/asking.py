"""The question whether a case is solved, in the chat of the customer it is asked: shown as a card, answered by a key.

It is for whoever signed in on our portal, or has proved in this conversation who he is; a visitor sees none.
"""

from typing import Any, Literal
from uuid import UUID

from qiao import cases
from qiao.channels.chat.model import Party
from qiao.channels.chat.queries import View, view
from qiao.kernel.ids import CustomerId
from qiao.platform.database import Transaction
from qiao.platform.policy import Level


def _whose(party: Party, seen: View) -> CustomerId | None:
    contact = seen.contact
    if party.customer_id is not None:
        return party.customer_id
    proved = contact is not None and contact.ended_at is None and contact.level >= Level.ONE_FACTOR
    return contact.customer_id if contact is not None and proved else None


async def question_json(tx: Transaction, party: Party, seen: View) -> dict[str, Any] | None:
    """The question that waits for this party, the newest first; None when there is none."""
    customer_id = _whose(party, seen)
    asked = await cases.questions_to(tx, customer_id) if customer_id is not None else ()
    return {"id": str(asked[0].id), "number": asked[0].number} if asked else None


async def answer(tx: Transaction, party: Party, question_id: UUID, solved: Literal["yes", "no"]) -> None:
    """Take his word. Raises NothingAsked for a question that is not his or not open any more, AnsweredBefore."""
    seen = await view(tx, party)
    customer_id = _whose(party, seen)
    asked = await cases.questions_to(tx, customer_id) if customer_id is not None else ()
    found = next((one for one in asked if one.id == question_id), None)
    if found is None:
        raise cases.NothingAsked(number="…")
    live = seen.contact is not None and seen.contact.ended_at is None and seen.contact.customer_id == customer_id
    await cases.confirm(
        tx,
        case_id=found.case_id,
        solved=solved,
        by=f"customer:{customer_id}",
        channel="chat",
        interaction_id=seen.contact.id if live and seen.contact is not None else None,
        seen_question=found.id,
    )
