"""Every service of the catalogue once on the sandbox: ordered, performed, seen, taken back; asked and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from qiao import catalogue
from qiao.bss.sandbox import CAST, print_voucher, settle_page
from qiao.catalogue import answer_text, receipt_text, service, services
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.money import Money
from tests.catalogue.served import CHEN, HUANG, JONES, LIN, SHI, Served, serve

if TYPE_CHECKING:
    from qiao.platform.database import Database
    from qiao.platform.house import House

ZONE = "Asia/Shanghai"
VOUCHERS = ("7777000000000001", "7777000000000002")
STAFF_ONLY = {"hold_charge", "release_charge", "reverse_charge", "give_credit", "provider"}
"""With a case or a grant: tests/cases and tests/compensation do them."""


@pytest.fixture
async def served(house: House, database: Database) -> Served:
    async with database.transaction() as tx:
        for voucher in VOUCHERS:
            await print_voucher(tx, voucher, Money.of("30"))
    return await serve(house, database)


async def state(served: Served, number: Any) -> tuple[object, ...]:
    """All that may change: the number, its plan, what runs, the bills, the balance, the family, the customer."""
    person = await served.person(number)
    bills = [await served.operator.bill(number, month) for month in ("2026-11", "2026-10")]
    holder, plan = await served.operator.holder_of(number), await served.operator.plan(number)
    return (
        await served.lines.line(number),
        plan,
        {one.code for one in await served.operator.subscriptions(number)},
        [bill and (bill.lines, bill.paid) for bill in bills],
        (await served.operator.balance(number)).amount,  # type: ignore[union-attr]
        {one.service for one in await served.lines.family(number)},
        (person.language, person.elderly_mode, person.person_first, person.address),
        holder and await served.operator.party(holder.party_ref),
    )


WALK: list[tuple[str, Any, dict[str, str]]] = [
    ("buy_data_pack", LIN, {"pack_code": "data5"}),
    ("change_plan", LIN, {"plan_code": "light19", "starts": "next_month"}),
    ("change_plan", JONES, {"plan_code": "light19", "starts": "now"}),
    ("set_forwarding", LIN, {"number": "13800138000", "when": "busy"}),
    ("set_forwarding", LIN, {"number": "13900139000", "when": "busy"}),
    ("end_forwarding", LIN, {}),
    ("caller_display_on", LIN, {}),
    ("caller_display_off", LIN, {}),
    ("roaming_on", LIN, {}),
    ("roaming_off", LIN, {}),
    ("ever_ring_on", LIN, {}),
    ("ever_ring_off", LIN, {}),
    ("cancel_subscription", SHI, {"subscription_ref": "S3901007763-news"}),
    ("restore_subscription", SHI, {"subscription_ref": "S3901007763-news"}),
    ("cancel_all_subscriptions", JONES, {}),
    ("refuse_all", SHI, {}),
    ("accept_all", SHI, {}),
    ("suspend_line", CHEN, {}),
    ("resume_line", CHEN, {}),
    ("replace_sim", LIN, {}),
    ("withdraw_sim_request", LIN, {}),
    ("pay_bill_voucher", LIN, {"voucher": VOUCHERS[0], "month": "2026-10"}),
    ("top_up_voucher", LIN, {"voucher": VOUCHERS[1]}),
    ("pay_bill_online", HUANG, {"month": "2026-10"}),
    ("top_up", LIN, {"amount": "50"}),
    ("add_family_number", LIN, {"member": "13710102034"}),
    ("remove_family_number", LIN, {"member": "13710102034"}),
    ("correct_address", LIN, {"address": "北京市西城区新街口 1 号"}),
    ("set_language", LIN, {"spoken": "ja"}),
    ("elderly_mode_on", LIN, {}),
    ("elderly_mode_off", LIN, {}),
    ("person_first_on", LIN, {}),
    ("person_first_off", LIN, {}),
]
"""In this order: what one switches on the next switches off."""
UNSEEN = {
    "itemised_bill": (LIN, {"month": "2026-10"}),
    "invoice": (LIN, {"month": "2026-10", "title": "林女士"}),
    "reset_service_password": (LIN, {}),
    "send_puk": (SHI, {}),
    "complaint": (LIN, {"about": "charge", "words": "上个月多扣了十块钱"}),
    "callback": (LIN, {"part_of_day": "soon"}),
    "change_service_password": (LIN, {"password": "482915"}),
}
"""What changes something else than the account: mails, texts, cases, calls."""


def test_every_act_a_customer_may_have_is_walked() -> None:
    acts = {one.code for one in catalogue.services(audience="customer") if one.kind == "act"}
    assert acts == {code for code, _, _ in WALK} | set(UNSEEN)
    assert len(catalogue.services(audience="customer")) >= 25


@pytest.mark.slow
async def test_every_act_changes_the_operators_state_and_is_taken_back_where_it_can_be(served: Served) -> None:
    taken_back = []
    for code, number, given in WALK:
        before = await state(served, number)
        order = await served.have(number, code, **given)
        if order.pay_at:
            async with served.house.database.transaction() as tx:
                assert await settle_page(tx, order.pay_at.rpartition("/")[2], card="4111111111111111") == "paid"
            order = await served.perform(order)
        assert order.state == "done", (code, order.state, order.reason)
        after = await state(served, number)
        assert after != before, f"{code} changes nothing"
        back = await served.undo(order)
        if back is None:
            assert not service(code).undo or code == "end_forwarding", code
            continue
        assert back.state == "done", (code, back.code, back.reason)
        taken_back.append(code)
        now = await state(served, number)
        assert now != after
        if code not in ("cancel_all_subscriptions", "refuse_all", "replace_sim"):
            assert now[0] == before[0], f"{back.code} puts back what {code} changed"
        again = await served.have(number, code, **given)
        assert again.state == "done", (code, again.reason)
    assert len(taken_back) >= 18


@pytest.mark.parametrize("code", UNSEEN)
async def test_what_leaves_the_account_as_it_is_is_done_too(served: Served, code: str) -> None:
    number, given = UNSEEN[code]
    if "password" in given:
        given = {"password": catalogue.seal(served.house, number, given["password"])}
    order = await served.have(number, code, **given)
    assert order.state == "done", (code, order.reason)
    told = {language: receipt_text(service(code), order, language) for language in LANGUAGES}
    assert all(told.values())
    assert len(set(told.values())) == len(LANGUAGES)


@pytest.mark.parametrize("code", [one.code for one in services(audience="customer") if one.kind == "look"])
async def test_every_look_is_answered_and_told_in_nine_languages(served: Served, code: str) -> None:
    await served.have(CHEN, "set_forwarding", number="13800138000", when="busy")
    await served.have(CHEN, "add_family_number", member=LIN.national)
    await served.have(CHEN, "ever_ring_on")
    await served.have(CHEN, "change_plan", plan_code="vip128", starts="next_month")
    if code == "complaint_status":
        await served.have(CHEN, "complaint", words="信号不好")
    if code == "ended_services":
        await served.have(CHEN, "ever_ring_off")
    asked = service(code)
    given = {"month": "2026-10"} if any(one.name == "month" for one in asked.parameters) else {}
    value = await served.ask(CAST[0].more[0] if code == "broadband_line" else CHEN, code, **given)
    told = {language: answer_text(asked, value, language, zone=ZONE) for language in LANGUAGES}
    nothing = {answer_text(asked, None, language, zone=ZONE) for language in LANGUAGES}
    assert nothing.isdisjoint(told.values()), told
    assert not [words for words in told.values() if "{" in words]
    assert len(set(told.values())) >= 7, "nine languages; two or three may say a list of numbers alike"
