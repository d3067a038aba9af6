"""How a resolution is proved: conditions as data, when each is looked at, and what their outcomes make of it. Pure.

A condition names a checker. It is looked at for the first time at once, some hours later, or when the bill of a month
can be read; what cannot be known is asked again, ever more slowly, and past its expiry it is told to people.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from qiao.kernel.languages import N_, STAFF_LANGUAGES

Outcome = Literal["passed", "failed", "unknown"]
BillMonth = Literal["named", "this", "next", "following"]

OUTCOMES: Final[dict[Outcome, str]] = {
    "passed": N_("proved"),
    "failed": N_("the check failed"),
    "unknown": N_("cannot be told yet"),
}
ZONE: Final = "Asia/Shanghai"
"""Bills are made by months of this zone unless told otherwise."""
READABLE_AT: Final = time(6, 0)
ASKS_AGAIN: Final = tuple(timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720))
"""What could not be known is asked again after these; after the last of them once a day, also past its expiry."""
DAILY: Final = timedelta(days=1)
UNREADABLE_FOR: Final = timedelta(hours=6)
"""A bill that is not issued yet is asked for again after this; that is no failure of anybody."""
EXPIRES_DAYS: Final = 14
EXPIRES_DAYS_MAX: Final = 400
HOURS_MAX: Final = 24 * 90
MONTHS: Final = ("named", "this", "next", "following")
_CODE: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
_MONTH: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
_KNOWN: Final = frozenset({"code", "check", "with", "bill", "after_hours", "expires_days", "text"})


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that must be seen to be so. `bill` names whose month's bill is looked at, "" where it is none."""

    code: str
    check: str
    text: Mapping[str, str]
    asks: Mapping[str, str] = field(default_factory=dict)
    bill: str = ""
    after_hours: int = 0
    expires_days: int = EXPIRES_DAYS


@dataclass(frozen=True, slots=True)
class Months:
    """Months that a condition may speak of, as "2026-11": `this` is the one in which the matter came up."""

    this: str
    named: str | None = None
    """The month that the customer named, if he did."""

    def of(self, bill: str) -> str:
        """The month that "named", "this", "next" or "following" stands for; "" for none.

        `following` is the one after the named one, and never a month that was over when the matter came up.
        """
        named = self.named or self.this
        return {
            "named": named,
            "this": self.this,
            "next": month_after(self.this),
            "following": max(month_after(named), self.this),
        }.get(bill, "")


def month_of(at: datetime, zone: str = ZONE) -> str:
    """The month an instant lies in there."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m}"


def month_after(month: str) -> str:
    """The next one."""
    year, number = int(month[:4]), int(month[5:7])
    return f"{year + number // 12:04d}-{number % 12 + 1:02d}"


def months_between(first: str, last: str) -> list[str]:
    """From the first to the last, both with; none when the last is earlier. At most 36, the newest."""
    found = []
    while first <= last:
        found.append(first)
        first = month_after(first)
    return found[-36:]


def months_for(opened_at: datetime, reopened_at: datetime | None, named: Iterable[str], zone: str = ZONE) -> Months:
    """The months of a matter that came up then, came up again then, and in which the customer named these months."""
    known = sorted(month for month in named if _MONTH.fullmatch(month))
    began = max(opened_at, reopened_at) if reopened_at else opened_at
    return Months(month_of(began, zone), known[-1] if known else None)


def readable_at(month: str, zone: str = ZONE) -> datetime:
    """From when a month's bill is asked for: the morning after the month is over."""
    after = month_after(month)
    return datetime.combine(date(int(after[:4]), int(after[5:7]), 1), READABLE_AT, ZoneInfo(zone))


def first_look_at(condition: Condition, *, resolved_at: datetime, months: Months, zone: str = ZONE) -> datetime:
    """When a condition is looked at first, never before it was resolved."""
    due_at = resolved_at + timedelta(hours=condition.after_hours)
    return max(due_at, readable_at(months.of(condition.bill), zone)) if condition.bill else due_at


def ask_again_after(tries: int) -> timedelta:
    """How long to wait after so many tries (from 1) that could not know."""
    return ASKS_AGAIN[tries - 1] if 1 <= tries <= len(ASKS_AGAIN) else DAILY


def verified_of(required: Iterable[str], outcomes: Mapping[str, Outcome]) -> bool | None:
    """What the last telling outcome of each condition makes of a resolution.

    True when every condition passed, of which there is at least one; False as soon as one failed; None until then.
    """
    names = {*required, *outcomes}
    told = [outcomes.get(name, "unknown") for name in names]
    if "failed" in told:
        return False
    return True if told and all(outcome == "passed" for outcome in told) else None


# Conditions as data ---------------------------------------------------------------------------------------------

CHECKERS: Final[dict[str, frozenset[str]]] = {}
"""Name of a checker -> what it may be told under `with`; filled at the start, also by rooms above."""


def condition_from(read: Mapping[str, Any]) -> Condition:
    """A condition from its definition, which `condition_problems` found nothing wrong with."""
    return Condition(
        code=read["code"],
        check=read["check"],
        text=dict(read["text"]),
        asks={name: str(value) for name, value in read.get("with", {}).items()},
        bill=read.get("bill", ""),
        after_hours=int(read.get("after_hours", 0)),
        expires_days=int(read.get("expires_days", EXPIRES_DAYS)),
    )


def condition_problems(conditions: Any, known: Mapping[str, frozenset[str]] | None = None) -> list[str]:
    """What is wrong with a list of conditions; each problem names the line of the list (from 1) and the condition."""
    checkers = CHECKERS if known is None else known
    if not isinstance(conditions, list):
        return ["its conditions are no list"]
    codes = [one.get("code") for one in conditions if isinstance(one, Mapping)]
    problems = [
        f"condition {code} stands there twice" for code in sorted({str(c) for c in codes if codes.count(c) > 1})
    ]
    for number, one in enumerate(conditions, 1):
        if not isinstance(one, Mapping):
            problems.append(f"condition in line {number}: it is no condition")
            continue
        where = f"condition {one.get('code', '?')} in line {number}"
        problems += [f"{where}: {problem}" for problem in _problems(one, checkers)]
    return problems


def _problems(one: Mapping[str, Any], checkers: Mapping[str, frozenset[str]]) -> Iterator[str]:
    if not _CODE.fullmatch(str(one.get("code", ""))):
        yield "its code is odd"
    checker = str(one.get("check", ""))
    if checker not in checkers:
        yield f"there is no checker {checker}"
    told = one.get("with", {})
    if not isinstance(told, Mapping):
        yield "what it is told is no list of names"
    elif checker in checkers:
        yield from (f"{checker} takes no {name}" for name in sorted(set(map(str, told)) - checkers[checker]))
    if one.get("bill", "this") not in MONTHS:
        yield f"there is no bill {one['bill']}; there are {', '.join(MONTHS)}"
    if not _whole(one.get("after_hours", 0), 0, HOURS_MAX):
        yield f"after_hours is 0 to {HOURS_MAX}"
    if not _whole(one.get("expires_days", 1), 1, EXPIRES_DAYS_MAX):
        yield f"expires_days is 1 to {EXPIRES_DAYS_MAX}"
    yield from (f"nobody knows the word {word}" for word in sorted(set(map(str, one)) - _KNOWN))
    text = one.get("text")
    if not isinstance(text, Mapping) or not all(str(text.get(tag) or "").strip() for tag in STAFF_LANGUAGES):
        yield f"its text is needed in {' and '.join(STAFF_LANGUAGES)}"


def _whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
