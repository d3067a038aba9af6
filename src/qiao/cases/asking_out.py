"""The question whether it is solved, as it leaves the house: a text with a signed link, in the customer's language."""

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from qiao import outreach
from qiao.cases.confirmation_rules import AnsweredBefore, NothingAsked
from qiao.cases.model_confirmation import LINK_DAYS
from qiao.cases.model_records import Case
from qiao.cases.proof_records import OpenQuestion, open_question
from qiao.cases.queries import case_alone
from qiao.cases.store import confirmations
from qiao.cases.store_proof import confirmation_questions
from qiao.cases.telling import number_to_tell
from qiao.kernel.ids import CaseId
from qiao.kernel.origin import Origin
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.signing import Keys, LinkNotValid

PURPOSE: Final = "cases.confirmation"
BY: Final = "system:proof"


def sign_link(house: House, question_id: UUID) -> str:
    """The address under which this question can be answered without signing in, good for LINK_DAYS."""
    token = (
        house.get(Keys).signer(PURPOSE).sign({"q": str(question_id)}, now=house.clock.now(), seconds=86_400 * LINK_DAYS)
    )
    return f"{house.settings.address.rstrip('/')}/confirm/{token}"


def question_of_link(house: House, token: str) -> UUID:
    """The question that a link is about. Raises LinkNotValid (altered), LinkExpired."""
    told: dict[str, Any] = house.get(Keys).signer(PURPOSE).read(token, now=house.clock.now())
    try:
        return UUID(str(told["q"]))
    except (KeyError, ValueError):
        raise LinkNotValid from None


async def case_of_question(tx: Transaction, question_id: UUID) -> tuple[Case, OpenQuestion]:
    """The case that a question is about, and the question while it is open.

    Raises LinkNotValid, AnsweredBefore (a link used twice), NothingAsked (the case was taken up again).
    """
    row = await tx.one(select(confirmation_questions).where(confirmation_questions.c.id == question_id))
    if row is None:
        raise LinkNotValid
    case = await case_alone(tx, CaseId(row["case_id"]))
    question = await open_question(tx, case.id)
    if question is not None and question.id == question_id and case.status in ("verified", "dormant"):
        return case, question
    answered = select(confirmations.c.id).where(confirmations.c.resolution_id == row["resolution_id"])
    if await tx.scalar(answered) is not None:
        raise AnsweredBefore(number=case.number)
    raise NothingAsked(number=case.number)


async def tell_question(house: House, *, question_id: str, step: str) -> None:
    """Send the question, or the one reminder of it, as consent and quiet hours allow. Run twice it leaves once."""
    link = sign_link(house, UUID(question_id))
    async with house.database.transaction() as tx:
        try:
            case, question = await case_of_question(tx, UUID(question_id))
        except (AnsweredBefore, NothingAsked):
            return
        service = await number_to_tell(tx, case)
        if case.customer_id is None or service is None:
            return
        await outreach.notify(
            tx,
            template="case.remind" if step == "reminder" else "case.ask",
            customer_id=case.customer_id,
            service=service,
            variables={"number": case.number, "link": link},
            key=f"case:{case.id}:{question.id}:{step}",
            origin=Origin("system", None, BY),
            matter=f"case:{case.id}",
        )
