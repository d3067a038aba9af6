"""Flows on real rows: asked of the operator with proof, ordered once, money only on its digits, resumed and left."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import psycopg
import pytest
from sqlalchemy import event, text

from qiao import interactions, selfservice
from qiao.bss.sandbox import misbehave
from qiao.kernel.ids import new_id
from qiao.kernel.refused import NotAllowed, NotFound
from qiao.platform.house import House
from qiao.platform.policy import Level
from qiao.selfservice import (
    Begin,
    Done,
    FlowChangedMeanwhile,
    FlowNotUnderstood,
    Told,
    actions,
    built_in_texts,
    register_flow_action,
    runner,
)
from qiao.selfservice.jobs import sweep
from qiao.selfservice.operations import move
from tests.conftest import StillClock
from tests.looking import a_moment
from tests.selfservice.conftest import Caller, orders_done
from tests.selfservice.writing import choice, said, written

ADMIN = frozenset({"selfservice.administer"})


async def rows(house: House, asked: str, **params: Any) -> list[Any]:
    async with house.database.transaction() as tx:
        return list(await tx.rows(text(asked), params))


async def code_sent(house: House) -> str:
    found = await rows(house, "select text from post_messages where purpose = 'one_time_code' order by id desc limit 1")
    match = re.search(r"\d{6}", found[0]["text"])
    assert match is not None
    return match[0]


async def proved(caller: Caller, level: Level = Level.ONE_FACTOR) -> None:
    async with caller.house.database.transaction() as tx:
        await interactions.prove_level(
            tx, interaction_id=caller.contact.id, level=level, method="one_time_code", customer_id=caller.customer.id
        )


async def test_a_bill_is_told_after_a_code_and_never_before(house: House, calls: Any) -> None:
    caller = await calls("bill_query")
    assert "code" in caller.said
    wrong = await caller.say("000000" if await code_sent(house) != "000000" else "111111")
    assert "not right" in wrong.said
    assert (await caller.say(await code_sent(house))).said.startswith("Which bill")
    assert "yuan" in (await caller.say("1")).said
    kept = await rows(house, "select body, pending from flow_sessions")
    assert await code_sent(house) not in json.dumps([dict(one) for one in kept])
    async with house.database.transaction() as tx:
        assert (await interactions.interaction(tx, caller.contact.id)).level == Level.ONE_FACTOR
    looked = await rows(house, "select count(*) as n from audit_entries where act = 'view.bill'")
    assert looked[0]["n"] >= 1


async def test_wrong_codes_stick_over_sessions_and_lead_to_a_person(house: House, calls: Any) -> None:
    caller = await calls("bill_query")
    sent = await code_sent(house)
    wrong = "000000" if sent != "000000" else "111111"
    await caller.say(*[wrong] * 4)
    assert caller.over == ""
    await caller.say(wrong)
    assert caller.over == "handed"
    again = await calls("bill_query")
    assert again.over == "handed"


async def test_a_person_is_waited_for_at_the_desk_the_flow_names(house: House, calls: Any) -> None:
    caller = await calls("bill_query")
    await caller.say("agent")
    assert caller.last is not None
    assert caller.last.queued
    waiting = await rows(
        house,
        "select d.code from routing_contacts c join routing_desks d on d.id = c.desk_id where c.interaction_id = :id",
        id=caller.contact.id,
    )
    assert [one["code"] for one in waiting] == ["billing"]
    events = await rows(house, "select body from events where name = 'selfservice.FlowHandedOver'")
    assert events[-1]["body"]["desk"] == "billing"


async def test_nobody_is_put_in_line_whose_contact_ended_while_the_flow_took_his_word(house: House, calls: Any) -> None:
    caller = await calls("bill_query")
    ended: list[str] = []

    def end(_c: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        """He closes the page: after his contact was read, before he is put in line."""
        if statement.startswith("UPDATE flow_sessions") and not ended:
            ended.append(statement)
            with psycopg.connect(house.database.url) as other:
                other.execute("update interactions set ended_at = now() where id = %s", (caller.contact.id,))

    event.listen(house.database.engine.sync_engine, "before_cursor_execute", end)
    try:
        await caller.say("agent")
    finally:
        event.remove(house.database.engine.sync_engine, "before_cursor_execute", end)
    assert ended and (caller.over, caller.last.queued) == ("handed", False)
    assert await rows(house, "select 1 from routing_contacts where interaction_id = :it", it=caller.contact.id) == []


async def test_no_desk_for_a_person_is_told_to_the_channel(calls: Any) -> None:
    caller = await calls("lost_phone")
    await caller.say("0")
    assert caller.last is not None
    assert (caller.over, caller.last.queued) == ("handed", False)


async def test_an_order_of_a_flow_is_placed_once_and_what_it_became_is_told(house: House, calls: Any) -> None:
    caller = await calls("unwanted_service")
    await proved(caller)
    await caller.say("#")
    async with house.database.transaction() as tx:
        await tx.execute(text("delete from orders"))
    caller = await calls("unwanted_service")
    await proved(caller)
    await caller.say(await code_sent(house))
    if "no value-added service" in caller.said:
        pytest.fail("the cast of the sandbox has services")
    await caller.say("98")
    working = asyncio.create_task(
        selfservice.advance(house, session_id=caller.running.id, told=Told("1"), wait_seconds=20.0)
    )
    while not await rows(house, "select id from orders where state = 'placed'"):
        await a_moment()
    await orders_done(house)
    caller.last = await working
    assert "It costs nothing more" in caller.said
    placed = await rows(house, "select key, state, origin from orders")
    assert [(one["state"], one["origin"]["flow"]) for one in placed] == [("done", "unwanted_service")]
    assert placed[0]["key"].startswith(f"flow:{caller.running.id}:")


async def put_in_force(house: House, steps: dict[str, Any], code: str = "f", **header: Any) -> int:
    async with house.database.transaction() as tx:
        known = await rows(house, "select max(version) as v from flow_versions where code = :c", c=code)
        seen = known[0]["v"] or 0
        kept = await selfservice.keep_flow(
            tx, code=code, text=written(steps, flow=code, **header), by="agent:1", rights=ADMIN, seen=seen
        )
        in_force = (await selfservice.published(tx)).get(code)
        await selfservice.publish_flow(tx, code=code, version=kept, by="agent:1", rights=ADMIN, seen=in_force)
    return kept


class Killed(BaseException):
    """As if the process were gone."""


@pytest.mark.parametrize("place", [runner.ASKED, runner.SAID])
async def test_a_word_is_taken_once_though_the_process_dies_and_gets_the_same_answer(
    house: House, calls: Any, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    caller = await calls("bill_query")
    await proved(caller)
    await caller.say(await code_sent(house))

    def dies(name: str) -> None:
        if name == place:
            raise Killed

    async def heard(word: str, key: str) -> selfservice.Advanced:
        return await selfservice.advance(house, session_id=caller.running.id, told=Told(word), key=key)

    with monkeypatch.context() as patched:
        patched.setattr(runner, "failpoint", dies)
        with pytest.raises(Killed):
            await heard("1", "text-1")
    again = await heard("1", "text-1")
    assert "Bill" in selfservice.as_text(again.outputs, "en")
    assert again.running.session.waits == "input"
    answers = [one.answer for one in again.running.session.tried]
    once_more = await heard("1", "text-1")
    assert once_more.outputs == again.outputs
    assert [one.answer for one in once_more.running.session.tried] == answers
    assert (await heard("0", "text-2")).running.over == "handed"


async def test_the_same_word_twice_at_once_is_taken_once(house: House, calls: Any) -> None:
    caller = await calls("satisfaction")
    both = [selfservice.advance(house, session_id=caller.running.id, told=Told("3"), key="k") for _ in range(2)]
    one, other = await asyncio.gather(*both)
    assert one.outputs == other.outputs
    async with house.database.transaction() as tx:
        session = (await selfservice.session_running(tx, caller.running.id)).session
    assert [each.answer for each in session.tried] == ["3"]


async def test_an_operator_who_is_away_leads_where_the_flow_says(house: House, calls: Any) -> None:
    caller = await calls("bill_query")
    await proved(caller)
    async with house.database.transaction() as tx:
        await misbehave(tx, "error")
    await caller.say(await code_sent(house))
    assert "month" in caller.said
    await caller.say("2026-10")
    assert caller.over == "handed"


async def test_an_action_of_a_room_above_is_performed_once_with_what_was_collected(
    house: House, calls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[selfservice.Asked] = []

    async def open_complaint(house: House, one: selfservice.Asked) -> Done:
        asked.append(one)
        return Done("done", {"number": "A-17"})

    monkeypatch.setattr(actions, "_ACTIONS", {})  # as if no room had brought any
    caller = await calls("complaint_intake")
    assert (await caller.say("1", "no action yet")).over == "handed"
    register_flow_action("open_complaint", open_complaint, parameters=frozenset({"about", "words", "month"}),
                         facts=frozenset({"number"}))  # fmt: skip
    caller = await calls("complaint_intake")
    await caller.say("1", "I never ordered this")
    assert "A-17" in caller.said
    assert asked[0].given == {"about": "charge", "words": "I never ordered this", "month": ""}
    assert asked[0].filled == {"about": "charge", "description": "I never ordered this"}
    assert [one.answer for one in asked[0].tried] == ["1", "I never ordered this"]
    assert asked[0].customer_id == caller.customer.id


async def test_a_session_found_waiting_after_a_crash_asks_again_under_the_same_number(house: House, calls: Any) -> None:
    caller = await calls("bill_query")
    await proved(caller)
    await caller.say(await code_sent(house))
    async with house.database.transaction() as tx:
        moved = await move(tx, session_id=caller.running.id, told=Told("1"))
    assert moved.running.session.waits == "answer"
    assert moved.effects[0].code == "bill"
    again = await selfservice.advance(house, session_id=caller.running.id, told=Begin())
    assert again.running.session.waits == "input"
    assert "Bill" in selfservice.as_text(again.outputs, "en")


async def test_one_open_session_for_a_number_resumes_for_ten_minutes_by_sms(
    house: House, calls: Any, clock: StillClock, shi: Any
) -> None:
    async def begun() -> Any:
        async with house.database.transaction() as tx:
            return await selfservice.begin_flow(
                tx, code="main_menu", channel="sms", subject="+8613900000000", facts={"language": "zh-CN"}
            )

    first = await begun()
    clock.forward(minutes=9)
    await selfservice.advance(house, session_id=first.id, told=Begin())
    clock.forward(minutes=9)
    assert (await begun()).id == first.id
    clock.forward(minutes=2)
    late = await selfservice.advance(house, session_id=first.id, told=Told("1"))
    assert (late.running.over, late.outputs) == ("left", ())
    second = await begun()
    assert second.id != first.id
    clock.forward(minutes=30)
    await sweep(house)
    async with house.database.transaction() as tx:
        assert await selfservice.open_session(tx, channel="sms", subject="+8613900000000") is None
        left = await selfservice.where_people_leave(tx, "main_menu", since=first.started_at)
    assert ("main_menu.main", "left", 1) in [(one.step, one.over, one.sessions) for one in left]


async def test_two_words_at_the_same_moment_are_taken_one_after_the_other(house: House, calls: Any) -> None:
    caller = await calls("satisfaction")
    both = [selfservice.advance(house, session_id=caller.running.id, told=Told("3")) for _ in range(2)]
    done = await asyncio.gather(*both)
    assert min(len(one.running.session.tried) for one in done) == 1
    async with house.database.transaction() as tx:
        session = (await selfservice.session_running(tx, caller.running.id)).session
    assert [one.answer for one in session.tried][:2] == ["3", "3"]
    async with house.database.transaction() as tx:
        running = await selfservice.session_of_contact(tx, caller.contact.id)
        assert running is not None
        told = await selfservice.tried_in(tx, running, "zh-CN")
    assert (told[0].what, told[0].answer) == ("您对这次服务满意吗？", "不满意")


async def test_two_editors_do_not_overwrite_each_other_and_sessions_stay_on_their_version(
    house: House, calls: Any
) -> None:
    hello = {"m": {"menu": said("first words"), "choices": [choice("1", "e")]}, "e": {"end": True}}
    first = await put_in_force(house, hello, code="greeting")
    caller = await calls("greeting")
    await put_in_force(house, {**hello, "m": {**hello["m"], "menu": said("other words")}}, code="greeting")
    assert "first words" in (await caller.say("#")).said
    assert "other words" in (await calls("greeting")).said
    async with house.database.transaction() as tx:
        with pytest.raises(FlowChangedMeanwhile):
            await selfservice.keep_flow(
                tx, code="greeting", text=written(hello, flow="greeting"), by="a", rights=ADMIN, seen=first
            )
        with pytest.raises(FlowChangedMeanwhile):
            await selfservice.publish_flow(tx, code="greeting", version=first, by="a", rights=ADMIN, seen=first)
        await selfservice.publish_flow(tx, code="greeting", version=first, by="a", rights=ADMIN, seen=first + 1)
    assert "first words" in (await calls("greeting")).said
    async with house.database.transaction() as tx:
        versions = await selfservice.flow_versions_of(tx, "greeting")
    assert [(one.version, one.published) for one in versions] == [(first + 1, False), (first, True)]


async def test_a_flow_with_faults_is_never_kept_and_nobody_without_the_right_changes_one(house: House) -> None:
    broken = built_in_texts()["satisfaction"].replace("go: rate", "go: nowhere", 1)
    async with house.database.transaction() as tx:
        with pytest.raises(FlowNotUnderstood) as refused:
            await selfservice.keep_flow(tx, code="satisfaction", text=broken, by="a", rights=ADMIN, seen=0)
        line = next(n for n, one in enumerate(broken.splitlines(), 1) if "nowhere" in one)
        assert "there is no step nowhere" in refused.value.params["problems"]
        assert abs(int(refused.value.params["problems"].split(":")[0]) - line) < 6
        for named in ("satisfaction", "main_menu"):
            with pytest.raises(NotAllowed):
                await selfservice.keep_flow(tx, code=named, text=broken, by="a", rights=frozenset(), seen=0)
        with pytest.raises(NotAllowed):
            await selfservice.publish_flow(tx, code="satisfaction", version=0, by="a", rights=frozenset(), seen=0)
        with pytest.raises(NotFound):
            await selfservice.publish_flow(tx, code="satisfaction", version=9, by="a", rights=ADMIN, seen=0)
        with pytest.raises(NotFound):
            await selfservice.flow_versions_of(tx, "nothing")
        with pytest.raises(FlowNotUnderstood):
            await selfservice.keep_flow(
                tx, code="main_menu", text=built_in_texts()["satisfaction"], by="a", rights=ADMIN, seen=0
            )


async def test_what_is_not_there_is_not_found(house: House, shi: Any) -> None:
    async with house.database.transaction() as tx:
        with pytest.raises(NotFound):
            await selfservice.begin_flow(tx, code="nothing", channel="sms", subject="x", facts={})
        with pytest.raises(NotFound):
            await selfservice.session_running(tx, new_id())


async def test_last_month_is_that_of_the_customers_zone(house: House, calls: Any, clock: StillClock) -> None:
    clock.at = clock.at.replace(month=11, day=30, hour=17, minute=0)  # the first of December in Shanghai
    caller = await calls("bill_query")
    await proved(caller)
    async with house.database.transaction() as tx:
        await misbehave(tx, "error")
    await caller.say(await code_sent(house))
    await caller.say("last month")
    assert caller.last is not None
    assert caller.last.running.session.filled == {"month": "2026-11"}
