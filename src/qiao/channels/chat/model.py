"""Decisions about a chat that need neither time nor database: who is there, when silence has lasted too long."""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal

from qiao.kernel.ids import CustomerId, InteractionId, UnitId
from qiao.kernel.service_ids import ServiceId

PORTAL: Final = "portal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedding:
    """Where a chat may be framed, and how long its silences are; seconds."""

    origins: tuple[str, ...] = ()
    """Such as "https://www.example.cn"; none: our own pages only."""
    warn_seconds: int = 300
    """Of the customer's silence until he is asked whether he is still there."""
    end_seconds: int = 300
    """From then until the conversation ends."""
    gone_seconds: int = 180
    """From his page's going until it ends."""
    active: bool = True

    @property
    def mark(self) -> str:
        """The same for the same."""
        return sha256(repr(asdict(self)).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Site(Embedding):
    """A chat as customers find it: how it is embedded, and its way in (routing)."""

    key: str
    name: str
    entry_point: str
    unit_id: UnitId | None = None
    language: str = "zh-CN"
    flow: str = ""
    """The flow by which the assistant answers first; "": a person answers at once."""
    answer_minutes: int | None = None
    """What is promised of people while nobody can tell how long it takes."""
    opens_at: datetime | None = None
    """When its people answer next; None: now, as far as the way in itself says."""


@dataclass(frozen=True, slots=True)
class Party:
    """Who writes: `key` is "customer:<id>" (signed in), "user:<site>:<id>" (a site's word) or "visitor:<id>"."""

    key: str
    site_key: str
    name: str = ""
    customer_id: CustomerId | None = None
    language: str = "zh-CN"
    session_topic: str | None = None
    """For a signed-in customer: the live topic that tells when his session ends or changes."""
    service_id: ServiceId | None = None
    """The number a signed-in customer came with: seen, not proved in this conversation."""

    @property
    def digest(self) -> str:
        """Sixteen hex digits that stand for the party where its name must not."""
        return sha256(self.key.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Held:
    """What is on record of a party: the conversation it is in (or was in last) and the one before."""

    interaction_id: InteractionId | None = None
    previous_id: InteractionId | None = None


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the routing says of waiting now: somebody there at all, how long (seconds), when the desk opens."""

    somebody: bool
    wait_seconds: int | None = None
    opens_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A text of `texts/*.yaml` by name, with what goes into it."""

    name: str
    params: dict[str, str | int] = field(default_factory=dict)


Silence = Literal["fine", "warn", "end"]


def silence(
    *,
    last_said_by: str | None,
    last_said_at: datetime | None,
    warned: bool,
    now: datetime,
    warn_seconds: int,
    end_seconds: int,
) -> tuple[Silence, datetime | None]:
    """What a silence asks for now, and when to look again (None: when something is said).

    Only the customer can be silent: while he waits for our answer nothing is warned or ended.
    """
    if last_said_by != "agent" or last_said_at is None:
        return "fine", None
    warn_at = last_said_at + timedelta(seconds=warn_seconds)
    end_at = warn_at + timedelta(seconds=end_seconds)
    if now < warn_at:
        return "fine", warn_at
    if not warned:
        return "warn", max(end_at, now + timedelta(seconds=end_seconds))
    return ("end", None) if now >= end_at else ("fine", end_at)


def outlook_text(outlook: Outlook, *, waiting: bool, when: str = "") -> Told:
    """What is truly to be said about waiting: before the first word, or while the customer waits."""
    step = "waiting" if waiting else "outlook"
    if not outlook.somebody:
        return Told(f"{step}_closed", {"when": when}) if when else Told(f"{step}_nobody")
    seconds = outlook.wait_seconds
    if seconds is None:
        return Told(f"{step}_unknown")
    if seconds < 60:
        return Told(f"{step}_soon")
    return Told(f"{step}_minutes", {"minutes": -(-seconds // 60)})


def state_text(
    phase: str,
    *,
    agent: str,
    end_reason: str | None,
    outlook: Outlook | None,
    when: str = "",
    had_agent: bool = False,
    assistant: bool = False,
) -> Told:
    """The one line above a conversation: what is happening to it now; `assistant`: the service assistant answers."""
    if assistant:
        return Told("assistant_answers")
    if phase == "ended":
        return Told("ended_silent" if end_reason == "silent" else "ended")
    if phase == "talking":
        return Told("talking", {"agent": agent}) if agent else Told("talking_somebody")
    if had_agent:
        return Told("taken_over")
    if outlook is None:
        return Told("waiting_unknown")
    if phase == "written" and not outlook.somebody:
        return Told("written_until", {"when": when}) if when else Told("written")
    return outlook_text(outlook, waiting=phase != "new", when=when)
