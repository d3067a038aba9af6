"""What every implementation of the Network port must do; the sandbox is the first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao.bss import Network, OperatorAway
from qiao.bss.sandbox import CAST, SandboxNetwork, break_area, fill, misbehave, put_reading, repair_area
from qiao.kernel.service_ids import ServiceId

if TYPE_CHECKING:
    from qiao.platform.database import Database

SHI = CAST[0].service
HOME = CAST[0].more[0]
LIN = CAST[1].service
JONES = CAST[4].service
NOBODY = ServiceId("mobile", "+8613900000001")


@pytest.fixture
async def network(database: Database) -> Network:
    async with database.transaction() as tx:
        await tx.execute(text("truncate sandbox.area_faults, sandbox.line_readings"))
        await fill(tx, customers=40)
        await misbehave(tx, None)
    return SandboxNetwork(database, answer_seconds=15.0)


async def test_a_phone_is_seen_where_it_is_registered(network: Network, database: Database) -> None:
    seen = await network.sighting(SHI)
    assert seen is not None
    assert (seen.registered, seen.abroad("CN")) == (True, False)
    async with database.transaction() as tx:
        await put_reading(tx, SHI, country="FR")
        await put_reading(tx, LIN, registered=False)
    abroad, off = await network.sighting(SHI), await network.sighting(LIN)
    assert abroad is not None and abroad.abroad("CN") is True
    assert off is not None and (off.registered, off.abroad("CN")) == (False, None)
    assert await network.sighting(NOBODY) is None
    assert await network.sighting(HOME) is None


async def test_a_fault_is_that_of_its_area_and_kind_until_it_is_repaired(network: Network, database: Database) -> None:
    async with database.transaction() as tx:
        until = tx.now + timedelta(hours=2)
        ref = await break_area(tx, "北京市海淀区", "mobile", until=until)
    (found,) = await network.faults_at(SHI)
    assert (found.area, found.until) == ("北京市海淀区", until)
    assert await network.faults_at(HOME) == []
    assert await network.faults_at(JONES) == []
    assert await network.faults_at(NOBODY) == []
    async with database.transaction() as tx:
        await repair_area(tx, ref)
    assert await network.faults_at(SHI) == []


async def test_the_light_of_a_fibre_line_is_measured_by_login_or_by_number(
    network: Network, database: Database
) -> None:
    by_number = await network.light(SHI)
    assert by_number is not None
    assert (by_number.service, by_number.online) == (HOME, True)
    assert by_number.power_dbm is not None and -27 < by_number.power_dbm < -8
    assert await network.light(LIN) is None
    assert await network.light(NOBODY) is None
    async with database.transaction() as tx:
        await put_reading(tx, HOME, power_dbm=-29.5)
    weak = await network.light(HOME)
    assert weak is not None and (weak.power_dbm, weak.online) == (-29.5, False)
    async with database.transaction() as tx:
        await put_reading(tx, HOME, power_dbm=-20.0)
        await break_area(tx, "北京市", "broadband")
    cut = await network.light(HOME)
    assert cut is not None and not cut.online


async def test_a_network_that_does_not_answer_is_away(network: Network, database: Database) -> None:
    async with database.transaction() as tx:
        await misbehave(tx, "error")
    with pytest.raises(OperatorAway):
        await network.sighting(SHI)
    async with database.transaction() as tx:
        await misbehave(tx, None)
