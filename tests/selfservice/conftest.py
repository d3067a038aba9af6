"""A house with the sandbox operator, one customer known, and a contact of his."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import text

from qiao import customers, interactions, routing, selfservice
from qiao.bss import Operator
from qiao.bss.sandbox import CAST, SandboxOperator, fill, misbehave
from qiao.catalogue.jobs import perform
from qiao.customers import Customer
from qiao.interactions import Interaction
from qiao.platform.database import Database
from qiao.platform.house import House
from qiao.selfservice import Advanced, Begin, Running, Told

SHI = CAST[0].service


@dataclass
class Caller:
    """A customer in a contact, in a flow."""

    house: House
    customer: Customer
    contact: Interaction
    running: Running
    last: Advanced | None = None

    async def say(self, *texts: str) -> Caller:
        """Say one thing after the other."""
        for one in texts:
            self.last = await selfservice.advance(
                self.house, session_id=self.running.id, told=Told(one), wait_seconds=0.05
            )
        return self

    async def begin(self) -> Caller:
        self.last = await selfservice.advance(self.house, session_id=self.running.id, told=Begin(), wait_seconds=0.05)
        return self

    @property
    def said(self) -> str:
        assert self.last is not None
        return selfservice.as_text(self.last.outputs, self.last.running.session.language)

    @property
    def over(self) -> str:
        assert self.last is not None
        return self.last.running.over


@pytest.fixture
async def shi(house: House, database: Database) -> Customer:
    async with database.transaction() as tx:
        await tx.execute(
            text(
                "truncate flow_sessions, flow_versions, flows_published, one_time_codes, proof_tries, post_messages, "
                "rate_limits, events"
            )
        )
        await fill(tx, customers=30)
        await misbehave(tx, None)
    house.ports[Operator] = SandboxOperator(database, answer_seconds=15.0)
    finding = await customers.look_up(house.get(Operator), SHI)
    assert finding is not None
    async with database.transaction() as tx:
        return await customers.keep(tx, finding)


@pytest.fixture
def calls(house: House, shi: Customer) -> Any:
    """Begin a flow in a new contact on a channel."""

    async def call(code: str, channel: str = "chat", language: str = "en", **facts: Any) -> Caller:
        async with house.database.transaction() as tx:
            await routing.ensure_desk(
                tx, code="billing", names={"en": "Billing"}, unit_id=None, entry_points=("billing",), skills={}
            )
            contact = await interactions.start_interaction(
                tx, channel=channel, language=language, customer_id=shi.id, service_id=SHI, entry_point="nowhere"
            )
            running = await selfservice.begin_flow(
                tx,
                code=code,
                channel=channel,
                subject=f"contact:{contact.id}",
                facts={"language": language, "segment": "standard", **facts},
                customer_id=shi.id,
                service=SHI,
                interaction_id=contact.id,
            )
        return await Caller(house, shi, contact, running).begin()

    return call


async def orders_done(house: House) -> None:
    """Perform what was ordered, as the workers would."""
    async with house.database.transaction() as tx:
        ids = await tx.rows(text("select id from orders where state = 'placed'"))
    for row in ids:
        await perform(house, order_id=str(row["id"]))
