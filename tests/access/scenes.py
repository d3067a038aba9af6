"""People and their matters for each cell of the table: a contact and a case that stand to the caller in one way."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from sqlalchemy import update

from qiao import cases, customers, interactions, knowledge, outreach, routing, staff
from qiao.interactions import Interaction
from qiao.kernel.ids import AgentId, CaseId, CustomerId, DeskId, FileId, InteractionId, UnitId
from qiao.kernel.origin import Origin
from qiao.platform import sessions
from qiao.platform.database import Transaction
from qiao.platform.policy import Level
from qiao.routing.store import contacts
from tests.access.telltale import Subject, TelltaleOperator
from tests.desk.centre import SECONDS, Centre, Person

UNWANTED = "complaint/billing/unwanted_value_added_service"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89"
Stands = tuple[str, str, int, bool]
"""(role, basis, level, whether all of it is of the caller's own unit)."""
NUMBER, CHAT = "10086", "kiosk"
"""A service number that is there."""


@dataclass(frozen=True)
class Scene:
    """A customer, his contact now, an earlier one, and his open matter."""

    subject: Subject
    customer_id: CustomerId
    contact_id: InteractionId
    other_id: InteractionId
    file_id: FileId
    other_file_id: FileId
    case_id: CaseId
    case_number: str
    request_id: UUID
    words: str


@dataclass
class World:
    """The house with its people; scenes are made when a cell first asks for them."""

    centre: Centre
    operator: TelltaleOperator
    people: dict[str, Person] = field(default_factory=dict)
    colleague: Person | None = None
    stranger: Person | None = None
    foreign_desk: DeskId | None = None
    article_id: UUID | None = None
    campaign_code_id: UUID | None = None
    scenes: dict[Stands, Scene] = field(default_factory=dict)
    made: int = 0
    at_once: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))
    """So many knocks at a time: while one waits for the database another is served."""

    async def people_it(self) -> None:
        """One member of staff of every built-in role, a colleague beside them and one in another unit."""
        for role in staff.BUILT_IN:
            self.people[role.code] = await self.centre.sign_in(f"Role-{role.code}", role=role.code)
        self.colleague = await self.centre.sign_in("Colleague")
        self.stranger = await self.centre.sign_in("Stranger", unit_id=self.centre.other_unit_id)
        async with self.centre.house.database.transaction() as tx:
            self.foreign_desk = await routing.ensure_desk(
                tx, code="far", names={"en": "Far desk"}, unit_id=self.centre.other_unit_id, entry_points=("far",)
            )
            await routing.ensure_entry_point(tx, number=NUMBER, code="sms", names={"en": "Hotline"})
            await routing.ensure_entry_point(tx, number=CHAT, code="web", names={"en": "Kiosk"}, channels=("chat",))
            kept = await outreach.keep_code(
                tx,
                code_id=None,
                code="LX5",
                service="change_plan",
                parameters={},
                campaign="Autumn",
                from_at=tx.now,
                until_at=tx.now + timedelta(days=1),
                reserved=(),
                seen_rev=0,
                by="system:test",
            )
            self.campaign_code_id = kept.id
            self.article_id = await knowledge.put_article(
                tx, title="How to", body="Like this.", language="en", audience="staff", by="system:test"
            )

    def subject(self, *, same_unit: bool = True) -> Subject:
        """Somebody nobody has met yet."""
        self.made += 1
        return self.operator.know(Subject(self.made, "centre" if same_unit else "elsewhere"))

    async def scene(self, stands: Stands) -> Scene:
        """What stands to this role in this way, as it was made or as cells left it."""
        if stands not in self.scenes:
            async with self.centre.house.database.transaction() as tx:
                self.scenes[stands] = await self._make(tx, *stands)
        return self.scenes[stands]

    async def _make(self, tx: Transaction, role: str, basis: str, level: int, same_unit: bool) -> Scene:
        subject = self.subject(same_unit=same_unit)
        customer = await customers.keep(tx, subject.finding())
        unit_id = self.centre.unit_id if same_unit else self.centre.other_unit_id
        beside = self.colleague if same_unit else self.stranger
        assert beside is not None
        holder = {"own": self.people.get(role), "colleague": beside}.get(basis)
        owner = {"owner": self.people.get(role), "colleague": beside}.get(basis)
        earlier = await begin(tx, unit_id=unit_id, customer_id=customer.id, subject=subject)
        other_file = await leave_file(tx, self.centre, earlier.id)
        await interactions.assign(tx, interaction_id=earlier.id, agent_id=beside.agent.id)
        await interactions.wrap_up(tx, interaction_id=earlier.id, agent_id=beside.agent.id, disposition="solved")
        words = f"words of matter {subject.ref}"
        case_id = await cases.open_case(
            tx,
            customer_id=customer.id,
            category_code=UNWANTED,
            own_words=words,
            origin=Origin("chat"),
            service_id=subject.number,
            agent_id=owner.agent.id if owner else None,
            desk_id=self._desk(same_unit=same_unit) if basis == "desk" else None,
            unit_id=unit_id,
        )
        await cases.request_information(
            tx, case_id=case_id, items=["short_code"], interaction_id=None, agent_id=AgentId(beside.agent.id)
        )
        now = await begin(tx, unit_id=unit_id, customer_id=customer.id, subject=subject, level=level)
        file_id = await leave_file(tx, self.centre, now.id)
        await cases.attach(
            tx,
            case_id=case_id,
            file_id=file_id,
            found=interactions.accept_file(PNG, name="a.png", limit_bytes=10_000),
            size_bytes=len(PNG),
            agent_id=AgentId(beside.agent.id),
        )
        await routing_row(tx, now, holder)
        whole = await cases.case(tx, case_id)
        request_id, number = whole.requests[0].id, whole.case.number
        return Scene(subject, customer.id, now.id, earlier.id, file_id, other_file, case_id, number, request_id, words)

    def _desk(self, *, same_unit: bool) -> DeskId:
        assert self.foreign_desk is not None
        return self.centre.desk_id if same_unit else self.foreign_desk

    async def customer(self, scene: Scene) -> Person:
        """The customer of a scene, signed in on the portal."""
        async with self.centre.house.database.transaction() as tx:
            token, session = await sessions.begin(
                tx,
                audience="customer",
                subject_id=scene.customer_id,
                seconds_max=SECONDS,
                language="en",
                level=Level.ONE_FACTOR,
                data={"service": str(scene.subject.number)},
            )
        person = Person(None, session, token, self.http({"qiao_customer": token}))  # type: ignore[arg-type]
        self.centre.people.append(person)
        return person

    def http(self, cookies: Mapping[str, str] | None = None, *, address: str = "127.0.0.1") -> httpx.AsyncClient:
        """A browser with these cookies."""
        return httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.centre.app, raise_app_exceptions=False, client=(address, 1)),
            base_url=self.centre.house.settings.address,
            cookies=dict(cookies or {}),
            headers={"accept-language": "en"},
        )


async def begin(
    tx: Transaction, *, unit_id: UnitId | None, customer_id: CustomerId, subject: Subject, level: int = 0
) -> Interaction:
    """A chat that waits, with something said in it and so much proved."""
    begun = await interactions.start_interaction(
        tx,
        channel="chat",
        language="en",
        unit_id=unit_id,
        customer_id=customer_id,
        service_id=subject.number,
        segment="vip",
        entry_point="portal",
        topic="an odd text",
    )
    await interactions.say(
        tx, interaction_id=begun.id, author_kind="customer", author_id=customer_id, text=f"hello from {subject.ref}"
    )
    if level:
        await interactions.prove_level(tx, interaction_id=begun.id, level=Level(level), method="one_time_code")
    return begun


async def leave_file(tx: Transaction, centre: Centre, interaction_id: InteractionId) -> FileId:
    """The customer sends a picture."""
    file_id = await centre.house.files.put(PNG)
    found = interactions.accept_file(PNG, name="a.png", limit_bytes=10_000)
    await interactions.keep_file(tx, interaction_id=interaction_id, file_id=file_id, found=found, size_bytes=len(PNG))
    await interactions.say(tx, interaction_id=interaction_id, author_kind="customer", file_id=file_id)
    return file_id


async def routing_row(tx: Transaction, contact: Interaction, holder: Person | None) -> None:
    """It waits at a desk, or is in somebody's hands."""
    await routing.queue_contact(
        tx,
        interaction_id=contact.id,
        channel="chat",
        entry_point="portal",
        language="en",
        segment="vip",
        customer_id=contact.customer_id,
        preferred_agent=None,
        unit_id=None,
        origin=Origin("chat", contact.id),
    )
    if holder is not None:
        agent_id = AgentId(holder.agent.id)
        await interactions.assign(tx, interaction_id=contact.id, agent_id=agent_id)
        taken: dict[str, Any] = {"state": "active", "agent_id": agent_id, "answered_at": tx.now}
        await tx.execute(update(contacts).where(contacts.c.interaction_id == contact.id).values(taken))


def missing() -> UUID:
    """An id of nothing."""
    return uuid4()
