"""The desk's pages over HTTP on real rows: people to sign in as, and browsers that keep cookies."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
import pytest

from qiao import staff
from qiao.app.ports import fill_ports
from qiao.app.web import build_web
from qiao.kernel.ids import AgentId, UnitId
from qiao.platform.house import House
from qiao.platform.sign_in import hash_password

HOST = "127.0.0.1"
PASSWORD = "slow-river-bends-twice"


@dataclass
class Browser:
    """One browser: its cookies, and the form token of the page it saw last."""

    http: httpx.AsyncClient
    csrf: str = ""

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.http.get(path, headers=headers)

    @property
    def token(self) -> str:
        """The session it carries."""
        return self.http.cookies.get("qiao_staff", "", domain=HOST)

    def carry(self, token: str) -> None:
        self.http.cookies.set("qiao_staff", token, domain=HOST, path="/")

    async def part(self, path: str) -> httpx.Response:
        """As htmx asks for a part of a page."""
        return await self.http.get(path, headers={"HX-Request": "true"})

    async def send(self, path: str, form: Mapping[str, Any] | None = None, *, htmx: bool = True) -> httpx.Response:
        """Send a form with the token, as the page's own script does, or without any script."""
        headers = {"HX-Request": "true", "X-CSRF-Token": self.csrf} if htmx else {}
        fields = {**({} if htmx else {"_csrf": self.csrf}), **(form or {})}
        return await self.http.post(path, data=fields, headers=headers)


@dataclass
class Screens:
    """The app, and its people."""

    house: House
    app: Any
    browsers: list[httpx.AsyncClient] = field(default_factory=list)
    units: dict[str, UnitId] = field(default_factory=dict)

    def browser(self, **headers: str) -> Browser:
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),
            base_url=self.house.settings.address,
            headers={"accept-language": "en", **headers},
        )
        self.browsers.append(http)
        return Browser(http)

    async def unit(self, code: str = "beijing", parent_code: str | None = None) -> UnitId:
        async with self.house.database.transaction() as tx:
            unit_id = await staff.ensure_unit(tx, code=code, name=code.title(), parent_code=parent_code)
        self.units[code] = unit_id
        return unit_id

    async def agent(
        self, name: str = "Wang", *, unit: str = "beijing", role: str = "agent", **more: Any
    ) -> staff.Agent:
        """Somebody to sign in as; the login is the small name and a few odd letters."""
        unit_id = self.units.get(unit) or await self.unit(unit)
        password_hash = await hash_password(PASSWORD)
        async with self.house.database.transaction() as tx:
            agent_id = await staff.create_agent(
                tx,
                login=f"{name.lower()}-{uuid4().hex[:6]}",
                name=name,
                shown_name=f"Agent {name}",
                password_hash=password_hash,
                unit_id=unit_id,
                roles=[role],
                language="en",
                **more,
            )
            return await staff.agent(tx, agent_id)

    async def signed_in(self, person: staff.Agent) -> Browser:
        """A browser in which this person works."""
        entered = await staff.sign_in(self.house, login=person.login, password=PASSWORD, user_agent="tests")
        browser = self.browser()
        browser.carry(entered.token)
        browser.csrf = entered.session.csrf
        return browser

    async def rights(self, agent_id: AgentId) -> frozenset[str]:
        async with self.house.database.transaction() as tx:
            return (await staff.agent(tx, agent_id)).rights


@pytest.fixture
async def screens(house: House) -> AsyncIterator[Screens]:
    fill_ports(house)
    opened = Screens(house, build_web(house))
    yield opened
    for http in opened.browsers:
        await http.aclose()
