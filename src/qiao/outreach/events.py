"""What happened between us and a customer whom we sought: ids and plain facts, never what was said."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from qiao.kernel.events import Event
from qiao.kernel.ids import AgentId, CustomerId, DeskId, InteractionId


@dataclass(frozen=True)
class NoticeSettled(Event):
    """A message to a customer was handed to post ("sent") or will never be ("refused", and why)."""

    notice_id: UUID
    customer_id: CustomerId
    template: str
    purpose: str
    matter: str
    state: str
    reason: str = ""

    @property
    def aggregate(self) -> str:
        return f"notice:{self.notice_id}"


@dataclass(frozen=True)
class ConsentChanged(Event):
    """The customer said what may be sent to him over a channel; `by` is who wrote it down."""

    customer_id: CustomerId
    purpose: str
    channel: str
    given: bool
    by: str

    @property
    def aggregate(self) -> str:
        return f"customer:{self.customer_id}"


@dataclass(frozen=True)
class TemplateKept(Event):
    """A template has a new version; messages from now on are made from it."""

    code: str
    version: int
    by: str

    @property
    def aggregate(self) -> str:
        return f"template:{self.code}"


@dataclass(frozen=True)
class CallbackEvent(Event):
    """All events of one callback are seen in order; `matter` such as "case:<id>", `key` its promiser's own."""

    callback_id: UUID
    customer_id: CustomerId
    matter: str
    key: str

    @property
    def aggregate(self) -> str:
        return f"callback:{self.callback_id}"


@dataclass(frozen=True)
class CallbackPromised(CallbackEvent):
    """Somebody promised the customer a call within a window."""

    desk_id: DeskId
    from_at: datetime
    until_at: datetime
    preferred_agent_id: AgentId | None = None


@dataclass(frozen=True)
class CallbackDue(CallbackEvent):
    """Its time has come: the contact waits at the desk; `attempt` counts from 1."""

    attempt: int
    desk_id: DeskId
    interaction_id: InteractionId


@dataclass(frozen=True)
class CallbackTried(CallbackEvent):
    """An attempt came to nothing: "no_answer" or "dropped"; `next_at` when it is tried again, if it is."""

    attempt: int
    outcome: str
    next_at: datetime | None = None


@dataclass(frozen=True)
class CallbackDone(CallbackEvent):
    """The customer was reached, in time or `late`."""

    agent_id: AgentId
    interaction_id: InteractionId
    late: bool


@dataclass(frozen=True)
class CallbackMissed(CallbackEvent):
    """The window passed, or all attempts came to nothing; `why` is "window" or "no_answer". It is red until done."""

    desk_id: DeskId
    until_at: datetime
    why: str


@dataclass(frozen=True)
class CallbackWithdrawn(CallbackEvent):
    """It is no longer owed."""

    by: str


@dataclass(frozen=True)
class CampaignAnswered(Event):
    """A customer answered a campaign with its code; `answer_id` is the text's."""

    answer_id: UUID
    code: str
    campaign: str
    service: str
    channel: str
    customer_id: CustomerId
    at: datetime

    @property
    def aggregate(self) -> str:
        return f"campaign_answer:{self.answer_id}"
