"""Callbacks owed: at their time with the place the customer had, tried again, red when missed, never doubled."""

import asyncio
import re
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from qiao import customers, interactions, outreach, post, routing
from qiao.customers import Customer
from qiao.kernel.ids import AgentId, DeskId, InteractionId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.outreach import Callback
from qiao.outreach.calling import answered, callbacks_begin
from qiao.platform.policy import Level
from qiao.routing.store import contacts
from tests.outreach.reached import House, emitted

pytestmark = pytest.mark.slow

HOUR = timedelta(hours=1)
ME = AgentId(new_id())


async def owed(outside: House, person: Customer, desk: DeskId, key: str = "k", **given: Any) -> UUID:
    """A call promised for the hour after next."""
    now = outside.clock.now()
    whole: dict[str, Any] = {
        "customer_id": person.id, "service": person.numbers[0], "window": (now + HOUR, now + 2 * HOUR),
        "matter": "case:7", "desk_id": desk, "preferred_agent_id": ME, "origin": Origin("desk", None, f"agent:{ME}"),
        "key": key,
    }  # fmt: skip
    return await outside.do(outreach.promise_callback, **{**whole, **given})


async def now_stands(outside: House, callback_id: UUID) -> Callback:
    return await outside.do(outreach.callback, callback_id)


async def its_contact(outside: House, callback_id: UUID) -> InteractionId:
    attempt = (await now_stands(outside, callback_id)).open_attempt
    assert attempt is not None
    return attempt.interaction_id


async def taken(outside: House, callback_id: UUID, agent_id: AgentId = ME) -> InteractionId:
    """An agent accepts its contact."""
    contact_id = await its_contact(outside, callback_id)
    await outside.do(interactions.assign, interaction_id=contact_id, agent_id=agent_id)
    await outside.do(answered, interaction_id=contact_id, agent_id=agent_id)
    return contact_id


async def written_up(outside: House, contact_id: InteractionId, disposition: str, agent_id: AgentId = ME) -> None:
    await outside.do(interactions.wrap_up, interaction_id=contact_id, agent_id=agent_id, disposition=disposition)
    await outside.settle()


async def hangs_up(outside: House, contact_id: InteractionId) -> None:
    await outside.do(interactions.end_interaction, interaction_id=contact_id, reason="customer_left")
    await outside.settle()
    await outside.settle()


async def test_at_its_time_it_waits_at_the_desk_with_the_place_its_customer_had(outside: House) -> None:
    person, desk = await outside.customer(), await outside.desk()
    asked = await outside.do(
        interactions.start_interaction, channel="chat", language="en", customer_id=person.id,
        service_id=person.numbers[0],
    )  # fmt: skip
    await outside.do(interactions.mark_queued, interaction_id=asked.id)
    queued_at = outside.clock.now()
    outside.clock.forward(minutes=5)
    callback_id = await owed(outside, person, desk, origin=Origin("chat", asked.id, f"agent:{ME}"))
    assert await owed(outside, person, desk) == callback_id, "the same key is the same promise"
    await outside.settle()
    assert (await now_stands(outside, callback_id)).state == "owed"
    outside.clock.forward(hours=1)
    await outside.settle()
    await outside.settle()
    due = await now_stands(outside, callback_id)
    assert (due.state, len(due.attempts)) == ("due", 1)
    row = await outside.do(lambda tx: tx.one(select(contacts).where(contacts.c.customer_id == person.id)))
    assert row["queued_at"] == queued_at
    assert (row["desk_id"], row["preferred_agent_id"], row["entry_point"]) == (desk, ME, "callback")
    assert await outside.do(interactions.contacts_on_matter, "case:7") >= 1
    assert await outside.do(emitted, f"callback:{callback_id}") == ["CallbackPromised", "CallbackDue"]
    assert [one.id for one in await outside.do(outreach.callbacks_owed, desk_ids=[desk])] == [callback_id]
    assert [one.id for one in await outside.do(outreach.callbacks_of, person.id)] == [callback_id]


async def test_it_is_in_the_language_that_he_speaks_in_the_contact_in_which_it_was_promised(outside: House) -> None:
    person, desk = await outside.customer(language="en"), await outside.desk("l")
    in_german = await outside.do(
        interactions.start_interaction, channel="voice", language="de", customer_id=person.id,
        service_id=person.numbers[0],
    )  # fmt: skip
    now = outside.clock.now()
    told = {"window": (now, now + HOUR), "origin": Origin("voice", in_german.id, f"customer:{person.id}")}
    callback_id = await owed(outside, person, desk, **told)
    by_desk = await owed(outside, person, desk, "by the desk")
    assert (await now_stands(outside, by_desk)).language == "en", "without a contact it is his record that tells"
    await hangs_up(outside, in_german.id)
    row = await outside.do(lambda tx: tx.one(select(contacts).where(contacts.c.customer_id == person.id)))
    assert row["language"] == "de" and (await now_stands(outside, callback_id)).language == "de"
    contact = await outside.do(interactions.interaction, await its_contact(outside, callback_id))
    assert contact.language == "de", "whoever calls him knows"


async def test_who_was_reached_is_owed_nothing_any_more(outside: House) -> None:
    person, desk = await outside.customer(), await outside.desk("a")
    callback_id = await owed(outside, person, desk)
    outside.clock.forward(hours=1)
    await outside.settle()
    contact_id = await taken(outside, callback_id)
    assert (await now_stands(outside, callback_id)).state == "talking"
    outside.clock.forward(minutes=70)
    await outside.settle()
    assert (await now_stands(outside, callback_id)).missed_at is None, "he was talking when the window closed"
    await written_up(outside, contact_id, "solved")
    assert (await now_stands(outside, callback_id)).state == "done"
    assert (await outside.do(emitted, f"callback:{callback_id}"))[-1] == "CallbackDone"
    assert await outside.do(outreach.callbacks_owed, desk_ids=[desk]) == []
    with pytest.raises(outreach.CallbackIsOver):
        await outside.do(outreach.try_now, callback_id=callback_id)
    with pytest.raises(outreach.CallbackIsOver):
        await outside.do(outreach.withdraw_callback, callback_id=callback_id, by="agent:1")


async def test_nobody_answers_it_is_tried_again_in_the_window_thrice_then_it_is_red(outside: House) -> None:
    person, desk = await outside.customer(), await outside.desk("b")
    callback_id = await owed(outside, person, desk)
    outside.clock.forward(hours=1)
    for number in (1, 2, 3):
        await outside.settle()
        await written_up(outside, await taken(outside, callback_id), "no_answer")
        tried = await now_stands(outside, callback_id)
        assert [one.outcome for one in tried.attempts] == ["no_answer"] * number
        assert tried.red == (number == 3)
        outside.clock.forward(minutes=15)
    await outside.settle()
    missed = await now_stands(outside, callback_id)
    assert (missed.state, missed.next_at) == ("missed", None)
    assert (await outside.do(emitted, f"callback:{callback_id}"))[-1] == "CallbackMissed"
    await outside.do(outreach.try_now, callback_id=callback_id)
    await outside.settle()
    await written_up(outside, await taken(outside, callback_id), "information_given")
    made_up = await now_stands(outside, callback_id)
    assert (made_up.state, made_up.red) == ("done", False)


@pytest.mark.parametrize("reason", ["no_answer", "busy", "unreachable"])
@pytest.mark.parametrize("written", ["", "solved"])
async def test_a_line_that_nobody_picked_up_says_so_itself_whatever_is_written_up(
    outside: House, reason: str, written: str
) -> None:
    person, desk = await outside.customer(), await outside.desk(f"n-{reason}-{written}")
    callback_id = await owed(outside, person, desk)
    outside.clock.forward(hours=1)
    for number in (1, 2, 3):
        await outside.settle()
        contact_id = await taken(outside, callback_id)
        await outside.do(interactions.end_interaction, interaction_id=contact_id, reason=reason)
        await outside.settle()
        if written:
            await written_up(outside, contact_id, written)
        tried = await now_stands(outside, callback_id)
        assert [one.outcome for one in tried.attempts] == ["no_answer"] * number
        assert (tried.ended_at, tried.red) == (None, number == 3)
        outside.clock.forward(minutes=15)


async def test_with_all_agents_away_the_window_is_missed_and_the_customer_waits_on(outside: House) -> None:
    person, desk = await outside.customer(), await outside.desk("c")
    callback_id = await owed(outside, person, desk)
    outside.clock.forward(hours=2, minutes=1)
    await outside.settle()
    await outside.settle()
    red = await now_stands(outside, callback_id)
    assert (red.state, red.red) == ("missed", True)
    told = await outside.do(emitted, f"callback:{callback_id}")
    assert told.count("CallbackMissed") == 1
    first = (await outside.do(outreach.callbacks_owed, desk_ids=[desk]))[0]
    assert first.red
    await written_up(outside, await taken(outside, callback_id), "solved")
    assert (await now_stands(outside, callback_id)).state == "done"


async def test_a_contact_that_is_cut_off_is_tried_again_at_once(outside: House) -> None:
    person, desk = await outside.customer(), await outside.desk("d")
    callback_id = await owed(outside, person, desk)
    outside.clock.forward(hours=1)
    await outside.settle()
    contact_id = await its_contact(outside, callback_id)
    await outside.do(interactions.end_interaction, interaction_id=contact_id, reason="dropped")
    await outside.settle()
    await outside.settle()
    again = await now_stands(outside, callback_id)
    assert [one.outcome for one in again.attempts] == ["dropped", None]


async def test_a_desk_that_opens_within_the_window_gets_it_then_and_one_that_never_does_refuses(
    outside: House,
) -> None:
    person = await outside.customer()
    week = {"mon": [["11:30", "12:00"]]}
    desk = await outside.desk("e", hours={"zone": "Asia/Shanghai", "week": week})
    callback_id = await owed(outside, person, desk)  # 11:00 to 12:00 in Shanghai
    outside.clock.forward(hours=1, minutes=1)
    await outside.settle()
    assert (await now_stands(outside, callback_id)).state == "owed"
    outside.clock.forward(minutes=30)
    await outside.settle()
    assert (await now_stands(outside, callback_id)).state == "due"
    with pytest.raises(outreach.DeskClosedThen):
        await owed(outside, person, desk, "later")
    with pytest.raises(NotFound):
        await owed(outside, person, DeskId(new_id()), "nowhere")


async def test_a_window_that_is_none_is_refused_beside_its_field(outside: House) -> None:
    person, desk, now = await outside.customer(), await outside.desk("f"), outside.clock.now()
    with pytest.raises(InputNotUnderstood) as wrong:
        await owed(outside, person, desk, window=(now - 2 * HOUR, now - HOUR))
    assert set(wrong.value.fields) == {"from_at"}
    with pytest.raises(ValueError, match="zones"):
        await owed(outside, person, desk, window=(now.replace(tzinfo=None), now + HOUR))


async def test_withdrawn_it_leaves_the_desk_and_again_changes_nothing(outside: House) -> None:
    person, desk = await outside.customer(), await outside.desk("g")
    callback_id = await owed(outside, person, desk)
    outside.clock.forward(hours=1)
    await outside.settle()
    contact_id = await its_contact(outside, callback_id)
    for _ in range(2):
        await outside.do(outreach.withdraw_callback, callback_id=callback_id, by="customer:1")
        await outside.settle()
    assert (await now_stands(outside, callback_id)).state == "withdrawn"
    assert (await outside.do(interactions.interaction, contact_id)).ended_at is not None
    with pytest.raises(NotFound):
        await outside.do(outreach.withdraw_callback, callback_id=new_id(), by="customer:1")


async def test_two_workers_at_the_same_timer_queue_one_contact(outside: House) -> None:

    person, desk = await outside.customer(), await outside.desk("h")
    callback_id = await owed(outside, person, desk)
    outside.clock.forward(hours=1)
    both = (outside.do(callbacks_begin, [str(callback_id)]) for _ in range(2))
    await asyncio.gather(*both)
    assert len((await now_stands(outside, callback_id)).attempts) == 1


async def test_a_talk_by_text_goes_both_ways_while_the_callback_is_made(outside: House) -> None:
    person, desk = await outside.customer(), await outside.desk("i")
    callback_id = await owed(outside, person, desk)
    outside.clock.forward(hours=1)
    await outside.settle()
    contact_id = await taken(outside, callback_id)
    said = {"interaction_id": contact_id, "author_kind": "agent", "author_id": ME}
    await outside.do(interactions.say, text="You have been charged nothing.", **said)
    await outside.settle()
    assert await outside.texts(person) == ["You have been charged nothing."]
    for _ in range(2):
        await outside.says(person, "Thank you!", "answer-1")
    told = await outside.do(interactions.messages_after, contact_id, 0)
    assert [(one.author_kind, one.text) for one in told][1:] == [("customer", "Thank you!")]
    await written_up(outside, contact_id, "solved")
    await outside.says(person, "Are you there?", "answer-2")
    now, number = outside.clock.now(), person.numbers[0]
    kept = await outside.do(post.texts_between, [number], now - timedelta(days=1), now + timedelta(days=1))
    assert len(kept[number]) == 2


async def test_the_code_of_a_talk_texted_back_proves_who_he_is_and_is_no_part_of_what_was_said(outside: House) -> None:
    person, desk = await outside.customer(), await outside.desk("j")
    callback_id = await owed(outside, person, desk)
    outside.clock.forward(hours=1)
    await outside.settle()
    contact_id = await taken(outside, callback_id)
    await outside.do(interactions.ask_proof, interaction_id=contact_id, method="one_time_code")
    sent = {"service": person.numbers[0], "purpose": f"contact:{contact_id}", "customer_id": person.id}
    await outside.do(customers.send_code, language="en", origin=Origin("desk"), **sent)
    code = re.search(r"[0-9]{6}", (await outside.texts(person))[-1])
    assert code is not None
    wrong = "".join(str(9 - int(one)) for one in code[0])
    await outside.says(person, wrong, "wrong")
    assert (await outside.do(interactions.interaction, contact_id)).level < Level.ONE_FACTOR
    assert "That code is not right" in (await outside.texts(person))[-1]
    await outside.says(person, code[0], "right")
    assert (await outside.do(interactions.interaction, contact_id)).level == Level.ONE_FACTOR
    said = [one.text for one in await outside.do(interactions.messages_after, contact_id, 0)]
    assert not any(one in (text or "") for text in said for one in (code[0], wrong))


async def test_a_contact_for_a_desk_that_is_not_there_waits_nowhere(outside: House) -> None:
    with pytest.raises(NotFound):
        await outside.do(
            routing.queue_contact, interaction_id=InteractionId(new_id()), channel="chat", entry_point="callback",
            language="en", segment="vip", customer_id=None, preferred_agent=None, unit_id=None, origin=Origin("sms"),
            desk_id=DeskId(new_id()),
        )  # fmt: skip
