"""Until when a message is good: absolute and relative times of SMPP. Pure. Source: SMPP 3.4 7.1.1."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

_TIME: Final = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})[0-9]([0-9]{2})([-+R])")
QUARTER: Final = timedelta(minutes=15)


def good_until(validity: str, now: datetime) -> datetime | None:
    """The instant that "YYMMDDhhmmsstnnp" names, seen from `now`; None for none. Raises ValueError for nonsense."""
    if not validity:
        return None
    found = _TIME.fullmatch(validity)
    if found is None:
        raise ValueError("no time of SMPP")
    years, months, days, hours, minutes, seconds, quarters = map(int, found.groups()[:7])
    if found[8] == "R":
        return now + timedelta(365 * years + 30 * months + days, hours=hours, minutes=minutes, seconds=seconds)
    there = datetime(2000 + years, months, days, hours, minutes, seconds, tzinfo=UTC)
    return there - QUARTER * (quarters if found[8] == "+" else -quarters)
