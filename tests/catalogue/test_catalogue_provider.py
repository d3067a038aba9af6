"""The payment provider is another house: over real sockets no byte of a card comes to Qiao; his notice books it."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import uvicorn
from sqlalchemy import text

from qiao.app.demo.provider import build_provider, tell_all
from qiao.app.ports import fill_ports
from qiao.app.web import build_web
from qiao.kernel.money import Money
from tests.catalogue.served import LIN, Served, serve
from tests.looking import a_moment

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from litestar import Litestar

    from qiao.platform.database import Database
    from qiao.platform.house import House
    from tests.conftest import StillClock

CARD = "4111111111111111"
WAITS = "select due_at is not null from orders where id = :id"
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "text/html", "Accept-Language": "en"}


class Watched:
    """An app and every byte that its requests brought: path, query, headers and body."""

    def __init__(self, app: Litestar) -> None:
        self.app = app
        self.brought: list[bytes] = []
        self.away = False

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.brought += [
            scope["raw_path"],
            scope["query_string"],
            *(part for pair in scope["headers"] for part in pair),
        ]

        async def watching() -> Any:
            message = await receive()
            self.brought.append(message.get("body", b""))
            return message

        if self.away:
            await send({"type": "http.response.start", "status": 503, "headers": []})
            await send({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, watching, send)


@asynccontextmanager
async def listening(app: Any) -> AsyncIterator[int]:
    """The port on which it serves while the block lasts."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, lifespan="off", log_level="warning", timeout_graceful_shutdown=1)
    )
    task = asyncio.create_task(server.serve())
    while not server.started:
        await a_moment()
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    async with asyncio.timeout(10):
        await task


@pytest.fixture
async def served(house: House, database: Database) -> Served:
    house.settings = house.settings.model_copy(update={"mode": "demo"})
    fill_ports(house)
    here = await serve(house, database)
    fill_ports(house)
    return here


async def test_the_card_goes_to_the_provider_alone_and_his_notice_books_it_once(
    served: Served, database: Database, clock: StillClock
) -> None:
    house = served.house
    qiao = Watched(build_web(house))
    async with (
        listening(qiao) as ours,
        listening(build_provider(house)) as his,
        httpx2.AsyncClient(trust_env=False, headers=FORM) as payer,
        httpx2.AsyncClient(trust_env=False) as http,
    ):
        house.settings = house.settings.model_copy(update={"port": ours, "demo_pay_port": his})
        balance = await served.operator.balance(LIN)
        order = await served.have(LIN, "top_up", amount="20")
        assert order.pay_at.startswith(f"http://127.0.0.1:{his}/pay/")
        page = await payer.get(order.pay_at)
        assert f"form-action 'self' http://127.0.0.1:{ours};" in page.headers["content-security-policy"]
        paid = await payer.post(order.pay_at, content=f"card={CARD}".encode())
        assert (paid.status_code, paid.headers["location"].partition("?")[0]) == (
            303,
            f"http://127.0.0.1:{ours}/pay/return",
        )
        async with database.transaction() as tx:
            assert not await tx.scalar(text(WAITS), {"id": order.id})
        assert qiao.brought == [], "the payer has not come back, and nobody has told Qiao anything"
        qiao.away = True
        assert await tell_all(house, http) == 0, "Qiao is away: it is told again"
        qiao.away = False
        assert await tell_all(house, http) == 0, "after a pause"
        clock.forward(seconds=1)
        assert await tell_all(house, http) == 1
        assert await tell_all(house, http) == 0, "what was taken is told no more"
        async with database.transaction() as tx:
            assert await tx.scalar(text(WAITS), {"id": order.id}), "his notice has him asked"
        for _ in range(2):
            order = await served.perform(order)
        after = await served.operator.balance(LIN)
        assert balance is not None
        assert after is not None
        assert (order.state, after.amount) == ("done", balance.amount + Money.of("20"))
        back = await payer.get(paid.headers["location"])
        assert (back.status_code, "is done" in back.text) == (200, True)
    came = b"\0".join(qiao.brought)
    assert b"/pay/notice" in came
    assert CARD.encode() not in came
    assert CARD[:12].encode() not in came
