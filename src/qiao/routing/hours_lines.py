"""Opening hours as people write them, a line each: "mon-fri 08:00-20:00", "2026-10-01 closed". Pure."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood
from qiao.routing.hours import DAYS, read_hours

_DAY: Final = re.compile(r"(?P<first>[a-z]{3})(?:\s*-\s*(?P<last>[a-z]{3}))?$")
_SPAN: Final = re.compile(r"([0-2]?[0-9]:[0-5][0-9])\s*-\s*([0-2]?[0-9]:[0-5][0-9])$")
LINES_MAX: Final = 400
CLOSED: Final = "closed"
NOT_READ: Final = N_(
    "A line of the hours cannot be read. Write for example “mon-fri 08:00-20:00” or “2026-10-01 closed”."
)


def hours_of(written: str, *, zone: str) -> dict[str, Any] | None:
    """The hours as routing keeps them; None for nothing written: always open.

    Several spans a line are parted by commas; 24:00 is the end of the day; a line for days already named adds to them.
    Raises InputNotUnderstood for field "hours".
    """
    week: dict[str, list[list[str]]] = {}
    days: dict[str, list[list[str]]] = {}
    lines = [line.strip().casefold() for line in written.replace("：", ":").replace("，", ",").splitlines()]
    for line in [one for one in lines if one][:LINES_MAX]:
        which, _, rest = line.partition(" ")
        spans = _spans(rest.strip())
        for day in _days(which):
            (week if day in DAYS else days).setdefault(day, []).extend(spans)
    if not week and not days:
        return None
    told = {"zone": zone, "week": week or None, "days": days}
    try:
        read_hours(told)
    except ValueError:
        raise InputNotUnderstood({"hours": NOT_READ}) from None
    return told


def _days(which: str) -> list[str]:
    try:
        return [date.fromisoformat(which).isoformat()]
    except ValueError:
        pass
    found = _DAY.match(which)
    if found is None or found["first"] not in DAYS or (found["last"] or found["first"]) not in DAYS:
        raise InputNotUnderstood({"hours": NOT_READ})
    first, last = DAYS.index(found["first"]), DAYS.index(found["last"] or found["first"])
    return list(DAYS[first : last + 1]) if first <= last else [*DAYS[first:], *DAYS[: last + 1]]


def _spans(rest: str) -> list[list[str]]:
    if rest == CLOSED:
        return []
    spans = []
    for part in rest.split(","):
        found = _SPAN.match(part.strip())
        if found is None:
            raise InputNotUnderstood({"hours": NOT_READ})
        begin, end = (at.zfill(5) for at in found.groups())
        spans.append([begin, "00:00" if end == "24:00" else end])
    return spans


def as_lines(hours: Mapping[str, Any] | None) -> str:
    """The reverse of `hours_of`: one line a day."""
    if not hours:
        return ""
    named = {**(hours.get("week") or {}), **dict(sorted((hours.get("days") or {}).items()))}
    return "\n".join(f"{day} {', '.join(map(_span, spans)) or CLOSED}" for day, spans in named.items())


def _span(span: list[str]) -> str:
    begin, end = span
    return f"{begin}-{'24:00' if end == '00:00' else end}"
