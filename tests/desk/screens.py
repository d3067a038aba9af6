"""The desk's pages over HTTP on real rows: people to sign in as, and browsers that keep cookies."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from qiao import cases, customers, interactions, staff
from qiao.bss import Holding, Party
from qiao.bss.sandbox import SandboxOperator
from qiao.cases import WholeCase
from qiao.customers import Customer
from qiao.interactions import Interaction
from qiao.kernel.ids import UnitId, unit_id_of
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform import sessions
from qiao.platform.house import House
from qiao.platform.policy import Level
from qiao.platform.sign_in import hash_password
from tests.standing_app import moved_into

UNWANTED = "complaint/billing/unwanted_value_added_service"
HOST = "127.0.0.1"
PASSWORD = "slow-river-bends-twice"


_kept: dict[str, str] = {}
"""The hash of everybody's password, which takes long to make."""


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
        return self.http.cookies.get("qiao_staff", domain=HOST) or ""

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
        if "hash" not in _kept:
            _kept["hash"] = await hash_password(PASSWORD)
        async with self.house.database.transaction() as tx:
            agent_id = await staff.create_agent(
                tx,
                login=f"{name.lower()}-{uuid4().hex[:6]}",
                name=name,
                shown_name=f"Agent {name}",
                password_hash=_kept["hash"],
                unit_id=unit_id,
                roles=[role],
                language="en",
                **more,
            )
            return await staff.agent(tx, agent_id)

    async def signed_in(self, person: staff.Agent) -> Browser:
        """A browser in which this person works."""
        async with self.house.database.transaction() as tx:
            token, session = await sessions.begin(
                tx, audience="staff", subject_id=person.id, seconds_max=3600, language=person.language
            )
        browser = self.browser()
        browser.carry(token)
        browser.csrf = session.csrf
        return browser

    async def customer(self, name: str = "师先生", *, segment: str = "vip", unit: str = "beijing") -> Customer:
        """Somebody with a number of his own, as the operator told of him."""
        await self.unit(unit)
        service = ServiceId("mobile", f"+86139{uuid4().int % 10**8:08d}")
        ref = uuid4().hex
        party = Party(ref, name, "person", segment, "zh-CN", 1970, "Old Street 1", unit)
        holding = Holding(ref, service, self.house.clock.now() - timedelta(days=400))
        async with self.house.database.transaction() as tx:
            return await customers.keep(tx, customers.Finding(party, (holding,)))

    async def case(
        self, customer: Customer | None, owner: staff.Agent | None, *, unit: str = "beijing", **more: Any
    ) -> WholeCase:
        """A matter of this customer, opened by its owner."""
        given = {"category_code": UNWANTED, "own_words": "我误回了一条短信，担心被订了业务。", "severity": 2, **more}
        async with self.house.database.transaction() as tx:
            case_id = await cases.open_case(
                tx,
                customer_id=customer.id if customer else None,
                service_id=customer.numbers[0] if customer else None,
                agent_id=owner.id if owner else None,
                unit_id=self.units.get(unit) or unit_id_of(unit),
                origin=Origin("chat", None, f"agent:{owner.id}" if owner else "system:test", None),
                **given,
            )
            return await cases.case(tx, case_id)

    async def again(self, case: WholeCase) -> WholeCase:
        """The case as it is now."""
        async with self.house.database.transaction() as tx:
            return await cases.case(tx, case.case.id)

    async def contact(
        self, customer: Customer, agent: staff.Agent | None, *, level: int = 0, unit: str = "beijing"
    ) -> Interaction:
        """A chat with this customer in the hands of this agent, with so much proved in it."""
        async with self.house.database.transaction() as tx:
            begun = await interactions.start_interaction(
                tx,
                channel="chat",
                language="zh-CN",
                unit_id=self.units.get(unit) or unit_id_of(unit),
                customer_id=customer.id,
                service_id=customer.numbers[0],
                segment=customer.segment,
                topic="an odd text",
            )
            if agent is not None:
                await interactions.assign(tx, interaction_id=begun.id, agent_id=agent.id)
            if level:
                await interactions.prove_level(tx, interaction_id=begun.id, level=Level(level), method="one_time_code")
            return await interactions.interaction(tx, begun.id)


@pytest.fixture
async def screens(house: House) -> AsyncIterator[Screens]:
    opened = Screens(*moved_into(house, SandboxOperator(house.database)))
    yield opened
    for http in opened.browsers:
        await http.aclose()
