"""What happened to a case: ids and plain facts, never what was said or given."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from qiao.kernel.events import Event
from qiao.kernel.ids import AgentId, CaseId, CustomerId, DeskId, InteractionId, UnitId


@dataclass(frozen=True)
class CaseEvent(Event):
    """All events of one case are seen in order."""

    case_id: CaseId

    @property
    def aggregate(self) -> str:
        return f"case:{self.case_id}"


@dataclass(frozen=True)
class CaseOpened(CaseEvent):
    """A customer's matter is ours now; `kind` is one of KINDS, `severity` 1 (highest) to 4."""

    category_code: str
    category_version: int
    kind: str
    severity: int
    channel: str
    opened_by: str
    customer_id: CustomerId | None = None
    unit_id: UnitId | None = None
    interaction_id: InteractionId | None = None
    owner_id: AgentId | None = None


@dataclass(frozen=True)
class CustomerOfCaseKnown(CaseEvent):
    """It was opened before anybody knew whose matter it is; now it is his."""

    customer_id: CustomerId


@dataclass(frozen=True)
class CaseMentioned(CaseEvent):
    """A note named a colleague: he is asked to look."""

    agent_id: AgentId
    by: AgentId


@dataclass(frozen=True)
class ClockWarned(CaseEvent):
    """A step of a clock was due before its target: `clock` is one of CLOCKS, `leader` that the team leader is told."""

    clock: str
    owner_id: AgentId | None
    unit_id: UnitId | None
    leader: bool


@dataclass(frozen=True)
class ClockBreached(CaseEvent):
    """The target of a clock is used up and what it asks for has not come."""

    clock: str
    owner_id: AgentId | None
    unit_id: UnitId | None
    leader: bool


@dataclass(frozen=True)
class CaseWordsAdded(CaseEvent):
    """The customer said more about it."""

    words_id: UUID
    interaction_id: InteractionId | None = None


@dataclass(frozen=True)
class CaseFactAdded(CaseEvent):
    """Something is known that was not; `key` names it, its value stays in the case."""

    fact_id: UUID
    key: str
    interaction_id: InteractionId | None = None


@dataclass(frozen=True)
class InformationRequested(CaseEvent):
    """The customer was asked for these items."""

    request_id: UUID
    items: tuple[str, ...]
    customer_id: CustomerId | None = None
    interaction_id: InteractionId | None = None


@dataclass(frozen=True)
class InformationProvided(CaseEvent):
    """One item of a request was answered; `complete` when it was the last."""

    request_id: UUID
    item: str
    complete: bool
    by: str
    customer_id: CustomerId | None = None
    owner_id: AgentId | None = None
    interaction_id: InteractionId | None = None


@dataclass(frozen=True)
class PromiseMade(CaseEvent):
    """Somebody promised the customer something by a time."""

    promise_id: UUID
    owner_id: AgentId
    due_at: datetime
    customer_id: CustomerId | None = None
    interaction_id: InteractionId | None = None


@dataclass(frozen=True)
class PromiseKept(CaseEvent):
    """What was promised was done, in time or late."""

    promise_id: UUID
    owner_id: AgentId
    late: bool


@dataclass(frozen=True)
class PromiseBroken(CaseEvent):
    """The time passed and it was not done."""

    promise_id: UUID
    owner_id: AgentId
    due_at: datetime


@dataclass(frozen=True)
class CaseResolved(CaseEvent):
    """Staff consider it solved; nothing is proved yet. `kind` is one of RESOLUTION_KINDS."""

    resolution_id: UUID
    kind: str
    by: str
    customer_id: CustomerId | None = None


@dataclass(frozen=True)
class CaseReopened(CaseEvent):
    """It was not solved after all."""

    by: str
    customer_id: CustomerId | None = None
    owner_id: AgentId | None = None
    desk_id: DeskId | None = None


@dataclass(frozen=True)
class CaseSeverityChanged(CaseEvent):
    """How bad it is was judged anew; 1 is the highest."""

    severity: int
    previous: int
    by: str


@dataclass(frozen=True)
class CaseTakenOver(CaseEvent):
    """Another agent, or another desk, answers for it from now on."""

    owner_id: AgentId | None
    previous_id: AgentId | None
    desk_id: DeskId | None
    by: str


@dataclass(frozen=True)
class InteractionLinked(CaseEvent):
    """A contact was about this case."""

    interaction_id: InteractionId
