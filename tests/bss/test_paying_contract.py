"""What every implementation of the ports must do about papers and money that comes in; the sandbox is the first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qiao.bss import Lines, Operator, OperatorAway, Payments
from qiao.bss.sandbox import (
    CAST,
    SandboxPayments,
    due_notices,
    looks_like_a_card,
    mails_to,
    note_told,
    page_of,
    party_ref,
    print_voucher,
    settle_page,
)
from qiao.kernel.ids import new_id
from qiao.kernel.money import Money
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.signing import LinkExpired, LinkNotValid, Signer

if TYPE_CHECKING:
    from qiao.platform.database import Database
    from tests.conftest import StillClock

SHI, LIN, HUANG, HENGDA, JONES, CHEN = (one.service for one in CAST)
BROADBAND = CAST[0].more[0]
NOBODY = ServiceId("mobile", "+8613900000001")
NOVEMBER, OCTOBER = "2026-11", "2026-10"


@pytest.fixture
async def payments(database: Database, operator: Operator) -> SandboxPayments:
    assert isinstance(operator, Operator)
    return SandboxPayments(
        database, pages=lambda: "http://provider.example/pay", signer=Signer(b"p" * 32), answer_seconds=5.0
    )


def key() -> str:
    return f"key-{new_id()}"


async def test_papers_of_issued_bills_go_by_mail_and_an_invoice_only_once(lines: Lines, database: Database) -> None:
    assert (await lines.send_itemised_bill(LIN, NOVEMBER, "", key=key())).reason == "bill_not_issued"
    assert (await lines.send_itemised_bill(LIN, OCTOBER, "", key=key())).kind == "done"
    assert (await lines.send_itemised_bill(HUANG, OCTOBER, "", key=key())).reason == "no_email"
    assert (await lines.make_invoice(HUANG, OCTOBER, "黄奶奶", "", "", key=key())).reason == "no_email"
    assert (await lines.make_invoice(LIN, NOVEMBER, "林女士", "", "", key=key())).reason == "bill_not_issued"
    assert (await lines.make_invoice(LIN, OCTOBER, "林女士", "91110000X", "lin@example.org", key=key())).kind == "done"
    assert (await lines.make_invoice(LIN, OCTOBER, "林女士", "", "", key=key())).reason == "invoiced_before"
    async with database.transaction() as tx:
        assert "林女士 91110000X" in (await mails_to(tx, "lin@example.org"))[0][1]
        itemised = (await mails_to(tx, f"{party_ref(1).lower()}@example.cn"))[0][1]
    assert itemised.count("\n") > 30
    assert "合计" in itemised


async def test_a_voucher_pays_the_bill_and_the_rest_goes_to_the_balance_once(
    operator: Operator, lines: Lines, database: Database
) -> None:
    async with database.transaction() as tx:
        for code, amount in (("1111222233334444", "500"), ("1111222233335555", "30"), ("1111222233336666", "30")):
            await print_voucher(tx, code, Money.of(amount))
    bill, balance, points = (
        await operator.bill(HUANG, OCTOBER),
        await operator.balance(HUANG),
        await lines.points(HUANG),
    )
    assert bill is not None
    assert balance is not None
    assert points is not None
    paying = key()
    for _ in range(2):
        assert (await lines.redeem_voucher(HUANG, "1111222233334444", OCTOBER, key=paying)).kind == "done"
    paid, after, more = await operator.bill(HUANG, OCTOBER), await operator.balance(HUANG), await lines.points(HUANG)
    assert paid is not None
    assert after is not None
    assert more is not None
    assert (paid.due, paid.paid) == (Money(0), bill.due)
    assert after.amount == balance.amount + Money.of("500") - bill.due
    assert more.total == points.total + 500
    assert (await lines.redeem_voucher(LIN, "1111222233334444", "", key=key())).reason == "voucher_used"
    assert (await lines.redeem_voucher(HUANG, "1111222233335555", OCTOBER, key=key())).reason == "nothing_due"
    assert (await lines.redeem_voucher(HUANG, "1111222233335555", "", key=key())).kind == "done"


async def test_who_guesses_vouchers_is_stopped_for_a_day(lines: Lines, clock: StillClock, database: Database) -> None:
    async with database.transaction() as tx:
        await print_voucher(tx, "9999888877776666", Money.of("10"))
    for _ in range(5):
        assert (await lines.redeem_voucher(CHEN, "0000000000000000", "", key=key())).reason == "voucher_unknown"
    assert (await lines.redeem_voucher(CHEN, "9999888877776666", "", key=key())).reason == "too_many_vouchers"
    clock.forward(days=2)
    assert (await lines.redeem_voucher(CHEN, "9999888877776666", "", key=key())).kind == "done"


async def test_the_same_payment_is_booked_once_whatever_the_key(operator: Operator, lines: Lines) -> None:
    before = await operator.balance(LIN)
    for _ in range(3):
        assert (await lines.book_payment(LIN, Money.of("20"), "pay_1", "", key=key())).kind == "done"
    after = await operator.balance(LIN)
    assert before is not None
    assert after is not None
    assert after.amount == before.amount + Money.of("20")
    assert (await lines.book_payment(LIN, Money(0), "pay_2", "", key=key())).reason == "amount_not_usable"
    assert (await lines.book_payment(NOBODY, Money(5), "pay_3", "", key=key())).reason == "number_unknown"


async def test_the_provider_has_one_page_for_a_key_and_tells_what_became_of_it(
    payments: SandboxPayments, database: Database, clock: StillClock
) -> None:
    asked = {"amount": Money.of("20"), "what": "top_up", "return_url": "https://qiao.example/pay/return"}
    asked |= {"notice_url": "https://qiao.example/pay/notice"}
    first = await payments.begin(key="k1", **asked)  # type: ignore[arg-type]
    again = await payments.begin(key="k1", **{**asked, "amount": Money.of("99")})  # type: ignore[arg-type]
    assert again == first, "the same key is the same payment"
    assert first.url == f"http://provider.example/pay/{first.ref}"
    assert first.state == "waiting"
    async with database.transaction() as tx:
        assert await settle_page(tx, first.ref, card="4111 1111 1111 1112") == "not_a_card"
        assert await settle_page(tx, first.ref, card="4111 1111 1111 1111") == "paid"
        assert await settle_page(tx, first.ref, card=None) == "paid", "what is paid cannot be given up"
        back = payments.way_back(await page_of(tx, first.ref), tx.now)
        with pytest.raises(NotFound):
            await page_of(tx, "pay_none")
    assert (await payments.begin(key="k1", **asked)).state == "paid"  # type: ignore[arg-type]
    token = back.partition("token=")[2]
    with pytest.raises(LinkNotValid):
        payments.key_of_notice(token.encode(), clock.now())
    assert payments.key_of_return(token, clock.now()) == "k1"
    with pytest.raises(LinkNotValid):
        payments.key_of_return(f"{token[:-2]}xx", clock.now())
    clock.forward(hours=2)
    with pytest.raises(LinkExpired):
        payments.key_of_return(token, clock.now())
    second = await payments.begin(key="k2", **asked)  # type: ignore[arg-type]
    clock.forward(hours=1)
    assert (await payments.begin(key="k2", **asked)).state == "given_up", "nobody came in time"  # type: ignore[arg-type]
    async with database.transaction() as tx:
        assert await settle_page(tx, second.ref, card="4111111111111111") == "given_up"
    assert isinstance(payments, Payments)


async def test_what_became_of_a_payment_is_told_until_it_is_taken_and_no_longer(
    payments: SandboxPayments, database: Database, clock: StillClock
) -> None:
    ways = {"return_url": "https://qiao.example/pay/return", "notice_url": "https://qiao.example/pay/notice"}
    paid, late, stubborn = [
        await payments.begin(key=f"told-{n}", amount=Money.of("20"), what="top_up", **ways) for n in range(3)
    ]

    async def told(taken: str = "") -> set[str]:
        """What is told now, the one named being taken."""
        async with database.transaction() as tx:
            due = [row for row in await due_notices(tx) if row["key"].startswith("told-")]
            for row in due:
                await note_told(tx, row["ref"], taken=row["ref"] == taken)
            body = [payments.notice(row, tx.now) for row in due]
        assert {payments.key_of_notice(one, clock.now()) for one in body} == {row["key"] for row in due}
        return {row["ref"] for row in due}

    assert await told() == set(), "nothing became of them yet"
    async with database.transaction() as tx:
        await settle_page(tx, paid.ref, card="4111111111111111")
        await settle_page(tx, stubborn.ref, card=None)
    assert await told() == {paid.ref, stubborn.ref}
    assert await told() == set(), "not at once again"
    clock.forward(seconds=1)
    assert await told(taken=paid.ref) == {paid.ref, stubborn.ref}
    clock.forward(hours=1)
    assert await told(taken=late.ref) == {late.ref, stubborn.ref}, "nobody came in time, and that is told, too"
    for _ in range(8):
        clock.forward(days=1)
        assert await told() == {stubborn.ref}
    clock.forward(days=30)
    assert await told() == set(), "whoever never takes it is told no more"


async def test_a_notice_that_he_did_not_seal_or_that_is_old_says_nothing(
    payments: SandboxPayments, database: Database, clock: StillClock
) -> None:
    ways = {"return_url": "https://qiao.example/pay/return", "notice_url": "https://qiao.example/pay/notice"}
    page = await payments.begin(key="sealed-1", amount=Money.of("20"), what="top_up", **ways)
    async with database.transaction() as tx:
        body = payments.notice(await page_of(tx, page.ref), tx.now)
    assert payments.key_of_notice(body, clock.now()) == "sealed-1"
    with pytest.raises(LinkNotValid):
        payments.key_of_return(body.decode(), clock.now())
    for other in (
        b"",
        b"x",
        body[:-2] + b"xx",
        b"\xff\xfe",
        body * 40,
        Signer(b"q" * 32).sign({"notice": "sealed-1"}, now=clock.now(), seconds=60).encode(),
    ):
        with pytest.raises(LinkNotValid):
            payments.key_of_notice(other, clock.now())
    clock.forward(minutes=6)
    with pytest.raises(LinkExpired):
        payments.key_of_notice(body, clock.now())


async def test_a_house_in_which_no_provider_has_pages_gets_no_page(database: Database) -> None:
    nowhere = SandboxPayments(database, pages=lambda: "", signer=Signer(b"p" * 32))
    with pytest.raises(OperatorAway):
        await nowhere.begin(key="k", amount=Money.of("1"), what="top_up", return_url="", notice_url="")


@pytest.mark.parametrize(
    ("typed", "card"),
    [
        ("4111111111111111", True),
        ("4111-1111-1111-1111", True),
        ("4111111111111112", False),
        ("12", False),
        ("x" * 16, False),
    ],
)
def test_a_card_has_a_right_check_digit(typed: str, card: bool) -> None:
    assert looks_like_a_card(typed) is card
