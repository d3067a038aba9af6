"""A call log in the format of the Technion's "Anonymous Bank": one tab-separated line of 17 fields a call.

The format is that of I. Guedj and A. Mandelbaum, "Call Center Data" (Technion, 2000). What counts as offered follows
the statistics made from it: not the PHANTOM rows ("a virtual call to be ignored"), and not who hung up without having
waited in the queue, for he never left the voice menu.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

COLUMNS: Final = (
    "vru+line", "call_id", "customer_id", "priority", "type", "date", "vru_entry", "vru_exit", "vru_time",
    "q_start", "q_exit", "q_time", "outcome", "ser_start", "ser_exit", "ser_time", "server",
)  # fmt: skip
OUTCOMES: Final = ("AGENT", "HANG", "PHANTOM")
DAY_SECONDS: Final = 86_400
DISAGREE_OVER_SECONDS: Final = 5
"""Begin, end and length of a row may differ by rounding; by more, the row is broken."""

_TIME = re.compile(r"(\d{1,2}):([0-5]\d):([0-5]\d)", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)
_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Call:
    """One offered call. Instants are seconds since the first midnight of the era (`date.toordinal` days)."""

    day: date
    priority: int
    joined_at: float
    waited_seconds: int
    answered: bool
    service_at: float
    service_seconds: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A line that could not be used, and why."""

    line: int
    why: str


@dataclass
class CallLog:
    """What a file holds: the offered calls by time of joining, what was left out, and what was broken."""

    calls: list[Call] = field(default_factory=list)
    broken: list[Broken] = field(default_factory=list)
    phantoms: int = 0
    left_in_menu: int = 0
    menu_time_negative: int = 0
    """Rows kept although their time in the menu is negative: nothing is computed from it."""


class _NotACall(ValueError):
    """Why a line is broken."""


def read_calls(path: Path) -> CallLog:
    """Read a log; broken lines are listed, never fatal. Raises OSError if the file cannot be opened."""
    log = CallLog()
    for line, text in lines_of(path):
        if text is None:
            log.broken.append(Broken(line, "not UTF-8 text"))
            continue
        fields = [part.strip() for part in text.split("\t")]
        if line == 1 and fields[0].lower() == COLUMNS[0]:
            if len(fields) != len(COLUMNS):
                log.broken.append(Broken(line, f"a heading of {len(fields)} columns instead of {len(COLUMNS)}"))
            continue
        if not text.strip():
            continue
        try:
            _take(log, fields)
        except _NotACall as error:
            log.broken.append(Broken(line, str(error)))
    log.calls.sort(key=lambda call: call.joined_at)
    return log


def lines_of(path: Path) -> Iterator[tuple[int, str | None]]:
    """Numbered lines from 1, None for one that is not UTF-8; a file marked as UTF-16 is read as that."""
    with path.open("rb") as file:
        mark = file.read(2)
    if mark in (b"\xff\xfe", b"\xfe\xff"):
        with path.open(encoding="utf-16", errors="replace") as text:
            yield from enumerate(text, start=1)
        return
    with path.open("rb") as file:
        for line, raw in enumerate(file, start=1):
            try:
                yield line, raw.decode("utf-8-sig" if line == 1 else "utf-8")
            except UnicodeDecodeError:
                yield line, None


def _take(log: CallLog, fields: list[str]) -> None:
    if len(fields) != len(COLUMNS):
        raise _NotACall(f"{len(fields)} columns instead of {len(COLUMNS)}")
    row = dict(zip(COLUMNS, fields, strict=True))
    day = _date(row["date"])
    outcome = row["outcome"]
    if outcome not in OUTCOMES:
        raise _NotACall(f"outcome {_shown(outcome)} is none of {', '.join(OUTCOMES)}")
    priority = _number(row, "priority")
    if priority not in (0, 1, 2):
        raise _NotACall(f"priority {priority} is none of 0, 1, 2")
    _time(row, "vru_entry")
    menu_left = _time(row, "vru_exit")
    menu_seconds = _number(row, "vru_time")
    waited = _lasted(row, "q")
    served = _lasted(row, "ser")
    if outcome == "PHANTOM":
        log.phantoms += 1
        return
    if outcome == "HANG" and waited == 0:
        log.left_in_menu += 1
        return
    log.menu_time_negative += menu_seconds < 0
    midnight = day.toordinal() * DAY_SECONDS
    joined = _time(row, "q_start") or menu_left
    service_starts = _time(row, "ser_start")
    over_midnight = DAY_SECONDS if service_starts < joined - DAY_SECONDS // 2 else 0
    log.calls.append(
        Call(
            day=day,
            priority=priority,
            joined_at=midnight + joined,
            waited_seconds=waited,
            answered=outcome == "AGENT",
            service_at=midnight + over_midnight + service_starts,
            service_seconds=served if outcome == "AGENT" else 0,
        )
    )


def _date(text: str) -> date:
    found = _DATE.fullmatch(text)
    if not found:
        raise _NotACall(f"date {_shown(text)} is not yymmdd")
    year, month, day = (int(part) for part in found.groups())
    try:
        return date(1900 + year if year >= 70 else 2000 + year, month, day)
    except ValueError:
        raise _NotACall(f"date {_shown(text)} is no day") from None


def _time(row: dict[str, str], name: str) -> int:
    found = _TIME.fullmatch(row[name])
    seconds = sum(int(part) * each for part, each in zip(found.groups(), (3600, 60, 1), strict=True)) if found else -1
    if not 0 <= seconds <= DAY_SECONDS:
        raise _NotACall(f"{name} {_shown(row[name])} is no time of day")
    return seconds


def _number(row: dict[str, str], name: str) -> int:
    if not _NUMBER.fullmatch(row[name]):
        raise _NotACall(f"{name} {_shown(row[name])} is no whole number")
    return int(row[name])


def _lasted(row: dict[str, str], what: str) -> int:
    """Seconds in the queue or in service, checked against begin and end; midnight may lie between them."""
    seconds = _number(row, f"{what}_time")
    if not 0 <= seconds < DAY_SECONDS:
        raise _NotACall(f"{what}_time is no length within a day: {seconds}")
    begun, ended = _time(row, f"{what}_start"), _time(row, f"{what}_exit")
    off = (ended - begun - seconds) % DAY_SECONDS
    if min(off, DAY_SECONDS - off) > DISAGREE_OVER_SECONDS:
        raise _NotACall(f"{what}_time {seconds} does not fit {row[f'{what}_start']} to {row[f'{what}_exit']}")
    return seconds


def _shown(text: str) -> str:
    return repr(text[:20])
