"""What was measured, and how it is told: what nobody can tell stays open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from qiao.bss import AreaFault, LightReading, Line, Sighting
from qiao.diagnosis.model_measured import (
    NetworkState,
    broadband_line,
    line_state,
    network_state,
    quality_of,
)
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId

NOW = datetime(2026, 11, 24, 10, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
NUMBER = ServiceId("mobile", "+8613900000001")
HOME = ServiceId("broadband", "home1")
FINE = NetworkState(False, "")


def line(**more: Any) -> Line:
    return Line(NUMBER, "active", "personal", Money(0), **more)


@pytest.mark.parametrize(
    ("seen", "registered", "abroad"),
    [
        (None, None, None),
        (Sighting(NUMBER, True, "CN", NOW), True, False),
        (Sighting(NUMBER, True, "FR", NOW), True, True),
        (Sighting(NUMBER, False, "FR", NOW), False, None),
        (Sighting(NUMBER, True, "", None), True, None),
    ],
)
def test_where_a_phone_is_is_known_while_it_is_registered(
    seen: Sighting | None, registered: bool | None, abroad: bool | None
) -> None:
    found = line_state(line(features=frozenset({"roaming"})), seen, "CN")
    assert (found.registered, found.abroad, found.roaming, found.state) == (registered, abroad, True, "active")
    assert not line_state(line(), seen, "CN").roaming


def fault(until: datetime | None) -> AreaFault:
    return AreaFault("北京市", "mobile", NOW - timedelta(hours=1), until)


@pytest.mark.parametrize(
    ("untils", "told"),
    [
        ([NOW + timedelta(hours=2)], "20:00"),
        ([NOW + timedelta(hours=2), NOW + timedelta(hours=3)], "21:00"),
        ([NOW + timedelta(hours=12)], "2026-11-25 06:00"),
        ([NOW + timedelta(hours=2), None], ""),
        ([NOW - timedelta(minutes=1)], ""),
    ],
)
def test_a_fault_is_told_with_the_latest_hope_and_never_a_past_one(untils: list[datetime | None], told: str) -> None:
    assert network_state([fault(one) for one in untils], NOW, ZONE) == NetworkState(True, told)
    assert network_state([], NOW, ZONE) == FINE


def test_light_is_good_weak_or_not_enough() -> None:
    assert [quality_of(one) for one in (-18.0, -25.0, -25.1, -27.0, -27.1, None)] == [
        "good",
        "good",
        "weak",
        "weak",
        "none",
        "none",
    ]


def test_a_fibre_line_is_told_with_its_account_and_area() -> None:
    up = broadband_line(LightReading(HOME, -19.46, True, NOW), line(), FINE)
    assert (up.found, up.sync, up.quality, up.power_dbm, up.state) == (True, "up", "good", "-19.5", "active")
    dark = broadband_line(LightReading(HOME, None, False, NOW), None, NetworkState(True, "20:00"))
    assert (dark.sync, dark.quality, dark.power_dbm, dark.state, dark.until) == ("down", "none", "", "", "20:00")
    none = broadband_line(None, line(), FINE)
    assert (none.found, none.sync, none.quality) == (False, "", "")
