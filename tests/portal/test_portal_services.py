"""Everything a customer may have, on pages made from the catalogue: found, looked at, ordered once, told honestly."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from qiao import catalogue, customers
from qiao.bss import Operator
from qiao.bss.sandbox import CAST, misbehave
from qiao.catalogue.jobs import perform
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.service_ids import ServiceId
from qiao.portal.shelf import GROUPS

if TYPE_CHECKING:
    from tests.conftest import StillClock
    from tests.portal.conftest import Visitor

SHI, LIN = CAST[0].service, CAST[1].service
PASSWORD = SHI.value[-6:]
"""The sandbox gives each number its last six digits."""
OFFERED = catalogue.services(audience="customer")


async def orders(visitor: Visitor) -> list[Any]:
    async with visitor.house.database.transaction() as tx:
        return list(await tx.rows(text("select id, code, state, origin, key, level, target from orders order by id")))


async def done(visitor: Visitor) -> None:
    for row in await orders(visitor):
        await perform(visitor.house, order_id=str(row["id"]))


async def texted(visitor: Visitor, service: ServiceId) -> list[str]:
    async with visitor.house.database.transaction() as tx:
        rows = await tx.rows(
            text("select text from post_messages where recipient = :to and purpose = 'order_digits' order by id"),
            {"to": str(service)},
        )
    return [row["text"] for row in rows]


def digits_in(words: str) -> str:
    return re.findall(r"(?<!\d)\d{4}(?!\d)", words)[-1]


async def form_of(visitor: Visitor, code: str) -> str:
    """The key of a fresh form for this service."""
    onward = await visitor.http.get(f"/me/do/{code}", follow_redirects=False)
    assert onward.status_code == 303, onward.text[-300:]
    page = await visitor.get(onward.headers["location"])
    assert page.status_code == 200
    found = re.search(r'name="key" value="([^"]+)"', page.text)
    assert found is not None, page.text[-2000:]
    return found[1]


async def test_everything_a_customer_may_have_stands_on_the_shelf_in_his_language(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    for language in LANGUAGES:
        page = unescape((await visitor.http.get(f"/me/do?lang={language}")).text)
        assert f'lang="{language}"' in page
        for one in OFFERED:
            assert one.names[language] in page, (one.code, language)
    assert set(GROUPS) >= {one.group for one in OFFERED}


@pytest.mark.slow
@pytest.mark.parametrize("language", ["zh-CN", "en", "ar"])
async def test_each_has_a_page_that_answers_or_asks_what_it_needs(visitor: Visitor, language: str) -> None:
    await visitor.sign_in(SHI)
    wrong = []
    for service in OFFERED:
        page = await visitor.http.get(f"/me/do/{service.code}?lang={language}")
        shown = unescape(page.text)
        wanted = {service.names[language], 'href="/talk"'}
        form = 'name="key"' in shown
        if form or service.kind == "look":
            wanted |= {one.label(language) for one in service.parameters}
        if service.kind == "look" and not any(one.needed and not one.default for one in service.parameters):
            wanted.add('class="answer"')
        unnamed = [one.name for one in service.parameters if one.label(language) == one.name]
        told = 'role="status"' in shown or 'role="alert"' in shown
        if page.status_code != 200 or not all(part in shown for part in wanted) or unnamed or not (form or told):
            wrong.append((service.code, page.status_code, [part for part in wanted if part not in shown], unnamed))
    assert wrong == []


async def test_what_customers_may_not_have_themselves_does_not_exist(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    for code in ("give_credit", "provider", "nothing", "x" * 300):
        assert (await visitor.get(f"/me/do/{code}")).status_code == 404
        assert (await visitor.send(f"/me/do/{code}", {"key": "key-00000001"})).status_code == 404
    assert (await visitor.send("/me/do/balance", {"key": "key-00000001"})).status_code == 404
    assert await orders(visitor) == []


@pytest.mark.parametrize(
    ("words", "code"),
    [("话费还剩多少", "balance"), ("YE", "balance"), ("套餐太贵了", "change_plan"), ("كم رصيدي", "balance")],
)
async def test_a_service_is_found_by_what_he_says(visitor: Visitor, words: str, code: str) -> None:
    await visitor.sign_in(SHI)
    page = (await visitor.http.get("/me/do", params={"q": words})).text
    found = re.findall(r'class="shelf-row[^"]*" href="([^"]+)"', page)
    assert found[0] == f"/me/do/{code}"
    nothing = (await visitor.http.get("/me/do", params={"q": "<b>qqq zzz</b>"})).text
    assert "shelf-row" not in nothing
    assert "<b>qqq" not in nothing


async def test_a_flow_is_found_beside_the_services(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    page = (await visitor.http.get("/me/do", params={"q": "手机被偷了"})).text
    assert 'href="/me/help/lost_phone"' in page


async def test_a_look_is_answered_for_the_month_he_chose_and_is_on_record(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    page = (await visitor.get("/me/do/bill?p.month=2026-10")).text
    assert "2026年10月账单" in page
    assert 'href="/me/bill"' in page
    wrong = await visitor.get("/me/do/bill?p.month=2026-99")
    assert wrong.status_code == 400
    assert "请核对后重试" in wrong.text or "field-error" in wrong.text
    async with visitor.house.database.transaction() as tx:
        seen = await tx.rows(text("select act, actor from audit_entries where act = 'view.bill'"))
        person = await customers.customer_of(tx, SHI)
    assert person is not None
    assert {row["actor"] for row in seen} == {f"customer:{person.id}"}


async def test_a_form_sent_again_by_reload_back_or_double_click_is_one_order(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    key = await form_of(visitor, "correct_address")
    form = {"key": key, "p.address": "新街口 1 号"}
    first = await visitor.send("/me/do/correct_address", form)
    assert first.status_code == 303
    again = await visitor.send("/me/do/correct_address", form)
    assert again.headers["location"] == first.headers["location"]
    back = await visitor.http.get(f"/me/do/correct_address?key={key}", follow_redirects=False)
    assert back.headers["location"] == first.headers["location"]
    (order,) = await orders(visitor)
    assert (order["code"], order["origin"]["channel"], order["level"]) == ("correct_address", "web", 2)
    other = await visitor.send("/me/do/cancel_all_subscriptions", {"key": key})
    assert other.status_code == 409
    assert len(await orders(visitor)) == 1


async def test_a_receipt_tells_what_is_not_known_yet_and_then_what_became_of_it(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    sent = await visitor.send(
        "/me/do/cancel_all_subscriptions", {"key": await form_of(visitor, "cancel_all_subscriptions")}
    )
    where = sent.headers["location"]
    waiting = (await visitor.get(where)).text
    assert "尚未确认" in waiting
    assert "再看一次" in waiting
    await done(visitor)
    over = (await visitor.get(where)).text
    assert "已办理成功" in over
    assert "再看一次" not in over
    assert "已办妥" in over or "已办好" in over or "完成" in over
    assert "取消全部增值业务" in (await visitor.get("/me/orders")).text


async def test_another_customers_receipt_does_not_exist(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    sent = await visitor.send(
        "/me/do/cancel_all_subscriptions", {"key": await form_of(visitor, "cancel_all_subscriptions")}
    )
    await visitor.send("/sign-out", {})
    await visitor.sign_in(LIN)
    assert (await visitor.get(sent.headers["location"])).status_code == 404
    missing = await visitor.get("/me/orders/0190aaaa-0000-7000-8000-000000000000")
    assert missing.status_code == 404


async def test_nonsense_is_said_beside_its_field_and_nothing_is_ordered(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    assert (await visitor.send("/me/do/correct_address", {"p.address": "x"})).status_code == 400
    refused = await visitor.send("/me/do/correct_address", {"key": "key-00000001", "p.address": " "})
    assert refused.status_code == 400
    assert "field-error" in refused.text
    odd = await visitor.send("/me/do/correct_address", {"key": "key-00000001", "p.address": "<b>x", "p.more": "y"})
    assert odd.status_code == 400
    assert "<b>x" not in odd.text
    assert await orders(visitor) == []


async def test_when_the_operator_is_away_the_page_says_so_and_nothing_is_lost(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    async with visitor.house.database.transaction() as tx:
        await misbehave(tx, "error")
    for path in ("/me/do/balance", "/me/do/change_plan?key=key-00000001"):
        answer = await visitor.get(path)
        assert answer.status_code == 200
        assert "连不上计费系统" in answer.text
    sent = await visitor.send("/me/do/change_plan", {"key": "key-00000001", "p.plan_code": "light19"})
    assert "连不上计费系统" in sent.text
    assert await orders(visitor) == []


async def chosen_plan(visitor: Visitor) -> dict[str, str]:
    plans = catalogue.offers(await visitor.house.get(Operator).plans_offered(SHI))
    return {"key": await form_of(visitor, "change_plan"), "p.plan_code": plans[0].value}


async def test_money_is_confirmed_once_by_the_digits_that_were_texted(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    form = await chosen_plan(visitor)
    asked = await visitor.send("/me/do/change_plan", form)
    assert asked.headers["location"].startswith("/me/digits")
    assert (await visitor.send("/me/do/change_plan", form)).headers["location"] == asked.headers["location"]
    (words,) = await texted(visitor, SHI)  # a double click texts once
    page = (await visitor.get(asked.headers["location"])).text
    assert digits_in(words) not in page
    assert "/月" in page
    assert await orders(visitor) == []
    key = re.findall(r'name="key" value="([^"]+)"', page)[0]
    assert key == form["key"]
    wrong = "0000" if digits_in(words) != "0000" else "1111"
    refused = await visitor.send("/me/digits", {"key": key, "digits": wrong})
    assert refused.status_code == 409
    assert "数字不对" in refused.text
    right = {"key": key, "digits": f" {digits_in(words)} "}
    placed = await visitor.send("/me/digits", right)
    assert placed.headers["location"].startswith("/me/orders/")
    assert (await visitor.send("/me/digits", right)).headers["location"] == placed.headers["location"]
    assert (await visitor.send("/me/do/change_plan", form)).headers["location"] == placed.headers["location"]
    (order,) = await orders(visitor)
    assert (order["code"], order["origin"]["channel"]) == ("change_plan", "web")
    assert len(await texted(visitor, SHI)) == 1


async def test_two_clicks_at_once_confirm_once(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    form = await chosen_plan(visitor)
    await visitor.send("/me/do/change_plan", form)
    (words,) = await texted(visitor, SHI)
    sent = {"key": form["key"], "digits": digits_in(words)}
    answers = await asyncio.gather(*(visitor.send("/me/digits", sent) for _ in range(3)))
    assert {answer.headers.get("location") for answer in answers} == {answers[0].headers["location"]}
    assert len(await orders(visitor)) == 1


async def test_digits_are_texted_again_when_asked_for_but_not_without_end(visitor: Visitor, clock: StillClock) -> None:
    await visitor.sign_in(SHI)
    form = await chosen_plan(visitor)
    await visitor.send("/me/do/change_plan", form)
    for _ in range(4):
        again = await visitor.send("/me/digits/again", {"key": form["key"]})
        assert "旧的作废" in again.text
    many = await visitor.send("/me/digits/again", {"key": form["key"]})
    assert many.status_code == 429
    sent = await texted(visitor, SHI)
    assert len(sent) == 5
    assert (await visitor.send("/me/digits", {"key": form["key"], "digits": digits_in(sent[0])})).status_code == 409
    placed = await visitor.send("/me/digits", {"key": form["key"], "digits": digits_in(sent[-1])})
    assert placed.status_code == 303


async def test_wrong_digits_count_for_the_number_and_then_stop_everything(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    for _ in range(2):
        form = await chosen_plan(visitor)
        await visitor.send("/me/do/change_plan", form)
        right = digits_in((await texted(visitor, SHI))[-1])
        wrong = "0000" if right != "0000" else "1111"
        for _ in range(3):
            answer = await visitor.send("/me/digits", {"key": form["key"], "digits": wrong})
    assert answer.status_code == 403
    assert "错" in answer.text
    stopped = await visitor.send("/me/digits", {"key": form["key"], "digits": right})
    assert stopped.status_code in (403, 409)
    assert await orders(visitor) == []


async def test_without_anything_waiting_the_page_of_digits_says_so(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    assert "没有等待确认" in (await visitor.get("/me/digits")).text
    assert (await visitor.send("/me/digits", {"digits": "1234"})).status_code == 400
    assert (await visitor.send("/me/digits", {"digits": "1234", "key": "key-00000001"})).status_code == 409
    assert (await visitor.send("/me/digits/again", {})).headers["location"] == "/me/digits"


async def test_what_is_important_asks_the_service_password_and_wrong_ones_stick(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    key = await form_of(visitor, "reset_service_password")
    path = "/me/do/reset_service_password"
    assert "还需要您的服务密码" in (await visitor.send(path, {"key": key})).text
    wrong = await visitor.send(path, {"key": key, "password": "000000"})
    assert wrong.status_code == 400
    assert "服务密码不正确" in wrong.text
    placed = await visitor.send(path, {"key": key, "password": PASSWORD})
    assert placed.status_code == 303
    assert (await visitor.send(path, {"key": key})).headers["location"] == placed.headers["location"]
    (order,) = await orders(visitor)
    assert (order["code"], order["level"]) == ("reset_service_password", 3)
    other = await form_of(visitor, "reset_service_password")
    for _ in range(4):
        blocked = await visitor.send(path, {"key": other, "password": "000000"})
    assert blocked.status_code == 403
    assert (await visitor.send(path, {"key": other, "password": PASSWORD})).status_code == 403
    assert len(await orders(visitor)) == 1
