"""He calls us himself: nobody is to call him meanwhile, and afterwards he waits where he did, or is owed nothing."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text, update

from qiao import interactions, outreach
from qiao.customers import Customer
from qiao.kernel.ids import InteractionId
from qiao.kernel.origin import Origin
from qiao.outreach.callback_rows import locked_callback
from qiao.outreach.callback_writing import BEGINS
from qiao.outreach.calling import callbacks_begin
from qiao.outreach.holding import hold
from qiao.platform.timers import cancel_timer
from qiao.routing.store import contacts
from tests.looking import a_moment
from tests.outreach.reached import House, emitted
from tests.outreach.test_outreach_callbacks import HOUR, ME, hangs_up, its_contact, now_stands, owed, taken

pytestmark = pytest.mark.slow


async def calls(outside: House, person: Customer) -> InteractionId:
    """He calls us; his call holds back what waits to call him."""
    service = person.numbers[0]
    told = {"channel": "voice", "language": "en", "customer_id": person.id, "service_id": service}
    contact = await outside.do(interactions.start_interaction, **told)
    await outside.do(outreach.hold_callbacks, customer_id=person.id, interaction_id=contact.id)
    return contact.id  # type: ignore[no-any-return]


async def test_while_he_calls_himself_nobody_is_to_call_him_and_afterwards_he_waits_since_he_first_did(
    outside: House,
) -> None:
    person, desk = await outside.customer(), await outside.desk("own")
    now = outside.clock.now()
    callback_id = await owed(outside, person, desk, matter="", window=(now, now + HOUR))
    await outside.settle()
    before = await now_stands(outside, callback_id)
    waited = await its_contact(outside, callback_id)
    outside.clock.forward(minutes=5)
    own = await calls(outside, person)
    assert await outside.do(outreach.hold_callbacks, customer_id=person.id, interaction_id=own) == 0, "held already"
    await outside.settle()
    held = await now_stands(outside, callback_id)
    assert (held.state, held.open_attempt) == ("held", None)
    row = await outside.do(lambda tx: tx.one(select(contacts).where(contacts.c.interaction_id == waited)))
    assert row["state"] == "dropped"
    await outside.do(outreach.try_now, callback_id=callback_id)
    assert (await now_stands(outside, callback_id)).state == "held", "nobody rings who is on the line"
    await hangs_up(outside, own)
    again = await now_stands(outside, callback_id)
    assert (again.state, again.waiting_since, again.held_by) == ("due", before.waiting_since, None)
    assert await its_contact(outside, callback_id) != waited


async def test_whoever_talked_with_us_is_owed_no_call_about_nothing_else(outside: House) -> None:
    person, desk = await outside.customer(), await outside.desk("own")
    now = outside.clock.now()
    soon = {"window": (now, now + HOUR)}
    plain = await owed(outside, person, desk, "plain", matter="", **soon)
    about = await owed(outside, person, desk, "about", matter="case:8", **soon)
    other = await owed(outside, person, desk, "other", matter="case:9", **soon)
    await outside.settle()
    outside.clock.forward(minutes=1)
    own = await calls(outside, person)
    within = await owed(outside, person, desk, "within", matter="", **soon)  # promised in this very call
    await outside.settle()
    assert {(await now_stands(outside, one)).state for one in (plain, about, other, within)} == {"held"}
    await outside.do(interactions.assign, interaction_id=own, agent_id=ME)
    await outside.do(interactions.link_matter, interaction_id=own, matter="case:8")
    await hangs_up(outside, own)
    stand = [(await now_stands(outside, one)).state for one in (plain, about, other, within)]
    assert stand == ["withdrawn", "withdrawn", "due", "due"]
    assert (await outside.do(emitted, f"callback:{plain}"))[-1] == "CallbackWithdrawn"


async def test_whoever_takes_another_call_back_keeps_his_first_place_and_has_one(outside: House) -> None:
    person, desk = await outside.customer(), await outside.desk("own")
    now = outside.clock.now()
    first = await owed(outside, person, desk, "first", matter="", window=(now, now + HOUR))
    await outside.settle()
    outside.clock.forward(minutes=5)
    own = await calls(outside, person)
    later = outside.clock.now()
    told: dict[str, Any] = {"matter": "", "window": (later, later + HOUR), "origin": Origin("voice", own, "customer")}
    second = await owed(outside, person, desk, "second", **told)
    await hangs_up(outside, own)
    assert [one.id for one in await outside.do(outreach.callbacks_of, person.id)] == [second]
    stands = await now_stands(outside, second)
    assert (stands.state, stands.waiting_since) == ("due", now)
    assert (await now_stands(outside, first)).state == "withdrawn"


async def test_a_call_that_somebody_makes_already_is_left_to_him(outside: House) -> None:
    person, desk = await outside.customer(), await outside.desk("own")
    now = outside.clock.now()
    callback_id = await owed(outside, person, desk, window=(now, now + HOUR))
    await outside.settle()
    await taken(outside, callback_id)
    await calls(outside, person)
    assert (await now_stands(outside, callback_id)).state == "talking"


async def waits_or_is_done(outside: House, task: asyncio.Task[Any]) -> None:
    """Until it is done or waits for what somebody else has locked."""
    waiting = text(
        "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    )
    async with asyncio.timeout(30):
        while not task.done() and not await outside.do(lambda tx: tx.scalar(waiting)):
            await a_moment()


async def due_now(outside: House, person: Customer, code: str) -> UUID:
    """A callback that is due, and that no timer will begin but the test."""
    now = outside.clock.now()
    callback_id = await owed(outside, person, await outside.desk(code), matter="", window=(now, now + HOUR))
    await outside.do(cancel_timer, kind=BEGINS, ref=str(callback_id))
    return callback_id


async def test_his_own_call_that_ends_while_a_callback_is_held_for_it_lets_it_go(outside: House) -> None:
    person = await outside.customer()
    callback_id = await due_now(outside, person, "at once a")
    own = await calls(outside, person)
    async with outside.database.transaction() as tx:
        await callbacks_begin(tx, [str(callback_id)])
        ending = asyncio.create_task(hangs_up(outside, own))
        await waits_or_is_done(outside, ending)
    await ending
    await outside.settle()
    stands = await now_stands(outside, callback_id)
    assert (stands.state, stands.held_by) == ("due", None)


async def test_a_call_that_ended_just_now_holds_nothing(outside: House) -> None:
    person = await outside.customer()
    callback_id = await due_now(outside, person, "at once b")
    own = await calls(outside, person)
    await hangs_up(outside, own)
    async with outside.database.transaction() as tx:
        found = await locked_callback(tx, callback_id)
        assert found is not None and not await hold(tx, found, own)
    assert (await now_stands(outside, callback_id)).held_by is None


async def test_who_calls_while_his_callback_becomes_due_is_rung_by_nobody(outside: House) -> None:
    person = await outside.customer()
    callback_id = await due_now(outside, person, "at once c")
    async with outside.database.transaction() as tx:
        await callbacks_begin(tx, [str(callback_id)])
        calling = asyncio.create_task(calls(outside, person))
        await waits_or_is_done(outside, calling)
    own = await calling
    stands = await now_stands(outside, callback_id)
    assert (stands.state, stands.held_by, stands.open_attempt) == ("held", own, None)


async def test_an_agent_who_accepts_at_that_moment_keeps_his_contact(outside: House) -> None:
    person = await outside.customer()
    callback_id = await due_now(outside, person, "at once d")
    await outside.do(callbacks_begin, [str(callback_id)])
    contact_id = await its_contact(outside, callback_id)
    async with outside.database.transaction() as tx:  # as routing does it: the contact first
        await interactions.assign(tx, interaction_id=contact_id, agent_id=ME)
        mine = contacts.c.interaction_id == contact_id
        await tx.execute(update(contacts).where(mine).values(state="active", agent_id=ME))
        calling = asyncio.create_task(calls(outside, person))
        await waits_or_is_done(outside, calling)
    await calling
    contact = await outside.do(interactions.interaction, contact_id)
    assert contact.ended_at is None and contact.agent_id == ME
    assert (await now_stands(outside, callback_id)).held_by is None
