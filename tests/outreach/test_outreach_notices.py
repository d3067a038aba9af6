"""Messages to customers on real rows: once each, in his language, at his time, as he wants it, with why on record."""

import asyncio
from datetime import timedelta

import pytest

from qiao import customers, interactions, outreach, post
from qiao.bss import Holding, Party
from qiao.customers import Finding
from qiao.kernel.ids import AgentId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.outreach import EMERGENCY_RIGHT
from tests.outreach.reached import House, emitted

pytestmark = pytest.mark.slow

TEN_PM = {"hours": 12}


async def test_the_same_key_is_the_same_message_in_his_language_with_its_why_on_the_timeline(outside: House) -> None:
    person = await outside.customer("fr")
    first = await outside.tell(person, matter="case:1")
    again = await outside.tell(person, variables={"number": "Q-2"})
    assert (first.state, first.id) == ("sent", again.id)
    assert await outside.texts(person) == [first.text]
    assert first.text.startswith("Votre demande") and "Q-1" in first.text
    [entry] = (await outside.do(interactions.timeline, person.id)).entries
    assert entry.summary | {"text": ""} == {
        "state": "sent", "reason": "", "purpose": "service", "template": "case.opened", "version": 1,
        "matter": "case:1", "text": "",
    }  # fmt: skip
    line = interactions.line_of(entry, lambda text: text)
    assert "about your own matters" in line and "Q-1" in line
    assert await outside.do(emitted, f"notice:{first.id}") == ["NoticeSettled"]
    assert [one.id for one in await outside.do(outreach.notices_about, "case:1")] == [first.id]


async def test_two_at_once_send_one(outside: House) -> None:
    person = await outside.customer()
    both = await asyncio.gather(outside.tell(person), outside.tell(person))
    assert len({one.id for one in both}) == 1
    assert len(await outside.texts(person)) == 1


async def test_at_night_it_waits_for_his_own_morning(outside: House) -> None:
    here, there = await outside.customer(), await outside.customer(number="+33612345678")
    outside.clock.forward(**TEN_PM)
    held, sent = await outside.tell(here), await outside.tell(there)
    assert (held.state, sent.state) == ("held", "sent"), "it is afternoon in Paris"
    assert held.hold_until == outside.clock.now() + timedelta(hours=10)
    await outside.settle()
    assert await outside.texts(here) == []
    outside.clock.forward(hours=10)
    await outside.settle()
    await outside.settle()
    assert len(await outside.texts(here)) == 1
    [entry] = (await outside.do(interactions.timeline, here.id)).entries
    assert entry.summary["state"] == "sent"


async def test_the_zone_he_chose_counts(outside: House) -> None:
    person = await outside.customer()
    await outside.do(outreach.choose_zone, customer_id=person.id, zone="America/New_York")
    assert (await outside.tell(person)).state == "held"
    with pytest.raises(InputNotUnderstood):
        await outside.do(outreach.choose_zone, customer_id=person.id, zone="Mars/Olympus")


async def test_while_he_talks_with_us_at_night_he_is_told_at_once(outside: House) -> None:
    person = await outside.customer()
    outside.clock.forward(**TEN_PM)
    talk = await outside.do(
        interactions.start_interaction, channel="chat", language="en", customer_id=person.id,
        service_id=person.numbers[0],
    )  # fmt: skip
    assert (await outside.tell(person, origin=Origin("chat", talk.id))).state == "sent"
    await outside.do(interactions.end_interaction, interaction_id=talk.id, reason="customer_left")
    outside.clock.forward(minutes=16)
    assert (await outside.tell(person, "later", origin=Origin("chat", talk.id))).state == "held"
    other = await outside.customer()
    assert (await outside.tell(other, origin=Origin("chat", talk.id))).state == "held", "somebody else’s contact"


async def test_what_was_held_is_judged_anew_in_the_morning(outside: House) -> None:
    refused, aged, gone = await outside.customer(), await outside.customer(), await outside.customer()
    outside.clock.forward(**TEN_PM)
    for person in (refused, aged, gone):
        assert (await outside.tell(person, purpose="reminder")).state == "held"
    consent = {"purpose": "reminder", "channel": "sms", "given": False, "by": "agent:1"}
    await outside.do(outreach.set_consent, customer_id=refused.id, **consent)
    heir = Party("heir", "Heir", "person", "standard", "en", None, "", "")
    await outside.do(customers.keep, Finding(heir, (Holding("heir", gone.numbers[0], outside.clock.now()),)))
    outside.clock.forward(hours=25)
    await outside.settle()
    told = {}
    for person in (refused, aged, gone):
        [entry] = (await outside.do(interactions.timeline, person.id)).entries
        told[person.id] = (entry.summary["state"], entry.summary["reason"])
        assert await outside.texts(person) == []
    assert told == {
        refused.id: ("refused", "stale"), aged.id: ("refused", "stale"), gone.id: ("refused", "not_his_number"),
    }  # fmt: skip


async def test_consent_withdrawn_overnight_is_obeyed_in_the_morning(outside: House) -> None:
    person = await outside.customer()
    outside.clock.forward(**TEN_PM)
    assert (await outside.tell(person, purpose="survey")).state == "held"
    await outside.do(
        outreach.set_consent, customer_id=person.id, purpose="survey", channel="sms", given=False, by="customer:1"
    )
    outside.clock.forward(hours=11)
    await outside.settle()
    [entry] = (await outside.do(interactions.timeline, person.id)).entries
    assert (entry.summary["state"], entry.summary["reason"]) == ("refused", "no_consent")


async def test_one_budget_over_all_purposes_which_service_spends_and_never_meets(outside: House) -> None:
    person = await outside.customer()
    for number in range(5):
        assert (await outside.tell(person, f"s{number}")).state == "sent"
    refused = await outside.tell(person, "survey", purpose="survey")
    assert (refused.state, refused.reason) == ("refused", "over_budget")
    outside.clock.forward(hours=24)
    assert (await outside.tell(person, "survey2", purpose="survey")).state == "sent"


async def test_the_last_place_of_the_budget_is_taken_once(outside: House) -> None:
    person = await outside.customer()
    for number in range(3):
        await outside.tell(person, f"s{number}")
    both = await asyncio.gather(*(outside.tell(person, key, purpose="survey") for key in ("a", "b")))
    assert sorted(one.state for one in both) == ["refused", "sent"]


async def test_silence_is_no_consent_to_offers_and_an_emergency_needs_its_right(outside: House) -> None:
    person = await outside.customer()
    assert (await outside.tell(person, "m", purpose="marketing")).reason == "no_consent"
    assert (await outside.tell(person, "e", purpose="emergency")).reason == "no_right"
    await outside.says(person, "STOP", "stop-1")
    outside.clock.forward(**TEN_PM)
    right = frozenset({EMERGENCY_RIGHT})
    assert (await outside.tell(person, "e2", purpose="emergency", rights=right)).state == "sent"


@pytest.mark.parametrize("word", ["STOP", "ＴＤ", "退订 ", "إيقاف", "配信停止", "수신거부", "ARRÊT"])
async def test_a_word_to_stop_stops_at_once_and_a_word_to_start_resumes(outside: House, word: str) -> None:
    person = await outside.customer("de")
    waiting = await outside.tell(person, "accepted")
    outside.clock.forward(**TEN_PM)
    await outside.tell(person, "held")
    await outside.says(person, word, f"stop-{word}")
    await outside.says(person, word, f"stop-again-{word}")
    assert waiting.message_id is not None
    kept = await outside.do(post.message, waiting.message_id)
    assert (kept.state, kept.reason) == ("failed", "withdrawn"), "what had not left never does"
    [answer] = await outside.texts(person)
    assert answer.startswith("Sie erhalten keine SMS mehr"), "one text says so, in his language, once"
    outside.clock.forward(hours=11)
    await outside.settle()
    assert (await outside.tell(person, "next")).reason == "stopped"
    assert not any((await outside.do(outreach.consent_of, person.id)).values())
    await outside.says(person, "Start", f"start-{word}")
    assert (await outside.tell(person, "after")).state == "sent"
    assert await outside.do(outreach.consent_of, person.id) == {
        "service": True, "reminder": True, "survey": True, "marketing": False,
    }  # fmt: skip
    assert len(await outside.texts(person)) == 3


async def test_starting_again_brings_back_nothing_he_refused_before(outside: House) -> None:
    person = await outside.customer()
    consent = {"customer_id": person.id, "channel": "sms", "by": "customer:1"}
    await outside.do(outreach.set_consent, purpose="survey", given=False, **consent)
    await outside.do(outreach.set_consent, purpose="marketing", given=True, **consent)
    await outside.says(person, "stop", "1-stop")
    await outside.says(person, "start", "1-start")
    assert await outside.do(outreach.consent_of, person.id) == {
        "service": True, "reminder": True, "survey": False, "marketing": True,
    }  # fmt: skip
    assert not await outside.do(outreach.set_consent, purpose="survey", given=False, **consent)
    for wrong in ({"purpose": "emergency"}, {"channel": "pigeon"}):
        with pytest.raises(InputNotUnderstood):
            await outside.do(outreach.set_consent, **{**consent, "purpose": "survey", "given": True, **wrong})


async def test_a_stop_stays_with_who_said_it_and_never_passes_to_the_next_holder(outside: House) -> None:
    person = await outside.customer()
    await outside.says(person, "stop", "2-stop")
    heir = Party("heir2", "Heir", "person", "standard", "en", None, "", "")
    found = Finding(heir, (Holding("heir2", person.numbers[0], outside.clock.now()),))
    await outside.do(customers.keep, found)
    known = await outside.do(customers.customer_of, person.numbers[0])
    assert known is not None
    assert (await outside.tell(known)).state == "sent"
    assert (await outside.tell(person, "x")).reason == "not_his_number"


async def test_from_a_number_nobody_holds_a_stop_is_not_answered_and_all_else_is_for_others(outside: House) -> None:
    assert await outside.hears(ServiceId("mobile", "+8613700000000"), "STOP", "nobody")
    assert not await outside.hears(ServiceId("mobile", "+8613700000000"), "YE", "nobody-2")


async def test_only_a_mobile_number_takes_texts(outside: House) -> None:
    person = await outside.customer()
    told = await outside.tell(person, service=ServiceId("broadband", "login"))
    assert (told.state, told.reason) == ("refused", "no_channel")


async def test_wrong_variables_and_unknown_templates_are_refused(outside: House) -> None:
    person = await outside.customer()
    for variables in ({}, {"number": "1", "name": "2"}):
        with pytest.raises(InputNotUnderstood):
            await outside.tell(person, variables=variables)
    with pytest.raises(NotFound):
        await outside.tell(person, template="case.gossip")


async def test_new_words_are_a_new_version_and_what_was_sent_tells_which(outside: House) -> None:
    person, me = await outside.customer(), AgentId(new_id())
    now = await outside.do(outreach.template, "case.found")
    words = {language: f"{text} +" for language, text in now.texts["sms"].items()}
    given = {"code": "case.found", "channel": "sms", "agent_id": me}
    kept = await outside.do(outreach.keep_template, texts=words, seen_version=1, **given)
    same = await outside.do(outreach.keep_template, texts=words, seen_version=2, **given)
    assert kept.version == same.version == 2
    with pytest.raises(outreach.TemplateChangedMeanwhile):
        await outside.do(outreach.keep_template, texts=now.texts["sms"], seen_version=1, **given)
    with pytest.raises(InputNotUnderstood) as wrong:
        await outside.do(outreach.keep_template, texts={**words, "fr": "{price}", "ar": ""}, seen_version=2, **given)
    assert set(wrong.value.fields) == {"sms.fr", "sms.ar"}
    with pytest.raises(NotFound):
        await outside.do(outreach.keep_template, texts=words, seen_version=2, **{**given, "channel": "email"})
    variables = {"number": "Q-1", "amount": "10.00", "month": "2026-12"}
    told = await outside.tell(person, template="case.found", variables=variables)
    assert told.version == 2 and told.text.endswith("+")
    by_code = {one.code: one.version for one in await outside.do(outreach.templates)}
    assert by_code["case.found"] == 2 and by_code["case.opened"] == 1
