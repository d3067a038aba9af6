"""A case and its records as plain values, for whoever may see them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from qiao.cases.model import Milestone, PromiseState, RequestState, Status
from qiao.cases.model_category import Category, Item, Names
from qiao.cases.model_steps import NextStep
from qiao.cases.model_words import for_display
from qiao.kernel.ids import AgentId, CaseId, CustomerId, DeskId, FileId, InteractionId, UnitId
from qiao.kernel.service_ids import ServiceId


@dataclass(frozen=True, slots=True)
class Case:
    """One matter of a customer. `severity` 1 (highest) to 4; `opened_by` an actor such as "agent:<id>"."""

    id: CaseId
    number: str
    unit_id: UnitId | None
    customer_id: CustomerId | None
    service_id: ServiceId | None
    category_code: str
    category_version: int
    kind: str
    severity: int
    title: str
    opened_at: datetime
    opened_by: str
    owner_id: AgentId | None
    desk_id: DeskId | None
    watch_terms: tuple[str, ...]
    version: int
    status: Status
    red_since: datetime | None
    due_at: datetime | None
    moved_at: datetime
    returned_at: datetime | None
    """When a check failed or the customer said no, until it is considered solved again: it goes to the head."""

    @property
    def listed_at(self) -> datetime:
        """Its place in lists, newest first: what came back stands before all that is newer."""
        return self.returned_at or self.opened_at

    @property
    def red(self) -> bool:
        """A promise was broken and not kept since, or a check can tell nothing past its time."""
        return self.red_since is not None


@dataclass(frozen=True, slots=True)
class Record:
    """Something somebody put on record; `by` is who wrote it down, `interaction_id` the contact it was said in."""

    id: UUID
    at: datetime
    by: str
    interaction_id: InteractionId | None


@dataclass(frozen=True, slots=True)
class Words(Record):
    """The customer's own words; `text` as said, `shown` without direction tricks."""

    text: str
    language: str
    said_by: str

    @property
    def shown(self) -> str:
        """The words as they may stand on a screen."""
        return for_display(self.text)


@dataclass(frozen=True, slots=True)
class Fact(Record):
    """What is known: the value of an item, or of a key that only this case has."""

    case_id: CaseId
    key: str
    value: str
    said_by: str
    file_id: FileId | None
    withdrawn_at: datetime | None = None
    withdrawn_why: str = ""

    @property
    def shown(self) -> str:
        """The value as it may stand on a screen."""
        return for_display(self.value)


@dataclass(frozen=True, slots=True)
class Tried(Record):
    """A step that was tried and how it came out."""

    step: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Declaration(Record):
    """What the customer declared in his own name; `text` in the language it was declared in."""

    key: str
    text: str
    declared_by: str


@dataclass(frozen=True, slots=True)
class Note(Record):
    """Internal; never shown to the customer."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerGiven(Record):
    """What staff told the customer."""

    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What an item was answered with, by whom and when."""

    at: datetime
    by: str
    interaction_id: InteractionId | None
    value: str
    file_id: FileId | None


@dataclass(frozen=True, slots=True)
class Asked:
    """One item of a request; `item` is None for a question in our own `wording`."""

    key: str
    item: Item | None
    wording: str
    answers: tuple[Answer, ...]

    @property
    def names(self) -> Names:
        """How the item is called, by language."""
        return self.item.name if self.item else {"en": self.wording}


@dataclass(frozen=True, slots=True)
class InformationRequest(Record):
    """What the customer was asked for in one go; `state` is derived from its answers."""

    case_id: CaseId
    items: tuple[Asked, ...]
    state: RequestState

    @property
    def open_items(self) -> tuple[Asked, ...]:
        """What is still to come."""
        return () if self.state == "withdrawn" else tuple(item for item in self.items if not item.answers)


@dataclass(frozen=True, slots=True)
class Promise(Record):
    """What was promised to the customer, by when, and what became of it."""

    case_id: CaseId
    customer_id: CustomerId | None
    owner_id: AgentId
    what: str
    due_at: datetime
    kept_at: datetime | None
    how: str
    broken_at: datetime | None
    state: PromiseState


@dataclass(frozen=True, slots=True)
class Resolution(Record):
    """How staff consider it solved; `verified` and `confirmed` None until a check or the customer has told."""

    kind: str
    what: str
    verified: bool | None
    confirmed: bool | None


@dataclass(frozen=True, slots=True)
class Reopening(Record):
    """Why it was taken up again."""

    reason: str


@dataclass(frozen=True, slots=True)
class HistoryLine(Record):
    """One thing that happened; `status` where it changed where the case stands."""

    kind: str
    status: Status | None
    details: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AddedStep(Record):
    """A step that belongs to this one case; `how` it ended: "done" or "dropped", None while it is to be done."""

    text: str
    how: Literal["done", "dropped"] | None = None
    ended_at: datetime | None = None
    ended_by: str = ""
    outcome: str = ""

    @property
    def open(self) -> bool:
        """It is still to be done."""
        return self.how is None


@dataclass(frozen=True, slots=True)
class WholeCase:
    """Everything on record about one case, oldest first in each list."""

    case: Case
    category: Category
    words: tuple[Words, ...]
    facts: tuple[Fact, ...]
    tried: tuple[Tried, ...]
    declarations: tuple[Declaration, ...]
    notes: tuple[Note, ...]
    answers: tuple[AnswerGiven, ...]
    requests: tuple[InformationRequest, ...]
    promises: tuple[Promise, ...]
    resolutions: tuple[Resolution, ...]
    reopenings: tuple[Reopening, ...]
    interactions: tuple[InteractionId, ...]
    history: tuple[HistoryLine, ...]
    states: tuple[Milestone, ...]
    missing: tuple[Item, ...]
    next_step: NextStep
    added: tuple[AddedStep, ...] = ()

    @property
    def facts_standing(self) -> tuple[Fact, ...]:
        """Facts that were not withdrawn."""
        return tuple(fact for fact in self.facts if fact.withdrawn_at is None)


@dataclass(frozen=True, slots=True)
class Matter:
    """One open case in the few words a colleague or the customer needs."""

    case: Case
    category_name: Names
    next_step: NextStep
    open_items: tuple[Asked, ...]
    promised_by: datetime | None
    late: bool
    contacts: int
