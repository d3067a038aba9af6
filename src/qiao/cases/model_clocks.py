"""Clocks of a case: what runs when, how much of its time is used, when the next step is due. Pure; one engine for all.

A clock runs or stands; while it runs, it uses working time of its calendar. Three of them:

    first_answer   until somebody told the customer something; stands while the customer is asked
    next_update    begins anew each time he is told something; stands while he is asked and once it is solved
    solution       stands while he is asked, and from `resolved` on; goes on when the proof fails or he says no

What is due next is a *step* of its rule: at a share of the target (1.0 is the target itself, from which on it is
breached) somebody is told, the case handed over, its severity raised.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Literal

from qiao.cases.model import KINDS, Status
from qiao.cases.model_calendars import Calendar, after_working, calendar_problems, working_seconds
from qiao.kernel.conditions import Field, Fields, Kind, Tree, evaluate, validate
from qiao.kernel.languages import N_

ClockKind = Literal["first_answer", "next_update", "solution"]
CLOCKS: Final[dict[ClockKind, str]] = {
    "first_answer": N_("first answer"),
    "next_update": N_("next update"),
    "solution": N_("solution"),
}
Act = Literal["tell_owner", "tell_leader", "raise_severity", "hand_to_desk"]
ACTS: Final[dict[Act, str]] = {
    "tell_owner": N_("tell whoever is in charge"),
    "tell_leader": N_("tell the team leader"),
    "raise_severity": N_("raise the severity"),
    "hand_to_desk": N_("hand it to a desk"),
}
RULE_FIELDS: Final[Fields] = {
    "kind": Field(Kind.TEXT, N_("Kind"), frozenset(KINDS)),
    "category": Field(Kind.TEXT, N_("Category")),
    "severity": Field(Kind.NUMBER, N_("Severity")),
    "segment": Field(Kind.TEXT, N_("Segment")),
    "unit": Field(Kind.TEXT, N_("Organisation unit")),
}
"""What the condition of a rule may ask: `unit` is its code, so that a province has targets of its own."""

ON_THE_WAY: Final = frozenset[Status]({"open", "waiting_for_us"})
_ANSWERS: Final = frozenset({"told", "asked", "promised"})
TOLD_BY: Final[Mapping[ClockKind, frozenset[str]]] = {
    "first_answer": _ANSWERS,
    "next_update": _ANSWERS | {"texted"},
    "solution": frozenset(),
}
"""Kinds of what happened by which the customer was told what a clock asks for: a text of itself is no first answer."""
STEPS_MAX: Final = 10
RULES_MAX: Final = 200
_SPAN: Final = re.compile(r"([1-9][0-9]{0,4})(m|h)")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True, slots=True)
class Step:
    """What is done when this share of the target is used; `desk` is the code of a desk where one is handed to."""

    share: float
    act: Act
    desk: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """Targets in seconds of working time of a calendar, for the cases for which its condition holds."""

    code: str
    when: Tree
    calendar: str
    targets: Mapping[ClockKind, float]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock of a case. `used` seconds of working time up to `since`; `since` None while it stands.

    `steps_done` of its rule's steps were taken; `met_at` when what it asks for had come; `breached_at` when its target
    was first seen to be used up.
    """

    kind: ClockKind
    target: float
    calendar: str
    steps: tuple[Step, ...]
    used: float = 0.0
    since: datetime | None = None
    steps_done: int = 0
    met_at: datetime | None = None
    breached_at: datetime | None = None

    @property
    def running(self) -> bool:
        """Whether its time goes by."""
        return self.since is not None


def rule_for(rules: Sequence[Rule], values: Mapping[str, Any], now: datetime) -> Rule | None:
    """The first rule whose condition holds; None for a case that nothing is promised about."""
    return next((rule for rule in rules if evaluate(rule.when, values, now)), None)


def started(rule: Rule, now: datetime) -> tuple[Clock, ...]:
    """The clocks of a case that was opened now."""
    return tuple(
        Clock(kind, target, rule.calendar, rule.steps, since=now) for kind, target in rule.targets.items() if target
    )


def moved(clock: Clock, calendar: Calendar, status: Status, now: datetime, *, told: bool) -> Clock:
    """The clock after something happened to its case, which stands at `status` now; `told`: the customer was told.

    One that only goes on, or only stands, is the same clock.
    """
    after = _after(stopped(clock, calendar, now), status, now, told=told)
    again = clock.kind == "next_update" and told
    same = (after.running, after.met_at) == (clock.running, clock.met_at)
    return clock if same and not again else after


def _after(here: Clock, status: Status, now: datetime, *, told: bool) -> Clock:
    if here.kind == "first_answer":
        if told and here.met_at is None:
            return replace(here, met_at=now)
        return replace(here, since=now) if here.met_at is None and status in ON_THE_WAY else here
    if here.kind == "next_update" and told:
        here = replace(here, used=0.0, steps_done=0, breached_at=None, met_at=None)
    if status in ON_THE_WAY:
        return replace(here, since=now, met_at=None)
    return here if status == "waiting_for_customer" else replace(here, met_at=here.met_at or now)


def stopped(clock: Clock, calendar: Calendar, now: datetime) -> Clock:
    """The clock standing, with its time up to now counted."""
    if clock.since is None:
        return clock
    return replace(clock, used=clock.used + working_seconds(calendar, clock.since, now), since=None)


def retargeted(clock: Clock, rule: Rule, calendar: Calendar, now: datetime) -> Clock:
    """The clock under another rule (its severity changed): what is used stays used, in the time it was used in.

    Steps of the new rule that lie behind what is used already are not taken again; a target that was lowered below what
    is used is breached when it is next looked at.
    """
    target = rule.targets.get(clock.kind)
    if not target or (clock.target == target and clock.steps == rule.steps and clock.calendar == rule.calendar):
        return clock
    here = stopped(clock, calendar, now)
    done = sum(step.share * clock.target <= here.used for step in clock.steps[: clock.steps_done])
    behind = min(done, sum(step.share * target <= here.used for step in rule.steps))
    breached = clock.breached_at if here.used >= target else None
    return replace(
        here,
        target=target,
        calendar=rule.calendar,
        steps=rule.steps,
        since=now if clock.running else None,
        steps_done=behind,
        breached_at=breached,
    )


def due_at(clock: Clock, calendar: Calendar) -> datetime | None:
    """When its next step is to be taken; None while it stands, and when no step is left."""
    if clock.since is None or clock.steps_done >= len(clock.steps):
        return None
    share = clock.steps[clock.steps_done].share
    return after_working(calendar, clock.since, max(0.0, share * clock.target - clock.used))


def breach_at(clock: Clock, calendar: Calendar) -> datetime | None:
    """When its target is used up if nothing happens; None while it stands."""
    if clock.since is None:
        return None
    return after_working(calendar, clock.since, max(0.0, clock.target - clock.used))


def left_seconds(clock: Clock, calendar: Calendar, now: datetime) -> float:
    """Working time that is left of the target; below zero when it is breached."""
    return clock.target - stopped(clock, calendar, now).used


def stepped(clock: Clock, calendar: Calendar, now: datetime) -> tuple[Clock, tuple[Step, ...]]:
    """The clock with every step taken that is due by now, and those steps: after a night nobody worked, all at once."""
    taken: list[Step] = []
    here = clock
    while (due := due_at(here, calendar)) is not None and due <= now:
        step = here.steps[here.steps_done]
        taken.append(step)
        here = replace(here, steps_done=here.steps_done + 1)
        if step.share >= 1 and here.breached_at is None:
            here = replace(here, breached_at=now)
    return here, tuple(taken)


def span_seconds(told: str) -> float:
    """ "90m" or "40h" of working time as seconds."""
    found = _SPAN.fullmatch(told)
    assert found is not None
    return int(found[1]) * (60.0 if found[2] == "m" else 3600.0)


def rules_from(read: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The rules from a definition (key `rules`), which `book_problems` found nothing wrong with."""
    return tuple(
        Rule(
            code=one["code"],
            when=one.get("when", {"all": []}),
            calendar=one["calendar"],
            targets={kind: span_seconds(one["targets"][kind]) for kind in CLOCKS if kind in one["targets"]},
            steps=tuple(
                sorted(
                    (Step(float(step["at"]), step["act"], step.get("desk", "")) for step in one.get("steps", ())),
                    key=lambda step: step.share,
                )
            ),
        )
        for one in read["rules"]
    )


def book_problems(read: Any) -> list[str]:
    """All that is wrong with a definition of calendars and rules from outside, each with its place."""
    if not isinstance(read, Mapping):
        return ["a table with the keys calendars and rules is expected"]
    calendars, rules = read.get("calendars"), read.get("rules")
    if not isinstance(calendars, Mapping) or not calendars:
        return ["calendars: at least one is needed"]
    if not isinstance(rules, list | tuple) or not rules or len(rules) > RULES_MAX:
        return [f"rules: a list of 1 to {RULES_MAX} is expected"]
    problems = [problem for code, one in calendars.items() for problem in calendar_problems(code, one)]
    codes: set[Any] = set()
    for number, one in enumerate(rules, 1):
        code = one.get("code") if isinstance(one, Mapping) else None
        if not isinstance(code, str) or not _CODE.fullmatch(code) or code in codes:
            problems.append(f"rule {number}: it needs a code of its own, in small letters, digits and _")
            continue
        codes.add(code)
        problems += [f"rule {code}: {problem}" for problem in _rule_problems(one, calendars)]
    return problems


def _rule_problems(one: Mapping[str, Any], calendars: Mapping[str, Any]) -> list[str]:
    problems = [
        f"when {problem.path}: {problem.text.format(**problem.params)}"
        for problem in validate(one.get("when", {"all": []}), RULE_FIELDS)
    ]
    if one.get("calendar") not in calendars or not isinstance(one.get("calendar"), str):
        problems.append(f"there is no calendar {one.get('calendar')}")
    targets = one.get("targets")
    if not isinstance(targets, Mapping) or not targets:
        problems.append("targets: at least one of first_answer, next_update, solution")
        targets = {}
    for kind, span in targets.items():
        if kind not in CLOCKS:
            problems.append(f"targets: there is no clock {kind}")
        elif not isinstance(span, str) or not _SPAN.fullmatch(span):
            problems.append(f"targets {kind}: {span} is no working time such as 90m or 40h")
    steps = one.get("steps", [])
    if not isinstance(steps, list | tuple) or len(steps) > STEPS_MAX:
        problems.append(f"steps: a list of at most {STEPS_MAX}")
        steps = ()
    for number, step in enumerate(steps, 1):
        problems += [f"step {number}: {problem}" for problem in _step_problems(step)]
    return problems


def _step_problems(step: Any) -> list[str]:
    if not isinstance(step, Mapping):
        return ["nothing is said of it"]
    problems = []
    share = step.get("at")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 < share <= 100:
        problems.append(f"at {share} is no share of the target such as 0.75")
    if step.get("act") not in ACTS:
        problems.append(f"there is no act {step.get('act')}")
    if (step.get("act") == "hand_to_desk") != bool(isinstance(step.get("desk"), str) and step.get("desk")):
        problems.append("a desk is named exactly where one is handed to")
    return problems
