"""What happened on the way to proof and to the customer's word: ids and plain facts, never what was seen or said."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from qiao.cases.events import CaseEvent
from qiao.kernel.ids import AgentId, CustomerId, DeskId, InteractionId


@dataclass(frozen=True)
class ChecksScheduled(CaseEvent):
    """It is known what has to be seen before the resolution counts as proved; `due_at` is the last first look."""

    resolution_id: UUID
    conditions: tuple[str, ...]
    due_at: datetime


@dataclass(frozen=True)
class CheckPassed(CaseEvent):
    """One condition was seen to be so."""

    resolution_id: UUID
    condition: str


@dataclass(frozen=True)
class CheckFailed(CaseEvent):
    """A condition was seen not to be so: the case goes on. `minor` is what was found charged, `month` on which bill."""

    resolution_id: UUID
    condition: str
    reason: str
    minor: int
    month: str
    customer_id: CustomerId | None = None
    owner_id: AgentId | None = None
    desk_id: DeskId | None = None


@dataclass(frozen=True)
class CheckExpired(CaseEvent):
    """Nobody could tell in time whether a condition holds; people look at it, and it is asked on."""

    resolution_id: UUID
    condition: str
    reason: str
    owner_id: AgentId | None = None
    desk_id: DeskId | None = None


@dataclass(frozen=True)
class CaseVerified(CaseEvent):
    """Every condition of the resolution was seen to be so; what is left is the customer's word."""

    resolution_id: UUID
    customer_id: CustomerId | None = None


@dataclass(frozen=True)
class ChargeHeld(CaseEvent):
    """A charge in dispute was asked to be put on hold: out of collection until it is decided."""

    month: str
    minor: int
    customer_id: CustomerId | None = None


@dataclass(frozen=True)
class ConfirmationAsked(CaseEvent):
    """The customer is asked whether it is solved; `step` is "asked", "reminder" or "call"."""

    resolution_id: UUID
    question_id: UUID
    step: str
    customer_id: CustomerId | None = None


@dataclass(frozen=True)
class CaseConfirmed(CaseEvent):
    """The customer said that it is solved; `channel` is "link", "portal", "chat", "sms" or "contact"."""

    resolution_id: UUID
    by: str
    channel: str
    customer_id: CustomerId | None = None


@dataclass(frozen=True)
class CaseRefused(CaseEvent):
    """The customer said that it is not solved; the case goes on at the head of its desk."""

    resolution_id: UUID
    by: str
    channel: str
    customer_id: CustomerId | None = None
    owner_id: AgentId | None = None
    desk_id: DeskId | None = None


@dataclass(frozen=True)
class CaseClosed(CaseEvent):
    """Proved and confirmed: nothing is left to do."""

    resolution_id: UUID
    kind: str
    customer_id: CustomerId | None = None


@dataclass(frozen=True)
class CaseFellDormant(CaseEvent):
    """The customer stayed silent; the case rests, neither solved nor closed."""

    resolution_id: UUID
    customer_id: CustomerId | None = None


@dataclass(frozen=True)
class CaseWoke(CaseEvent):
    """The customer of a resting case was heard of again."""

    customer_id: CustomerId | None = None
    interaction_id: InteractionId | None = None


@dataclass(frozen=True)
class CaseRated(CaseEvent):
    """The customer said how he found it, 1 to 5."""

    resolution_id: UUID
    stars: int


@dataclass(frozen=True)
class WatchBegun(CaseEvent):
    """The number is watched for the codes of the case."""

    until_at: datetime


@dataclass(frozen=True)
class WatchFound(CaseEvent):
    """What the customer feared is there now; `kind` is "subscription" or "charge"."""

    sighting_id: UUID
    kind: str
    minor: int
    month: str
    customer_id: CustomerId | None = None
    owner_id: AgentId | None = None


@dataclass(frozen=True)
class WatchEnded(CaseEvent):
    """The watch is over; `why` is "time", "closed" or "number_changed_hands"."""

    why: str
