"""Price and eligibility on real rows: digits that name the price, and both looked at again before anything is done."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from qiao import catalogue, customers
from qiao.bss import OperatorAway
from qiao.bss.sandbox import misbehave, owe, party_ref, set_price, transfer_number
from qiao.catalogue import NotEligible, PriceHasChanged, jobs, outcomes, receipt_text, refusal_text, service, why_text
from qiao.catalogue.sealing import GONE, unseal
from qiao.kernel.ids import new_id
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood
from qiao.platform.database import metadata
from tests.catalogue.served import CHEN, HENGDA, HUANG, JONES, LIN, SHI, Served, serve

if TYPE_CHECKING:
    from qiao.kernel.service_ids import ServiceId
    from qiao.platform.database import Database
    from qiao.platform.house import House


@pytest.fixture
async def served(house: House, database: Database) -> Served:
    here = await serve(house, database)
    async with database.transaction() as tx:
        await tx.execute(text("truncate order_confirmations"))
        await tx.execute(text("truncate sandbox.prices"))
        for number in (LIN, CHEN, HENGDA):
            await owe(tx, number, Money.of("-50"))
    return here


async def asked(
    served: Served, number: ServiceId, code: str, given: dict[str, str], language: str = "en", **more: Any
) -> str:
    person = await served.person(number)
    async with served.house.database.transaction() as tx:
        return await catalogue.ask_confirmation(
            tx, code=code, customer_id=person.id, target=number, parameters=given, language=language, **more
        )


async def confirm(served: Served, number: ServiceId, digits: str) -> catalogue.Order:
    person = await served.person(number)
    async with served.house.database.transaction() as tx:
        order, _ = await catalogue.confirm(
            tx,
            target=number,
            customer_id=person.id,
            digits=digits,
            origin=Origin("sms", None, f"customer:{person.id}"),
            actor_ref=f"customer:{person.id}",
        )
    return order


def digits_in(words: str) -> str:
    [found] = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9])", words)
    return str(found)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_price_and_what_it_is_for_stand_beside_the_digits(served: Served, language: str) -> None:
    monthly = await asked(served, LIN, "caller_display_on", {}, language)
    once = await asked(served, LIN, "buy_data_pack", {"pack_code": "data1"}, language, price=Money.of("10"), what="1GB")
    assert "6.00" in monthly or "6,00" in monthly
    assert "10.00" in once or "10,00" in once
    assert digits_in(monthly.replace("6.00", "").replace("6,00", ""))
    assert "1GB" in once
    assert monthly != await asked(served, LIN, "caller_display_on", {}, "ko" if language != "ko" else "en")


async def test_in_english_it_costs_so_much_a_month_or_once(served: Served) -> None:
    assert "this costs CN¥6.00 a month. Reply " in await asked(served, LIN, "caller_display_on", {})
    once = await asked(served, LIN, "buy_data_pack", {"pack_code": "data1"}, price=Money.of("10"))
    assert "this costs CN¥10.00 once. Reply " in once


async def test_the_same_digits_confirm_once_and_the_price_agreed_stands_on_the_order(served: Served) -> None:
    words = await asked(served, LIN, "buy_data_pack", {"pack_code": "data1"}, price=Money.of("10"))
    order = await confirm(served, LIN, digits_in(words))
    assert order.price == Money.of("10")
    with pytest.raises(catalogue.ConfirmationNotRight):
        await confirm(served, LIN, digits_in(words))
    assert (await served.perform(order)).state == "done"


@pytest.mark.parametrize(
    ("code", "given", "price", "changes"),
    [
        ("buy_data_pack", {"pack_code": "data5"}, Money.of("30"), "data5"),
        ("change_plan", {"plan_code": "free98"}, Money.of("98"), "free98"),
        ("caller_display_on", {}, None, "caller_display_on"),
        ("add_family_number", {"member": HUANG.national}, None, "add_family_number"),
    ],
)
async def test_a_price_that_changed_while_he_looked_for_the_digits_is_refused_and_nothing_is_done(
    served: Served, code: str, given: dict[str, str], price: Money | None, changes: str
) -> None:
    words = await asked(served, CHEN, code, given, price=price)
    async with served.house.database.transaction() as tx:
        await set_price(tx, changes, Money.of("99.99"))
    before = await served.operator.bill(CHEN, "2026-11")
    order = await served.perform(await confirm(served, CHEN, digits_in(words)))
    assert (order.state, order.reason) == ("refused", "price_changed")
    assert await served.operator.bill(CHEN, "2026-11") == before
    assert "the price has changed" in receipt_text(service(code), order, "en")
    now = await served.have(CHEN, code, price=Money.of("99.99") if price else None, **given)
    assert now.reason == ("price_changed" if price is None else ""), "what always stood is told anew by the catalogue"


async def test_what_the_operator_did_before_its_worker_died_is_done_though_the_price_changed_meanwhile(
    served: Served,
) -> None:
    order = await served.perform(await served.place(LIN, "add_family_number", {"member": HUANG.national}))
    assert order.waits_for_consent
    await served.agree(HUANG)
    async with served.house.database.transaction() as tx:
        taken = await outcomes.begin(tx, order_id=order.id)
        ref = (await customers.customer(tx, order.customer_id)).operator_ref
    assert taken is not None and taken.awaited_consent
    assert (await jobs.outcome_of(served.house, taken, ref)).kind == "done"  # and there its worker dies
    async with served.house.database.transaction() as tx:
        await set_price(tx, "add_family_number", Money.of("9.99"))
    assert (await served.perform(order)).state == "done"
    async with served.house.database.transaction() as tx:
        await set_price(tx, "add_family_number", Money.of("1.00"))
    await served.have(LIN, "remove_family_number", member=HUANG.national)


async def test_what_was_told_is_what_was_agreed_and_the_operators_word_is_what_it_costs(served: Served) -> None:
    order = await served.have(LIN, "caller_display_on", price=Money.of("5.00"))
    assert (order.state, order.reason) == ("refused", "price_changed")
    assert "the price has changed" in refusal_text(service("caller_display_on"), PriceHasChanged(), "en")
    async with served.house.database.transaction() as tx:
        await set_price(tx, "caller_display_on", Money.of("5.00"))
    assert (await on(served, LIN, "caller_display_on")).price == Money.of("5.00")
    assert (await served.have(LIN, "caller_display_on", price=Money.of("5.00"))).state == "done"
    await served.have(LIN, "caller_display_off")


async def on(served: Served, number: ServiceId, code: str, **given: str) -> catalogue.Terms:
    """On what terms he can have it now."""
    person = await served.person(number)
    about = {"customer_id": person.id, "target": number, "parameters": given}
    return await catalogue.terms_now(served.house, service(code), **about)


async def test_terms_are_known_before_anything_is_asked(served: Served) -> None:
    async with served.house.database.transaction() as tx:
        await owe(tx, HENGDA, Money.of("8"))
    assert (await on(served, LIN, "buy_data_pack")).price is None, "nothing is chosen yet"
    chosen = await on(served, LIN, "buy_data_pack", pack_code="data5")
    assert (chosen.price, chosen.against) == (Money.of("30"), None)
    chosen.must_hold()
    chosen.must_cost(Money.of("30"))
    with pytest.raises(PriceHasChanged):
        chosen.must_cost(Money.of("29"))
    gone = await on(served, LIN, "buy_data_pack", pack_code="data9")
    with pytest.raises(NotEligible) as no_more:
        gone.must_hold()
    assert "no longer offered" in refusal_text(service("buy_data_pack"), no_more.value, "en")
    for code, number, why in (("caller_display_on", HENGDA, "owes"), ("add_family_number", HENGDA, "persons_only")):
        told = await on(served, number, code)
        assert told.against is not None
        assert told.against.why == why
    assert await on(served, LIN, "correct_address") == catalogue.Terms(None, None)
    async with served.house.database.transaction() as tx:
        await misbehave(tx, "error")
    with pytest.raises(OperatorAway):
        await on(served, LIN, "caller_display_on")
    async with served.house.database.transaction() as tx:
        await misbehave(tx, None)


AGAINST: list[tuple[str, ServiceId, dict[str, str], str]] = [
    ("buy_data_pack", HENGDA, {"pack_code": "data1"}, "owes"),
    ("change_plan", HENGDA, {"plan_code": "free59"}, "owes"),
    ("caller_display_on", HENGDA, {}, "owes"),
    ("resume_line", LIN, {}, "not_suspended"),
    ("roaming_on", JONES, {}, "suspended"),
    ("set_forwarding", JONES, {"number": "13800138000"}, "suspended"),
    ("ever_ring_on", SHI, {}, "refuses_added"),
]


@pytest.mark.parametrize(("code", "number", "given", "why"), AGAINST)
async def test_who_may_not_have_it_is_told_why_and_nothing_is_done(
    served: Served, code: str, number: ServiceId, given: dict[str, str], why: str
) -> None:
    async with served.house.database.transaction() as tx:
        await owe(tx, HENGDA, Money.of("8"))
    await served.have(JONES, "suspend_line")
    await served.have(SHI, "refuse_all")
    order = await served.have(number, code, **given)
    assert (order.state, order.reason) == ("refused", why)
    told = {receipt_text(service(code), order, language) for language in LANGUAGES}
    assert len(told) == len(LANGUAGES)
    person = await served.person(number)
    facts = await catalogue.standing(served.house, person.id, number)
    menu = {one.code: reason for one, reason in catalogue.may_have(facts, served.house.clock.now())}
    assert menu[code] == why, "a menu can say so beforehand"
    assert why_text(why, "en") in receipt_text(service(code), order, "en")
    await served.have(JONES, "resume_line")
    await served.have(SHI, "accept_all")


@pytest.mark.parametrize(
    ("code", "number", "given", "why"),
    [
        ("add_family_number", HENGDA, {"member": "13710102034"}, "persons_only"),
        ("elderly_mode_on", HENGDA, {}, "persons_only"),
    ],
)
async def test_what_is_known_here_is_refused_before_digits_are_sent_or_an_order_is_placed(
    served: Served, code: str, number: ServiceId, given: dict[str, str], why: str
) -> None:
    for ask in (asked(served, number, code, given), served.have(number, code, **given)):
        with pytest.raises(NotEligible) as refused:
            await ask
        assert refused.value.why == why
    assert "persons only" in refusal_text(service(code), refused.value, "en")


async def test_what_may_have_been_done_already_is_not_held_against_it(served: Served, database: Database) -> None:
    order = await served.place(CHEN, "suspend_line", {})
    async with database.transaction() as tx:
        await misbehave(tx, "truncated")  # it answers nothing whole, yet does what it is asked
    assert (await served.perform(order)).state == "pending"
    async with database.transaction() as tx:
        await misbehave(tx, None)
        await outcomes.ask_again(tx, [str(order.id)])
    assert (await served.perform(order)).state == "done"
    back = await served.place(CHEN, "resume_line", {})
    assert (await served.perform(back)).state == "done"


async def test_a_new_password_is_kept_in_clear_nowhere_and_sealed_only_while_it_is_needed(
    served: Served, database: Database
) -> None:
    secret = "590417"
    sealed = catalogue.seal(served.house, LIN, secret)
    assert unseal(served.house, LIN, sealed) == secret
    with pytest.raises(InputNotUnderstood):
        await served.place(LIN, "change_service_password", {"password": secret})
    order = await served.place(LIN, "change_service_password", {"password": sealed})
    async with database.transaction() as tx:
        for table in metadata.tables.values():
            told = f"select count(*) from {table.fullname} t where t::text like :secret"
            assert await tx.scalar(text(told), {"secret": f"%{secret}%"}) == 0, table.fullname
    order = await served.perform(order)
    assert (order.state, order.parameters) == ("done", {"password": GONE})
    assert await served.operator.check_service_password(LIN, secret)
    for wrong in (catalogue.seal(served.house, CHEN, secret), f"{sealed[:-6]}AAAAAA"):
        other = await served.have(LIN, "change_service_password", password=wrong)
        assert other.state == "refused", "a seal is for one number and whole"
    for unusable in ("", "x" * 65):
        with pytest.raises(InputNotUnderstood):
            catalogue.seal(served.house, LIN, unusable)


async def test_a_form_sent_twice_with_a_secret_is_one_order(served: Served) -> None:
    person = await served.person(LIN)

    async def send(secret: str, code: str = "change_service_password") -> catalogue.Order:
        async with served.house.database.transaction() as tx:
            return await catalogue.place_order(
                tx,
                code=code,
                customer_id=person.id,
                target=LIN,
                parameters={"password": catalogue.seal(served.house, LIN, secret)},
                actor_ref=f"customer:{person.id}",
                level=3,
                basis="self",
                origin=Origin("portal", None, f"customer:{person.id}"),
                key=key,
            )

    key = f"form:{new_id()}"
    assert (await send("482915")).id == (await send("482915")).id


async def test_a_room_that_performs_does_nothing_for_a_number_that_changed_hands(
    served: Served, database: Database
) -> None:
    (holding, *_) = await served.operator.holdings(party_ref(12))
    order = await served.place(holding.service, "complaint", {"words": "没有信号"})
    async with database.transaction() as tx:
        await transfer_number(tx, holding.service, to_party_ref=party_ref(13))
    await served.person(holding.service)
    assert (await served.perform(order)).reason == "number_changed_hands"
    async with database.transaction() as tx:
        counted = await tx.scalar(
            text("select count(*) from cases where customer_id = :one"), {"one": order.customer_id}
        )
    assert counted == 0


async def test_a_complaint_a_call_and_its_state_are_there_afterwards(served: Served, database: Database) -> None:
    complaint = await served.have(JONES, "complaint", about="charge", words="I was charged twice in October")
    assert complaint.reference in receipt_text(service("complaint"), complaint, "en")
    again = await served.perform(complaint)
    assert again.reference == complaint.reference
    value = await served.ask(JONES, "complaint_status")
    told = catalogue.answer_text(service("complaint_status"), value, "en", zone="Asia/Shanghai")
    assert complaint.reference in told
    called = await served.have(JONES, "callback", part_of_day="morning")
    async with database.transaction() as tx:
        owed = await tx.scalar(text("select count(*) from outreach_callbacks where id = :id"), {"id": called.reference})
        cases = await tx.scalar(
            text("select category_code from cases where number = :number"), {"number": complaint.reference}
        )
    assert (owed, cases) == (1, "complaint/billing/disputed_charge")
    none = await served.ask(HUANG, "complaint_status")
    assert "there is nothing" in catalogue.answer_text(service("complaint_status"), none, "en", zone="Asia/Shanghai")
