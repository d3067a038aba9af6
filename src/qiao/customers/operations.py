"""Keeping what is known of a customer: who he is, which numbers are his, since when."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.bss import Holding, Operator, Party
from qiao.customers.events import CustomerKnown, NumberChangedHands
from qiao.customers.model import Customer, handed_over_at
from qiao.customers.queries import customer
from qiao.customers.recognition import Finding, look_up
from qiao.customers.store import customers, number_periods, one_time_codes, proof_tries, snapshots
from qiao.kernel.ids import CustomerId, InteractionId, new_id, unit_id_of
from qiao.kernel.languages import nearest
from qiao.kernel.service_ids import ServiceId
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.house import House
from qiao.platform.live import touch

SNAPSHOT_STANDS: Final = timedelta(minutes=5)


async def recognize(house: House, service: ServiceId) -> Customer | None:
    """Ask the operator who holds the number now, and keep the answer; None for nobody.

    Call with no transaction open. Raises OperatorAway.
    """
    finding = await look_up(house.get(Operator), service)
    if finding is None:
        return None
    async with house.database.transaction() as tx:
        return await keep(tx, finding)


async def keep(tx: Transaction, finding: Finding) -> Customer:
    """Keep what the operator says. A number that was somebody else's changes hands here, and all that hangs on it."""
    customer_id = await _keep_party(tx, finding.party)
    for holding in finding.holdings:
        await _keep_number(tx, customer_id, holding)
    await _close_gone(tx, customer_id, [str(holding.service) for holding in finding.holdings])
    return await customer(tx, customer_id)


async def _keep_party(tx: Transaction, party: Party) -> CustomerId:
    told = {
        "name": party.name,
        "kind": party.kind,
        "segment": party.segment,
        "language": party.language,
        "unit_id": unit_id_of(party.unit_code) if party.unit_code else None,
        "address": party.address,
        "address_as_of": tx.now,
        "born_year": party.born_year,
        "as_of": tx.now,
    }
    made = insert(customers).values(id=new_id(), operator_ref=party.ref, known_at=tx.now, **told)
    fresh = await tx.scalar(made.on_conflict_do_nothing(index_elements=["operator_ref"]).returning(customers.c.id))
    if fresh is not None:
        await emit(tx, CustomerKnown(CustomerId(fresh), party.segment))
        return CustomerId(fresh)
    again = update(customers).where(customers.c.operator_ref == party.ref).values(told).returning(customers.c.id)
    return CustomerId(await tx.scalar(again))


async def _keep_number(tx: Transaction, customer_id: CustomerId, holding: Holding) -> None:
    service = str(holding.service)
    row = await tx.one(
        select(number_periods)
        .where(number_periods.c.service == service, number_periods.c.until.is_(None))
        .with_for_update()
    )
    if row is not None and row["customer_id"] == customer_id:
        return
    if row is not None:
        until = handed_over_at(row["since"], holding.since, tx.now)
        await _close(tx, row["id"], CustomerId(row["customer_id"]), service, until)
    made = insert(number_periods).values(id=new_id(), service=service, customer_id=customer_id, since=holding.since)
    await tx.execute(made.on_conflict_do_nothing())


async def _close_gone(tx: Transaction, customer_id: CustomerId, held: list[str]) -> None:
    """Numbers that were his and are no longer."""
    mine = (number_periods.c.customer_id == customer_id) & number_periods.c.until.is_(None)
    rows = await tx.rows(select(number_periods).where(mine, number_periods.c.service.not_in(held)).with_for_update())
    for row in rows:
        await _close(tx, row["id"], customer_id, row["service"], tx.now)


async def _close(tx: Transaction, period_id: UUID, former: CustomerId, service: str, until: datetime) -> None:
    await tx.execute(update(number_periods).where(number_periods.c.id == period_id).values(until=until))
    for left_behind in (proof_tries, one_time_codes):
        await tx.execute(left_behind.delete().where(left_behind.c.service == service))
    await emit(tx, NumberChangedHands(former, str(period_id)))
    await touch(tx, f"customer:{former}")


async def keep_snapshot(tx: Transaction, customer_id: CustomerId, service: ServiceId, body: Mapping[str, Any]) -> None:
    """Keep what the operator said of this number's account, dated now; one of the last five minutes stands."""
    values = {"as_of": tx.now, "body": dict(body)}
    written = insert(snapshots).values(customer_id=customer_id, service=str(service), **values)
    key, old = ["customer_id", "service"], snapshots.c.as_of <= tx.now - SNAPSHOT_STANDS
    await tx.execute(written.on_conflict_do_update(index_elements=key, set_=values, where=old))


async def correct_address(tx: Transaction, *, customer_id: CustomerId, address: str) -> None:
    """Our copy of the address, after the operator has taken the correction."""
    await tx.execute(
        update(customers).where(customers.c.id == customer_id).values(address=address, address_as_of=tx.now)
    )
    await touch(tx, f"customer:{customer_id}")


async def choose_language(tx: Transaction, *, customer_id: CustomerId, language: str) -> str:
    """Serve him in this language from now on, whatever the operator has on record; returns the one before."""
    return await _choose(tx, customer_id, {"language_chosen": nearest(language)}, "language")


async def choose_elderly_mode(tx: Transaction, *, customer_id: CustomerId, on: bool) -> str:
    """Serve him short and large, with a person soon, or as anybody; returns "on" or "off", whichever was before."""
    return await _choose(tx, customer_id, {"elderly_mode": on}, "elderly_mode")


async def choose_person_first(
    tx: Transaction, *, customer_id: CustomerId, on: bool, by: str = "", interaction_id: InteractionId | None = None
) -> str:
    """Put his calls through to a person at once, or let him hear the menu; returns "on" or "off", as it was before.

    A change goes on record as done `by` this actor; without one, an order that says so is on record already.
    """
    had = await _choose(tx, customer_id, {"person_first": on}, "person_first")
    if by and (had == "on") != on:
        await audit.record(
            tx,
            actor=by,
            act="do.person_first",
            customer_id=customer_id,
            interaction_id=interaction_id,
            details={"on": on},
            once=False,
        )
    return had


async def _choose(tx: Transaction, customer_id: CustomerId, chosen: Mapping[str, Any], told: str) -> str:
    """Raises NotFound."""
    before = await customer(tx, customer_id)
    await tx.execute(update(customers).where(customers.c.id == customer_id).values(dict(chosen)))
    await touch(tx, f"customer:{customer_id}")
    had = getattr(before, told)
    return had if isinstance(had, str) else ("on" if had else "off")
