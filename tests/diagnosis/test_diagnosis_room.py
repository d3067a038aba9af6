"""What is measured, had through the catalogue and in the flows, on real rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from qiao import catalogue, interactions
from qiao.app.rooms import all_rooms
from qiao.bss import Lines, Network, Payments
from qiao.bss.sandbox import (
    CAST,
    SandboxLines,
    SandboxNetwork,
    SandboxPayments,
    break_area,
    misbehave,
    owe,
    put_reading,
)
from qiao.customers import Customer
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.money import Money
from qiao.platform.database import Database
from qiao.platform.house import House
from qiao.platform.policy import Actor, Level
from qiao.platform.signing import Signer
from tests.selfservice.conftest import SHI, Caller, calls, orders_done, shi  # noqa: F401 - fixtures

LOOKS = ("line_state", "network_state", "broadband_line")
HOME = CAST[0].more[0]


@pytest.fixture(autouse=True)
async def network(house: House, shi: Customer, database: Database) -> None:  # noqa: F811 - a fixture of others
    all_rooms()
    async with database.transaction() as tx:
        await tx.execute(text("truncate sandbox.area_faults, sandbox.line_readings, sandbox.features, orders cascade"))
        await tx.execute(text("update sandbox.holdings set state = 'active'"))
        await owe(tx, SHI, Money(0))
    house.ports[Lines] = SandboxLines(database, answer_seconds=15.0)
    house.ports[Network] = SandboxNetwork(database, answer_seconds=15.0)
    house.ports[Payments] = SandboxPayments(
        database, pages=lambda: "http://provider.example/pay", signer=Signer(b"p" * 32), answer_seconds=15.0
    )


async def known(calls: Any, code: str, language: str = "en") -> Caller:  # noqa: F811 - a fixture of others
    """Begin a flow as somebody who has proved who he is."""
    caller: Caller = await calls(code, language=language)
    async with caller.house.database.transaction() as tx:
        await interactions.prove_level(
            tx,
            interaction_id=caller.contact.id,
            level=Level.ONE_FACTOR,
            method="one_time_code",
            customer_id=caller.customer.id,
        )
    return await caller.begin()


def told(code: str, value: Any, language: str = "en") -> str:
    return catalogue.answer_text(catalogue.service(code), value, language, zone="Asia/Shanghai")


async def test_a_line_is_looked_at_on_record_and_told_in_every_language(
    house: House,
    shi: Customer,  # noqa: F811 - a fixture of others
    database: Database,
) -> None:
    async with database.transaction() as tx:
        contact = await interactions.start_interaction(
            tx, channel="chat", language="en", customer_id=shi.id, service_id=SHI, entry_point="x"
        )
    actor = Actor("customer", shi.id, "", None, frozenset(), "en", contact.id, "", level=Level.ONE_FACTOR)
    about: dict[str, Any] = {"target": SHI, "parameters": {}, "actor": actor, "customer_id": shi.id, "basis": "self"}
    for code in LOOKS:
        answer = await catalogue.ask(house, code=code, interaction_id=contact.id, level=2, **about)
        assert len({told(code, answer.value, language) for language in LANGUAGES}) >= len(LANGUAGES) - 1
        with pytest.raises(catalogue.ProofTooLow):
            await catalogue.ask(house, code=code, interaction_id=contact.id, level=1, **about)
    async with database.transaction() as tx:
        seen = await tx.rows(text("select act from audit_entries where interaction_id = :id"), {"id": contact.id})
    assert {one["act"] for one in seen} == {f"view.{code}" for code in LOOKS}


async def test_an_unpaid_line_is_paid_resumed_and_the_phone_restarted(
    calls: Any,  # noqa: F811 - a fixture of others
    house: House,
    database: Database,
) -> None:
    async with database.transaction() as tx:
        await owe(tx, SHI, Money.of("86.40"))
    assert (await house.get(Lines).suspend(SHI, "unpaid", key="stop")).kind == "done"
    caller = await known(calls, "no_signal")
    assert "86.40 yuan is overdue" in caller.said
    await caller.say("pay now")
    await orders_done(house)
    assert "choose 1" in caller.said
    await caller.say("1")
    assert "has not arrived yet" in caller.said
    async with database.transaction() as tx:
        await owe(tx, SHI, Money(0))
    await caller.say("1")
    await orders_done(house)
    assert "Switch the phone off" in caller.said
    line = await house.get(Lines).line(SHI)
    assert line is not None
    assert line.state == "active"
    assert (await caller.say("there is signal")).over == "ended"


async def test_a_fault_in_the_area_is_told_before_anything_is_asked(
    calls: Any,  # noqa: F811 - a fixture of others
    database: Database,
) -> None:
    async with database.transaction() as tx:
        until = tx.now + timedelta(minutes=1)
        await break_area(tx, "北京市海淀区", "mobile", until=until)
        await break_area(tx, "北京市", "broadband")
    caller = await known(calls, "slow_data")
    assert "The network near you is faulty" in caller.said
    home = await known(calls, "broadband_down", language="zh-CN")
    assert "抢修" in home.said
    assert (await home.say("1")).over == "ended"


async def test_abroad_without_roaming_is_seen_by_the_house_and_put_on_when_asked(
    calls: Any,  # noqa: F811 - a fixture of others
    house: House,
    database: Database,
) -> None:
    async with database.transaction() as tx:
        await put_reading(tx, SHI, country="FR")
    caller = await known(calls, "slow_data")
    await caller.say("no connection", "it is on")
    assert "Roaming is not yet on" in caller.said
    await caller.say("switch it on")
    await orders_done(house)
    assert '"Data roaming"' in caller.said
    line = await house.get(Lines).line(SHI)
    assert line is not None
    assert "roaming" in line.features
    assert [one.step for one in (caller.last.running.session.tried if caller.last else ())][-1] == "roaming_on"


async def test_a_dark_fibre_is_measured_twice_and_what_was_measured_goes_along(
    calls: Any,  # noqa: F811 - a fixture of others
    database: Database,
) -> None:
    async with database.transaction() as tx:
        await put_reading(tx, HOME, power_dbm=-31.0)
    caller = await known(calls, "broadband_down")
    await caller.say("red", "red")
    assert caller.last is not None
    assert caller.over == "handed"
    filled = caller.last.running.session.filled
    assert (filled["optical_power"], filled["line_sync"]) == ("-31.0", "down")


async def test_a_network_that_does_not_answer_stops_nobody(
    calls: Any,  # noqa: F811 - a fixture of others
    database: Database,
) -> None:
    async with database.transaction() as tx:
        await misbehave(tx, "error")
    try:
        caller = await known(calls, "broadband_down")
        assert "What do its lights show?" in caller.said
    finally:
        async with database.transaction() as tx:
            await misbehave(tx, None)
