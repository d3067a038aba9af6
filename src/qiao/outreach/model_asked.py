"""A call back that a customer asks for: which window the part of the day he named becomes. Pure."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from qiao.outreach.model_callbacks import LONGEST, SHORTEST

PARTS: Final = {"morning": (9, 12), "afternoon": (13, 18)}
"""The hours of each part of the day, where the customer is."""


def window_of(part: str, now: datetime, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """From when until when he is called: that part of today if a quarter of an hour of it is left, else of tomorrow.

    Anything else is as soon as the desk can, within a day.
    """
    if part not in PARTS:
        return now, now + LONGEST
    first, last = PARTS[part]
    today = now.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    begins, ends = today.replace(hour=first), today.replace(hour=last)
    if now + SHORTEST > ends:
        return begins + timedelta(days=1), ends + timedelta(days=1)
    return max(begins, now), ends
