"""A contact held while something is decided in it, and telling those who look at it."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, select

from qiao.interactions.model import Interaction
from qiao.interactions.queries import as_interaction
from qiao.interactions.store import interactions
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.database import Transaction
from qiao.platform.live import touch


class InteractionHasEnded(Refused):
    """Nothing more can be said or changed in it."""

    code = "interactions.has_ended"
    text = N_("This contact has ended. What was said is kept; start a new one to go on.")


_HELD: Final = select(interactions).where(interactions.c.id == bindparam("contact")).with_for_update(key_share=True)


async def locked(tx: Transaction, interaction_id: InteractionId) -> Interaction:
    """The contact, held until the transaction ends; what is numbered or decided in it happens one by one.

    Raises NotFound.
    """
    row = await tx.one(_HELD, {"contact": interaction_id})
    if row is None:
        raise NotFound
    return as_interaction(row)


async def goes_on(tx: Transaction, interaction_id: InteractionId) -> bool:
    """Whether a contact has not ended, which stays so until the transaction ends. Raises NotFound."""
    return (await locked(tx, interaction_id)).ended_at is None


async def touched(tx: Transaction, row: Interaction, *others: CustomerId) -> None:
    """Tell whoever looks at the contact, its customer or its agent to look again."""
    await touch(tx, f"interaction:{row.id}")
    customers: Sequence[CustomerId] = [*([row.customer_id] if row.customer_id else []), *others]
    for customer_id in dict.fromkeys(customers):
        await touch(tx, f"customer:{customer_id}")
    if row.agent_id is not None:
        await touch(tx, f"agent:{row.agent_id}")


def must_go_on(row: Interaction) -> None:
    if row.ended_at is not None:
        raise InteractionHasEnded
