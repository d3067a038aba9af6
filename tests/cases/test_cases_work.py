"""The work on cases: stages, relations, merging and splitting, colleagues named in notes, causes, saved views."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from qiao import cases, staff
from qiao.cases import categories
from qiao.cases.store import cases as rows_of_cases
from qiao.cases.store_work import resolution_causes
from qiao.kernel.conditions import ConditionNotUnderstood
from qiao.kernel.ids import new_id
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, NotAllowed, NotFound
from tests.cases.matter_at_hand import WHY, agent, contact, customer, opened, unit

if TYPE_CHECKING:
    from qiao.kernel.ids import AgentId, CaseId
    from qiao.platform.database import Database, Transaction
    from tests.cases.matter_at_hand import Days

WRITES = frozenset({"cases.write"})
MESSAGES, WAITED = "complaint/messages/unwanted_messages", "complaint/service/kept_waiting"


async def somebody(tx: Transaction, login: str) -> AgentId:
    at = await staff.ensure_unit(tx, code="north", name="North")
    return await staff.create_agent(tx, login=login, name=login, password_hash="x", unit_id=at)


async def test_the_work_goes_from_stage_to_stage_by_its_own_lifecycle(days: Days) -> None:
    who, case_id = agent(), await days.do(opened)
    async with days.database.transaction() as tx:
        stage, ways = await cases.stage_and_ways(tx, await cases.case_alone(tx, case_id), WRITES)
    assert stage.code == "taken"
    assert {way.move.code for way in ways} == {"examine", "ask_partner"}
    await days.do(cases.move, case_id=case_id, code="ask_partner", agent_id=who, rights=WRITES)
    with pytest.raises(cases.StageDoesNotResolve):
        await days.do(cases.resolve_case, case_id=case_id, kind="remedied", what="done", agent_id=who, **WHY)
    with pytest.raises(InputNotUnderstood):
        await days.do(cases.move, case_id=case_id, code="decide", agent_id=who, rights=WRITES)
    with pytest.raises(NotAllowed):
        await days.do(cases.move, case_id=case_id, code="partner_answered", agent_id=who, rights=frozenset())
    await days.do(cases.move, case_id=case_id, code="partner_answered", agent_id=who, rights=WRITES)
    await days.do(cases.resolve_case, case_id=case_id, kind="remedied", what="done", agent_id=who, **WHY)
    whole = await days.whole(case_id)
    assert [line.details["stage"] for line in whole.history if line.kind == "moved"] == ["with_partner", "examined"]
    assert whole.case.status == "resolved"


async def test_a_step_of_one_case_alone_is_next_until_it_is_done_and_bars_remedied(days: Days) -> None:
    who, case_id = agent(), await days.do(opened)
    step = {"case_id": case_id, "text": "Ask the provider for the consent record", "agent_id": who}
    with pytest.raises(NotAllowed):
        await days.do(cases.add_step, **step, rights=WRITES)
    step_id = await days.do(cases.add_step, **step, rights=WRITES | {"cases.steps"})
    other = await days.do(opened)
    whole, untouched = await days.whole(case_id), await days.whole(other)
    assert whole.next_step.say("en") == "Ask the provider for the consent record"
    assert (untouched.added, untouched.next_step.act) != ((), "added")
    solved = {"case_id": case_id, "kind": "remedied", "what": "done", "agent_id": who, **WHY}
    with pytest.raises(cases.StepLeftToDo, match="consent record"):
        await days.do(cases.resolve_case, **solved)
    with pytest.raises(InputNotUnderstood):
        await days.do(cases.end_step, step_id=step_id, how="dropped", outcome=" ", agent_id=who)
    for how, outcome in (("done", "There is none"), ("dropped", "Not needed")):  # the first word stands
        await days.do(cases.end_step, step_id=step_id, how=how, outcome=outcome, agent_id=who)
    [added] = (await days.whole(case_id)).added
    assert (added.how, added.outcome, added.open) == ("done", "There is none", False)
    await days.do(cases.resolve_case, **solved)
    with pytest.raises(NotFound):
        await days.do(cases.end_step, step_id=new_id(), how="done", outcome="", agent_id=who)


async def test_a_case_stays_on_the_lifecycle_it_was_opened_under(days: Days) -> None:
    name = {"zh-CN": "名", "en": "name"}
    old = await days.do(opened, category_code=MESSAGES)
    definition = {
        **categories._definitions()["categories"][MESSAGES],
        "lifecycle": {"stages": [{"code": "only", "name": name, "resolves": True}]},
    }
    await days.do(cases.keep_category, code=MESSAGES, definition=definition)
    new = await days.do(opened, category_code=MESSAGES)
    async with days.database.transaction() as tx:
        stages = [
            (await cases.stage_and_ways(tx, await cases.case_alone(tx, case_id), WRITES))[0].code
            for case_id in (old, new)
        ]
    assert stages == ["taken", "only"]
    definition["lifecycle"] = {"stages": [{"code": "only", "name": name}]}
    with pytest.raises(cases.CategoryNotUnderstood, match="dead end"):
        await days.do(cases.keep_category, code=MESSAGES, definition=definition)


async def test_a_guarded_move_waits_for_what_it_needs(days: Days) -> None:
    name = {"zh-CN": "名", "en": "name"}
    stages = [{"code": "taken", "name": name}, {"code": "done", "name": name, "resolves": True}]
    moves = [{"code": "finish", "name": name, "from": ["taken"], "to": "done", "needs": ["short_code"]}]
    definition = {
        **categories._definitions()["categories"][WAITED],
        "lifecycle": {"stages": stages, "moves": moves},
    }
    await days.do(cases.keep_category, code=WAITED, definition=definition)
    case_id, who = await days.do(opened, category_code=WAITED), agent()
    with pytest.raises(cases.MoveIsGuarded):
        await days.do(cases.move, case_id=case_id, code="finish", agent_id=who, rights=WRITES)
    await days.do(cases.add_fact, case_id=case_id, key="short_code", value="3737", by=f"agent:{who}")
    await days.do(cases.move, case_id=case_id, code="finish", agent_id=who, rights=WRITES)


async def test_a_solution_tells_its_cause_and_never_a_person(days: Days) -> None:
    case_id, who = await days.do(opened), agent()
    with pytest.raises(InputNotUnderstood) as refused:
        await days.do(cases.resolve_case, case_id=case_id, kind="remedied", what="done", agent_id=who, cause="charge")
    assert set(refused.value.fields) == {"cause", "system"}
    await days.do(cases.resolve_case, case_id=case_id, kind="remedied", what="done", agent_id=who, **WHY)
    async with days.database.transaction() as tx:
        [found] = (await cases.causes_of(tx, case_id)).values()
    assert (found.code, found.system) == ("charge/not_ordered", "content_platform")
    assert not any("agent" in column.name for column in resolution_causes.c)


async def test_a_merged_case_goes_on_in_the_other_and_is_not_closed_by_it(days: Days) -> None:
    whose, who = customer(), agent()
    first, second = await days.do(opened, customer_id=whose), await days.do(opened, customer_id=whose)
    talk = await days.do(contact, customer_id=whose)
    await days.do(cases.link_interaction, case_id=second, interaction_id=talk.id, by=f"agent:{who}")
    await days.do(cases.merge_case, case_id=second, into_id=first, agent_id=who, reason="the same charge")
    whole = await days.whole(second)
    assert whole.case.status in ("resolved", "verified")
    assert whole.resolutions[-1].kind == "merged"
    assert talk.id in (await days.whole(first)).interactions
    async with days.database.transaction() as tx:
        [there] = await cases.related_to(tx, first)
        [here] = await cases.related_to(tx, second)
    assert (there.number, there.says) == (whole.case.number, "took in")
    assert here.says == "was merged into"
    with pytest.raises(cases.CaseIsResolved):
        await days.do(cases.merge_case, case_id=second, into_id=first, agent_id=who, reason="again")
    with pytest.raises(NotFound):
        await days.do(cases.merge_case, case_id=first, into_id=first, agent_id=who, reason="itself")


async def test_nobody_merges_the_cases_of_two_customers_or_chooses_merged_as_a_solution(days: Days) -> None:
    first, second, who = await days.do(opened), await days.do(opened), agent()
    with pytest.raises(cases.CasesOfTwoCustomers):
        await days.do(cases.merge_case, case_id=second, into_id=first, agent_id=who, reason="alike")
    with pytest.raises(InputNotUnderstood):
        await days.do(cases.resolve_case, case_id=first, kind="merged", what="x", agent_id=who)


async def test_a_second_matter_gets_a_case_of_its_own(days: Days) -> None:
    case_id, who = await days.do(opened, facts={"short_code": "3737"}), agent()
    await days.do(cases.add_words, case_id=case_id, text="还有宽带也慢", by=f"agent:{who}")
    whole = await days.whole(case_id)
    chosen = {"words": [whole.words[1].id], "facts": [whole.facts[0].id], "agent_id": who, "origin": Origin("desk")}
    new = await days.do(cases.split_case, case_id=case_id, category_code="fault/broadband/slow", **chosen)
    split = await days.whole(new)
    assert [one.text for one in split.words] == ["还有宽带也慢"]
    assert [(fact.key, fact.value) for fact in split.facts] == [("short_code", "3737")]
    assert split.case.customer_id == whole.case.customer_id
    assert len((await days.whole(case_id)).words) == 2, "nothing is taken away from the first"
    with pytest.raises(NotFound):
        foreign = {**chosen, "words": [new_id()]}
        await days.do(cases.split_case, case_id=case_id, category_code="fault/broadband/slow", **foreign)
    with pytest.raises(InputNotUnderstood):
        await days.do(cases.split_case, case_id=case_id, category_code="inquiry/plan", **{**chosen, "words": []})


async def test_a_case_is_part_of_one_other_and_never_of_itself(days: Days) -> None:
    top, middle, below = [await days.do(opened) for _ in range(3)]
    by = f"agent:{agent()}"
    await days.do(cases.relate, case_id=middle, other_id=top, kind="child_of", by=by)
    await days.do(cases.relate, case_id=below, other_id=middle, kind="child_of", by=by)
    await days.do(cases.relate, case_id=below, other_id=middle, kind="child_of", by=by)
    with pytest.raises(cases.CaseWithinItself):
        await days.do(cases.relate, case_id=top, other_id=below, kind="child_of", by=by)
    with pytest.raises(cases.CaseHasAParent):
        await days.do(cases.relate, case_id=below, other_id=top, kind="child_of", by=by)
    await days.do(cases.relate, case_id=top, other_id=below, kind="related", by=by)
    async with days.database.transaction() as tx:
        found = await cases.related_to(tx, middle)
    assert [one.says for one in found] == ["is part of", "has as a part"]
    await days.do(cases.take_apart, relation_id=found[1].id, by=by)
    await days.do(cases.relate, case_id=below, other_id=top, kind="child_of", by=by)
    with pytest.raises(NotFound):
        await days.do(cases.take_apart, relation_id=found[1].id, by=by)


async def test_cases_put_under_each_other_at_the_same_moment_make_no_circle(database: Database, days: Days) -> None:
    three = [await days.do(opened) for _ in range(3)]
    by = f"agent:{agent()}"

    async def under(below: CaseId, above: CaseId) -> None:
        async with database.transaction() as tx:
            await cases.relate(tx, case_id=below, other_id=above, kind="child_of", by=by)

    wishes = [under(one, other) for one in three for other in three if one != other]
    done = await asyncio.gather(*wishes, return_exceptions=True)
    refused = (cases.CaseWithinItself, cases.CaseHasAParent)
    assert all(one is None or isinstance(one, refused) for one in done), done
    assert sum(one is None for one in done) == 2, done


async def test_a_colleague_who_is_named_in_a_note_sees_it_until_he_looks(days: Days) -> None:
    li, me = await days.do(somebody, login="li.na"), await days.do(somebody, login="me")
    case_id = await days.do(opened)
    await days.do(cases.add_note, case_id=case_id, text="@li.na please look; mail a@me @nobody @me.", agent_id=me)
    async with days.database.transaction() as tx:
        assert await cases.calls_unseen(tx, li) == 1
        assert await cases.calls_unseen(tx, me) == 0, "nobody calls himself"
        assert [one.because for one in await cases.watchers_of(tx, case_id)] == ["named"]
    await days.do(cases.seen, case_id=case_id, agent_id=li)
    async with days.database.transaction() as tx:
        assert await cases.calls_unseen(tx, li) == 0
    assert "CaseMentioned" in await days.emitted(case_id)


async def test_whoever_watches_sees_what_moved_since_he_looked(days: Days) -> None:
    me, at = agent(), unit()
    case_id = await days.do(opened, unit_id=at)
    await days.do(cases.watch, case_id=case_id, agent_id=me)

    async def mine() -> list[bool]:
        async with days.database.transaction() as tx:
            return [fresh for _, fresh in await cases.watched_by(tx, me, units=[at])]

    assert await mine() == [False]
    await days.do(cases.add_words, case_id=case_id, text="more", by=f"agent:{agent()}")
    assert await mine() == [True]
    await days.do(cases.unwatch, case_id=case_id, agent_id=me)
    assert await mine() == []


async def test_a_saved_view_shows_what_its_condition_says_and_nothing_of_another_unit(days: Days) -> None:
    me, at = agent(), unit()
    urgent = await days.do(opened, unit_id=at, severity=1, agent_id=me)
    await days.do(opened, unit_id=at, severity=3)
    await days.do(opened, unit_id=unit(), severity=1, agent_id=me)
    condition = {"all": [{"field": "severity", "at_most": 1}, {"field": "mine", "is": True}]}
    view = await days.do(cases.keep_view, agent_id=me, unit_id=at, name="Urgent", condition=condition, shared=True)
    async with days.database.transaction() as tx:
        [kept] = await cases.views_for(tx, agent_id=agent(), unit_ids=[at])
        assert await cases.views_for(tx, agent_id=agent(), unit_ids=[unit()]) == ()
        held = cases.held_by(kept.condition, tx, me)
        found = await cases.case_list(tx, unit_ids=[at], condition=held)
        assert [one.id for one in found.cases] == [urgent]
        assert await cases.count_cases(tx, unit_ids=[at], condition=held) == 1
    with pytest.raises(ConditionNotUnderstood):
        await days.do(cases.keep_view, agent_id=me, unit_id=at, name="x", condition={"field": "secret", "is": 1})
    with pytest.raises(NotFound):
        await days.do(cases.drop_view, view_id=view, agent_id=agent())
    await days.do(cases.drop_view, view_id=view, agent_id=me)


async def test_every_field_of_a_view_can_be_asked(days: Days) -> None:
    await days.do(opened)
    assert rows_of_cases.c.status is not None
    async with days.database.transaction() as tx:
        for name in cases.VIEW_FIELDS:
            held = cases.held_by({"field": name, "is_set": True}, tx, None)
            await cases.case_list(tx, unit_ids=[unit()], condition=held)
