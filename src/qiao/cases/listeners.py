"""What cases learns of contacts, and of its own cases."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import select

from qiao.cases.events import CaseOpened, CaseWordsAdded, CustomerOfCaseKnown
from qiao.cases.queries import case_alone, case_row
from qiao.cases.resting import wake, who_rest
from qiao.cases.settling import give
from qiao.cases.store import case_interactions, cases
from qiao.cases.watching import begin_watch
from qiao.interactions import CustomerIdentified, IdentityProven, interaction
from qiao.kernel.events import Event
from qiao.platform.database import Transaction
from qiao.platform.room import Hears


async def on_identity_proven(tx: Transaction, event: IdentityProven) -> None:
    """What was opened in the contact before anybody knew who it is becomes his; a case that has a customer stays.

    A number that somebody only named gives nothing away: it may be anybody's.
    """
    linked = select(case_interactions.c.case_id).where(case_interactions.c.interaction_id == event.interaction_id)
    nobodys = select(cases).where(cases.c.id.in_(linked), cases.c.customer_id.is_(None)).with_for_update(key_share=True)
    found = await tx.rows(nobodys)
    contact = await interaction(tx, event.interaction_id) if found else None
    for row in found:
        await give(tx, case_row(row), event.customer_id, contact.service_id if contact else None)
    await wake(tx, customer_id=event.customer_id, interaction_id=event.interaction_id)


async def on_identified(tx: Transaction, event: CustomerIdentified) -> None:
    """It is known now whose contact it is: his resting cases are live again."""
    await wake(tx, customer_id=event.customer_id, interaction_id=event.interaction_id)


async def on_opened(tx: Transaction, event: CaseOpened) -> None:
    """A matter that is about codes is watched from the start."""
    await begin_watch(tx, event.case_id)


async def on_customer_known(tx: Transaction, event: CustomerOfCaseKnown) -> None:
    """Now there is a number to watch."""
    await begin_watch(tx, event.case_id)


async def on_words(tx: Transaction, event: CaseWordsAdded) -> None:
    """Whoever writes about his resting case is heard of again."""
    case = await case_alone(tx, event.case_id)
    if case.status == "dormant" and case.customer_id is not None:
        await wake(tx, customer_id=case.customer_id, interaction_id=event.interaction_id)


async def on_all(tx: Transaction, events: Sequence[Any]) -> None:
    """Many at once: thousands text, and hardly anybody of them has a case that rests."""
    identified = {event.customer_id for event in events if isinstance(event, CustomerIdentified)}
    resting = await who_rest(tx, identified) if len(identified) > 1 else identified
    for event in events:
        if not isinstance(event, CustomerIdentified) or event.customer_id in resting:
            await HEARS[type(event)](tx, event)


HEARS: Final[Mapping[type[Event], Hears]] = {
    IdentityProven: on_identity_proven,
    CustomerIdentified: on_identified,
    CaseOpened: on_opened,
    CustomerOfCaseKnown: on_customer_known,
    CaseWordsAdded: on_words,
}
