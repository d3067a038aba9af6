"""A case as its page tells it: the line of its states, who was told what when, promises as bars. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from qiao.cases import Case, Milestone, Promise, Status, WholeCase
from qiao.kernel.languages import N_, nearest
from qiao.outreach import Notice

AHEAD: Final[tuple[Status, ...]] = ("resolved", "verified", "closed")
"""Where every case is going; shown before it gets there."""
SHOWN: Final = 5
"""States that a line shows of those it went through: the first and the last four."""

HISTORY: Final[dict[str, str]] = {
    "opened": N_("opened the case"),
    "words": N_("wrote down what the customer said"),
    "facts": N_("added to the facts"),
    "fact_withdrawn": N_("struck out a fact"),
    "tried": N_("noted what was tried"),
    "declared": N_("took the customer’s declaration"),
    "note": N_("left a note"),
    "told": N_("told the customer"),
    "read": N_("read what the customer sent"),
    "asked": N_("asked the customer for information"),
    "provided": N_("information was provided"),
    "request_withdrawn": N_("took a question back"),
    "promised": N_("made a promise"),
    "promise_kept": N_("kept a promise"),
    "promise_broken": N_("a promise was broken"),
    "severity": N_("changed the severity"),
    "taken_over": N_("changed who answers for it"),
    "resolved": N_("wrote down how it was solved"),
    "reopened": N_("took it up again"),
    "clock_warned": N_("warned that time runs out"),
    "clock_breached": N_("noted that a time was not kept"),
    "compensated": N_("gave money"),
    "approval_asked": N_("asked for approval of money"),
    "approved": N_("approved money"),
    "approval_refused": N_("did not approve money"),
    "moved": N_("took the work to its next stage"),
    "file": N_("put a file on the case"),
    "step_added": N_("added a step to this case"),
    "step_done": N_("did a step of this case"),
    "step_dropped": N_("dropped a step of this case"),
    "related": N_("said which other case it has to do with"),
    "taken_apart": N_("took two cases apart"),
    "took_in": N_("merged another case into it"),
    "split_from": N_("split it from another case"),
    "split_into": N_("split a matter off into a case of its own"),
    "check_passed": N_("saw that a condition holds"),
    "check_failed": N_("saw that a condition does not hold"),
    "check_expired": N_("could not tell in time whether a condition holds"),
    "look_now": N_("had all conditions looked at"),
    "platform_confirmed": N_("said that its part is done"),
    "charge_held": N_("had a charge put on hold"),
    "confirmation_asked": N_("asked the customer whether it is solved"),
    "confirmation_reminder": N_("reminded the customer of the question"),
    "confirmation_call": N_("had the customer called about the question"),
    "confirmed": N_("took the customer’s yes"),
    "refused": N_("took the customer’s no"),
    "rated": N_("took the customer’s rating"),
    "dormant": N_("laid it to rest, the customer is silent"),
    "woke": N_("the customer was heard of again"),
    "watch_begun": N_("began to watch the number"),
    "watch_found_subscription": N_("found a service running on the number"),
    "watch_found_charge": N_("found a charge on the number"),
    "watch_ended": N_("ended the watch"),
}
"""What happened, in the words of the history; a kind that is not here is told by its own name."""

ToldKind = Literal["told", "texted", "asked", "promised", "kept", "broken"]
TOLD: Final[dict[ToldKind, str]] = {
    "told": N_("told"),
    "texted": N_("text message"),
    "asked": N_("asked for"),
    "promised": N_("promised"),
    "kept": N_("kept"),
    "broken": N_("broken"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One point on the line of states; `at` None is still ahead."""

    status: Status
    at: datetime | None
    here: bool
    skipped: int = 0
    """States between the one before and this, left out of a long line."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing the customer was told, asked or promised; `by` is "agent:<id>" or "system:<name>"."""

    at: datetime
    by: str
    kind: ToldKind
    text: str
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """How much of a promise's time is used up, 0 to 100."""

    promise: Promise
    percent: int

    @property
    def soon(self) -> bool:
        """Three quarters of the time are gone."""
        return self.promise.state == "open" and self.percent >= 75


def line(states: Iterable[Milestone], status: Status) -> tuple[Point, ...]:
    """Every state it went through with its date, then those it still has to reach."""
    been = [Point(one.status, one.at, here=False) for one in states]
    if been:
        been[-1] = replace(been[-1], here=True)
    if len(been) > SHOWN:
        middle = len(been) - SHOWN
        been = [been[0], replace(been[middle + 1], skipped=middle), *been[middle + 2 :]]
    passed = AHEAD.index(status) + 1 if status in AHEAD else 0
    return (*been, *(Point(one, None, here=False) for one in AHEAD[passed:]))


def told(whole: WholeCase, language: str, texts: Iterable[Notice] = ()) -> tuple[Told, ...]:
    """What the customer was told, texted, asked and promised, and what became of promises, oldest first."""
    said = [Told(one.at, one.by, "told", one.text) for one in whole.answers]
    said += [Told(one.settled_at, "", "texted", one.text) for one in texts if one.state == "sent" and one.settled_at]
    for request in whole.requests:
        asked = [words(item.names, language) for item in request.items]
        said.append(Told(request.at, request.by, "asked", listed(asked, language)))
    for promise in whole.promises:
        said.append(Told(promise.at, promise.by, "promised", promise.what, promise.due_at))
        if promise.broken_at is not None:
            said.append(Told(promise.broken_at, "", "broken", promise.what))
        if promise.kept_at is not None:
            said.append(Told(promise.kept_at, f"agent:{promise.owner_id}", "kept", promise.how or promise.what))
    return tuple(sorted(said, key=lambda one: one.at))


def bars(promises: Iterable[Promise], now: datetime) -> tuple[Bar, ...]:
    """Promises with their time as a bar: broken and open ones first, by what is due first."""
    rank = {"broken": 0, "open": 1, "kept_late": 2, "kept": 2}
    ordered = sorted(promises, key=lambda one: (rank[one.state], one.due_at))
    return tuple(Bar(one, _percent(one, now)) for one in ordered)


def _percent(promise: Promise, now: datetime) -> int:
    until = promise.kept_at or now
    whole = (promise.due_at - promise.at).total_seconds()
    gone = (until - promise.at).total_seconds()
    return 100 if whole <= 0 else max(0, min(100, round(100 * gone / whole)))


def open_acts(case: Case, agent_id: UUID) -> frozenset[str]:
    """Acts that have a sense now: nothing is added to a closed case, and only what was resolved can be reopened."""
    if case.status == "closed":
        return frozenset({"note", "reopen"})
    always = {"note", "words", "fact", "tried", "declare", "ask", "promise", "told", "hand", "severity"}
    always |= {"reopen"} if case.status in AHEAD else {"resolve", "merge"}
    always |= {"relate", "split", "compensate", "step"}
    if case.owner_id != agent_id:
        always.add("take-over")
    return frozenset(always)


def words(names: Mapping[str, str], language: str) -> str:
    """The text in the nearest language there is."""
    return names[nearest(language, tuple(names), otherwise="en" if "en" in names else next(iter(names)))]


def listed(parts: Iterable[str], language: str) -> str:
    """Parts in one line, as the language lists things."""
    return ("、" if language.startswith(("zh", "ja")) else ", ").join(parts)


def refs_in(whole: WholeCase) -> frozenset[str]:
    """Everybody named on the page: references such as "agent:<id>"."""
    records = (*whole.words, *whole.facts, *whole.tried, *whole.declarations, *whole.notes, *whole.answers)
    more = (*whole.added, *whole.requests, *whole.promises, *whole.resolutions, *whole.reopenings, *whole.history)
    owners = {f"agent:{promise.owner_id}" for promise in whole.promises}
    if whole.case.owner_id is not None:
        owners.add(f"agent:{whole.case.owner_id}")
    said = (
        {one.ended_by for one in whole.added if one.ended_by}
        | {one.said_by for one in whole.words}
        | {one.said_by for one in whole.facts}
    )
    answered = {answer.by for request in whole.requests for item in request.items for answer in item.answers}
    return frozenset({record.by for record in (*records, *more)} | owners | said | answered | {whole.case.opened_by})


def agent_ids(refs: Iterable[str]) -> frozenset[UUID]:
    """The agents among references."""
    found = set()
    for ref in refs:
        kind, _, rest = ref.partition(":")
        if kind == "agent":
            try:
                found.add(UUID(rest))
            except ValueError:
                continue
    return frozenset(found)
