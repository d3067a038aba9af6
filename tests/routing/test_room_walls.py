"""What stands behind the core: unique indexes, checks, capacity at the door; and what interactions and staff tell."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from qiao import interactions, routing, staff
from qiao.interactions.events import InteractionEnded, InteractionWrappedUp
from qiao.kernel.ids import new_id
from qiao.platform.events import Reader, ensure_cursors
from qiao.routing.room import ROOM
from qiao.routing.store import assignments, contacts, offers, presence, seats
from tests.routing.floor import UNIT, Floor, Person, end, start_owner


async def hear(floor: Floor) -> None:
    """Let the room hear all events."""
    async with floor.database.transaction() as tx:
        await ensure_cursors(tx, ROOM.listeners)
    for listener in ROOM.listeners:
        await Reader(floor.database, listener).catch_up()


async def offer_row(floor: Floor, interaction_id: UUID) -> dict[str, Any]:
    async with floor.database.transaction() as tx:
        found = await tx.one(select(offers).where(offers.c.interaction_id == interaction_id))
    assert found is not None
    return dict(found)


async def test_a_contact_cannot_have_two_live_offers(still: Floor) -> None:
    await still.desk()
    owner = await start_owner(still)
    await still.agent()
    contact = await still.contact()
    await still.offered(contact)
    await end(owner)
    row = await offer_row(still, contact)
    with pytest.raises(IntegrityError, match="uq_routing_offers_live"):
        async with still.database.transaction() as tx:
            await tx.execute(insert(offers).values(row | {"id": new_id(), "agent_id": new_id()}))


async def test_a_contact_cannot_have_two_agents_nor_an_agent_two_intervals(still: Floor) -> None:
    await still.desk()
    owner = await start_owner(still)
    agent_id = await still.agent()
    contact = await still.contact()
    await still.answered(contact)
    await end(owner)
    async with still.database.transaction() as tx:
        row = dict((await tx.rows(select(assignments)))[0])
    with pytest.raises(IntegrityError, match="uq_routing_assignments_open"):
        async with still.database.transaction() as tx:
            await tx.execute(insert(assignments).values(row | {"id": new_id(), "agent_id": new_id()}))
    with pytest.raises(IntegrityError, match="uq_routing_presence_open"):
        async with still.database.transaction() as tx:
            again = {"id": new_id(), "agent_id": agent_id, "status": "ready", "from_at": tx.now}
            await tx.execute(insert(presence).values(again))


@pytest.mark.parametrize(
    "broken",
    [
        {"state": "active", "agent_id": None},
        {"state": "waiting", "agent_id": UUID(int=1)},
        {"state": "done", "agent_id": None, "left_at": None},
        {"state": "lost in the corridor"},
    ],
)
async def test_a_contact_in_a_state_that_cannot_be_is_refused(still: Floor, broken: dict[str, Any]) -> None:
    await still.desk()
    contact = await still.contact()
    with pytest.raises(IntegrityError):
        async with still.database.transaction() as tx:
            await tx.execute(update(contacts).where(contacts.c.interaction_id == contact).values(broken))


async def test_nobody_accepts_above_his_capacity(still: Floor) -> None:
    await still.desk()
    owner = await start_owner(still)
    agent_id = await still.agent(capacity={"chat": 2})
    first, second = await still.contact(), await still.contact()
    await still.answered(first)
    await still.offered(second)
    await end(owner)
    lowered = Person(agent_id, capacity={"chat": 1})
    await still.does(routing.sign_on, agent=lowered, seat=still.seats[agent_id], units={UNIT})
    with pytest.raises(routing.OfferGone):
        await still.does(routing.accept_offer, interaction_id=second, agent_id=agent_id)
    assert (await still.asks(interactions.interaction, second)).agent_id is None


async def test_accepting_twice_is_once_and_nobody_else_can(floor: Floor) -> None:
    await floor.desk()
    agent_id = await floor.agent()
    contact = await floor.contact()
    assert await floor.answered(contact) == agent_id
    await floor.does(routing.accept_offer, interaction_id=contact, agent_id=agent_id)
    other = await floor.agent()
    for verb in (routing.accept_offer, routing.decline_offer):
        with pytest.raises(routing.OfferGone):
            await floor.does(verb, interaction_id=contact, agent_id=other)
    for verb in (routing.release_contact, routing.finish_wrap_up):
        with pytest.raises(routing.ContactNotYours):
            await floor.does(verb, interaction_id=contact, agent_id=other)
    async with floor.database.transaction() as tx:
        assert await tx.scalar(text("select count(*) from routing_assignments")) == 1


async def test_a_contact_that_ended_cannot_be_accepted(floor: Floor) -> None:
    await floor.desk()
    agent_id = await floor.agent()
    contact = await floor.contact()
    assert await floor.offered(contact) == agent_id
    await floor.does(interactions.end_interaction, interaction_id=contact, reason="customer_left")
    with pytest.raises(routing.OfferGone):
        await floor.does(routing.accept_offer, interaction_id=contact, agent_id=agent_id)
    await hear(floor)
    assert (await floor.stands(contact, "abandoned")).agent_id is None
    await floor.taken_in()
    assert (await floor.asks(routing.presence_of, agent_id)).state == "idle"


@pytest.mark.parametrize(("reason", "state"), [("customer_left", "abandoned"), ("answered_in_writing", "dropped")])
async def test_an_ended_contact_waits_no_longer(floor: Floor, reason: str, state: str) -> None:
    await floor.desk()
    contact = await floor.contact()
    await floor.does(interactions.end_interaction, interaction_id=contact, reason=reason)
    await hear(floor)
    await hear(floor)
    await floor.stands(contact, state)


async def test_a_customer_who_leaves_a_conversation_begins_its_wrap_up_and_writing_ends_it(floor: Floor) -> None:
    await floor.desk()
    agent_id = await floor.agent()
    contact = await floor.contact()
    assert await floor.answered(contact) == agent_id
    await floor.does(interactions.end_interaction, interaction_id=contact, reason="customer_left")
    await hear(floor)
    assert (await floor.stands(contact, "wrap_up")).agent_id == agent_id
    await floor.does(interactions.wrap_up, interaction_id=contact, agent_id=agent_id, disposition="solved", note="成功")
    await hear(floor)
    await floor.stands(contact, "done")
    assert await floor.asks(routing.my_contacts, agent_id) == []


async def test_facts_heard_twice_change_nothing_more(floor: Floor) -> None:
    await floor.desk()
    agent_id = await floor.agent()
    contact = await floor.contact()
    assert await floor.answered(contact) == agent_id
    async with floor.database.transaction() as tx:
        hears = ROOM.listeners[0].on
        for _ in range(2):
            await hears[InteractionEnded](tx, InteractionEnded(contact, "customer_left", "chat"))
            await hears[InteractionWrappedUp](tx, InteractionWrappedUp(contact, agent_id, "solved"))
    assert (await floor.stands(contact, "done")).agent_id is None


async def test_an_agent_whose_skills_change_is_asked_by_the_new_ones(floor: Floor) -> None:
    await floor.desk(skills={"billing": 1})
    async with floor.database.transaction() as tx:
        await staff.ensure_built_in_roles(tx)
        unit_id = await staff.ensure_unit(tx, code=f"u{new_id()}", name="Unit")
        agent_id = await staff.create_agent(
            tx, login=f"a{new_id()}", name="王敏", shown_name="客服 012", password_hash="-", unit_id=unit_id,
            roles=("agent",), skills={}, languages=("zh-CN",), segments=None, capacity={"chat": 2}, language="zh-CN",
        )  # fmt: skip

        await routing.sign_on(tx, agent=await staff.agent(tx, agent_id), seat=new_id())
        await routing.set_status(tx, agent_id=agent_id, status="ready")
    contact = await floor.contact(unit_id=unit_id)
    await floor.taken_in()
    assert (await floor.stands(contact, "waiting")).agent_id is None
    await floor.does(staff.change_agent, agent_id=agent_id, skills={"billing": 2})
    await hear(floor)
    assert await floor.offered(contact) == agent_id
    await floor.does(staff.set_active, agent_id=agent_id, active=False)
    await hear(floor)
    assert (await floor.stands(contact, "waiting")).agent_id is None
    async with floor.database.transaction() as tx:
        assert not await tx.scalar(select(seats.c.signed_on).where(seats.c.agent_id == agent_id))


async def test_without_a_desk_the_contact_is_refused_with_a_reason(still: Floor) -> None:
    with pytest.raises(routing.EntryPointUnknown):
        await still.contact(entry_point="nowhere")


async def test_rules_that_cannot_be_read_are_refused_whole(still: Floor) -> None:
    unreadable: tuple[dict[str, Any], ...] = (
        {"wrap_up": 3},
        {"offer_lease_seconds": -1},
        {"relax": [{"after_seconds": 3, "colour": "red"}]},
        {"hours": {"week": {"someday": []}}},
        {"hours": {"week": {"mon": [["20:00", "08:00"]]}}},
    )
    for rules in unreadable:
        with pytest.raises(ValueError, match=r"\w"):
            await still.desk("broken", **rules)
    assert await still.asks(routing.desks) == []
