"""Whom somebody says he is, and when that begins to count."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from qiao import interactions
from qiao.interactions.events import CustomerIdentified, IdentityProven
from qiao.interactions.store import interactions as table
from qiao.kernel.ids import CustomerId, UnitId, new_id
from qiao.kernel.service_ids import parse_service_id
from qiao.platform.database import Transaction
from qiao.platform.events import events
from qiao.platform.policy import Level

NUMBER, ANOTHER = parse_service_id("13912347763"), parse_service_id("13912340001")


def customer() -> CustomerId:
    return CustomerId(new_id())


async def begin(tx: Transaction, **given: Any) -> interactions.Interaction:
    return await interactions.start_interaction(tx, **{"channel": "chat", "language": "zh-CN", **given})


async def prove(tx: Transaction, contact: interactions.Interaction, who: CustomerId | None) -> Level:
    return await interactions.prove_level(
        tx, interaction_id=contact.id, level=Level.ONE_FACTOR, method="one_time_code", customer_id=who
    )


async def entries(tx: Transaction, who: CustomerId, **asked: Any) -> list[str]:
    return [entry.ref for entry in (await interactions.timeline(tx, who, **asked)).entries]


async def test_a_claim_is_nothing_to_the_holder_of_the_number_until_it_is_proved(tx: Transaction) -> None:
    contact, holder = await begin(tx), customer()
    claimed = await interactions.claim(tx, interaction_id=contact.id, customer_id=holder, service_id=NUMBER)
    assert (claimed.customer_id, claimed.service_id, claimed.level) == (None, None, 0)
    assert (claimed.whose_proof, claimed.proof_service) == (holder, NUMBER)
    assert await entries(tx, holder) == []
    assert await interactions.recent_for_customer(tx, holder) == []
    assert await prove(tx, contact, holder) == Level.ONE_FACTOR
    known = await interactions.interaction(tx, contact.id)
    assert (known.customer_id, known.service_id, known.claimed_customer_id) == (holder, NUMBER, None)
    assert await entries(tx, holder) == [str(contact.id)]
    await tx.finish()
    told = await tx.rows(select(events.c.name).where(events.c.aggregate == f"interaction:{contact.id}"))
    names = [row["name"].partition(".")[2] for row in told]
    assert names[-2:] == [CustomerIdentified.__name__, IdentityProven.__name__]


async def test_the_proof_of_one_proves_nothing_of_another(tx: Transaction) -> None:
    contact, holder, other = await begin(tx), customer(), customer()
    await interactions.claim(tx, interaction_id=contact.id, customer_id=holder, service_id=NUMBER)
    for whose in (None, other):
        with pytest.raises(interactions.ProofWithoutCustomer):
            await prove(tx, contact, whose)
    await interactions.claim(tx, interaction_id=contact.id, customer_id=other, service_id=ANOTHER)
    with pytest.raises(interactions.ProofWithoutCustomer):
        await prove(tx, contact, holder)
    assert (await interactions.interaction(tx, contact.id)).customer_id is None


async def test_a_claim_beside_the_customer_of_the_channel_moves_the_contact_only_with_its_proof(
    tx: Transaction,
) -> None:
    first, second = customer(), customer()
    contact = await begin(tx, customer_id=first, service_id=NUMBER)
    await interactions.ask_proof(tx, interaction_id=contact.id, method="one_time_code")
    claimed = await interactions.claim(tx, interaction_id=contact.id, customer_id=second, service_id=ANOTHER)
    assert (claimed.customer_id, claimed.proof_asked) == (first, None)
    assert (await entries(tx, first), await entries(tx, second)) == ([str(contact.id)], [])
    taken_back = await interactions.claim(tx, interaction_id=contact.id, customer_id=first, service_id=NUMBER)
    assert (taken_back.claimed_customer_id, taken_back.whose_proof) == (None, first)
    await interactions.claim(tx, interaction_id=contact.id, customer_id=second, service_id=ANOTHER)
    await prove(tx, contact, second)
    assert (await entries(tx, first), await entries(tx, second)) == ([], [str(contact.id)])


async def test_who_has_proved_himself_is_not_replaced_by_a_claim(tx: Transaction) -> None:
    contact = await begin(tx, customer_id=customer(), service_id=NUMBER)
    await prove(tx, contact, None)
    with pytest.raises(interactions.IdentityStands):
        await interactions.claim(tx, interaction_id=contact.id, customer_id=customer(), service_id=ANOTHER)
    await interactions.end_interaction(tx, interaction_id=contact.id, reason="silent")
    with pytest.raises(interactions.InteractionHasEnded):
        await interactions.claim(tx, interaction_id=contact.id, customer_id=customer(), service_id=ANOTHER)


async def test_half_a_claim_is_refused_by_the_table_itself(tx: Transaction) -> None:
    contact = await begin(tx)
    with pytest.raises(IntegrityError, match="claim_is_whole"):
        await tx.execute(table.update().where(table.c.id == contact.id).values(claimed_customer_id=customer()))


async def test_what_belongs_to_another_unit_stays_off_the_timeline_of_this_one(tx: Transaction) -> None:
    who, here, there = customer(), UnitId(new_id()), UnitId(new_id())
    mine, theirs, anybodys = [await begin(tx, customer_id=who, unit_id=unit) for unit in (here, there, None)]
    assert set(await entries(tx, who, units={here})) == {str(mine.id), str(anybodys.id)}
    assert set(await entries(tx, who, units=frozenset())) == {str(anybodys.id)}
    assert len(await entries(tx, who)) == 3
    assert str(theirs.id) in await entries(tx, who, units=[there])
