"""Colleagues on the line in somebody's contact, in rows: held back from offers, and handed the contact itself."""

import pytest
from sqlalchemy import select

from qiao import interactions, routing
from qiao.kernel.ids import AgentId, new_id
from qiao.routing.store import assignments, contacts, seats
from tests.routing.floor import Floor


async def engaged(floor: Floor, agent: AgentId) -> object:
    return await floor.asks(lambda tx: tx.scalar(select(seats.c.engaged_in).where(seats.c.agent_id == agent)))


async def test_whoever_is_on_the_line_is_offered_nothing_until_he_is_off_it(floor: Floor) -> None:
    await floor.desk()
    wang = await floor.agent()
    his = new_id()
    await floor.does(routing.engage, agent_id=wang, interaction_id=his, only_if_free=True)
    await floor.does(routing.engage, agent_id=wang, interaction_id=his, only_if_free=True)
    assert (await floor.asks(routing.presence_of, wang)).state == "busy"
    waits = await floor.contact()
    await floor.taken_in()
    assert (await floor.asks(routing.waiting_contact, waits)).state == "waiting"  # type: ignore[union-attr]
    await floor.does(routing.disengage, agent_id=wang, interaction_id=new_id())
    assert await engaged(floor, wang) == his, "another contact is not where he is"
    await floor.does(routing.disengage, agent_id=wang, interaction_id=his)
    assert await floor.offered(waits) == wang


async def test_an_offer_that_met_him_on_the_line_goes_to_somebody_else(floor: Floor) -> None:
    await floor.desk()
    wang = await floor.agent()
    waits = await floor.contact()
    assert await floor.offered(waits) == wang
    await floor.does(routing.engage, agent_id=wang, interaction_id=new_id())
    await floor.stands(waits, "waiting")
    chen = await floor.agent()
    assert await floor.offered(waits) == chen


async def test_only_who_is_ready_and_has_nothing_of_his_own_is_asked(floor: Floor) -> None:
    await floor.desk()
    away, busy = await floor.agent(ready=False), await floor.agent()
    await floor.answered(await floor.contact())
    for agent in (away, busy, AgentId(new_id())):
        with pytest.raises(routing.ColleagueNotFree):
            await floor.does(routing.engage, agent_id=agent, interaction_id=new_id(), only_if_free=True)
    await floor.does(routing.engage, agent_id=away, interaction_id=new_id())
    with pytest.raises(routing.ColleagueNotFree):
        await floor.does(routing.engage, agent_id=away, interaction_id=new_id())
    await floor.does(routing.engage, agent_id=AgentId(new_id()), interaction_id=new_id())


async def test_leaving_the_seat_he_is_held_back_no_more(floor: Floor) -> None:
    await floor.desk()
    wang = await floor.agent()
    await floor.does(routing.engage, agent_id=wang, interaction_id=new_id())
    await floor.does(routing.sign_off, agent_id=wang)
    assert await engaged(floor, wang) is None


async def test_handed_over_the_contact_is_the_colleagues_at_once_and_waited_no_second(floor: Floor) -> None:
    await floor.desk()
    wang = await floor.agent()
    contact = await floor.contact()
    assert await floor.answered(contact) == wang
    jones = await floor.agent(languages=frozenset({"en"}))
    await floor.does(routing.hand_over, interaction_id=contact, agent_id=wang, to_agent=jones)
    await floor.taken_in()
    where = await floor.asks(routing.waiting_contact, contact)
    assert where is not None and (where.state, where.agent_id) == ("active", jones)
    assert (await floor.asks(interactions.interaction, contact)).agent_id == jones
    rows = await floor.asks(lambda tx: tx.rows(select(assignments).order_by(assignments.c.from_at)))
    assert [(row["agent_id"], row["why"]) for row in rows] == [(wang, "handed"), (jones, None)]
    assert rows[0]["waited_seconds"] == rows[1]["waited_seconds"], "he did not wait a second time"
    assert await floor.answered(await floor.contact()) == wang, "the first one is free again"
    await floor.does(routing.release_contact, interaction_id=contact, agent_id=jones)


async def test_who_is_on_the_line_in_a_contact_can_be_handed_it_whatever_else_he_has(floor: Floor) -> None:
    await floor.desk()
    wang = await floor.agent(capacity={"chat": 1})
    contact = await floor.contact()
    await floor.answered(contact)
    chen = await floor.agent(capacity={"chat": 1})
    await floor.answered(await floor.contact())
    await floor.does(routing.engage, agent_id=chen, interaction_id=contact)
    await floor.does(routing.hand_over, interaction_id=contact, agent_id=wang, to_agent=chen)
    await floor.does(routing.disengage, agent_id=chen, interaction_id=contact)
    await floor.taken_in()
    where = await floor.asks(routing.waiting_contact, contact)
    assert where is not None and (where.state, where.agent_id) == ("active", chen)


async def test_nobody_is_handed_what_is_not_the_agents_or_what_he_has_no_room_for(floor: Floor) -> None:
    await floor.desk()
    wang = await floor.agent(capacity={"chat": 1})
    contact = await floor.contact()
    await floor.answered(contact)
    chen = await floor.agent(capacity={"chat": 1})
    other = await floor.contact()
    await floor.answered(other)
    with pytest.raises(routing.ContactNotYours):
        await floor.does(routing.hand_over, interaction_id=contact, agent_id=chen, to_agent=wang)
    for to_agent in (chen, AgentId(new_id())):
        with pytest.raises(routing.ColleagueNotFree):
            await floor.does(routing.hand_over, interaction_id=contact, agent_id=wang, to_agent=to_agent)
    where = await floor.asks(routing.waiting_contact, contact)
    assert where is not None and where.agent_id == wang
    assert (await floor.asks(interactions.interaction, contact)).agent_id == wang
    await floor.does(interactions.end_interaction, interaction_id=other, reason="agent_ended")
    await floor.does(interactions.end_interaction, interaction_id=contact, reason="agent_ended")
    with pytest.raises((interactions.InteractionHasEnded, routing.ContactNotYours)):
        await floor.does(routing.hand_over, interaction_id=contact, agent_id=wang, to_agent=chen)


async def test_a_contact_that_turns_out_urgent_goes_before_all_who_wait_and_to_the_desk_for_it(floor: Floor) -> None:
    general, help_desk = await floor.desk(), await floor.desk("help", entry_points=["help"])
    old, cry = await floor.contact(), await floor.contact()
    await floor.does(routing.make_urgent, interaction_id=cry)
    await floor.does(routing.make_urgent, interaction_id=cry)
    place = await floor.asks(routing.place_in_line, cry)
    assert place is not None and place.ahead == 0
    await floor.does(routing.make_urgent, interaction_id=cry, desk_id=help_desk)
    await floor.agent(capacity={"chat": 1})
    await floor.offered(cry)
    await floor.does(routing.make_urgent, interaction_id=cry, desk_id=general)
    stands = await floor.asks(routing.waiting_contact, cry)
    assert stands is not None and (stands.state, stands.desk_id) == ("offered", help_desk)
    assert (await floor.asks(routing.waiting_contact, old)).state == "waiting"  # type: ignore[union-attr]


async def test_who_comes_to_an_urgent_desk_is_before_all_and_so_is_who_is_called_urgent(floor: Floor) -> None:
    await floor.desk()
    await floor.desk("help", entry_points=["help"], urgent=True)
    old = await floor.contact()
    cry = await floor.contact(entry_point="help", segment="")
    asked = await floor.contact(urgent=True)
    urgent = await floor.asks(
        lambda tx: tx.rows(select(contacts.c.interaction_id).where(contacts.c.urgent).order_by(contacts.c.queued_at))
    )
    assert [row["interaction_id"] for row in urgent] == [cry, asked]
    place = await floor.asks(routing.place_in_line, old)
    assert place is not None and place.ahead == 1
    assert (await floor.asks(routing.place_in_line, asked)).ahead == 0  # type: ignore[union-attr]
    await floor.agent(capacity={"chat": 1})
    await floor.offered(cry)
    assert (await floor.asks(routing.waiting_contact, old)).state == "waiting"  # type: ignore[union-attr]
