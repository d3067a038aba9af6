"""A matter from the odd text to the proof: told once, asked for once, answered whenever it suits the customer."""

from typing import Any

import pytest

from qiao import cases
from qiao.kernel.ids import CaseId, FileId, InteractionId, new_id
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.platform.database import Transaction
from tests.cases.matter_at_hand import WHY, WORDS, Days, agent, contact, customer, emitted, opened, timeline_of


async def test_the_whole_story_is_told_once_and_asked_once(days: Days) -> None:
    who, first, second = customer(), agent(), agent()
    call = await days.do(contact, customer_id=who)
    case_id = await days.do(opened, customer_id=who, agent_id=first, interaction_id=call.id)
    items = ["short_code", "text_copy", "received_at", "sender_number"]
    asked = {"case_id": case_id, "items": items, "interaction_id": call.id, "agent_id": first}
    request_id = await days.do(cases.request_information, **asked)
    [matter] = await days.read(who, "zh-CN")
    assert matter.status == "waiting_for_customer"
    assert "发来短信的服务代码、短信原文" in matter.next_text

    # The next day, by himself, on his own page.
    his: dict[str, Any] = {"request_id": request_id, "by": f"customer:{who}"}
    await days.do(cases.answer_request, item="short_code", value="１７２９", **his)
    await days.do(cases.answer_request, item="short_code", value="3737", **his)
    assert (await days.read(who, "en"))[0].status == "waiting_for_us"

    # Another agent picks it up and asks nothing again.
    later = await days.do(contact, customer_id=who)
    await days.do(cases.take_over, case_id=case_id, agent_id=second)
    whole = await days.whole(case_id)
    assert whole.words[0].text == WORDS
    assert whole.case.watch_terms == ("1729", "3737")
    assert [item.key for item in whole.missing] == ["text_copy", "received_at", "sender_number"]
    assert (whole.next_step.code, whole.next_step.service) == ("cancel", "cancel_subscription")
    assert whole.next_step.say("en") == "Find and cancel the service of code 3737"
    with pytest.raises(cases.NothingLeftToAsk):
        await days.do(cases.request_information, **{**asked, "agent_id": second})
    rest: dict[str, Any] = {"text_copy": "验证码17", "received_at": "昨天下午", "sender_number": "139 1234 5678"}
    writing: dict[str, Any] = {"case_id": case_id, "by": f"agent:{second}", "interaction_id": later.id}
    await days.do(cases.add_facts, facts=rest, **writing)
    [request] = (await days.whole(case_id)).requests
    assert (request.state, request.open_items) == ("answered", ())

    await days.do(cases.add_tried, step="cancel_subscription", outcome="cancelled", **writing)
    await days.do(cases.say_answer, case_id=case_id, text="本月费用会退还。", agent_id=second)
    assert (await days.whole(case_id)).next_step.act == "promise"
    await days.do(cases.resolve_case, case_id=case_id, kind="remedied", what="Cancelled 3737", **WHY, agent_id=second)
    assert (await days.read(who, "en"))[0].next_text == "We tell you what the check shows."
    await days.proved(case_id)
    assert (await days.read(who, "en"))[0].next_text == "Please tell us whether you see it the same way."
    await days.proved(case_id, solved="yes")
    assert await days.read(who, "en") == []
    whole = await days.whole(case_id)
    assert [milestone.status for milestone in whole.states] == [
        "open", "waiting_for_customer", "waiting_for_us", "waiting_for_customer", "open", "resolved", "verified",
        "closed",
    ]  # fmt: skip
    assert whole.interactions == (call.id, later.id)
    assert await days.emitted(case_id) == [
        "InteractionLinked", "CaseOpened", "InformationRequested",
        "CaseFactAdded", "InformationProvided", "CaseFactAdded", "InformationProvided", "CaseTakenOver",
        "CaseFactAdded", "InformationProvided", "CaseFactAdded", "InformationProvided",
        "CaseFactAdded", "InformationProvided", "InteractionLinked", "ChecksScheduled",
        "CaseResolved",
    ]  # fmt: skip


async def test_what_a_customer_reaches_is_his_own_and_nobody_elses(tx: Transaction) -> None:
    who = customer()
    case_id = await opened(tx, customer_id=who)
    asked = {"case_id": case_id, "items": ["short_code"], "interaction_id": None, "agent_id": agent()}
    request_id = await cases.request_information(tx, **asked)
    by = f"customer:{customer()}"
    for attempt in (
        cases.add_words(tx, case_id=case_id, text="x", by=by),
        cases.add_fact(tx, case_id=case_id, key="short_code", value="3737", by=by),
        cases.add_tried(tx, case_id=case_id, step="x", outcome="", by=by),
        cases.add_declaration(tx, case_id=case_id, declaration="is_the_holder", by=by),
        cases.answer_request(tx, request_id=request_id, item="short_code", value="3737", by=by),
        cases.reopen_case(tx, case_id=case_id, reason="x", by=by),
        cases.link_interaction(tx, case_id=case_id, interaction_id=InteractionId(new_id()), by=by),
    ):
        with pytest.raises(NotFound):
            await attempt
    mine = f"customer:{who}"
    await cases.add_words(tx, case_id=case_id, text="再补充一句", by=mine)
    await cases.answer_request(tx, request_id=request_id, item="short_code", value="3737", by=mine)
    assert len((await cases.case(tx, case_id)).words) == 2
    assert await cases.matters_for_customer(tx, customer(), language="en") == []


async def test_what_is_not_there_is_not_found(tx: Transaction) -> None:
    nowhere, me = CaseId(new_id()), agent()
    for attempt in (
        cases.case(tx, nowhere),
        cases.case_alone(tx, nowhere),
        cases.add_note(tx, case_id=nowhere, text="x", agent_id=me),
        cases.keep_promise(tx, promise_id=new_id(), how="", by=f"agent:{me}"),
        cases.answer_request(tx, request_id=new_id(), item="short_code", value="1", by=f"agent:{me}"),
        cases.withdraw_request(tx, request_id=new_id(), reason="x", agent_id=me),
        opened(tx, interaction_id=InteractionId(new_id())),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_nothing_is_asked_that_is_known_or_asked_already(tx: Transaction) -> None:
    case_id, me = await opened(tx, facts={"short_code": "3737"}), agent()

    async def ask(*items: str) -> list[str]:
        given = {"case_id": case_id, "items": items, "interaction_id": None, "agent_id": me}
        request_id = await cases.request_information(tx, **given)
        found = (await cases.case(tx, case_id)).requests
        return [item.wording or item.key for request in found if request.id == request_id for item in request.items]

    assert await ask("short_code", "text_copy", "text_copy") == ["text_copy"]
    question = "What did you  do before?"
    assert await ask(question, question, "text_copy") == ["What did you do before?"]
    with pytest.raises(cases.NothingLeftToAsk):
        await ask(question, "short_code", "text_copy")


async def test_a_question_in_our_own_words_is_not_asked_again_once_it_is_answered(tx: Transaction) -> None:
    who, me = customer(), agent()
    case_id = await opened(tx, customer_id=who)
    asked = {"case_id": case_id, "items": ["What colour was it?"], "interaction_id": None, "agent_id": me}
    request_id = await cases.request_information(tx, **asked)
    [item] = (await cases.case(tx, case_id)).requests[0].items
    assert item.names == {"en": "What colour was it?"}
    fact_id = await cases.answer_request(tx, request_id=request_id, item=item.key, value="Blue", by=f"customer:{who}")
    with pytest.raises(cases.NothingLeftToAsk):
        await cases.request_information(tx, **asked)
    await cases.withdraw_fact(tx, case_id=case_id, fact_id=fact_id, reason="It was green", agent_id=me)
    assert await cases.request_information(tx, **asked) != request_id


async def test_a_question_that_was_taken_back_can_be_asked_again(tx: Transaction) -> None:
    who, me = customer(), agent()
    case_id = await opened(tx, customer_id=who)
    asked = {"case_id": case_id, "items": ["place", "Why?"], "interaction_id": None, "agent_id": me}
    request_id = await cases.request_information(tx, **asked)
    for _ in range(2):
        await cases.withdraw_request(tx, request_id=request_id, reason="Found it elsewhere", agent_id=me)
    whole = await cases.case(tx, case_id)
    assert (whole.requests[0].state, whole.requests[0].open_items, whole.case.status) == ("withdrawn", (), "open")
    assert [line.kind for line in whole.history].count("request_withdrawn") == 1
    with pytest.raises(cases.RequestWithdrawn):
        await cases.answer_request(tx, request_id=request_id, item="place", value="Beijing", by=f"customer:{who}")
    assert await cases.request_information(tx, **asked) != request_id


@pytest.mark.parametrize("items", [[], ["short_code"] * 51, [""], ["what\x00now"], ["x" * 501]])
async def test_a_request_that_asks_for_nothing_readable_is_refused(tx: Transaction, items: list[str]) -> None:
    case_id = await opened(tx)
    with pytest.raises(InputNotUnderstood):
        await cases.request_information(tx, case_id=case_id, items=items, interaction_id=None, agent_id=agent())
    assert (await cases.case(tx, case_id)).requests == ()


@pytest.mark.parametrize("item", ["place", "no_such_item", "", "short_code\x00", "short\ud800code", "x" * 10_000])
async def test_an_answer_to_what_was_not_asked_is_refused(tx: Transaction, item: str) -> None:
    who = customer()
    case_id = await opened(tx, customer_id=who)
    asked = {"case_id": case_id, "items": ["short_code"], "interaction_id": None, "agent_id": agent()}
    request_id = await cases.request_information(tx, **asked)
    with pytest.raises(InputNotUnderstood):
        await cases.answer_request(tx, request_id=request_id, item=item, value="1", by=f"customer:{who}")


async def test_a_file_may_stand_in_place_of_words_and_the_same_answer_is_one_fact(tx: Transaction) -> None:
    who = customer()
    case_id = await opened(tx, customer_id=who)
    asked = {"case_id": case_id, "items": ["text_copy", "short_code"], "interaction_id": None, "agent_id": agent()}
    request_id = await cases.request_information(tx, **asked)
    his: dict[str, Any] = {"request_id": request_id, "by": f"customer:{who}"}
    file_id = FileId(new_id())
    ids = {await cases.answer_request(tx, item="text_copy", value="", file_id=file_id, **his) for _ in range(2)}
    with pytest.raises(InputNotUnderstood):
        await cases.answer_request(tx, item="short_code", value="not digits", **his)
    [request] = (await cases.case(tx, case_id)).requests
    assert len(ids) == 1
    assert request.state == "partly_answered"
    assert [(answer.file_id, answer.value) for answer in request.items[0].answers] == [(file_id, "")]
    await cases.answer_request(tx, item="short_code", value="3737", **his)
    assert (await cases.case(tx, case_id)).requests[0].state == "answered"
    assert (await timeline_of(tx, who)).count("case.provided") == 1


async def test_a_fact_that_was_a_mistake_stays_on_record_and_can_be_asked_for_again(tx: Transaction) -> None:
    case_id, me = await opened(tx), agent()
    fact_id = await cases.add_fact(tx, case_id=case_id, key="short_code", value="3737", by=f"agent:{me}")
    same = await cases.add_fact(tx, case_id=case_id, key="short_code", value="３７３７", by=f"agent:{me}")
    assert same == fact_id
    for _ in range(2):
        await cases.withdraw_fact(tx, case_id=case_id, fact_id=fact_id, reason="misread", agent_id=me)
    whole = await cases.case(tx, case_id)
    assert [(fact.value, fact.withdrawn_why) for fact in whole.facts] == [("3737", "misread")]
    assert whole.facts_standing == ()
    assert "short_code" in {item.key for item in whole.missing}
    assert [line.kind for line in whole.history].count("fact_withdrawn") == 1
    assert await cases.add_fact(tx, case_id=case_id, key="short_code", value="3737", by=f"agent:{me}") != fact_id
    with pytest.raises(NotFound):
        await cases.withdraw_fact(tx, case_id=await opened(tx), fact_id=fact_id, reason="misread", agent_id=me)


async def test_no_fact_at_all_is_nothing_to_keep(tx: Transaction) -> None:
    case_id = await opened(tx)
    odd: list[dict[str, Any]] = [{}, {"short_code": []}, {"short_code": ""}, {"odd key": "1"}, {"place": ["x"] * 51}]
    for facts in odd:
        with pytest.raises(InputNotUnderstood):
            await cases.add_facts(tx, case_id=case_id, facts=facts, by="agent:1")
    assert (await cases.case(tx, case_id)).facts == ()


async def test_a_declaration_is_kept_in_the_customers_language_and_once(tx: Transaction) -> None:
    who = customer()
    talk = await contact(tx, who, language="fr")
    case_id = await opened(tx, customer_id=who)
    said: dict[str, Any] = {"case_id": case_id, "by": f"agent:{agent()}", "interaction_id": talk.id}
    ids = [await cases.add_declaration(tx, declaration="charge_not_accepted", **said) for _ in range(2)]
    await cases.add_declaration(tx, declaration="Je ne paierai pas.", language="fr", **said)
    found = (await cases.case(tx, case_id)).declarations
    assert ids[0] == ids[1]
    assert [one.text for one in found] == ["Je n’accepte pas ce frais.", "Je ne paierai pas."]
    with pytest.raises(InputNotUnderstood):
        await cases.add_declaration(tx, declaration=" ", **said)


async def test_a_note_stays_inside_and_an_answer_given_is_on_the_timeline(tx: Transaction) -> None:
    who, me = customer(), agent()
    case_id = await opened(tx, customer_id=who)
    await cases.add_note(tx, case_id=case_id, text="Sounds upset", agent_id=me)
    assert await timeline_of(tx, who) == ["case.opened"]
    await cases.say_answer(tx, case_id=case_id, text="Nothing will be charged.", agent_id=me)
    assert set(await timeline_of(tx, who)) == {"case.opened", "case.told"}
    whole = await cases.case(tx, case_id)
    assert [note.text for note in whole.notes] == ["Sounds upset"]
    assert [answer.text for answer in whole.answers] == ["Nothing will be charged."]
    for words in ("", "x" * 4_001, "a\x00b"):
        with pytest.raises(InputNotUnderstood):
            await cases.add_note(tx, case_id=case_id, text=words, agent_id=me)
        with pytest.raises(InputNotUnderstood):
            await cases.say_answer(tx, case_id=case_id, text=words, agent_id=me)


async def test_a_contact_is_linked_once_and_only_if_it_is_the_customers(tx: Transaction) -> None:
    who = customer()
    case_id, talk = await opened(tx, customer_id=who), await contact(tx, who)
    for _ in range(2):
        await cases.link_interaction(tx, case_id=case_id, interaction_id=talk.id, by="agent:1")
    assert await cases.interactions_of(tx, case_id) == [talk.id]
    assert (await emitted(tx, case_id)).count("InteractionLinked") == 1
    other = await contact(tx, customer())
    with pytest.raises(cases.ContactOfSomebodyElse):
        await cases.link_interaction(tx, case_id=case_id, interaction_id=other.id, by="agent:1")
    [matter] = await cases.matters_of(tx, who)
    assert matter.contacts == 1


async def test_what_the_customer_sent_waits_until_it_is_read(days: Days) -> None:
    who = customer()
    case_id = await days.do(opened, customer_id=who)
    await days.do(cases.add_words, case_id=case_id, text="还在扣费", by=f"customer:{who}")
    whole = await days.whole(case_id)
    assert (whole.case.status, whole.next_step.code) == ("waiting_for_us", "look")
    for _ in range(2):
        await days.do(cases.acknowledge, case_id=case_id, agent_id=agent())
    whole = await days.whole(case_id)
    assert (whole.case.status, whole.next_step.code) == ("open", "ask")
    assert [line.kind for line in whole.history] == ["opened", "words", "read"]


async def test_each_thing_that_happens_is_one_line_and_one_version(days: Days) -> None:
    case_id = await days.do(opened)
    await days.do(cases.add_note, case_id=case_id, text="x", agent_id=agent())
    await days.do(cases.resolve_case, case_id=case_id, kind="explained", what="Said so", **WHY, agent_id=agent())
    whole = await days.whole(case_id)
    assert [(line.kind, line.status) for line in whole.history] == [
        ("opened", "open"), ("note", None), ("resolved", "resolved"),
    ]  # fmt: skip
    assert whole.case.version == 4
