"""Who writes freely reaches a person by text, and all that was said before goes with him."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao import interactions, post
from qiao.channels.sms import hall
from qiao.channels.sms.sessions import SILENT_AFTER
from qiao.kernel.ids import AgentId, new_id
from qiao.kernel.service_ids import ServiceId
from qiao.post.store import post_messages
from tests.sms.texting import HOTLINE, SHI

if TYPE_CHECKING:
    from tests.sms.texting import Centre

STRANGER = ServiceId("mobile", "+8613700000009")


async def test_zero_fetches_a_person_who_sees_what_was_written_before(here: Centre) -> None:
    [menu] = await here.text("我想问点事情")
    assert menu.startswith("您好，可回复序号办理：\n1 ")
    [told] = await here.text("0")
    assert told.startswith("您的短信已记下。")
    contact = await here.contact()
    assert (contact.phase, contact.channel, contact.entry_point) == ("waiting", "sms", "sms")
    assert contact.customer_id is not None
    said = await here.said(contact)
    assert [kind for kind, _ in said] == ["customer", "bot", "customer", "bot"]
    assert said[0][1] == "我想问点事情"


@pytest.mark.parametrize(
    "word", ["0", "０", "转人工！", "Agent", "オペレーター", "상담원", "موظف", "SOS", "110", "报警", "Notruf"]
)
async def test_a_person_is_had_by_one_word_in_every_language_and_help_before_anything_else(
    here: Centre, word: str
) -> None:
    await here.text(word)
    assert (await here.contact()).phase == "waiting"


async def test_who_is_not_understood_twice_in_a_row_gets_a_person_unasked(here: Centre) -> None:
    await here.text("asdf qwer")
    await here.text("zxcv uiop")
    assert (await here.contact()).phase == "waiting"


async def test_a_talk_goes_both_ways_and_no_machine_answers_in_it(here: Centre) -> None:
    await here.text("人工")
    contact = await here.contact()
    me = AgentId(new_id())
    await here.do(interactions.assign, interaction_id=contact.id, agent_id=me)
    assert await here.text("YE") == []
    said = {"interaction_id": contact.id, "author_kind": "agent", "author_id": me, "text": "您好，我来看看。"}
    await here.do(interactions.say, **said)
    await here.work()
    assert (await here.sent())[-1] == "您好，我来看看。"
    async with here.database.transaction() as tx:
        senders = await tx.rows(post_messages.select().where(post_messages.c.recipient == str(SHI)))
    assert {row["sender"] for row in senders} == {HOTLINE}
    assert ("customer", "YE") in await here.said(contact)


async def talk(here: Centre, proof: interactions.ProofMethod | None = None) -> interactions.Interaction:
    """A person has the talk, and may have asked for a proof."""
    await here.text("人工")
    contact = await here.contact()
    await here.do(interactions.assign, interaction_id=contact.id, agent_id=AgentId(new_id()))
    if proof:
        await here.do(interactions.ask_proof, interaction_id=contact.id, method=proof)
    return contact


async def kept_anywhere(here: Centre, digits: str) -> list[str]:
    """The tables that hold these digits."""
    found = []
    async with here.database.transaction() as tx:
        for table in ("messages", "post_texts", "sms_sessions", "events", "orders"):
            held = text(f"select count(*) from {table} t where t::text like '%' || :it || '%'")
            found += [table] if await tx.scalar(held, {"it": f'"{digits}"'}) else []
            held = text(f"select count(*) from {table} t where to_jsonb(t)->>'text' = :it")
            found += [table] if await tx.scalar(held, {"it": digits}) else []
    return found


async def test_digits_typed_while_a_person_has_the_talk_confirm_the_order_and_stand_nowhere(here: Centre) -> None:
    [asked] = await here.text("HZ 13800138000 忙线时")
    [digits] = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9-])", asked)
    contact = await talk(here)
    await here.text(digits)
    said = await here.said(contact)
    assert ("customer", "****") in said
    assert "已办理成功" in said[-1][1]
    assert await kept_anywhere(here, digits) == []
    assert await here.text("谢谢") == [], "the talk goes on"
    assert (await here.said(contact))[-1] == ("customer", "谢谢")


async def test_a_number_that_is_not_the_digits_is_refused_and_stands_as_he_told_it(here: Centre) -> None:
    [asked] = await here.text("HZ 13800138000 忙线时")
    [digits] = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9-])", asked)
    wrong = "1000" if digits != "1000" else "1001"
    contact = await talk(here)
    [refused] = await here.text(wrong)
    assert "人工" in refused or "数字" in refused
    assert ("customer", wrong) in await here.said(contact)
    assert await here.text("谢谢") == []
    assert (await here.said(contact))[-1] == ("customer", "谢谢")


async def test_a_password_texted_to_a_person_who_asked_for_proof_is_read_by_nobody(here: Centre) -> None:
    contact = await talk(here, "service_password")
    assert await here.text("918273") == []
    assert (await here.said(contact))[-1] == ("customer", "****")
    assert await kept_anywhere(here, "918273") == []


async def test_other_numbers_in_a_talk_are_words(here: Centre) -> None:
    async with here.database.transaction() as tx:
        await tx.execute(text("delete from order_confirmations"))
    contact = await talk(here)
    await here.text("3737")
    await here.text("918273")
    assert [words for _, words in (await here.said(contact))[-2:]] == ["3737", "918273"]


async def test_after_the_talk_the_machine_answers_again_in_another_contact(here: Centre) -> None:
    await here.text("人工")
    contact = await here.contact()
    me = AgentId(new_id())
    await here.do(interactions.assign, interaction_id=contact.id, agent_id=me)
    await here.do(interactions.wrap_up, interaction_id=contact.id, agent_id=me, disposition="solved")
    await here.work()
    assert len(await here.text("hello there")) == 1
    assert (await here.contact()).id != contact.id


async def test_a_talk_in_which_he_is_silent_for_an_hour_ends_and_one_that_waits_for_us_does_not(here: Centre) -> None:
    await here.text("人工")
    contact = await here.contact()
    here.clock.forward(hours=2)
    await hall.sweep(here.house)
    assert (await here.contact()).phase == "waiting"
    me = AgentId(new_id())
    await here.do(interactions.assign, interaction_id=contact.id, agent_id=me)
    said = {"interaction_id": contact.id, "author_kind": "agent", "author_id": me, "text": "在吗？"}
    await here.do(interactions.say, **said)
    for _ in range(3):
        here.clock.forward(seconds=SILENT_AFTER.total_seconds())
        await hall.sweep(here.house)
    ended = await here.do(interactions.interaction, contact.id)
    assert ended.end_reason == "silent"
    assert (await here.place()).interaction_id is None


async def test_a_contact_that_a_machine_served_ends_by_itself_after_ten_minutes(here: Centre) -> None:
    await here.text("hello")
    contact = await here.contact()
    here.clock.forward(minutes=11)
    await hall.sweep(here.house)
    assert (await here.do(interactions.interaction, contact.id)).end_reason == "served"


async def test_an_unknown_number_is_greeted_and_gets_a_person_too(here: Centre) -> None:
    assert len(await here.text("hello", sender=STRANGER)) == 1
    await here.text("0", sender=STRANGER)
    contact = await here.contact(STRANGER)
    assert contact.customer_id is None
    assert contact.phase == "waiting"


async def test_the_same_text_delivered_twice_is_answered_once(here: Centre) -> None:
    assert len(await here.text("hello", key="once")) == 1
    assert await here.text("hello", key="once") == []


@pytest.mark.parametrize("word", ["STOP", "退订", "ＴＤ", "T D", "停止"])
async def test_a_stop_word_is_obeyed_before_anything_else_and_gets_no_second_answer(here: Centre, word: str) -> None:
    await here.text("人工")
    told = await here.text(word)
    assert len(told) <= 1  # the one confirmation, and none when he had stopped before
    assert word not in [words for _, words in await here.said(await here.contact())]


@pytest.mark.slow
async def test_a_stop_word_and_a_talk_are_heard_however_many_answers_there_were(here: Centre) -> None:
    for number in range(20):
        await here.text(f"hello number {chr(97 + number)}")
        if (await here.place()).session.kind == "human":
            contact = await here.contact()
            await here.do(interactions.end_interaction, interaction_id=contact.id, reason="customer_left")
            await here.work()
    assert await here.text("one more") == [], "no machine goes on answering"
    from qiao import outreach

    person = (await here.place()).customer_id
    assert person is not None
    await here.do(outreach.start, customer_id=person, channel="sms", by="test", proof="START")
    assert len(await here.text("STOP")) == 1


async def test_two_machines_that_answer_one_another_are_cut(here: Centre) -> None:
    for _ in range(4):
        await here.text("I am out of office until Monday.")
    before = await here.count()
    assert await here.text("I am out of office until Monday.") == []
    echo = (await here.sent())[-1]
    assert await here.text(echo) == []
    assert await here.count() == before


async def test_a_text_of_ours_that_comes_back_from_our_own_number_is_not_answered(here: Centre) -> None:
    roaming = ServiceId("mobile", "+8613800100186")
    from qiao import routing

    await here.do(routing.ensure_entry_point, number="8613800100186", code="sms", names={"en": "Roaming"})
    assert await here.text("hello", sender=roaming) == []


async def test_one_text_that_breaks_us_is_set_aside_and_stops_nobody(
    here: Centre, monkeypatch: pytest.MonkeyPatch
) -> None:
    from qiao import selfservice

    def breaks(words: str) -> bool:
        if words == "poison":
            raise RuntimeError(words)
        return False

    monkeypatch.setattr(selfservice, "wants_person", breaks)
    await here.do(post.received, STRANGER, "poison", "poisoned", HOTLINE)
    assert len(await here.text("hello")) == 1
    assert await here.do(post.unheard) == []
    async with here.database.transaction() as tx:
        from qiao.post.store import post_texts

        row = await tx.one(post_texts.select().where(post_texts.c.key == "poisoned"))
        assert row is not None
        assert row["fault"] == "RuntimeError"
