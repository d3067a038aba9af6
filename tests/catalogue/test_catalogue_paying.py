"""Paying on the provider's page: what he says is booked once, coming back is signed. His pages are no pages of ours."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import text

from qiao import catalogue
from qiao.app.demo.provider import build_provider
from qiao.app.ports import fill_ports
from qiao.app.web import build_web
from qiao.bss.sandbox import misbehave
from qiao.catalogue import outcomes, receipt_text, service
from qiao.kernel.money import Money
from qiao.platform.database import metadata
from tests.catalogue.served import HUANG, LIN, Served, serve

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from qiao.platform.database import Database
    from qiao.platform.house import House
    from tests.conftest import StillClock

CARD = "4111111111111111"


@pytest.fixture
async def served(house: House, database: Database) -> Served:
    house.settings = house.settings.model_copy(update={"mode": "demo", "demo_pay_port": 8421})
    fill_ports(house)
    here = await serve(house, database)
    fill_ports(house)
    return here


@pytest.fixture
async def browser_like(served: Served) -> AsyncIterator[AsyncTestClient[Any]]:
    async with AsyncTestClient(build_web(served.house)) as client:
        client.headers.update({"Accept": "text/html", "Accept-Language": "en"})
        yield client


@pytest.fixture
async def provider(served: Served) -> AsyncIterator[AsyncTestClient[Any]]:
    async with AsyncTestClient(build_provider(served.house)) as client:
        client.headers.update({"Accept": "text/html", "Accept-Language": "en"})
        yield client


async def balance(served: Served, number: Any = LIN) -> Money:
    found = await served.operator.balance(number)
    assert found is not None
    return found.amount


def path_of(order: catalogue.Order) -> str:
    assert order.pay_at.startswith("http://127.0.0.1:8421/pay/"), order.pay_at
    return order.pay_at.removeprefix("http://127.0.0.1:8421")


async def test_money_is_booked_once_though_the_payer_pays_and_comes_back_again_and_again(
    served: Served, browser_like: AsyncTestClient[Any], provider: AsyncTestClient[Any]
) -> None:
    before = await balance(served)
    order = await served.have(LIN, "top_up", amount="20")
    assert order.state == "pending"
    assert (await browser_like.get(path_of(order))).status_code == 404, "his pages are no pages of ours"
    assert order.pay_at in receipt_text(service("top_up"), order, "en")
    shown = await provider.get(path_of(order))
    assert "20.00" in shown.text
    wrong = await provider.post(path_of(order), data={"card": "4111111111111112"})
    assert (wrong.status_code, "no card number" in wrong.text) == (400, True)
    assert await balance(served) == before
    paid = await provider.post(path_of(order), data={"card": CARD}, follow_redirects=False)
    assert paid.status_code == 303
    back = paid.headers["location"].removeprefix("http://127.0.0.1:8420")
    assert back.startswith("/pay/return?token=")
    page, *_ = await asyncio.gather(browser_like.get(back), served.perform(order), served.perform(order))
    assert page.status_code == 200
    for _ in range(2):
        assert "is done" in (await browser_like.get(back)).text
        await served.perform(order)
    assert await balance(served) == before + Money.of("20")
    again = await provider.post(path_of(order), data={"card": CARD}, follow_redirects=False)
    assert again.status_code == 303
    assert "done with" in (await provider.get(path_of(order))).text
    assert (await served.standing(order)).state == "done"


async def test_no_card_number_is_kept_anywhere(
    served: Served, provider: AsyncTestClient[Any], database: Database, capfd: pytest.CaptureFixture[str]
) -> None:
    order = await served.have(LIN, "top_up", amount="10")
    await provider.post(path_of(order), data={"card": CARD}, follow_redirects=False)
    await served.perform(order)
    async with database.transaction() as tx:
        for table in metadata.tables.values():
            told = f"select count(*) from {table.fullname} t where t::text like :card"
            assert await tx.scalar(text(told), {"card": f"%{CARD}%"}) == 0, table.fullname
    assert CARD not in "".join(capfd.readouterr())


async def test_who_gives_up_or_comes_too_late_has_paid_nothing(
    served: Served, provider: AsyncTestClient[Any], clock: StillClock
) -> None:
    before = await balance(served)
    order = await served.have(LIN, "top_up", amount="30")
    await provider.post(path_of(order), data={"give_up": "yes"}, follow_redirects=False)
    order = await served.perform(order)
    assert (order.state, order.reason) == ("refused", "not_paid")
    late = await served.have(LIN, "top_up", amount="30")
    clock.forward(minutes=31)
    await provider.post(path_of(late), data={"card": CARD}, follow_redirects=False)
    assert (await served.perform(late)).reason == "not_paid"
    assert await balance(served) == before


async def test_a_bill_is_paid_to_the_fen_and_then_nothing_is_due(
    served: Served, provider: AsyncTestClient[Any]
) -> None:
    bill = await served.operator.bill(HUANG, "2026-10")
    assert bill is not None
    order = await served.have(HUANG, "pay_bill_online", month="2026-10")
    assert f"¥{bill.due}" in (await provider.get(path_of(order))).text
    await provider.post(path_of(order), data={"card": CARD}, follow_redirects=False)
    assert (await served.perform(order)).state == "done"
    after = await served.operator.bill(HUANG, "2026-10")
    assert after is not None
    assert (after.due, after.paid) == (Money(0), bill.due)
    assert (await served.have(HUANG, "pay_bill_online", month="2026-10")).reason == "nothing_due"
    assert (await served.have(HUANG, "pay_bill_online", month="2026-11")).reason == "bill_not_issued"


@pytest.mark.parametrize("amount", ["0", "0.99", "5000.01", "999999"])
async def test_only_an_amount_that_makes_sense_gets_a_page(served: Served, amount: str) -> None:
    assert (await served.have(LIN, "top_up", amount=amount)).reason == "amount_not_usable"


@pytest.mark.parametrize("token", ["", "x", "x.y", "WzE3OTYwLCB7fV0.AAAA"])
async def test_whoever_was_not_sent_back_by_the_provider_is_told_nothing(
    browser_like: AsyncTestClient[Any], token: str
) -> None:
    assert (await browser_like.get("/pay/return", params={"token": token})).status_code == 403


async def test_a_provider_that_is_away_is_asked_again_under_the_same_key(served: Served, database: Database) -> None:
    order = await served.place(LIN, "top_up", {"amount": "40"})
    async with database.transaction() as tx:
        await misbehave(tx, "error")
    order = await served.perform(order)
    assert (order.state, order.pay_at) == ("pending", "")
    async with database.transaction() as tx:
        await misbehave(tx, None)
        await outcomes.ask_again(tx, [str(order.id)])
    order = await served.perform(order)
    assert order.pay_at
    async with database.transaction() as tx:
        seen = await tx.scalar(
            text("select count(*) from events where name = 'catalogue.OrderPending' and body->>'order_id' = :id"),
            {"id": str(order.id)},
        )
    assert seen == 2, "whoever waits is told of the page though the first answer had none"
