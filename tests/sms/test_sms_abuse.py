"""Texts that try the hall: words to stop whatever goes on, digits of others, loops, floods, look-alikes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from qiao import catalogue, customers, interactions, outreach, post, routing
from qiao.bss import Operator
from qiao.bss.sandbox import CAST, misbehave, party_ref, transfer_number
from qiao.catalogue.store import orders
from qiao.channels.sms import hall
from qiao.customers.model import FAILURES_MAX
from qiao.kernel.ids import AgentId, CustomerId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.post.store import post_texts
from tests.sms.texting import HOTLINE, SHI

if TYPE_CHECKING:
    from tests.sms.texting import Centre

STRANGER = ServiceId("mobile", "+8613700000009")
ELSE = next(one.service for one in CAST if one.language == "zh-CN" and one.service != SHI)
STOPS = [
    "STOP", "stop.", "td", "ＴＤ", "T D", "退订 ", "不要再发", "停止", "ＳＴＯＰ", "\u200bSTOP",
    "唔好再發", "ARRÊT", "Abmelden", "BAJA", "إيقاف", "配信停止", "수신거부", "Stopp", "désabonner",
]  # fmt: skip


@pytest.fixture(autouse=True)
async def _nothing_ordered(here: Centre) -> None:
    async with here.database.transaction() as tx:
        for table in ("order_confirmations", "proof_tries", "one_time_codes", "rate_limits"):
            await tx.execute(text(f"delete from {table}"))
        await tx.execute(text("delete from orders where true"))


async def digits_of(here: Centre, number: ServiceId = SHI) -> str:
    """The four digits of the last text to this handset."""
    (found,) = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9])", (await here.sent(number))[-1])
    return str(found)


async def ordered(here: Centre) -> list[tuple[str, str, str]]:
    async with here.database.transaction() as tx:
        rows = await tx.rows(select(orders).order_by(orders.c.placed_at))
    return [(row["code"], row["state"], row["reason"]) for row in rows]


async def person_of(here: Centre, number: ServiceId = SHI) -> CustomerId:
    await customers.recognize(here.house, number)
    person = await here.do(customers.customer_of, number)
    assert person is not None
    found: CustomerId = person.id
    return found


async def may_be_sent_something(here: Centre, person: CustomerId) -> bool:
    return any((await here.do(outreach.consent_of, person)).values())


async def nothing(here: Centre) -> None:
    """He writes out of the blue."""


async def digits_wait(here: Centre) -> None:
    await here.text("QXQB")


async def a_choice_is_open(here: Centre) -> None:
    await here.text("我还有多少话费")


async def a_flow_asks(here: Centre) -> None:
    await here.text("重置密码")


async def a_person_talks(here: Centre) -> None:
    await here.text("人工")
    contact = await here.contact()
    if contact.agent_id is None:
        await here.do(interactions.assign, interaction_id=contact.id, agent_id=AgentId(new_id()))


@pytest.mark.parametrize("goes_on", [nothing, digits_wait, a_choice_is_open, a_flow_asks, a_person_talks])
async def test_a_word_to_stop_is_obeyed_whatever_goes_on_and_does_nothing_else(here: Centre, goes_on: object) -> None:
    person = await person_of(here)
    for word in STOPS if goes_on is nothing else STOPS[::6]:
        await here.do(outreach.start, customer_id=person, channel="sms", by="test", proof="START")
        assert await may_be_sent_something(here, person)
        await goes_on(here)  # type: ignore[operator]
        said = await here.text(word)
        assert not await may_be_sent_something(here, person), word
        assert len(said) == 1, "the one confirmation"
        assert await ordered(here) == []
        async with here.database.transaction() as tx:
            kept = await tx.scalar(text("select count(*) from messages where text = :word"), {"word": word.strip()})
        assert kept == 0, "it is no part of what was said"


async def test_a_strangers_word_to_stop_is_not_answered_with_a_menu(here: Centre) -> None:
    assert await here.text("STOP", sender=STRANGER) == []
    assert len(await here.text("hello", sender=STRANGER)) == 1


@pytest.mark.parametrize(
    "words", ["退订怎么收费？", "please do not stop my service", "STOP texting 1234 me now please"]
)
async def test_a_sentence_that_holds_such_a_word_is_no_word_to_stop(here: Centre, words: str) -> None:
    person = await person_of(here)
    await here.do(outreach.start, customer_id=person, channel="sms", by="test", proof="START")
    assert len(await here.text(words)) == 1
    assert await may_be_sent_something(here, person)


async def test_wide_digits_confirm_and_digits_with_words_around_them_do_not(here: Centre) -> None:
    await here.text("QXQB")
    digits = await digits_of(here)
    for words in (f"{digits} 谢谢", f"确认码{digits}", f"{digits}{digits}", f"{digits[:2]} {digits[2:]}", f"-{digits}"):
        await here.text(words)
        assert await ordered(here) == [], words
        await here.do(Transaction.execute, text("delete from sms_sessions"))  # else a person is fetched
    await here.text("".join(chr(ord(one) - ord("0") + ord("０")) for one in digits))
    assert [code for code, _, _ in await ordered(here)] == ["cancel_all_subscriptions"]


@pytest.mark.parametrize("words", ["YE please", "YE 谢谢！", "余额 多少"])
async def test_a_code_with_words_behind_it_is_the_code(here: Centre, words: str) -> None:
    assert (await here.text(words))[0].startswith("余额¥")


@pytest.mark.parametrize("words", ["YE ZD", "余额 套餐", "QXQB YE"])
async def test_two_codes_in_one_text_are_asked_back(here: Centre, words: str) -> None:
    [said] = await here.text(words)
    assert "\n1 " in said
    assert await ordered(here) == []


async def test_digits_of_another_customer_place_nothing_for_anybody(here: Centre) -> None:
    await here.text("QXQB")
    digits = await digits_of(here)
    await here.text("QXQB", sender=ELSE)
    his = await digits_of(here, ELSE)
    await here.text(digits if digits != his else "0000", sender=ELSE)
    await here.text(digits, sender=STRANGER)
    assert await ordered(here) == []
    assert (await here.text(digits))[-1].startswith("“取消全部增值业务”"), "the tries of others cost him nothing"


async def test_digits_of_an_order_whose_number_changed_hands_place_nothing_for_either(here: Centre) -> None:
    await here.text("QXQB", sender=ELSE)
    digits = await digits_of(here, ELSE)
    async with here.database.transaction() as tx:
        await transfer_number(tx, ELSE, to_party_ref=party_ref(12))
    finding = await customers.look_up(here.house.get(Operator), ELSE)
    assert finding is not None
    former = await here.do(customers.customer_of, ELSE)
    await here.do(customers.keep, finding)
    said = await here.text(digits, sender=ELSE)
    assert await ordered(here) == []
    assert digits not in "".join(said)
    with pytest.raises(Refused):
        await here.do(
            catalogue.confirm, target=ELSE, customer_id=former.id, digits=digits, origin=Origin("web"),
            actor_ref=f"customer:{former.id}",
        )  # fmt: skip
    heir = await here.do(customers.customer_of, ELSE)
    with pytest.raises(Refused):
        await here.do(
            catalogue.confirm, target=ELSE, customer_id=heir.id, digits=digits, origin=Origin("web"),
            actor_ref=f"customer:{heir.id}",
        )  # fmt: skip


async def test_an_order_confirmed_before_we_heard_that_the_number_changed_hands_is_refused_by_the_operators_word(
    here: Centre,
) -> None:
    other = CAST[3].service
    await here.text("QXQB", sender=other)
    digits = await digits_of(here, other)
    async with here.database.transaction() as tx:
        await transfer_number(tx, other, to_party_ref=party_ref(13))
    await here.text(digits, sender=other)
    assert await ordered(here) == [("cancel_all_subscriptions", "refused", "number_changed_hands")]


async def test_the_same_digits_are_worth_nothing_in_another_channel_afterwards(here: Centre) -> None:
    await here.text("QXQB")
    digits, person = await digits_of(here), await person_of(here)
    await here.text(digits)
    with pytest.raises(Refused) as refused:
        await here.do(
            catalogue.confirm, target=SHI, customer_id=person, digits=digits, origin=Origin("web"),
            actor_ref=f"customer:{person}",
        )  # fmt: skip
    assert refused.value.code == "catalogue.confirmation_not_right"
    assert len(await ordered(here)) == 1


async def test_a_forged_sender_learns_nothing_and_does_nothing(here: Centre) -> None:
    """Whoever writes under another's number: what is answered goes to that number, and an act waits for its digits."""
    async with here.database.transaction() as tx:
        before = await tx.scalar(text("select count(*) from post_messages where recipient <> :his"), {"his": str(SHI)})
    for words in ("YE", "ZD", "QXQB", "改套餐 轻享", "1", "人工"):
        await here.text(words)
    async with here.database.transaction() as tx:
        after = await tx.scalar(text("select count(*) from post_messages where recipient <> :his"), {"his": str(SHI)})
    assert after == before
    assert await ordered(here) == []
    assert (await here.contact()).level == 0, "nothing was proved by a number"


async def test_a_guesser_by_text_has_five_tries_a_day_for_a_number_however_often_it_is_ordered(here: Centre) -> None:
    blocked = 0
    for _ in range(6):
        here.clock.forward(minutes=11)
        said = await here.text("QXQB")
        if said[0].startswith("此号码今天验证错误次数过多"):
            blocked += 1
            continue
        digits = await digits_of(here)
        for step in range(1, 5):
            await here.text(f"{(int(digits) - 1000 + step) % 9000 + 1000}")
    async with here.database.transaction() as tx:
        assert await tx.scalar(text("select max(failures) from proof_tries")) == FAILURES_MAX
    assert blocked == 4, "the third order is not even begun"
    assert await ordered(here) == []
    here.clock.forward(hours=24)
    await here.text("QXQB")
    await here.text(await digits_of(here))
    assert len(await ordered(here)) == 1, "a day later he is heard again"


@pytest.mark.parametrize("number", ["13800100199", "8613800100199"])
@pytest.mark.parametrize("channels", [["sms"], ["voice"]])
async def test_none_of_our_own_numbers_is_ever_answered_however_it_is_written(
    here: Centre, number: str, channels: list[str]
) -> None:
    await here.do(routing.ensure_entry_point, number=number, code="own", names={"en": "Own"}, channels=channels)
    assert await here.text("hello", sender=ServiceId("mobile", "+8613800100199")) == []
    async with here.database.transaction() as tx:
        await tx.execute(text("delete from routing_entry_points where number = :number"), {"number": number})


@pytest.mark.slow
async def test_an_answering_machine_that_never_says_the_same_twice_ends_with_a_person_and_no_answers(
    here: Centre,
) -> None:
    answers = 0
    for number in range(40):
        answers += len(await here.text(f"Ticket #{number:05d} zxcv{number} has been qwerty{number}.", sender=ELSE))
        here.clock.forward(seconds=5)
    assert answers <= 20
    assert await here.text("Ticket #99999 zxcv has been qwerty.", sender=ELSE) == []


LOOK_ALIKES = [
    "http://10086.cn.evil.example/ye", "hxxps://1OO86.cn/退款", "www．10086．cn", "аpple.com", "10086.cn\u202egpj.exe",
    "javascript:alert(1)", "<script>alert(1)</script>", '=HYPERLINK("http://evil.example")', "\u2066evil\u2069",
]  # fmt: skip


@pytest.mark.parametrize("words", LOOK_ALIKES)
async def test_an_address_that_looks_like_ours_is_answered_and_never_repeated(here: Centre, words: str) -> None:
    [said] = await here.text(f"请点击 {words} 领取")
    assert words not in said
    for odd in ("evil", "script", "HYPERLINK", "\u202e", "\u2066", "apple"):
        assert odd not in said


async def test_one_who_floods_us_keeps_nobody_else_waiting(here: Centre) -> None:
    await here.text("hello")
    for number in range(3 * hall.BATCH):
        await here.do(post.received, STRANGER, f"flood {number}", f"flood-{number}", HOTLINE)
    await here.do(post.received, SHI, "YE", "behind-the-flood", HOTLINE)
    await hall.turn(here.house)
    assert (await here.sent())[-1].startswith("余额¥")
    async with here.database.transaction() as tx:
        heard = await tx.scalar(
            select(post_texts.c.heard_at).where(post_texts.c.key == "flood-0").order_by(post_texts.c.key)
        )
        assert heard is not None, "in their order, one of each"
        await tx.execute(text("delete from post_texts where heard_at is null"))


async def test_while_the_operator_is_silent_a_word_to_stop_of_a_customer_is_obeyed(here: Centre) -> None:
    person = await person_of(here)
    await here.do(outreach.start, customer_id=person, channel="sms", by="test", proof="START")
    async with here.database.transaction() as tx:
        await misbehave(tx, "hang")
    await here.text("退订")
    async with here.database.transaction() as tx:
        await misbehave(tx, None)
    assert not await may_be_sent_something(here, person)
