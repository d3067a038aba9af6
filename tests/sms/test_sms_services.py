"""Services of the catalogue by text: several things behind a code, a price named, a page to pay on, a reason."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao import customers, outreach, routing
from qiao.bss import Lines, Operator
from qiao.bss.sandbox import CAST, misbehave, owe, set_price, settle_page
from qiao.catalogue import services
from qiao.channels.voice.cut_off import WORD
from qiao.kernel.money import Money
from qiao.outreach.model_stop import wish_of
from tests.sms.texting import PAGES, SHI, Centre

if TYPE_CHECKING:
    from qiao.bss import Line

MINUTE = timedelta(minutes=1)
LIN, HENGDA, JONES = CAST[1].service, CAST[3].service, CAST[4].service


@pytest.fixture(autouse=True)
async def _as_new(here: Centre) -> None:
    async with here.database.transaction() as tx:
        for table in ("order_confirmations", "proof_tries", "sandbox.features", "sandbox.prices"):
            await tx.execute(text(f"delete from {table}"))


async def line(here: Centre, number: object = SHI) -> Line:
    found = await here.house.get(Lines).line(number)  # type: ignore[arg-type]
    assert found is not None
    return found


def digits_in(words: str) -> str:
    [found] = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9-])", words)
    return str(found)


async def test_calls_are_forwarded_by_one_text_and_its_digits(here: Centre) -> None:
    [asked] = await here.text("HZ 13800138000 忙线时")
    assert "13800138000, 忙线时" in asked
    [done] = await here.text(digits_in(asked))
    assert "已办理成功" in done
    assert (await line(here)).forwarding == {"busy": "13800138000"}
    [told] = await here.text("查呼转")
    assert told == "呼叫转移：忙线时 → 13800138000。"


async def test_what_is_missing_behind_a_code_is_asked_for_with_an_example(here: Centre) -> None:
    for words, example in (("HZ", "HZ 13800138000"), ("CZ abc", "CZ 50"), ("YY klingon", "YY")):
        [told] = await here.text(words)
        assert example in told, told


async def test_a_plan_is_named_with_when_it_begins_and_its_price_stands_by_the_digits(here: Centre) -> None:
    [choice] = await here.text("改套餐 轻享 下月")
    assert "1 " in choice
    [asked] = await here.text("1")
    assert "¥19.00/月" in asked
    await here.text(digits_in(asked))
    assert (await line(here)).next_plan is not None
    plan = await here.house.get(Operator).plan(SHI)
    assert plan is not None
    assert plan.code == "vip128", "this month it is the old one"


async def test_a_price_that_went_up_before_the_digits_came_is_not_paid(here: Centre) -> None:
    [choice] = await here.text("买流量 5GB", sender=LIN)
    assert "1 " in choice
    [asked] = await here.text("1", sender=LIN)
    assert "费用¥30.00（一次）" in asked
    await here.do(set_price, "data5", Money.of("35"))
    [refused] = await here.text(digits_in(asked), sender=LIN)
    assert "价格已变" in refused
    assert "没有做任何改动" in refused


async def test_topping_up_by_text_brings_the_page_and_then_the_receipt(here: Centre) -> None:
    [asked] = await here.text("充值 20", sender=LIN)
    told = await here.text(digits_in(asked), sender=LIN)
    page = re.search(rf"{PAGES}/(\S+)", " ".join(told))
    assert page is not None, told
    before = await here.house.get(Operator).balance(LIN)
    assert await here.do(settle_page, page[1], card="4111111111111111") == "paid"
    here.clock.forward(seconds=20)
    sent = await here.count(LIN)
    await here.work()
    assert "已办理成功" in (await here.sent(LIN))[sent:][-1]
    after = await here.house.get(Operator).balance(LIN)
    assert before is not None
    assert after is not None
    assert after.amount == before.amount + Money.of("20")


async def test_whoever_may_not_have_it_is_told_why(here: Centre) -> None:
    await here.do(owe, HENGDA, Money.of("8"))
    for words in ("开漫游", "开通来电显示"):
        [told] = await here.text(words, sender=HENGDA)
        assert "有欠费" in told, "what only the operator knows is said before any digits, too"
    async with here.database.transaction() as tx:
        assert await tx.scalar(text("select count(*) from order_confirmations")) == 0
    [told] = await here.text("加亲情号 13810105521", sender=HENGDA)
    assert "仅限个人客户" in told, "what is known here is said before any digits"


async def test_lost_and_found_by_text(here: Centre) -> None:
    assert "not suspended" in (await here.text("FOUND", sender=JONES))[0]
    [asked] = await here.text("LOST", sender=JONES)
    await here.text(digits_in(asked), sender=JONES)
    assert (await line(here, JONES)).state == "suspended"
    [asked] = await here.text("found", sender=JONES)
    await here.text(digits_in(asked), sender=JONES)
    assert (await line(here, JONES)).state == "active"


async def test_0000_cancels_all_and_refuse_all_keeps_everybody_out(here: Centre) -> None:
    [asked] = await here.text("0000")
    assert "取消全部增值业务" in asked
    await here.text(digits_in(asked))
    assert await here.house.get(Operator).subscriptions(SHI) == []
    [asked] = await here.text("全部拒绝")
    await here.text(digits_in(asked))
    assert (await line(here)).refuses_added
    assert "拒绝增值业务" in (await here.text("EVERRING"))[0]


async def test_number_sim_and_passwords_are_not_changed_by_text(here: Centre) -> None:
    for words in ("PUK", "补卡", "修改密码 482915"):
        told = await here.text(words)
        assert "短信不能直接办理" in told[-1], told
    async with here.database.transaction() as tx:
        assert await tx.scalar(text("select count(*) from order_confirmations")) == 0


def test_no_code_or_name_of_a_service_alone_is_a_wish_to_be_left_alone() -> None:
    taken = {
        (one.code, word)
        for one in services(audience="customer")
        for word in (*one.sms_keywords, *one.names.values())
        if wish_of(word) is not None
    }
    assert taken == {("cancel_subscription", "CANCEL")}, "alone it stops messages"


async def test_easy_mode_by_text_is_what_the_next_flow_is_told(here: Centre) -> None:
    [asked] = await here.text("长者模式", sender=LIN)
    assert "已办理成功" in (await here.text(digits_in(asked), sender=LIN))[0]
    await here.text("重置密码", sender=LIN)
    async with here.database.transaction() as tx:
        told = await tx.scalar(text("select body::text from flow_sessions order by id desc limit 1"))
    assert '"age_band": "elderly"' in told


@pytest.mark.parametrize(
    ("words", "chosen", "price"), [("流量包", "5GB", "¥30.00（一次）"), ("可换套餐", "轻享", "¥19.00/月")]
)
async def test_what_is_listed_to_be_had_is_had_by_its_number(here: Centre, words: str, chosen: str, price: str) -> None:
    [choice] = await here.text(words, sender=LIN)
    [number] = [line.split()[0] for line in choice.split("\n") if chosen in line and "¥" in line]
    [asked] = await here.text(number, sender=LIN)
    assert price in asked
    assert "已办理成功" in (await here.text(digits_in(asked), sender=LIN))[0]


async def test_what_is_no_longer_offered_when_he_chooses_it_is_said_so_and_a_new_price_is_named(here: Centre) -> None:
    [choice] = await here.text("流量包 5GB", sender=LIN)
    assert "¥30.00" in choice
    await here.do(set_price, "data5", Money.of("33"))
    [asked] = await here.text("1", sender=LIN)
    assert "¥33.00" in asked, "the price is asked again before the digits"


async def test_an_operator_who_is_away_costs_nobody_digits(here: Centre) -> None:
    [choice] = await here.text("流量包 5GB", sender=LIN)
    await here.do(misbehave, "error")
    [told] = await here.text("1", sender=LIN)
    await here.do(misbehave, None)
    assert "1 " in choice
    assert "没有办理" in told
    async with here.database.transaction() as tx:
        assert await tx.scalar(text("select count(*) from order_confirmations")) == 0


async def test_the_word_that_whose_call_was_cut_off_is_told_owes_him_a_call(here: Centre) -> None:
    desk = {"code": "calls", "names": {"en": "calls"}, "unit_id": None, "entry_points": ["callback"], "rules": {}}
    await here.do(routing.ensure_desk, **desk)
    [asked] = await here.text(WORD)
    [told] = await here.text(digits_in(asked))
    async with here.database.transaction() as tx:
        person = await customers.customer_of(tx, SHI)
        assert person is not None, told
        owed = [one for one in await outreach.callbacks_of(tx, person.id) if one.promised_at >= tx.now - MINUTE]
    assert [(one.service, one.state) for one in owed] == [(SHI, "due")], told
