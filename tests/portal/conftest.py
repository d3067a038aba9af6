"""The customers' pages over HTTP on real rows, with the sandbox operator behind them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from litestar.testing import AsyncTestClient
from sqlalchemy import text

from qiao import routing, staff
from qiao.bss.sandbox import SandboxOperator, fill, misbehave
from qiao.portal.jobs import send_code
from tests.standing_app import moved_into

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from qiao.kernel.service_ids import ServiceId
    from qiao.platform.database import Database
    from qiao.platform.house import House


@dataclass
class Visitor:
    """A browser on the portal; the work that pages leave to a worker is done when asked."""

    house: House
    http: AsyncTestClient[Any]

    async def get(self, path: str, **headers: str) -> Any:
        return await self.http.get(path, headers={"Accept": "text/html", "Accept-Language": "zh-CN", **headers})

    async def post(self, path: str, form: dict[str, Any]) -> Any:
        headers = {"Accept": "text/html", "Accept-Language": "zh-CN"}
        return await self.http.post(path, data=form, headers=headers, follow_redirects=False)

    async def send(self, path: str, form: dict[str, Any]) -> Any:
        """A form of a page of his own, with its token."""
        token = re.search(r'data-csrf="([^"]+)"', (await self.get("/talk")).text)
        assert token is not None
        return await self.post(path, {**form, "_csrf": token[1]})

    async def code_for(self, service: ServiceId) -> str:
        """What the worker sends to the number, read from the ledger."""
        await send_code(self.house, service=str(service), language="zh-CN")
        async with self.house.database.transaction() as tx:
            words = await tx.scalar(
                text("select text from post_messages where recipient = :to order by accepted_at desc, id desc limit 1"),
                {"to": str(service)},
            )
        return re.findall(r"\d{6}", words)[0] if words else ""

    async def sign_in(self, service: ServiceId) -> Any:
        await self.post("/sign-in", {"number": service.value, "next": "/"})
        return await self.post("/sign-in/code", {"code": await self.code_for(service)})


@pytest.fixture
async def visitor(house: House, database: Database) -> AsyncIterator[Visitor]:
    house, app = moved_into(house, SandboxOperator(database, answer_seconds=3.0))
    async with database.transaction() as tx:
        await fill(tx, customers=30)
        await misbehave(tx, None)
        await tx.execute(text("truncate one_time_codes, proof_tries, post_messages, rate_limits, order_confirmations"))
        await tx.execute(text("truncate orders, flow_sessions, interactions cascade"))
        unit_id = await staff.ensure_unit(tx, code="centre", name="Centre")
        await routing.ensure_desk(
            tx, code="service", names={"en": "Service"}, unit_id=unit_id, entry_points=("portal",), segments=()
        )
    async with AsyncTestClient(app, base_url=house.settings.address) as http:
        yield Visitor(house, http)
