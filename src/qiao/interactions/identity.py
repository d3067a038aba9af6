"""Whose contact it is: known from its channel, claimed by whoever speaks, proved by what only he can know."""

from typing import Any

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert

from qiao.interactions.events import CustomerIdentified, IdentityProven, ProofAsked
from qiao.interactions.holding import locked, must_go_on, touched
from qiao.interactions.kinds import CONTACT
from qiao.interactions.model import Interaction, ProofMethod, risen
from qiao.interactions.queries import interaction
from qiao.interactions.store import interactions, timeline_entries
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.policy import Level


class ProofWithoutCustomer(Refused):
    """A proof is somebody's proof."""

    code = "interactions.proof_without_customer"
    text = N_("Nobody is identified in this contact yet, so nothing can be proven. Find the customer first.")


class IdentityStands(Refused):
    """He has proved who he is; another number cannot be put in its place."""

    code = "interactions.identity_stands"
    text = N_("Who this is has been proved in this contact, so it stays. Nothing was changed.")


async def identify(
    tx: Transaction,
    *,
    interaction_id: InteractionId,
    customer_id: CustomerId,
    service_id: ServiceId | None = None,
) -> Interaction:
    """Say whose contact this is, as its channel knows (the holder now, for good, whoever has the number later).

    It proves nothing. Taken for somebody else before: what was proved for that one falls back to nothing. For what
    somebody merely says there is `claim`.
    """
    row = await locked(tx, interaction_id)
    changed: dict[str, Any] = {"customer_id": customer_id, "claimed_customer_id": None, "claimed_service_id": None}
    if service_id is not None:
        changed["service_id"] = str(service_id)
    if row.customer_id is not None and row.customer_id != customer_id:
        changed |= {"level": 0, "proof_method": None, "proved_at": None, "proof_asked": None}
        if service_id is None:
            changed["service_id"] = None
    await tx.execute(update(interactions).where(interactions.c.id == interaction_id).values(changed))
    if row.customer_id != customer_id:
        entry = insert(timeline_entries).values(
            id=interaction_id,
            customer_id=customer_id,
            unit_id=row.unit_id,
            at=row.started_at,
            kind=CONTACT,
            ref=str(interaction_id),
            interaction_id=interaction_id,
        )
        await tx.execute(entry.on_conflict_do_update(index_elements=["id"], set_={"customer_id": customer_id}))
        await emit(tx, CustomerIdentified(interaction_id, customer_id, row.customer_id))
        await touched(tx, row, customer_id)
    return await interaction(tx, interaction_id)


async def claim(
    tx: Transaction, *, interaction_id: InteractionId, customer_id: CustomerId, service_id: ServiceId
) -> Interaction:
    """Note whom the other side says he is: it opens nothing and is nothing to that customer until `prove_level`.

    A later claim takes the place of an earlier one. Raises InteractionHasEnded and IdentityStands.
    """
    row = await locked(tx, interaction_id)
    must_go_on(row)
    if row.level >= Level.ONE_FACTOR:
        raise IdentityStands
    if row.customer_id == customer_id:
        return await identify(tx, interaction_id=interaction_id, customer_id=customer_id, service_id=service_id)
    claimed = {"claimed_customer_id": customer_id, "claimed_service_id": str(service_id), "proof_asked": None}
    await tx.execute(update(interactions).where(interactions.c.id == interaction_id).values(claimed))
    await touched(tx, row)
    return await interaction(tx, interaction_id)


async def ask_proof(tx: Transaction, *, interaction_id: InteractionId, method: ProofMethod) -> None:
    """Ask the customer to prove who he is; his channel shows the way."""
    row = await locked(tx, interaction_id)
    must_go_on(row)
    if row.whose_proof is None:
        raise ProofWithoutCustomer
    await tx.execute(update(interactions).where(interactions.c.id == interaction_id).values(proof_asked=method))
    await emit(tx, ProofAsked(interaction_id, method))
    await touched(tx, row)


async def prove_level(
    tx: Transaction,
    *,
    interaction_id: InteractionId,
    level: Level,
    method: ProofMethod,
    customer_id: CustomerId | None = None,
) -> Level:
    """Record what was proved in this contact; only upward, and gone with the contact. Returns what now stands.

    A proof is somebody's: that of `customer_id`, else of whose contact it is. Whoever only said so until now has the
    contact from now on. Raises ProofWithoutCustomer when it is the proof of somebody else, and InteractionHasEnded.
    """
    row = await locked(tx, interaction_id)
    must_go_on(row)
    if customer_id is not None and customer_id == row.claimed_customer_id:
        claimed = row.claimed_service_id
        row = await identify(tx, interaction_id=interaction_id, customer_id=customer_id, service_id=claimed)
    if row.customer_id is None or customer_id not in {None, row.customer_id}:
        raise ProofWithoutCustomer
    changed: dict[str, Any] = {"proof_asked": None}
    if risen(row.level, level):
        changed |= {"level": int(level), "proof_method": method, "proved_at": tx.now}
        await emit(tx, IdentityProven(interaction_id, row.customer_id, int(level), method))
    await tx.execute(update(interactions).where(interactions.c.id == interaction_id).values(changed))
    await touched(tx, row)
    return Level(max(row.level, int(level)))
