"""An agent who takes calls, signed on and ready."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from qiao import routing, staff
from qiao.bss.sandbox.people import UNITS
from qiao.channels.voice.endpoints import ENDPOINT, have_telephone
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.telephones import sip_endpoint
from qiao.kernel.ids import AgentId, new_id, unit_id_of
from qiao.platform.policy import Actor
from qiao.platform.settings_voice import VoiceSettings

if TYPE_CHECKING:
    from qiao.kernel.ids import DeskId, UnitId
    from qiao.platform.database import Transaction
    from tests.voice.centre import Hotline


@dataclass
class VoiceAgent:
    """What routing needs to know of him."""

    desks: tuple[DeskId, ...]
    languages: tuple[str, ...] = ("zh-CN", "en")
    skills: dict[str, int] = field(default_factory=dict)
    segments: tuple[str, ...] | None = None
    capacity: dict[str, int] = field(default_factory=lambda: {"voice": 1})
    unit_id: UnitId | None = None
    id: AgentId = field(default_factory=lambda: AgentId(new_id()))
    seat: UUID = field(default_factory=uuid4)


async def signed_on(tx: Transaction, **more: Any) -> VoiceAgent:
    desks = tuple(desk.id for desk in await routing.desks(tx))
    agent = VoiceAgent(desks, **more)
    units = [unit_id_of(code) for code in UNITS]  # whichever of the operator's units a customer is of
    await routing.sign_on(tx, agent=agent, seat=agent.seat, units=units)
    await routing.set_status(tx, agent_id=agent.id, status="ready")
    return agent


async def employed(hotline: Hotline, *, rights: Iterable[str] = ("contacts.take",)) -> Actor:
    """An agent who is employed, as the one who acts."""
    async with hotline.house.database.transaction() as tx:
        unit_id = await staff.ensure_unit(tx, code=UNITS[0], name=UNITS[0])
        await staff.ensure_built_in_roles(tx)
        made = await staff.create_agent(
            tx, login=f"a{uuid4().hex[:8]}", name="Li", password_hash="x", unit_id=unit_id, languages=("zh-CN", "en")
        )
    return Actor("staff", made, "Li", unit_id, frozenset(rights), "en", uuid4(), "")


_SIP = {**sip_endpoint(VoiceSettings()), "rtp_timeout": "60"}
SIP_PHONE = {name: told for name, told in _SIP.items() if ENDPOINT.get(name) != told}
"""What differs where an agent has a SIP telephone instead of a browser; one that may be silent for longer."""


@asynccontextmanager
async def at_work(hotline: Hotline, **more: Any) -> AsyncIterator[tuple[VoiceAgent, AnsweringPhone]]:
    """A ready agent with a SIP telephone, and routing that offers him contacts."""
    house = hotline.house
    listening = asyncio.create_task(house.hub.run())
    async with asyncio.timeout(30):
        await house.hub.connected.wait()
    owning = asyncio.create_task(routing.own(house))
    try:
        async with beside(hotline, **more) as both:
            yield both
    finally:
        for task in (owning, listening):
            await _ended(task)


async def with_telephone(hotline: Hotline, **more: Any) -> tuple[VoiceAgent, AnsweringPhone]:
    """A registered telephone and its agent, ready only then: callers may wait for him already."""
    house = hotline.house
    agent_id = more.pop("id", None) or AgentId(new_id())
    credential = await have_telephone(house.settings, agent_id, SIP_PHONE)
    server = ("127.0.0.1", house.settings.voice.sip_port)
    phone = await AnsweringPhone.listen(server, credential.user, asserted=False, ha1=credential.ha1)
    assert await phone.registering() == 200
    async with house.database.transaction() as tx:
        agent = await signed_on(tx, id=agent_id, **more)
    return agent, phone


@asynccontextmanager
async def beside(hotline: Hotline, **more: Any) -> AsyncIterator[tuple[VoiceAgent, AnsweringPhone]]:
    """One more ready agent with a SIP telephone, where one is at work already."""
    agent, phone = await with_telephone(hotline, **more)
    living = asyncio.create_task(alive(hotline, agent))
    try:
        yield agent, phone
    finally:
        await _ended(living)
        await phone.close()


async def _ended(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def alive(hotline: Hotline, agent: VoiceAgent) -> None:
    """His tab answers, as a browser's does."""
    async with hotline.house.hub.subscribe() as hints:
        while True:
            async with hotline.house.database.transaction() as tx:
                await routing.seat_seen(tx, agent_id=agent.id, seat=agent.seat)
            await hints.get(2.0)
