"""The room against a real PostgreSQL: a contact's way from queue to wrap-up, and what may happen on it."""

import time
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from qiao import interactions, routing
from qiao.kernel.ids import new_id
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.events import events
from qiao.routing.store import assignments, offers, presence
from tests.conftest import StillClock
from tests.routing.floor import UNIT, Floor, Person

READY_SECONDS = 0.2


async def emitted(floor: Floor, interaction_id: object) -> list[str]:
    async with floor.database.transaction() as tx:
        found = await tx.rows(
            select(events.c.name)
            .where(events.c.aggregate == f"interaction:{interaction_id}", events.c.name.like("routing.%"))
            .order_by(events.c.seq)
        )
    return [row["name"].partition(".")[2] for row in found]


async def offer_states(floor: Floor, interaction_id: object) -> list[str]:
    async with floor.database.transaction() as tx:
        found = await tx.rows(
            select(offers.c.state).where(offers.c.interaction_id == interaction_id).order_by(offers.c.offered_at)
        )
    return [row["state"] for row in found]


async def test_a_contact_is_queued_offered_accepted_released_and_wrapped_up(floor: Floor) -> None:
    desk_id = await floor.desk()
    agent_id = await floor.agent()
    contact = await floor.contact()
    assert await floor.offered(contact) == agent_id
    (offer,) = await floor.asks(routing.my_offers, agent_id)
    assert (offer.interaction_id, offer.desk_id, offer.attempt) == (contact, desk_id, 1)
    assert timedelta(seconds=19) < offer.until - offer.offered_at <= timedelta(seconds=20)
    assert (await floor.asks(routing.presence_of, agent_id)).state == "offered"

    await floor.does(routing.accept_offer, interaction_id=contact, agent_id=agent_id)
    assert (await floor.asks(interactions.interaction, contact)).agent_id == agent_id
    assert [held.state for held in await floor.asks(routing.my_contacts, agent_id)] == ["active"]
    assert (await floor.asks(routing.presence_of, agent_id)).state == "busy"
    assert await floor.asks(routing.my_offers, agent_id) == []

    await floor.does(routing.release_contact, interaction_id=contact, agent_id=agent_id)
    (held,) = await floor.asks(routing.my_contacts, agent_id)
    assert held.state == "wrap_up"
    assert held.until is not None
    assert held.until - held.since == timedelta(seconds=120)
    await floor.does(routing.finish_wrap_up, interaction_id=contact, agent_id=agent_id)
    assert await floor.asks(routing.my_contacts, agent_id) == []
    presence_now = await floor.asks(routing.presence_of, agent_id)
    assert (presence_now.status, presence_now.state) == ("ready", "idle")
    await floor.taken_in()
    assert (await floor.stands(contact, "done")).agent_id is None
    assert await emitted(floor, contact) == [
        "ContactQueued", "ContactOffered", "ContactAnswered", "ContactReleased", "WrapUpEnded",
    ]  # fmt: skip


async def test_a_ready_agent_has_the_offer_within_a_fifth_of_a_second(floor: Floor) -> None:
    await floor.desk()
    await floor.agent(capacity={"chat": 50})
    await floor.taken_in()
    took = []
    for _ in range(20):
        began = time.monotonic()
        contact = await floor.contact()
        await floor.offered(contact)
        took.append(time.monotonic() - began)
    assert sorted(took)[len(took) // 2] < READY_SECONDS


async def test_a_missed_offer_sets_the_agent_not_ready_and_goes_to_the_next(floor: Floor, clock: StillClock) -> None:
    await floor.desk(offer_lease_seconds=20)
    first = await floor.agent()
    contact = await floor.contact()
    assert await floor.offered(contact) == first
    clock.forward(seconds=21)
    await floor.stands(contact, "waiting")
    stands = await floor.asks(routing.presence_of, first)
    assert (stands.status, stands.reason, stands.state) == ("not_ready", "missed", "idle")
    with pytest.raises(routing.OfferGone):
        await floor.does(routing.accept_offer, interaction_id=contact, agent_id=first)
    second = await floor.agent()
    assert await floor.answered(contact) == second
    assert await offer_states(floor, contact) == ["missed", "accepted"]


async def test_a_returned_contact_is_at_the_head_again(floor: Floor, clock: StillClock) -> None:
    await floor.desk()
    one = await floor.agent(capacity={"chat": 1})
    first, second = await floor.contact(), await floor.contact()
    assert await floor.offered(first) == one
    await floor.does(routing.decline_offer, interaction_id=first, agent_id=one)
    stands = await floor.asks(routing.presence_of, one)
    assert (stands.status, stands.reason) == ("not_ready", "declined")
    other = await floor.agent(capacity={"chat": 1})
    assert await floor.offered(first) == other
    assert (await floor.stands(second, "waiting")).agent_id is None


async def test_a_customer_who_leaves_ends_his_waiting_and_his_offer(floor: Floor) -> None:
    await floor.desk()
    early = await floor.contact()
    await floor.does(routing.abandon_contact, interaction_id=early)
    agent_id = await floor.agent()
    late = await floor.contact()
    assert await floor.offered(late) == agent_id
    await floor.does(routing.abandon_contact, interaction_id=late)
    await floor.taken_in()
    assert await floor.asks(routing.my_offers, agent_id) == []
    assert await offer_states(floor, early) == []
    assert await offer_states(floor, late) == ["abandoned"]
    with pytest.raises(routing.OfferGone):
        await floor.does(routing.accept_offer, interaction_id=late, agent_id=agent_id)
    stands = await floor.asks(routing.presence_of, agent_id)
    assert (stands.status, stands.state) == ("ready", "idle")


async def test_the_preferred_agent_is_waited_for_then_anybody_serves(floor: Floor, clock: StillClock) -> None:
    await floor.desk(preferred_hold_seconds=30)
    known = await floor.agent(capacity={"chat": 1})
    contact = await floor.contact()
    assert await floor.answered(contact) == known
    free = await floor.agent(capacity={"chat": 1})
    back = await floor.contact(preferred_agent=known)
    await floor.taken_in()
    assert (await floor.stands(back, "waiting")).agent_id is None
    await floor.does(routing.release_contact, interaction_id=contact, agent_id=known)
    await floor.does(routing.finish_wrap_up, interaction_id=contact, agent_id=known)
    assert await floor.answered(back) == known
    again = await floor.contact(preferred_agent=known)
    await floor.taken_in()
    clock.forward(seconds=31)
    assert await floor.offered(again) == free


async def test_a_vip_is_first_by_his_head_start(floor: Floor) -> None:
    await floor.desk(head_start_seconds={"vip": 90})
    plain = await floor.contact()
    vip = await floor.contact(segment="vip")
    await floor.taken_in()
    agent_id = await floor.agent(capacity={"chat": 1})
    assert await floor.offered(vip) == agent_id
    assert (await floor.stands(plain, "waiting")).state == "waiting"


async def test_a_vip_goes_to_the_desk_made_for_him_and_overflows(floor: Floor, clock: StillClock) -> None:
    vip_desk = await floor.desk(
        "vip", segments=["vip"], segment_matters=True, overflow_after_seconds=60, overflow_desk="standard"
    )
    standard = await floor.desk("standard", segment_matters=False)
    anybody = await floor.agent(segments=("standard",))
    contact = await floor.contact(segment="vip")
    assert (await floor.stands(contact, "waiting")).desk_id == vip_desk
    clock.forward(seconds=61)
    assert await floor.offered(contact) == anybody
    assert (await floor.stands(contact, "offered")).desk_id == standard
    assert "ContactOverflowed" in await emitted(floor, contact)


async def test_language_and_skill_decide_who_is_asked(floor: Floor) -> None:
    await floor.desk(skills={"billing": 2})
    await floor.agent(skills={"billing": 1})
    await floor.agent(skills={"billing": 3}, languages=frozenset({"en"}))
    right = await floor.agent(skills={"billing": 2})
    assert await floor.offered(await floor.contact()) == right


async def test_an_agent_bound_to_desks_serves_these_and_no_other(floor: Floor) -> None:
    other = await floor.desk("other", entry_points=["web"])
    bound = await floor.agent(desks=(other,))
    await floor.taken_in()
    await floor.desk("general")  # later than the agents came
    contact = await floor.contact()
    await floor.taken_in()
    assert (await floor.stands(contact, "waiting")).agent_id is None
    assert await floor.offered(await floor.contact(entry_point="web")) == bound
    unbound = await floor.agent()
    assert await floor.offered(contact) == unbound
    await floor.desk("third", entry_points=["third"])
    assert await floor.offered(await floor.contact(entry_point="third")) == unbound


async def test_an_agent_of_another_unit_is_never_asked(floor: Floor) -> None:
    await floor.desk()
    await floor.agent(unit_id=new_id())
    contact = await floor.contact()
    await floor.taken_in()
    assert (await floor.stands(contact, "waiting")).agent_id is None
    ours = await floor.agent(unit_id=UNIT)
    assert await floor.offered(contact) == ours


async def test_a_transferred_contact_keeps_its_time_and_avoids_who_sent_it(floor: Floor) -> None:
    await floor.desk()
    sender = await floor.agent(capacity={"chat": 2})
    contact = await floor.contact()
    assert await floor.answered(contact) == sender
    queued_at = (await floor.stands(contact, "active")).queued_at
    complaints = await floor.desk("complaints", entry_points=["nowhere"])
    await floor.does(routing.transfer_contact, interaction_id=contact, agent_id=sender, desk_id=complaints)
    await floor.taken_in()
    there = await floor.stands(contact, "waiting")
    assert (there.desk_id, there.queued_at) == (complaints, queued_at)
    assert (await floor.asks(interactions.interaction, contact)).agent_id is None
    other = await floor.agent()
    assert await floor.answered(contact) == other
    with pytest.raises(routing.ContactNotYours):
        await floor.does(routing.transfer_contact, interaction_id=contact, agent_id=sender, desk_id=complaints)
    with pytest.raises(NotFound):
        await floor.does(routing.transfer_contact, interaction_id=contact, agent_id=other, desk_id=new_id())


async def test_a_transfer_to_a_named_colleague_reaches_him(floor: Floor) -> None:
    desk_id = await floor.desk()
    sender = await floor.agent()
    contact = await floor.contact()
    assert await floor.answered(contact) == sender
    await floor.agent()
    named = await floor.agent()
    await floor.taken_in()
    await floor.does(routing.transfer_contact, interaction_id=contact, agent_id=sender, desk_id=desk_id, to_agent=named)
    assert await floor.offered(contact) == named


async def test_a_wrap_up_ends_by_itself_at_its_maximum(floor: Floor, clock: StillClock) -> None:
    await floor.desk(wrap_up_max_seconds=60)
    agent_id = await floor.agent(capacity={"chat": 1})
    contact = await floor.contact()
    assert await floor.answered(contact) == agent_id
    await floor.does(routing.release_contact, interaction_id=contact, agent_id=agent_id)
    waiting = await floor.contact()
    await floor.taken_in()
    clock.forward(seconds=61)
    await floor.stands(contact, "done")
    assert await floor.offered(waiting) == agent_id
    async with floor.database.transaction() as tx:
        assert await tx.scalar(select(assignments.c.why).where(assignments.c.interaction_id == contact)) == "overran"


async def test_a_clock_moved_by_days_loses_nobody_and_no_contact(floor: Floor, clock: StillClock) -> None:
    await floor.desk()
    agent_id = await floor.agent(capacity={"chat": 2})
    talking = await floor.contact()
    assert await floor.answered(talking) == agent_id
    offered = await floor.contact()
    assert await floor.offered(offered) == agent_id
    clock.forward(days=3)
    await floor.stands(offered, "waiting")
    stands = await floor.asks(routing.presence_of, agent_id)
    assert (stands.status, stands.reason, stands.state) == ("not_ready", "missed", "busy")
    assert (await floor.stands(talking, "active")).agent_id == agent_id
    await floor.does(routing.set_status, agent_id=agent_id, status="ready", reason=None)
    assert await floor.offered(offered) == agent_id


async def test_presence_is_kept_as_intervals_that_touch(floor: Floor, clock: StillClock) -> None:
    agent_id = await floor.agent()
    clock.forward(minutes=5)
    await floor.does(routing.set_status, agent_id=agent_id, status="not_ready", reason="lunch")
    clock.forward(minutes=30)
    await floor.does(routing.sign_off, agent_id=agent_id)
    async with floor.database.transaction() as tx:
        rows = await tx.rows(select(presence).where(presence.c.agent_id == agent_id).order_by(presence.c.from_at))
    assert [(row["status"], row["reason"]) for row in rows] == [
        ("not_ready", None), ("ready", None), ("not_ready", "lunch"),
    ]  # fmt: skip
    assert [row["until_at"] for row in rows[:-1]] == [row["from_at"] for row in rows[1:]]
    assert rows[-1]["until_at"] is not None
    assert (await floor.asks(routing.presence_of, agent_id)).state == "offline"
    with pytest.raises(routing.NotSignedOn):
        await floor.does(routing.set_status, agent_id=agent_id, status="ready", reason=None)
    with pytest.raises(routing.ReasonUnknown):
        await floor.does(routing.set_status, agent_id=agent_id, status="not_ready", reason="sunshine")


async def test_who_signs_off_hands_everything_on(floor: Floor) -> None:
    await floor.desk()
    leaver = await floor.agent(capacity={"chat": 3})
    talking, writing, offered = await floor.contact(), await floor.contact(), await floor.contact()
    for contact in (talking, writing):
        assert await floor.answered(contact) == leaver
    await floor.does(routing.release_contact, interaction_id=writing, agent_id=leaver)
    assert await floor.offered(offered) == leaver
    await floor.does(routing.sign_off, agent_id=leaver)
    await floor.stands(talking, "waiting")
    await floor.stands(offered, "waiting")
    await floor.stands(writing, "done")
    assert (await floor.asks(interactions.interaction, talking)).agent_id is None
    other = await floor.agent(capacity={"chat": 3})
    assert await floor.answered(talking) == other
    assert await floor.answered(offered) == other


async def test_an_older_seat_is_taken_over_and_no_longer_counts(floor: Floor) -> None:
    await floor.desk()
    agent_id = await floor.agent()
    old = floor.seats[agent_id]
    new = new_id()
    await floor.does(routing.sign_on, agent=Person(agent_id), seat=new, units={UNIT})
    assert not await floor.asks(routing.holds_seat, agent_id, old)
    assert await floor.asks(routing.holds_seat, agent_id, new)
    assert (await floor.asks(routing.presence_of, agent_id)).status == "ready"
    assert await floor.offered(await floor.contact()) == agent_id


async def test_queueing_twice_is_once_and_anew_after_the_end(floor: Floor) -> None:
    await floor.desk()
    contact = await floor.contact()
    await floor.queue(contact)
    assert await floor.asks(count, "routing_contacts") == 1
    await floor.does(routing.abandon_contact, interaction_id=contact)
    await floor.queue(contact)
    agent_id = await floor.agent()
    assert await floor.answered(contact) == agent_id


async def count(tx: Transaction, table: str) -> int:
    return await tx.scalar(text(f"select count(*) from {table}"))
