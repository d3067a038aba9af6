"""Measuring a line and a place: what the catalogue offers to look at, and flows ask before a customer does anything."""

import asyncio
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from qiao.bss import Lines, Network
from qiao.diagnosis.model_measured import (
    BroadbandLine,
    LineState,
    NetworkState,
    broadband_line,
    line_state,
    network_state,
)
from qiao.kernel.ids import CustomerId
from qiao.kernel.languages import nearest
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House
from qiao.platform.i18n import CustomerTexts

REASONS: Final = frozenset({"lost", "unpaid", "contract_ended"})


@cache
def words() -> CustomerTexts:
    """Every text told of what was measured. Raises TextsIncomplete."""
    return CustomerTexts.load("qiao.diagnosis", "answers.yaml")


async def look_at_line(house: House, customer_id: CustomerId, target: ServiceId) -> LineState | None:
    """How a number stands: with the account, and in the network. Raises OperatorAway."""
    line, seen = await asyncio.gather(house.get(Lines).line(target), house.get(Network).sighting(target))
    return line_state(line, seen, house.settings.region) if line is not None else None


async def look_at_network(house: House, customer_id: CustomerId, target: ServiceId) -> NetworkState:
    """Whether something is broken where the line is. Raises OperatorAway."""
    faults = await house.get(Network).faults_at(target)
    return network_state(faults, house.clock.now(), _zone(house))


async def look_at_broadband(house: House, customer_id: CustomerId, target: ServiceId) -> BroadbandLine:
    """Measure the fibre line of a login, or of the holder of a number. Raises OperatorAway."""
    reading = await house.get(Network).light(target)
    login = reading.service if reading is not None else target
    line, faults = await asyncio.gather(house.get(Lines).line(login), house.get(Network).faults_at(login))
    return broadband_line(reading, line, network_state(faults, house.clock.now(), _zone(house)))


def _zone(house: House) -> ZoneInfo:
    return ZoneInfo(house.settings.default_zone)


# As a customer is told ----------------------------------------------------------------------------------------------


def tell_line(value: Any, language: str, zone: str, /) -> str | None:
    """How his number stands."""
    spoken = nearest(language)
    if value is None:
        return None
    if value.state == "active":
        return words().say("line_roaming" if value.roaming else "line_active", spoken)
    why = value.suspended_for if value.suspended_for in REASONS else "other"
    return words().say(f"line_{why}", spoken, owed=str(value.owed))


def tell_network(value: Any, language: str, zone: str, /) -> str | None:
    """Whether something is broken near him."""
    spoken = nearest(language)
    if not value.outage:
        return words().say("network_well", spoken)
    return words().say("network_fault" if value.until else "network_fault_open", spoken, until=value.until)


def tell_broadband(value: Any, language: str, zone: str, /) -> str | None:
    """What his fibre line measures."""
    if not value.found:
        return None
    spoken = nearest(language)
    if value.outage:
        return words().say("network_fault" if value.until else "network_fault_open", spoken, until=value.until)
    if value.sync == "up":
        return words().say("broadband_up", spoken, power=value.power_dbm)
    return words().say("broadband_down" if value.power_dbm else "broadband_dark", spoken, power=value.power_dbm)
