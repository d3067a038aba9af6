"""The centre's zone: events are heard without a house at hand, and a day must begin when the centre's does."""

from functools import cache
from zoneinfo import ZoneInfo

from qiao.platform.settings import Settings


@cache
def zone_of() -> ZoneInfo:
    """As it is set for this process."""
    return ZoneInfo(Settings().default_zone)
