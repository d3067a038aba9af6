"""The SMS hall: a code is answered at once, an order waits for the digits sent to the handset, words are matched."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from qiao import catalogue, interactions, post, routing
from qiao.bss import Operator
from qiao.bss.sandbox import CAST, misbehave
from qiao.cases.store import cases
from qiao.catalogue.store import orders
from qiao.channels.sms import hall
from qiao.kernel.ids import InteractionId
from qiao.kernel.service_ids import ServiceId
from qiao.post.store import post_messages
from tests.sms.texting import HOTLINE, SHI

if TYPE_CHECKING:
    from tests.sms.texting import Centre

STRANGER = ServiceId("mobile", "+8613700000009")
PASSWORD = SHI.value[-6:]
ELSE = next(one.service for one in CAST if one.language == "zh-CN" and one.service != SHI)


async def digits_of(here: Centre, number: ServiceId = SHI) -> str:
    """The four digits of the last text to this handset."""
    found = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9])", (await here.sent(number))[-1])
    assert len(found) == 1, await here.sent(number)
    return str(found[0])


async def ordered(here: Centre, number: ServiceId = SHI) -> list[tuple[str, str, str]]:
    """(code, state, channel) of every order for a number."""
    async with here.database.transaction() as tx:
        rows = await tx.rows(select(orders).where(orders.c.target == str(number)).order_by(orders.c.placed_at))
    return [(row["code"], row["state"], row["origin"]["channel"]) for row in rows]


@pytest.fixture(autouse=True)
async def _nothing_ordered(here: Centre) -> None:
    async with here.database.transaction() as tx:
        for table in ("order_confirmations", "proof_tries"):
            await tx.execute(text(f"delete from {table}"))
        await tx.execute(text("delete from orders where true"))


@pytest.mark.parametrize(
    ("words", "begins"),
    [
        ("YE", "余额¥"),
        ("ｙｅ", "余额¥"),
        ("y e", "余额¥"),
        ("余额", "余额¥"),
        ("查余额。", "余额¥"),
        ("Balance", "余额¥"),
        ("TC", "您的套餐：尊享 128 元套餐，¥128.00/月。"),
        ("ZD", "2026年10月账单"),
        ("ZD202610", "2026年10月账单"),
        ("账单 10月", "2026年10月账单"),
        ("LL", "已用："),
        ("KHTC", "可换套餐："),
        ("LSZD", "最近账单："),
    ],
)
async def test_a_code_is_answered_in_one_text_from_the_number_that_was_texted(
    here: Centre, words: str, begins: str
) -> None:
    [said] = await here.text(words)
    assert said.startswith(begins)
    async with here.database.transaction() as tx:
        row = await tx.one(select(post_messages).where(post_messages.c.recipient == str(SHI)))
        seen = await tx.scalar(
            text("select count(*) from audit_entries where act like 'view.%' and actor like 'customer:%'")
        )
    assert row is not None
    assert (row["sender"], row["priority"]) == (HOTLINE, 0)
    assert seen >= 1, "who looked is on record"


async def test_what_was_asked_and_answered_stands_in_one_contact_on_his_timeline(here: Centre) -> None:
    await here.text("YE")
    await here.text("TC")
    contact = await here.contact()
    assert [kind for kind, _ in await here.said(contact)] == ["customer", "bot", "customer", "bot"]
    assert (contact.channel, contact.level, contact.agent_id) == ("sms", 0, None)


async def test_words_bring_a_numbered_choice_and_the_number_is_the_order(here: Centre) -> None:
    [choice] = await here.text("我还有多少话费")
    assert choice.splitlines()[1] == "1 查余额"
    [said] = await here.text("１")
    assert said.startswith("余额¥")
    assert (await here.text("1"))[0].startswith("您好，可回复序号办理"), "an answered choice is over"


async def test_a_choice_lapses_after_ten_minutes_and_is_taken_up_by_a_word(here: Centre) -> None:
    await here.text("我还有多少话费")
    here.clock.forward(minutes=11)
    [menu] = await here.text("继续")
    assert menu.startswith("接着办：\n1 查余额")
    assert (await here.text("1"))[0].startswith("余额¥")


async def test_an_order_waits_for_the_digits_of_the_handset_and_is_placed_once(here: Centre) -> None:
    [choice] = await here.text("QX")
    assert "个性彩铃" in choice or "来电提醒" in choice or choice.startswith("“查增值业务”")
    if choice.startswith("“"):
        pytest.skip("the cast has nothing to cancel")
    [asked] = await here.text("1")
    assert "5分钟内回复" in asked
    assert await ordered(here) == []
    digits = await digits_of(here)
    contact = await here.contact()
    assert digits not in " ".join(words for _, words in await here.said(contact)), "staff never read them"
    [receipt] = await here.text(digits)
    assert receipt == "“取消增值业务”已办理成功。"
    assert digits not in str(await here.said(contact)) + str((await here.place()).session), "nor what he typed"
    assert await ordered(here) == [("cancel_subscription", "done", "sms")]
    again = await here.text(digits)
    assert again[0].startswith("您好，可回复序号办理"), "the digits are used up"
    assert len(await ordered(here)) == 1


async def test_money_is_named_before_it_is_spent(here: Centre) -> None:
    await here.text("改套餐 轻享")
    [asked] = await here.text("1")
    assert "费用¥19.00/月" in asked
    [receipt] = await here.text(await digits_of(here))
    assert receipt.startswith("“变更套餐”")
    async with here.database.transaction():
        plan = await here.house.get(Operator).plan(SHI)
    assert plan is not None
    assert plan.code == "light19"
    await here.text("改套餐 尊享")
    await here.text("1")
    await here.text(await digits_of(here))


async def test_wrong_digits_change_nothing_count_for_a_day_and_block_the_right_ones(here: Centre) -> None:
    await here.text("QXQB")
    digits = await digits_of(here)
    wrong = "1111" if digits != "1111" else "2222"
    for _ in range(3):
        assert (await here.text(wrong))[0].startswith("确认码不对")
    assert (await here.text(digits))[0].startswith("确认码不对"), "three tries an order"
    await here.text("QXQB")
    digits = await digits_of(here)
    await here.text(wrong if wrong != digits else "3333")
    assert (await here.text(wrong if wrong != digits else "3333"))[0].startswith("此号码今天验证错误次数过多")
    assert (await here.text(digits))[0].startswith("此号码今天验证错误次数过多")
    assert (await here.text("QXQB"))[0].startswith("此号码今天验证错误次数过多")
    assert await ordered(here) == []


async def test_digits_are_good_for_five_minutes_and_only_from_the_handset_they_were_sent_to(here: Centre) -> None:
    await here.text("QXQB")
    digits = await digits_of(here)
    await here.text(digits, sender=ELSE)
    assert await ordered(here, ELSE) == []
    here.clock.forward(minutes=6)
    assert (await here.text(digits))[0].startswith("您好，可回复序号办理")
    assert await ordered(here) == []


async def test_the_same_digits_twice_at_the_same_moment_place_one_order(here: Centre) -> None:
    await here.text("QXQB")
    digits, person = await digits_of(here), (await here.place()).customer_id
    assert person is not None

    async def once() -> str:
        from qiao.kernel.origin import Origin
        from qiao.kernel.refused import Refused

        try:
            by = f"customer:{person}"
            given = {"target": SHI, "customer_id": person, "digits": digits, "origin": Origin("sms"), "actor_ref": by}
            order, _ = await here.do(catalogue.confirm, **given)
        except Refused as refused:
            return refused.code
        return str(order.id)

    told = await asyncio.gather(*(once() for _ in range(6)))
    assert sorted(told).count("catalogue.confirmation_not_right") == 5
    assert len(await ordered(here)) == 1


async def code_of(here: Centre) -> str:
    """The six digits of the last code to this handset."""
    found = [re.findall(r"(?<![0-9])[0-9]{6}(?![0-9])", words) for words in reversed(await here.sent()) if words]
    return str(next(one[0] for one in found if one))


async def test_a_password_is_reset_by_text_with_two_factors_that_nobody_reads(here: Centre) -> None:
    [asked] = await here.text("CZMM")
    assert asked.startswith("重置密码要核对两样")
    told = await here.text("1")
    code = await code_of(here)
    assert any("验证码" in words for words in told)
    [password] = await here.text(code)
    assert "密码" in password
    said = await here.text(PASSWORD)
    assert await ordered(here) == [("reset_service_password", "done", "sms")]
    assert any("新密码" in words or "已办理成功" in words for words in said)
    contact = await here.contact()
    assert contact.level == 3
    kept = str(await here.said(contact)) + str((await here.place()).session)
    async with here.database.transaction() as tx:
        kept += str(await tx.rows(text("select text from post_texts")))
    assert code not in kept
    assert PASSWORD not in kept


async def test_who_forgot_his_password_is_handed_to_a_person_with_what_was_said(here: Centre) -> None:
    await here.text("重置密码")
    said = await here.text("2")
    assert "密码专席" in said[-1]
    contact = await here.contact()
    assert contact.phase == "waiting"
    assert await here.text("有人吗") == [], "no machine answers any more"


async def test_a_complaint_is_taken_by_text_in_his_own_words_and_gets_a_number(here: Centre) -> None:
    [choice] = await here.text("我要投诉！")
    number = next(line[0] for line in choice.splitlines() if "投诉" in line)
    [about] = await here.text(number)
    assert "1 " in about
    await here.text("1")
    said = await here.text("上个月多扣了我三十块钱，没有人管")
    told = " ".join(said)
    found = re.search(r"C-\d{6}-\d+", told)
    assert found is not None, told
    async with here.database.transaction() as tx:
        row = await tx.one(cases.select().where(cases.c.number == found[0]))
    assert row is not None
    assert (row["category_code"], row["origin"]["channel"], row["customer_id"]) == (
        "complaint/billing/disputed_charge",
        "sms",
        (await here.place()).customer_id,
    )


async def test_a_number_with_a_flow_greets_by_it(here: Centre) -> None:
    await here.do(
        routing.ensure_entry_point, number="10060", code="sms", names={"en": "Menu"}, flow="main_menu", language="en"
    )
    [said] = await here.text("good morning to you all", to="10060")
    assert "1 " in said


async def test_a_forged_sender_gets_no_answer_since_it_goes_to_the_number_on_record(here: Centre) -> None:
    before = await here.count(STRANGER)
    await here.text("YE", sender=SHI)
    assert await here.count(STRANGER) == before
    assert (await here.text("YE", sender=STRANGER))[0].startswith("未查到此号码")


async def test_a_silent_operator_is_told_and_nothing_is_pretended(here: Centre) -> None:
    await here.text("hello")
    async with here.database.transaction() as tx:
        await misbehave(tx, "error")
    assert (await here.text("YE"))[0].startswith("系统暂时查不到")
    async with here.database.transaction() as tx:
        await misbehave(tx, None)
    assert (await here.text("YE"))[0].startswith("余额¥")


@pytest.mark.parametrize("words", ["ZD 13", "ZD 2026-99", "账单 明天"])
async def test_what_follows_a_code_and_cannot_be_read_is_asked_for_with_an_example(here: Centre, words: str) -> None:
    [said] = await here.text(words)
    assert "例如：ZD 2026-11" in said


@pytest.mark.parametrize(
    "words", ["YE ZD", "yesterday", "\u202eYE", "' or 1=1 --", "{service}", "%s", "😀" * 50, "a" * 4_000]
)
async def test_odd_texts_are_answered_by_a_choice_and_never_break_anything(here: Centre, words: str) -> None:
    said = await here.text(words)
    assert len(said) == 1
    assert "{" not in said[0]
    assert await here.do(post.unheard) == []


async def test_everybody_is_answered_in_his_own_language(here: Centre) -> None:
    foreign = next(one for one in CAST if one.language == "en")
    assert (await here.text("balance", sender=foreign.service))[0].startswith("Balance CN¥")


@pytest.mark.parametrize("failpoint", [hall.HEARD, hall.ASKED])
async def test_killed_between_deciding_and_answering_a_text_is_answered_once(
    here: Centre, monkeypatch: pytest.MonkeyPatch, failpoint: str
) -> None:
    class Killed(BaseException):
        pass

    def dies(name: str) -> None:
        if name == failpoint:
            raise Killed

    monkeypatch.setattr(hall, "failpoint", dies)
    await here.do(post.received, SHI, "YE", f"doomed-{failpoint}", HOTLINE)
    with pytest.raises(Killed):
        await hall.turn(here.house)
    monkeypatch.undo()
    before = await here.count()
    await here.work()
    assert await here.count() == before + 1
    contact: InteractionId = (await here.contact()).id
    told = await here.do(interactions.messages_after, contact, 0, 100)
    assert [one.text for one in told].count("YE") == 1


@pytest.mark.parametrize("failpoint", [hall.HEARD, hall.ASKED])
@pytest.mark.parametrize(("before", "word", "said"), [
    ([], "good morning to you all", "bill and balance"),
    (["good morning to you all"], "1", "Your balance, or a bill?"),
    (["good morning to you all"], "0", "We are passing you to a person"),
])  # fmt: skip
async def test_killed_between_a_flows_step_and_its_answer_a_text_is_taken_once(
    here: Centre, monkeypatch: pytest.MonkeyPatch, failpoint: str, before: list[str], word: str, said: str
) -> None:
    class Killed(BaseException):
        pass

    def dies(name: str) -> None:
        if name == failpoint:
            raise Killed

    await here.do(
        routing.ensure_entry_point, number="10060", code="sms", names={"en": "Menu"}, flow="main_menu", language="en"
    )
    for one in before:
        await here.text(one, sender=STRANGER, to="10060")
    monkeypatch.setattr(hall, "failpoint", dies)
    await here.do(post.received, STRANGER, word, f"flow-{failpoint}-{word}", "10060")
    with pytest.raises(Killed):
        await hall.turn(here.house)
    monkeypatch.undo()
    sent = await here.count(STRANGER)
    await here.work()
    assert await here.count(STRANGER) == sent + 1
    assert said in (await here.sent(STRANGER))[-1]
    async with here.database.transaction() as tx:
        newest = "select jsonb_array_length(body->'tried') from flow_sessions order by id desc limit 1"
        tried = await tx.scalar(text(newest))
    assert tried == (1 if word == "1" else 0)


async def test_a_number_that_serves_arabic_greets_strangers_in_arabic(here: Centre) -> None:
    await here.do(routing.ensure_entry_point, number="10050", code="sms", names={"en": "Arabic"}, language="ar")
    [said] = await here.text("hello", sender=STRANGER, to="10050")
    assert said.startswith("مرحبًا")
