"""The sandbox's network behind its port, and what tests and the demo make happen in it."""

import random
from datetime import datetime
from typing import Final

from sqlalchemy import literal, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.bss.model_network import Access, AreaFault, LightReading, Sighting
from qiao.bss.sandbox import questions
from qiao.bss.sandbox.store import parties
from qiao.bss.sandbox.store_network import area_faults, line_readings
from qiao.bss.sandbox.wire import Wired
from qiao.kernel.ids import new_id
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction

HOME: Final = "CN"
LEAST_DBM: Final = -27.0
"""Sensitivity of a class B+ receiver, ITU-T G.984.2 Amendment 1: below it the box does not come up."""


class SandboxNetwork(Wired):
    """The sandbox behind the port."""

    async def sighting(self, service: ServiceId) -> Sighting | None:
        return await self._ask(str(service), lambda tx: sighting(tx, service))

    async def faults_at(self, service: ServiceId) -> list[AreaFault]:
        return await self._ask(str(service), lambda tx: faults_at(tx, service))

    async def light(self, service: ServiceId) -> LightReading | None:
        return await self._ask(str(service), lambda tx: light(tx, service))


async def sighting(tx: Transaction, service: ServiceId) -> Sighting | None:
    """Where the SIM is."""
    if await questions.held(tx, service) is None or service.kind != "mobile":
        return None
    row = await tx.one(select(line_readings).where(line_readings.c.service == str(service)))
    if row is None:
        return Sighting(service, True, HOME, tx.now)
    return Sighting(service, row["registered"], row["country"], tx.now if row["registered"] else row["at"])


async def faults_at(tx: Transaction, service: ServiceId) -> list[AreaFault]:
    """Faults of this line's kind of access where its holder lives."""
    row = await questions.held(tx, service)
    if row is None:
        return []
    address = select(parties.c.address).where(parties.c.ref == row["party_ref"]).scalar_subquery()
    access = "broadband" if service.kind == "broadband" else "mobile"
    mine = area_faults.c.ended_at.is_(None) & (area_faults.c.access == access)
    near = mine & address.startswith(area_faults.c.area, autoescape=False)
    rows = await tx.rows(select(area_faults).where(near, area_faults.c.since <= literal(tx.now)))
    found = [AreaFault(one["area"], one["access"], one["since"], one["until"]) for one in rows]
    return sorted(found, key=lambda one: one.since)


async def light(tx: Transaction, service: ServiceId) -> LightReading | None:
    """Light on the fibre of a login, or of the first one that the holder of a number has."""
    login = await login_of(tx, service)
    if login is None:
        return None
    row = await tx.one(select(line_readings).where(line_readings.c.service == str(login)))
    usual = round(random.Random(str(login)).uniform(-23.5, -17.5), 1)  # noqa: S311 - a play
    power: float | None = row["power_dbm"] if row is not None else usual
    faults = await faults_at(tx, login)
    online = power is not None and power >= LEAST_DBM and not faults and (row is None or bool(row["registered"]))
    return LightReading(login, power, online, tx.now)


async def login_of(tx: Transaction, service: ServiceId) -> ServiceId | None:
    """The fibre line that is meant by a login or a number."""
    row = await questions.held(tx, service)
    if row is None or service.kind == "broadband":
        return service if row is not None else None
    held = await questions.holdings_of(tx, row["party_ref"])
    return next((one.service for one in held if one.service.kind == "broadband"), None)


# What happens in it -----------------------------------------------------------------------------------------------


async def break_area(tx: Transaction, area: str, access: Access, *, until: datetime | None = None) -> str:
    """A fault begins wherever addresses begin like this. Returns its reference."""
    ref = f"F-{new_id()}"
    row = {"ref": ref, "area": area, "access": access, "since": tx.now, "until": until}
    await tx.execute(insert(area_faults).values(row))
    return ref


async def repair_area(tx: Transaction, ref: str) -> None:
    """A fault ends."""
    await tx.execute(update(area_faults).where(area_faults.c.ref == ref).values(ended_at=tx.now))


async def put_reading(
    tx: Transaction,
    service: ServiceId,
    *,
    registered: bool = True,
    country: str = HOME,
    power_dbm: float | None = -20.0,
) -> None:
    """A line is from now on not as usual: not registered, abroad, in the dark."""
    told = {"registered": registered, "country": country, "power_dbm": power_dbm, "at": tx.now}
    put = insert(line_readings).values(service=str(service), **told)
    await tx.execute(put.on_conflict_do_update(index_elements=["service"], set_=told))
