"""Where a case stands: derived from its records, never set.

    open ⇄ waiting_for_customer ⇄ waiting_for_us → resolved → verified ⇄ dormant → closed

A case is closed only when its last resolution was verified *and* the customer confirmed it; a failed check, the
customer's "no" or a reopening after it, and the resolution stands no more. While he is silent it rests as dormant,
which is neither solved nor closed, until he is heard of again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from qiao.kernel.languages import N_

Status = Literal["open", "waiting_for_customer", "waiting_for_us", "resolved", "verified", "dormant", "closed"]
RequestState = Literal["asked", "partly_answered", "answered", "withdrawn"]
PromiseState = Literal["open", "broken", "kept", "kept_late"]

STATUSES: Final[dict[Status, str]] = {
    "open": N_("open"),
    "waiting_for_customer": N_("waiting for the customer"),
    "waiting_for_us": N_("waiting for us"),
    "resolved": N_("resolved, waiting for proof"),
    "verified": N_("proved, waiting for the customer's word"),
    "dormant": N_("resting, the customer is silent"),
    "closed": N_("closed"),
}
ON_US: Final = frozenset[Status]({"open", "waiting_for_us"})
"""The next move is ours."""

KINDS: Final[dict[str, str]] = {
    "fault": N_("fault"),
    "inquiry": N_("inquiry"),
    "complaint": N_("complaint"),
    "suggestion": N_("suggestion"),
    "thanks": N_("thanks"),
    "rights": N_("rights"),
    "special_wish": N_("special wish"),
}
SEVERITIES: Final[dict[int, str]] = {1: N_("critical"), 2: N_("high"), 3: N_("normal"), 4: N_("low")}
RESOLUTION_KINDS: Final[dict[str, str]] = {
    "remedied": N_("remedied"),
    "explained": N_("explained, the customer agrees"),
    "withdrawn": N_("withdrawn by the customer"),
    "merged": N_("merged into another case"),
    "regulator": N_("handed to the regulator"),
}
CHOSEN_KINDS: Final = {kind: text for kind, text in RESOLUTION_KINDS.items() if kind != "merged"}
"""What staff may choose; a case is merged by merging it."""
REQUEST_STATES: Final[dict[RequestState, str]] = {
    "asked": N_("asked"),
    "partly_answered": N_("partly answered"),
    "answered": N_("answered"),
    "withdrawn": N_("no longer needed"),
}
PROMISE_STATES: Final[dict[PromiseState, str]] = {
    "open": N_("to be kept"),
    "broken": N_("broken"),
    "kept": N_("kept"),
    "kept_late": N_("kept late"),
}


@dataclass(frozen=True, slots=True)
class LastResolution:
    """The newest resolution; None where the checks have not told yet or the customer has not answered.

    `verified` is what all of its conditions make of it (`model_verification.verified_of`).
    """

    at: datetime
    verified: bool | None = None
    confirmed: bool | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """All that decides where a case stands."""

    resolution: LastResolution | None = None
    reopened_at: datetime | None = None
    items_open: int = 0
    customer_moved_at: datetime | None = None
    staff_moved_at: datetime | None = None
    dormant_at: datetime | None = None
    woken_at: datetime | None = None


def status_of(standing: Standing) -> Status:
    """Where the case stands. What stands at the same instant is read to the customer's advantage."""
    resolution = standing_resolution(standing)
    if resolution is not None:
        if not resolution.verified:
            return "resolved"
        if resolution.confirmed:
            return "closed"
        return "dormant" if _rests(standing, resolution) else "verified"
    if _waits_for_us(standing):
        return "waiting_for_us"
    return "waiting_for_customer" if standing.items_open else "open"


def standing_resolution(standing: Standing) -> LastResolution | None:
    """The last resolution unless it was reopened, failed its check, or was refused by the customer."""
    last = standing.resolution
    if last is None or last.verified is False or last.confirmed is False:
        return None
    reopened = standing.reopened_at is not None and standing.reopened_at >= last.at
    return None if reopened else last


def _rests(standing: Standing, resolution: LastResolution) -> bool:
    """Whether the customer was silent for too long, and not heard of since."""
    rests_at = standing.dormant_at
    if rests_at is None or rests_at < resolution.at:
        return False
    return standing.woken_at is None or standing.woken_at < rests_at


def _waits_for_us(standing: Standing) -> bool:
    moved = standing.customer_moved_at
    return moved is not None and (standing.staff_moved_at is None or moved >= standing.staff_moved_at)


def request_state(*, items: int, answered: int, withdrawn: bool) -> RequestState:
    """How far a request for information has come."""
    if answered >= items:
        return "answered"
    if withdrawn:
        return "withdrawn"
    return "partly_answered" if answered else "asked"


def promise_state(*, due_at: datetime, kept_at: datetime | None, broken: bool, now: datetime) -> PromiseState:
    """Whether a promise is kept; past its time it is broken, whether or not somebody has noted that yet."""
    if kept_at is not None:
        return "kept_late" if broken or kept_at > due_at else "kept"
    return "broken" if broken or now >= due_at else "open"


def first_severity(asked: int | None, category: int) -> int:
    """The severity a case begins with: the category's, unless the agent judged otherwise; 1 to 4."""
    return category if asked is None else min(4, max(1, asked))


def number_of(day: str, count: int) -> str:
    """What people call the case: "C-261123-0007", the seventh of 23 November 2026; grows past 9999."""
    return f"C-{day}-{count:04d}"


@dataclass(frozen=True, slots=True)
class Milestone:
    """A point on the line of a case's states."""

    status: Status
    at: datetime


def line_of_states(moves: Iterable[tuple[Status | None, datetime]]) -> tuple[Milestone, ...]:
    """The states a case went through with their dates, oldest first; a state that only went on is told once."""
    line: list[Milestone] = []
    for status, at in moves:
        if status is not None and (not line or line[-1].status != status):
            line.append(Milestone(status, at))
    return tuple(line)
