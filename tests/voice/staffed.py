"""An agent who takes calls, signed on and ready."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from qiao import routing
from qiao.bss.sandbox.people import UNITS
from qiao.kernel.ids import AgentId, new_id, unit_id_of

if TYPE_CHECKING:
    from qiao.kernel.ids import DeskId, UnitId
    from qiao.platform.database import Transaction


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


async def signed_on(tx: Transaction, **more: Any) -> VoiceAgent:
    desks = tuple(desk.id for desk in await routing.desks(tx))
    agent = VoiceAgent(desks, **more)
    units = [unit_id_of(code) for code in UNITS]  # whichever of the operator's units a customer is of
    await routing.sign_on(tx, agent=agent, seat=uuid4(), units=units)
    await routing.set_status(tx, agent_id=agent.id, status="ready")
    return agent
