"""Contacts and messages as plain values, and the rules about them that need neither time nor database."""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from qiao.kernel.ids import AgentId, CustomerId, FileId, InteractionId, MessageId, UnitId
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId

AuthorKind = Literal["customer", "agent", "system", "bot"]
Direction = Literal["inbound", "outbound", "written"]
Phase = Literal["new", "waiting", "written", "talking", "ended", "wrapped_up"]

ProofMethod = Literal["one_time_code", "service_password"]
ONE_FACTOR: Final = 2
TWO_FACTORS: Final = 3
TEXT_CHARACTERS_MAX: Final = 20_000
NOTE_CHARACTERS_MAX: Final = 4_000
TOPIC_CHARACTERS_MAX: Final = 120

DISPOSITIONS: Final[dict[str, str]] = {
    "solved": N_("solved"),
    "told_to_wait": N_("told to wait"),
    "case_opened": N_("a case was opened"),
    "information_given": N_("information given"),
    "information_asked": N_("asked for more information"),
    "passed_on": N_("passed on"),
    "callback_promised": N_("a callback was promised"),
    "no_answer": N_("customer did not answer"),
    "not_for_us": N_("not for us"),
}
"""How a contact may come out; keys are stored, values are what people read."""

END_REASONS: Final[dict[str, str]] = {
    "customer_left": N_("the customer left"),
    "abandoned": N_("left before an answer"),
    "agent_ended": N_("ended by the agent"),
    "silent": N_("ended after a long silence"),
    "answered_in_writing": N_("answered in writing"),
    "dropped": N_("cut off by a fault"),
    "no_answer": N_("the customer did not pick up"),
    "busy": N_("the customer’s line was busy"),
    "unreachable": N_("the customer’s telephone could not be reached"),
    "replaced": N_("went on elsewhere"),
    "served": N_("served without a person"),
}

NOT_REACHED: Final = frozenset({"no_answer", "busy", "unreachable"})
"""Ends of a contact in which we called and nobody was there."""

_KEY = re.compile(r"[A-Za-z0-9_.:-]{8,64}")
_KEYS = re.compile(r"[0-9*#]{1,2}(?: · .*)?|[*]+")
"""A choice by its digit, with what it means or without, or what stands for a secret."""
_SURROGATES = re.compile("[\ud800-\udfff]")
_UNSEEN = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufff9-\ufffb]")
_OVERRIDES = re.compile("[\u202a-\u202e\u2066-\u2069]")


class TextHasNul(Refused):
    """A NUL character: no person types one."""

    code = "interactions.text_has_nul"
    status = 400
    text = N_("This text holds a character that cannot be kept. Nothing was sent; write it again without it.")


class TextTooLong(Refused):
    """Over the limit of characters."""

    code = "interactions.text_too_long"
    status = 413
    text = N_("This is {count} characters long; {limit} is the most. Nothing was sent; shorten it or send it in parts.")


class TextIsEmpty(Refused):
    """Neither words nor a file."""

    code = "interactions.text_is_empty"
    status = 400
    text = N_("There is nothing to send yet. Write something or attach a file.")


class KeyNotUnderstood(Refused):
    """The sender's key of a message is no key."""

    code = "interactions.key_not_understood"
    status = 400
    text = N_("The message came without a usable key, so it was not sent. Reload the page and try again.")


@dataclass(frozen=True, slots=True)
class Interaction:
    """One contact on one channel, from first word to wrap-up. `level` is what was proved in it (policy.Level)."""

    id: InteractionId
    unit_id: UnitId | None
    customer_id: CustomerId | None
    service_id: ServiceId | None
    claimed_customer_id: CustomerId | None
    claimed_service_id: ServiceId | None
    party: str
    channel: str
    language: str
    segment: str
    direction: Direction
    entry_point: str
    topic: str
    started_at: datetime
    queued_at: datetime | None
    answered_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    agent_id: AgentId | None
    level: int
    proof_method: str | None
    proved_at: datetime | None
    proof_asked: str | None
    disposition: str | None
    wrap_note: str
    wrapped_up_at: datetime | None
    last_seq: int
    last_said_at: datetime | None
    last_said_by: AuthorKind | None
    customer_read_seq: int
    agent_read_seq: int

    @property
    def whose_proof(self) -> CustomerId | None:
        """Whose proof would count now: his whom the other side says he is, else his whose contact it is."""
        return self.claimed_customer_id or self.customer_id

    @property
    def proof_service(self) -> ServiceId | None:
        """The number or line on which that one would prove it."""
        return self.claimed_service_id if self.claimed_customer_id else self.service_id

    @property
    def phase(self) -> Phase:
        """Where it stands, derived from what is on record."""
        if self.wrapped_up_at is not None:
            return "wrapped_up"
        if self.ended_at is not None:
            return "ended"
        if self.agent_id is not None:
            return "talking"
        if self.direction == "written":
            return "written"
        return "waiting" if self.queued_at is not None else "new"

    @property
    def unread(self) -> int:
        """Messages the agents have not seen yet."""
        return max(self.last_seq - self.agent_read_seq, 0)


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file somebody sent, as it was found to be; `inline` only for images that are what they say."""

    file_id: FileId
    interaction_id: InteractionId
    name: str
    media_type: str
    size_bytes: int
    inline: bool


@dataclass(frozen=True, slots=True)
class Message:
    """One thing said; `seq` counts from 1 within its interaction without gaps."""

    id: MessageId
    interaction_id: InteractionId
    seq: int
    at: datetime
    author_kind: AuthorKind
    author_id: UUID | None
    text: str
    client_key: str | None
    attachment: Attachment | None = None

    @property
    def shown(self) -> str:
        """The text as it may stand on a screen."""
        return for_display(self.text)


@dataclass(frozen=True, slots=True)
class Participation:
    """An agent's stretch in a contact; `role` is "agent" or "listener"."""

    agent_id: AgentId
    role: str
    from_at: datetime
    until_at: datetime | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Draft:
    """What an agent has typed and not sent."""

    interaction_id: InteractionId
    agent_id: AgentId
    text: str
    saved_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a customer's timeline; `summary` holds the plain values its kind needs to tell it."""

    id: UUID
    customer_id: CustomerId
    at: datetime
    kind: str
    ref: str
    interaction_id: InteractionId | None
    level: int
    summary: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TimelinePage:
    """Entries oldest first, newest last; `before` fetches the page above, None when there is nothing older."""

    entries: tuple[Entry, ...]
    before: str | None


def clean_text(text: str, *, limit: int = TEXT_CHARACTERS_MAX) -> str:
    """What was said, fit to be kept: NFC, line ends as \\n, no control characters, no half characters.

    Direction overrides are kept as said (evidence); `for_display` takes their power. Raises TextHasNul and
    TextTooLong (characters, not bytes, counted before anything is dropped).
    """
    if "\x00" in text:
        raise TextHasNul
    if len(text) > limit:
        raise TextTooLong(count=len(text), limit=limit)
    whole = _SURROGATES.sub("\ufffd", text).replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNSEEN.sub("", whole)).strip()[:limit]


def for_display(text: str) -> str:
    """The text without direction overrides and embeddings; the page also isolates it (`<bdi>`)."""
    return _OVERRIDES.sub("", text)


def clean_key(key: str | None) -> str | None:
    """A sender's own key for a message: 8 to 64 of letters, digits and `_.:-`. Raises KeyNotUnderstood."""
    if key is not None and not _KEY.fullmatch(key):
        raise KeyNotUnderstood
    return key


def topic_of(text: str) -> str:
    """What a contact seems to be about before anybody named it: the first line he wrote, cut; no key pressed."""
    first = for_display(text).split("\n", 1)[0].strip()
    if _KEYS.fullmatch(first):
        return ""
    return first if len(first) <= TOPIC_CHARACTERS_MAX else first[: TOPIC_CHARACTERS_MAX - 1].rstrip() + "…"


def level_with(contact: Interaction, method: ProofMethod) -> int:
    """What a right answer by this method proves (policy.Level): the second factor if another kind proved him before."""
    another = contact.level >= ONE_FACTOR and contact.proof_method not in {None, method}
    return TWO_FACTORS if another else ONE_FACTOR


def risen(current: int, proved: int) -> bool:
    """Whether a proof raises what stands; a level never falls by a proof."""
    return proved > current
