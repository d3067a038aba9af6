"""A small service centre on real rows: agents at their desks, two customers, and contacts in their hands."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from litestar import Litestar
from sqlalchemy import func, select, update

from qiao import customers, interactions, routing, staff
from qiao.interactions import Interaction
from qiao.kernel.ids import CustomerId, DeskId, InteractionId, UnitId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform import sessions
from qiao.platform.audit import audit_entries
from qiao.platform.house import House
from qiao.platform.live import touch
from qiao.platform.policy import Level
from qiao.platform.sessions import Session
from qiao.routing.store import contacts, offers
from tests.desk.operator import LI, SHI, ScriptedOperator
from tests.standing_app import moved_into

SECONDS = 8 * 3600
SAID = "我误回了一条短信"


@dataclass
class Person:
    """Somebody signed in at the desk, and his browser."""

    agent: staff.Agent
    session: Session
    token: str
    http: httpx.AsyncClient

    async def post(self, path: str, *, htmx: bool = True, **fields: Any) -> httpx.Response:
        """Send a form as the page's own script does."""
        headers = {"x-csrf-token": self.session.csrf, **({"hx-request": "true"} if htmx else {})}
        return await self.http.post(path, data=fields, headers=headers)

    async def get(self, path: str) -> httpx.Response:
        """Ask for a page or a part of one."""
        return await self.http.get(path)

    async def text(self, path: str) -> str:
        """The page, which must be there."""
        answer = await self.http.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[-2000:]}"
        return answer.text


@dataclass
class Centre:
    """A service centre of two units."""

    house: House
    app: Litestar
    operator: ScriptedOperator
    unit_id: UnitId
    other_unit_id: UnitId
    desk_id: DeskId
    shi: CustomerId
    li: CustomerId
    people: list[Person] = field(default_factory=list)

    async def sign_in(self, name: str, *, role: str = "agent", unit_id: UnitId | None = None) -> Person:
        """A member of staff with a session, and a seat if he takes contacts."""
        async with self.house.database.transaction() as tx:
            agent_id = await staff.create_agent(
                tx,
                login=f"{name}-{uuid4().hex[:8]}",
                name=name,
                shown_name=f"客服 {name}",
                password_hash="none",
                unit_id=unit_id or self.unit_id,
                roles=(role,),
                languages=("zh-CN", "en"),
                language="en",
            )
            agent = await staff.agent(tx, agent_id)
        return await self.browser(agent)

    async def browser(self, agent: staff.Agent) -> Person:
        """One more browser of an agent; its seat is the last taken."""
        async with self.house.database.transaction() as tx:
            token, session = await sessions.begin(
                tx, audience="staff", subject_id=agent.id, seconds_max=SECONDS, language="en"
            )
            if "contacts.take" in agent.rights:
                units = await staff.units_under(tx, agent.unit_id)
                await routing.sign_on(tx, agent=agent, seat=session.id, units=units)
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),
            base_url=self.house.settings.address,
            cookies={"qiao_staff": token},
            headers={"accept-language": "en"},
        )
        person = Person(agent, session, token, http)
        self.people.append(person)
        return person

    async def contact(
        self,
        person: Person | None,
        *,
        customer: CustomerId | None = None,
        service: ServiceId | None = None,
        level: Level = Level.UNKNOWN,
        said: str = SAID,
        channel: str = "chat",
    ) -> Interaction:
        """A chat or a call in somebody's hands, or waiting."""
        number = service or ({self.shi: SHI, self.li: LI}.get(customer) if customer else None)
        async with self.house.database.transaction() as tx:
            begun = await interactions.start_interaction(
                tx,
                channel=channel,
                language="zh-CN",
                unit_id=self.unit_id,
                customer_id=customer,
                service_id=number,
                party=service.masked_with_country() if service else "",
                segment="vip",
                entry_point="portal",
            )
            await routing.queue_contact(
                tx,
                interaction_id=begun.id,
                channel=channel,
                entry_point="portal",
                language="zh-CN",
                segment="vip",
                customer_id=customer,
                preferred_agent=None,
                unit_id=self.unit_id,
                origin=Origin(channel, begun.id),
            )
            if said:
                await interactions.say(
                    tx, interaction_id=begun.id, author_kind="customer", author_id=customer, text=said
                )
            if level:
                await interactions.prove_level(tx, interaction_id=begun.id, level=level, method="one_time_code")
        if person is not None:
            await self.give(begun.id, person)
        return await self.now(begun.id)

    async def now(self, interaction_id: UUID) -> Interaction:
        """The contact as it stands."""
        async with self.house.database.transaction() as tx:
            return await interactions.interaction(tx, InteractionId(interaction_id))

    async def give(self, interaction_id: InteractionId, person: Person) -> None:
        """Offer it as the owner of routing would, and accept it."""
        await self.offer(interaction_id, person)
        answer = await person.post(f"/desk/contacts/{interaction_id}/accept")
        assert answer.status_code in (204, 303), answer.text[-1000:]

    async def offer(self, interaction_id: InteractionId, person: Person, *, seconds: float = 20) -> None:
        """Write the offer that the owner of routing would write."""
        async with self.house.database.transaction() as tx:
            until_at = tx.now + timedelta(seconds=seconds)
            given = {"interaction_id": interaction_id, "agent_id": person.agent.id, "desk_id": self.desk_id}
            times = {"offered_at": tx.now, "until_at": until_at}
            await tx.execute(offers.insert().values(id=new_id(), attempt=1, state="live", epoch=1, **given, **times))
            offered = {"state": "offered", "agent_id": person.agent.id, "until_at": until_at}
            await tx.execute(update(contacts).where(contacts.c.interaction_id == interaction_id).values(offered))
            await touch(tx, f"agent:{person.agent.id}")

    async def audited(self, act: str, interaction_id: UUID) -> int:
        """How many rows of this act there are in a contact."""
        wanted = select(func.count()).select_from(audit_entries)
        wanted = wanted.where(audit_entries.c.act == act, audit_entries.c.interaction_id == interaction_id)
        async with self.house.database.transaction() as tx:
            return int(await tx.scalar(wanted))


@pytest.fixture
async def centre(house: House) -> AsyncIterator[Centre]:
    operator = ScriptedOperator()
    house, app = moved_into(house, operator)
    async with house.database.transaction() as tx:
        unit_id = await staff.ensure_unit(tx, code="centre", name="Centre")
        other = await staff.ensure_unit(tx, code="elsewhere", name="Elsewhere")
        desk_id = await routing.ensure_desk(
            tx, code="vip", names={"zh-CN": "VIP 专席", "en": "VIP desk"}, unit_id=unit_id, entry_points=("portal",)
        )
    found = [await customers.look_up(operator, service) for service in (SHI, LI)]
    async with house.database.transaction() as tx:
        shi, li = [(await customers.keep(tx, one)).id for one in found if one is not None]
    made = Centre(house, app, operator, unit_id, other, desk_id, shi, li)
    yield made
    for person in made.people:
        await person.http.aclose()


@pytest.fixture
async def wang(centre: Centre) -> Person:
    return await centre.sign_in("Wang")
