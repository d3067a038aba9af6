"""How many agents there were at once in each half hour, from a file or from the log itself."""

import csv
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, time
from math import ceil
from pathlib import Path
from typing import Final

from qiao.app.replay.calls_log import DAY_SECONDS, Broken, Call, lines_of

HALF_HOUR_SECONDS: Final = 1800
AGENTS_MAX: Final = 100_000
"""More at once are a slip in the file, not a call centre."""
NEEDED: Final = ("date", "half_hour", "busy_agent_seconds")


@dataclass(frozen=True)
class Staffing:
    """Agents at once by half hour (its first second since the first midnight of the era), and where they are from."""

    agents: Mapping[int, int]
    source: str
    broken: tuple[Broken, ...] = ()


def from_log(calls: Iterable[Call]) -> Staffing:
    """Agents at once = ceil(seconds in which calls of the log were served in the half hour / 1800)."""
    busy: Counter[int] = Counter()
    for call in calls:
        at, until = int(call.service_at), int(call.service_at) + call.service_seconds
        while at < until:
            begins = at - at % HALF_HOUR_SECONDS
            ends = min(until, begins + HALF_HOUR_SECONDS)
            busy[begins] += ends - at
            at = ends
    return Staffing(_at_once(busy), "computed from the service times of the log itself")


def from_file(path: Path) -> Staffing:
    """Read a CSV with at least the columns date, half_hour, busy_agent_seconds; broken lines are listed.

    Raises ValueError if the heading lacks one of these or no line can be used, OSError if the file cannot be opened.
    """
    broken: list[Broken] = []
    busy: Counter[int] = Counter()
    places: list[int] = []
    for line, text in lines_of(path):
        if text is None:
            broken.append(Broken(line, "not UTF-8 text"))
            continue
        try:
            fields = [part.strip() for part in next(csv.reader([text]), [])]
        except csv.Error as error:
            broken.append(Broken(line, f"not CSV ({error})"))
            continue
        if not places:
            missing = [name for name in NEEDED if name not in fields]
            if missing:
                raise ValueError(f"the heading of {path.name} lacks {', '.join(missing)}")
            places = [fields.index(name) for name in NEEDED]
        elif any(fields):
            try:
                day, half_hour, seconds = (fields[place] for place in places)
                busy[_begins(day, half_hour)] += _seconds(seconds)
            except (ValueError, IndexError) as error:
                broken.append(Broken(line, f"not date, half hour and busy seconds ({error})"))
    if not busy:
        raise ValueError(f"{path.name} holds no half hour in UTF-8 text with the columns {', '.join(NEEDED)}")
    return Staffing(_at_once(busy), f"from {path.name}", tuple(broken))


def _begins(day: str, half_hour: str) -> int:
    at = time.fromisoformat(half_hour)
    begins = date.fromisoformat(day).toordinal() * DAY_SECONDS + at.hour * 3600 + at.minute * 60
    if begins % HALF_HOUR_SECONDS or at.second or at.microsecond:
        raise ValueError(f"{half_hour!r} begins no half hour")
    return begins


def _seconds(text: str) -> int:
    seconds = int(text)
    if not 0 <= seconds <= AGENTS_MAX * HALF_HOUR_SECONDS:
        raise ValueError(f"{seconds} seconds in half an hour")
    return seconds


def _at_once(busy: Mapping[int, int]) -> dict[int, int]:
    return {begins: ceil(seconds / HALF_HOUR_SECONDS) for begins, seconds in busy.items()}
