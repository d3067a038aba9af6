"""What was measured, as it is told a customer or a flow: pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import Final, Literal

from qiao.bss import AreaFault, LightReading, Line, Sighting
from qiao.kernel.money import Money

Quality = Literal["good", "weak", "none"]
GOOD_DBM: Final = -25.0
"""Two dB above what a class B+ receiver needs (ITU-T G.984.2 Amendment 1: -27 dBm); below, it fails when it ages."""
LEAST_DBM: Final = -27.0


@dataclass(frozen=True, slots=True)
class LineState:
    """How a number stands; `registered` and `abroad` are None while the network cannot tell."""

    state: str
    suspended_for: str
    owed: Money
    roaming: bool
    registered: bool | None
    abroad: bool | None


@dataclass(frozen=True, slots=True)
class NetworkState:
    """Whether something is broken where the line is; `until` as people there read it, "" when nobody knows yet."""

    outage: bool
    until: str


@dataclass(frozen=True, slots=True)
class BroadbandLine:
    """A fibre line; `found` False: there is none. `power_dbm` as written, "" without light."""

    found: bool
    state: str
    owed: Money
    sync: Literal["up", "down", ""]
    quality: Quality | Literal[""]
    power_dbm: str
    outage: bool
    until: str


def line_state(line: Line, seen: Sighting | None, home: str) -> LineState:
    """The account's side and the network's side of one number; `home` is the operator's own country."""
    return LineState(
        line.state,
        line.suspended_for,
        line.owed,
        "roaming" in line.features,
        seen.registered if seen is not None else None,
        seen.abroad(home) if seen is not None else None,
    )


def network_state(faults: Sequence[AreaFault], now: datetime, zone: tzinfo) -> NetworkState:
    """The fault that takes longest to repair, if there is any; one without a date takes longest."""
    if not faults:
        return NetworkState(False, "")
    dates = [one.until for one in faults if one.until is not None]
    until = max(dates) if len(dates) == len(faults) else None
    return NetworkState(True, shown(until, now, zone) if until is not None and until > now else "")


def shown(at: datetime, now: datetime, zone: tzinfo) -> str:
    """ "18:30" today, "2026-11-30 18:30" on another day."""
    there = at.astimezone(zone)
    return f"{there:%H:%M}" if there.date() == now.astimezone(zone).date() else f"{there:%Y-%m-%d %H:%M}"


def quality_of(power_dbm: float | None) -> Quality:
    """Whether the light is enough."""
    if power_dbm is None or power_dbm < LEAST_DBM:
        return "none"
    return "good" if power_dbm >= GOOD_DBM else "weak"


def broadband_line(reading: LightReading | None, line: Line | None, area: NetworkState) -> BroadbandLine:
    """What the exchange measures, beside the account and the area."""
    state = line.state if line is not None else ""
    owed = line.owed if line is not None else Money(0)
    if reading is None:
        return BroadbandLine(False, state, owed, "", "", "", area.outage, area.until)
    power = "" if reading.power_dbm is None else f"{reading.power_dbm:.1f}"
    quality, sync = quality_of(reading.power_dbm), "up" if reading.online else "down"
    return BroadbandLine(True, state, owed, sync, quality, power, area.outage, area.until)  # type: ignore[arg-type]
