"""What cases learns of contacts."""

from sqlalchemy import select

from qiao.cases.queries import case_row
from qiao.cases.settling import give
from qiao.cases.store import case_interactions, cases
from qiao.interactions import IdentityProven, interaction
from qiao.platform.database import Transaction


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
