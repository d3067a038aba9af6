"""The portal: signing in tells nothing about numbers; what is shown is one's own; bad input is refused in words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from qiao import cases, customers
from qiao.bss import Operator
from qiao.bss.sandbox import CAST, misbehave, party_ref, transfer_number
from qiao.channels import chat
from qiao.kernel.ids import CaseId, CustomerId
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId

if TYPE_CHECKING:
    from qiao.customers import Customer
    from tests.conftest import StillClock
    from tests.portal.conftest import Visitor

SHI, LIN, JONES = CAST[0].service, CAST[1].service, CAST[4].service
NOBODY = ServiceId("mobile", "+8613900000001")


async def customer(visitor: Visitor, service: ServiceId) -> Customer:
    async with visitor.house.database.transaction() as tx:
        found = await customers.customer_of(tx, service)
    assert found is not None
    return found


async def matter_of(visitor: Visitor, who: CustomerId) -> CaseId:
    async with visitor.house.database.transaction() as tx:
        case_id = await cases.open_case(
            tx,
            customer_id=who,
            category_code="complaint/billing/unwanted_value_added_service",
            own_words="我没有订过这个业务 <b>真的</b>",
            origin=Origin("web", None, f"customer:{who}"),
        )
        await cases.request_information(
            tx, case_id=case_id, items=["short_code"], interaction_id=None, agent_id=CustomerId(who)
        )
    return case_id


async def test_a_customer_signs_in_with_a_code_and_sees_what_is_his(visitor: Visitor) -> None:
    assert (await visitor.sign_in(SHI)).headers["location"] == "/"
    home = (await visitor.get("/")).text
    for part in ("师先生", "139 **** 7763", "126.80", "尊享 128 元套餐"):
        assert part in home
    assert "手机早报" in (await visitor.get("/me/services")).text
    assert "个性彩铃" in (await visitor.get("/me/bill?month=2026-10")).text
    assert (await visitor.get("/me/bill?month=2019-01")).status_code == 404
    await visitor.send("/sign-out", {})
    assert (await visitor.http.get("/me/services", follow_redirects=False)).headers["location"].startswith("/sign-in")


async def test_known_and_unknown_numbers_get_the_same_answer(visitor: Visitor) -> None:
    answers = []
    for service in (SHI, NOBODY):
        sent = await visitor.post("/sign-in", {"number": service.value})
        shown = await visitor.get("/sign-in/code")
        answers.append((sent.status_code, sent.headers["location"], shown.text.replace(service.masked(), "NUMBER")))
    assert len(answers[0]) == len(answers[1])
    assert answers[0][:2] == answers[1][:2]
    assert answers[0][2].count("NUMBER") == answers[1][2].count("NUMBER") == 1
    assert await visitor.code_for(NOBODY) == ""


@pytest.mark.parametrize("typed", ["", "12", "abc", "999", "1" * 500, "<script>", "=1+1", "\u202eabc"])
async def test_what_is_no_number_is_said_beside_the_field_and_kept(visitor: Visitor, typed: str) -> None:
    answer = await visitor.post("/sign-in", {"number": typed})
    assert answer.status_code == 400
    assert "<script>" not in answer.text.replace("<script type=", "")
    said = re.search(r'class="field-error".*?</p>', answer.text, re.DOTALL)
    assert said is not None
    assert "{text}" not in said[0]
    assert "\u202e" not in said[0]


@pytest.mark.parametrize("going", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:x", ""])
async def test_nobody_is_sent_to_another_site_after_signing_in(visitor: Visitor, going: str) -> None:
    await visitor.post("/sign-in", {"number": SHI.value, "next": going})
    entered = await visitor.post("/sign-in/code", {"code": await visitor.code_for(SHI)})
    assert entered.headers["location"] == "/"


async def test_wrong_codes_are_refused_alike_and_block_the_number_for_a_day(
    visitor: Visitor, clock: StillClock
) -> None:
    await visitor.post("/sign-in", {"number": LIN.value})
    right = await visitor.code_for(LIN)
    wrong = "000000" if right != "000000" else "111111"
    for typed in (wrong, "", "abc", wrong):
        answer = await visitor.post("/sign-in/code", {"code": typed})
        assert (answer.status_code, answer.headers["x-refusal-code"]) == (403, "portal.code_not_right")
    blocked = await visitor.post("/sign-in/code", {"code": wrong})
    assert (blocked.status_code, blocked.headers["x-refusal-code"]) == (429, "portal.proving_paused")
    assert (await visitor.post("/sign-in/code", {"code": right})).status_code == 429


async def test_without_the_first_step_there_is_no_second(visitor: Visitor) -> None:
    visitor.http.cookies.clear()
    assert (await visitor.post("/sign-in/code", {"code": "123456"})).headers["location"] == "/sign-in"
    assert (await visitor.post("/sign-in/again", {})).headers["location"] == "/sign-in"


async def test_when_the_operator_is_away_the_page_says_so_and_shows_what_it_can(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    async with visitor.house.database.transaction() as tx:
        await misbehave(tx, "error")
    for path in ("/", "/me/bill", "/me/services"):
        answer = await visitor.get(path)
        assert answer.status_code == 200
        assert "连不上计费系统" in answer.text


async def test_a_matter_is_shown_in_plain_words_and_answered_once(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    case_id = await matter_of(visitor, (await customer(visitor, SHI)).id)
    assert "未申请的增值业务" in (await visitor.get("/matters")).text
    shown = (await visitor.get(f"/matters/{case_id}")).text
    assert "需要您补充" in shown
    assert "<b>真的</b>" not in shown
    async with visitor.house.database.transaction() as tx:
        request_id = (await cases.case(tx, case_id)).requests[0].id
    path = f"/matters/{case_id}/answer"
    wrong = await visitor.send(path, {"request": str(request_id), "item.short_code": "not a code"})
    assert wrong.status_code == 400
    assert "not a code" in wrong.text
    assert (await visitor.send(path, {"request": "nonsense"})).status_code == 400
    told = await visitor.send(path, {"request": str(request_id), "item.short_code": "3737"})
    assert told.headers["location"].startswith(f"/matters/{case_id}")
    assert "3737" in (await visitor.get(f"/matters/{case_id}")).text


async def test_somebody_elses_matter_is_answered_as_a_missing_one(visitor: Visitor) -> None:
    await visitor.sign_in(LIN)
    await visitor.send("/sign-out", {})
    case_id = await matter_of(visitor, (await customer(visitor, LIN)).id)
    await visitor.sign_in(SHI)
    foreign = await visitor.get(f"/matters/{case_id}")
    missing = await visitor.get("/matters/0190aaaa-0000-7000-8000-000000000000")
    assert foreign.status_code == missing.status_code == 404
    async with visitor.house.database.transaction() as tx:
        request_id = (await cases.case(tx, case_id)).requests[0].id
    answered = await visitor.send(f"/matters/{case_id}/answer", {"request": str(request_id), "item.short_code": "1"})
    assert answered.status_code == 404


async def test_a_service_is_cancelled_from_the_page_and_nonsense_refused(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    for form in ({}, {"subscription": "x"}, {"subscription": "x", "key": "short"}):
        assert (await visitor.send("/me/services/cancel", form)).status_code == 400
    operator = visitor.house.get(Operator)
    ref = (await operator.subscriptions(SHI))[0].ref
    answer = await visitor.send("/me/services/cancel", {"subscription": ref, "key": "click-0001"})
    assert answer.status_code == 200
    assert "已受理" in answer.text or "已办好" in answer.text


async def test_a_session_ends_when_the_number_belongs_to_somebody_else(visitor: Visitor) -> None:
    await visitor.sign_in(JONES)
    assert (await visitor.get("/")).status_code == 200
    async with visitor.house.database.transaction() as tx:
        await transfer_number(tx, JONES, to_party_ref=party_ref(22))
    finding = await customers.look_up(visitor.house.get(Operator), JONES)
    assert finding is not None
    async with visitor.house.database.transaction() as tx:
        await customers.keep(tx, finding)
    gone = await visitor.http.get("/me/services", follow_redirects=False)
    assert gone.headers["location"].startswith("/sign-in")


async def test_who_has_no_conversation_yet_is_shown_where_to_write_in_the_language_he_chose(visitor: Visitor) -> None:
    async with visitor.house.database.transaction() as tx:
        await chat.ensure_site(tx, place=chat.Site(chat.PORTAL, "Portal", entry_point="portal"))
    await visitor.sign_in(SHI)
    assert (await visitor.get("/chat/plain")).status_code == 200
    await visitor.send("/ui/language", {"language": "ar", "next": "/"})
    page = (await visitor.get("/chat/plain")).text
    assert 'dir="rtl"' in page
    assert re.search(r"<h1[^>]*>[^<]*[\u0600-\u06ff]", page)
