"""What happened to staff."""

from dataclasses import dataclass

from qiao.kernel.events import Event
from qiao.kernel.ids import AgentId, UnitId


@dataclass(frozen=True)
class AgentEvent(Event):
    """All events of one agent are seen in order."""

    agent_id: AgentId

    @property
    def aggregate(self) -> str:
        return f"agent:{self.agent_id}"


@dataclass(frozen=True)
class AgentJoined(AgentEvent):
    """Somebody new works here."""

    unit_id: UnitId


@dataclass(frozen=True)
class AgentChanged(AgentEvent):
    """Roles, skills, desks or the account's state are others now."""

    active: bool
