"""A house with the sandbox operator behind all ports, and one customer who orders and asks as himself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from qiao import catalogue, customers, routing
from qiao.app.rooms import all_rooms
from qiao.bss import Lines, Network, Operator, Payments
from qiao.bss.sandbox import CAST, SandboxLines, SandboxNetwork, SandboxOperator, SandboxPayments, fill, misbehave
from qiao.catalogue.jobs import perform
from qiao.kernel.ids import new_id
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.policy import Actor, Basis, Level
from qiao.platform.signing import Keys, Signer

if TYPE_CHECKING:
    from qiao.customers import Customer
    from qiao.kernel.money import Money
    from qiao.platform.database import Database
    from qiao.platform.house import House

SHI, LIN, HUANG, HENGDA, JONES, CHEN = (one.service for one in CAST)
PAGES = "http://provider.example/pay"


class Served:
    """What a customer does, through the door and the job; nothing of the sandbox is touched but by its ports."""

    def __init__(self, house: House) -> None:
        self.house = house

    @property
    def operator(self) -> Operator:
        return self.house.get(Operator)

    @property
    def lines(self) -> Lines:
        return self.house.get(Lines)

    @property
    def payments(self) -> SandboxPayments:
        found = self.house.get(Payments)
        assert isinstance(found, SandboxPayments)
        return found

    async def person(self, service: ServiceId) -> Customer:
        found = await customers.recognize(self.house, service)
        assert found is not None
        return found

    async def place(
        self, service: ServiceId, code: str, given: dict[str, str], *, price: Money | None = None, level: int = 3
    ) -> catalogue.Order:
        person = await self.person(service)
        async with self.house.database.transaction() as tx:
            return await catalogue.place_order(
                tx,
                code=code,
                customer_id=person.id,
                target=service,
                parameters=given,
                actor_ref=f"customer:{person.id}",
                level=level,
                basis=Basis.SELF,
                origin=Origin("portal", None, f"customer:{person.id}"),
                key=f"served:{new_id()}",
                confirmed=True,
                price=price,
            )

    async def have(self, service: ServiceId, code: str, *, price: Money | None = None, **given: str) -> catalogue.Order:
        """Order it and have it performed; what became of it, once whoever else is asked has agreed."""
        order = await self.perform(await self.place(service, code, given, price=price))
        if order.waits_for_consent:
            await self.agree(ServiceId("mobile", f"+86{given['member']}"))
            order = await self.perform(order)
        return order

    async def agree(self, member: ServiceId) -> None:
        """Whoever holds this number texts the digits that he was sent."""
        sent = "select text from post_messages where purpose = 'consent' and recipient = :to order by id desc limit 1"
        async with self.house.database.transaction() as tx:
            words = str(await tx.scalar(text(sent), {"to": str(member)}))
            [digits] = re.findall(r"(?<![0-9])[0-9]{4}(?![0-9])", words)
            assert await catalogue.hear_consent(tx, member, digits)

    async def perform(self, order: catalogue.Order) -> catalogue.Order:
        await perform(self.house, order_id=str(order.id))
        return await self.standing(order)

    async def standing(self, order: catalogue.Order) -> catalogue.Order:
        async with self.house.database.transaction() as tx:
            return await catalogue.order(tx, order.id)

    async def undo(self, order: catalogue.Order) -> catalogue.Order | None:
        """Take an order back the way its service says; None where there is none."""
        way = catalogue.undo_of(order)
        return await self.have(order.target, way[0], **way[1]) if way else None

    async def ask(self, service: ServiceId, code: str, **given: str) -> Any:
        person = await self.person(service)
        actor = Actor(
            kind="customer",
            id=person.id,
            name=person.name,
            unit_id=person.unit_id,
            rights=frozenset(),
            language=person.language,
            session_id=new_id(),
            csrf="",
            level=Level.ONE_FACTOR,
            service=str(service),
        )
        answer = await catalogue.ask(
            self.house,
            code=code,
            target=service,
            parameters=given,
            actor=actor,
            customer_id=person.id,
            interaction_id=None,
            level=Level.ONE_FACTOR,
            basis=Basis.SELF,
        )
        return answer.value


async def serve(house: House, database: Database) -> Served:
    """The sandbox filled and behaving, the rooms' services known, a desk that is always open."""
    all_rooms()
    async with database.transaction() as tx:
        await fill(tx, customers=30)
        await misbehave(tx, None)
        await routing.ensure_desk(
            tx, code="all", names={"en": "All"}, unit_id=None, entry_points=["callback", "complaint"]
        )
    house.ports[Keys] = Keys(b"k" * 32)
    house.ports[Operator] = SandboxOperator(database, answer_seconds=5.0)
    house.ports[Network] = SandboxNetwork(database, answer_seconds=5.0)
    house.ports[Lines] = SandboxLines(database, answer_seconds=5.0)
    house.ports[Payments] = SandboxPayments(database, pages=lambda: PAGES, signer=Signer(b"p" * 32), answer_seconds=5.0)
    return Served(house)
