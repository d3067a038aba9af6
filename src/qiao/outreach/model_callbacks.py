"""Callbacks owed: a window promised, attempts within it, and what comes of each. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from qiao.kernel.ids import AgentId, CustomerId, DeskId, InteractionId, UnitId
from qiao.kernel.languages import N_
from qiao.kernel.service_ids import ServiceId

CallbackState = Literal["owed", "held", "due", "talking", "missed", "done", "withdrawn"]
Outcome = Literal["reached", "no_answer", "dropped"]

STATES: Final[dict[str, str]] = {
    "owed": N_("owed"),
    "held": N_("he is calling us himself"),
    "due": N_("due now"),
    "talking": N_("being made"),
    "missed": N_("missed"),
    "done": N_("done"),
    "withdrawn": N_("withdrawn"),
}
ATTEMPTS_MAX: Final = 3
BETWEEN_ATTEMPTS: Final = timedelta(minutes=15)
SHORTEST: Final = timedelta(minutes=15)
LONGEST: Final = timedelta(days=1)
AHEAD_MAX: Final = timedelta(days=60)
NOT_AHEAD: Final = N_("Choose a time ahead of now, at most 60 days.")
NOT_A_WINDOW: Final = N_("A window lasts from a quarter of an hour to a day.")


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: the contact that waited for it, who took it, and how it came out (None: not known yet)."""

    number: int
    interaction_id: InteractionId
    queued_at: datetime
    agent_id: AgentId | None
    answered_at: datetime | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Callback:
    """One call promised to a customer, and what became of it. `zone` is the customer's."""

    id: UUID
    customer_id: CustomerId
    service: ServiceId
    from_at: datetime
    until_at: datetime
    zone: str
    matter: str
    key: str
    desk_id: DeskId
    preferred_agent_id: AgentId | None
    unit_id: UnitId | None
    segment: str
    language: str
    promised_at: datetime
    promised_by: str
    waiting_since: datetime
    next_at: datetime | None
    missed_at: datetime | None
    ended_at: datetime | None
    ended_how: str | None
    held_by: InteractionId | None = None
    """His own call to us, while which nobody calls him."""
    attempts: tuple[Attempt, ...] = ()

    @property
    def open_attempt(self) -> Attempt | None:
        """The attempt that is under way."""
        return next((one for one in self.attempts if one.outcome is None), None)

    @property
    def state(self) -> CallbackState:
        """Where it stands, derived from what is on record."""
        if self.ended_how is not None:
            return "withdrawn" if self.ended_how == "withdrawn" else "done"
        open_now = self.open_attempt
        if open_now is not None and open_now.answered_at is not None:
            return "talking"
        if self.held_by is not None:
            return "held"
        if self.missed_at is not None:
            return "missed"
        return "owed" if open_now is None else "due"

    @property
    def red(self) -> bool:
        """Missed and not made up for."""
        return self.missed_at is not None and self.ended_at is None


def window_problem(from_at: datetime, until_at: datetime, now: datetime) -> tuple[str, str] | None:
    """(field, what is wrong) with a window, None for a good one; a beginning just gone by means as soon as possible."""
    if until_at <= now or from_at > now + AHEAD_MAX:
        return "from_at", NOT_AHEAD
    if not SHORTEST <= until_at - from_at <= LONGEST:
        return "until_at", NOT_A_WINDOW
    return None


def next_attempt_at(
    *, outcome: Outcome, made: int, now: datetime, until_at: datetime, attempts_max: int = ATTEMPTS_MAX
) -> datetime | None:
    """When it is tried again; None when it is not: reached, too often tried, or the window leaves no room.

    A contact that was cut off by a fault is tried again at once and counts as no attempt of ours to reach him.
    """
    if outcome == "reached" or now >= until_at:
        return None
    if outcome == "dropped":
        return now
    again = now + BETWEEN_ATTEMPTS
    return again if made < attempts_max and again < until_at else None


def made_needless(owed: Callback, *, began_at: datetime, about: bool) -> bool:
    """Whether a conversation of the customer's own call, begun then, makes it needless to call him.

    Not what was promised in that very call; `about`: whether it was about the callback's matter.
    """
    return owed.promised_at < began_at and (not owed.matter or about)
