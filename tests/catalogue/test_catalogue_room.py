"""The catalogue on real rows: asked with audit first, done once, never guessed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from sqlalchemy import text

from qiao import catalogue, customers
from qiao.bss import Operator, OperatorAway
from qiao.bss.sandbox import (
    CAST,
    SandboxOperator,
    fill,
    misbehave,
    party_ref,
    plant_unwanted_subscription,
    transfer_number,
)
from qiao.catalogue import NumberNoLongerHis, ProofTooLow, outcomes
from qiao.catalogue.jobs import perform
from qiao.catalogue.services import CatalogueIncomplete
from qiao.catalogue.services import catalogue as all_services
from qiao.catalogue.services import read as read_services
from qiao.kernel.ids import new_id
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotFound
from qiao.platform.policy import Actor, Basis, Level

if TYPE_CHECKING:
    from qiao.customers import Customer
    from qiao.platform.database import Database
    from qiao.platform.house import House

SHI, JONES = CAST[0].service, CAST[4].service
RIGHTS = frozenset({"catalogue.perform"})
WANG = Actor("staff", new_id(), "Wang", None, RIGHTS, "zh-CN", new_id(), "token")


@pytest.fixture
async def shi(house: House, database: Database) -> Customer:
    async with database.transaction() as tx:
        await fill(tx, customers=30)
        await misbehave(tx, None)
    house.ports[Operator] = SandboxOperator(database, answer_seconds=3.0)
    return await known(house, CAST[0].service)


async def known(house: House, service: Any) -> Customer:
    finding = await customers.look_up(house.get(Operator), service)
    assert finding is not None
    async with house.database.transaction() as tx:
        return await customers.keep(tx, finding)


async def ask(house: House, who: Customer, code: str, level: Level = Level.ONE_FACTOR, **parameters: str) -> Any:
    return await catalogue.ask(
        house,
        code=code,
        target=SHI,
        parameters=parameters,
        actor=WANG,
        customer_id=who.id,
        interaction_id=None,
        level=level,
        basis=Basis.LIVE_CONTACT,
    )


async def place(house: House, who: Customer, code: str, key: str, **parameters: str) -> catalogue.Order:
    async with house.database.transaction() as tx:
        return await catalogue.place_order(
            tx,
            code=code,
            customer_id=who.id,
            target=who.numbers[0] if who.numbers[0].kind == "mobile" else who.numbers[-1],
            parameters=parameters,
            actor_ref=WANG.reference,
            level=Level.ONE_FACTOR,
            basis=Basis.LIVE_CONTACT,
            origin=Origin("desk", None, WANG.reference),
            key=key,
            rights=RIGHTS,
            confirmed=True,
        )


async def standing(house: House, order: catalogue.Order) -> catalogue.Order:
    async with house.database.transaction() as tx:
        return await catalogue.order(tx, order.id)


async def views(database: Database, act: str) -> int:
    async with database.transaction() as tx:
        return int(await tx.scalar(text("select count(*) from audit_entries where act = :act"), {"act": act}))


async def test_a_question_is_on_record_before_it_is_answered_and_refused_without_proof(
    house: House, database: Database, shi: Customer
) -> None:
    with pytest.raises(ProofTooLow):
        await ask(house, shi, "balance", Level.NUMBER_SEEN)
    assert await views(database, "view.balance") == 0
    answer = await ask(house, shi, "balance")
    assert str(answer.value.amount) == "126.80"
    assert await views(database, "view.balance") == 1
    async with database.transaction() as tx:
        await misbehave(tx, "hang")
    with pytest.raises(OperatorAway):
        await ask(house, shi, "bills")
    assert await views(database, "view.bills") == 1, "who asked is on record even when no answer came"


async def test_what_is_no_service_or_no_question_does_not_exist(house: House, shi: Customer) -> None:
    for code in ("gold", "change_plan"):
        with pytest.raises(NotFound):
            await ask(house, shi, code)
    answer = await ask(house, shi, "provider", Level.UNKNOWN, short_code="3737")
    assert answer.value.name == "易图通"


async def test_an_act_is_done_once_however_often_it_is_sent_and_performed(
    house: House, database: Database, shi: Customer
) -> None:
    async with database.transaction() as tx:
        ref = await plant_unwanted_subscription(tx, SHI)
    first = await place(house, shi, "cancel_subscription", "click-1", subscription_ref=ref)
    again = await asyncio.gather(
        *(place(house, shi, "cancel_subscription", "click-1", subscription_ref=ref) for _ in range(4))
    )
    assert {one.id for one in again} == {first.id}
    with pytest.raises(catalogue.KeyUsedForAnotherOrder):
        await place(house, shi, "correct_address", "click-1", address="北京市")
    await asyncio.gather(*(perform(house, order_id=str(first.id)) for _ in range(3)))
    assert (await standing(house, first)).state == "done"
    assert ref not in {one.ref for one in await house.get(Operator).subscriptions(SHI)}
    async with database.transaction() as tx:
        assert (await catalogue.orders_of(tx, shi.id))[0].id == first.id


async def test_what_the_operator_refuses_is_refused_with_his_reason(house: House, shi: Customer) -> None:
    order = await place(house, shi, "cancel_subscription", "click-2", subscription_ref="S-none")
    await perform(house, order_id=str(order.id))
    now = await standing(house, order)
    assert (now.state, now.reason, now.over) == ("refused", "not_running", True)


async def test_an_outcome_that_is_not_known_is_said_so_and_asked_again_under_the_same_key(
    house: House, database: Database, shi: Customer
) -> None:
    order = await place(house, shi, "correct_address", "click-3", address="北京市西城区 1 号")
    async with database.transaction() as tx:
        await misbehave(tx, "truncated")
    await perform(house, order_id=str(order.id))
    assert (await standing(house, order)).state in ("pending", "unknown")
    async with database.transaction() as tx:
        assert [one.id for one in await catalogue.unsettled(tx)] == [order.id]
        await misbehave(tx, None)
        await outcomes.ask_again(tx, [str(order.id)])
    await perform(house, order_id=str(order.id))
    assert (await standing(house, order)).state == "done"
    async with database.transaction() as tx:
        assert (await customers.customer(tx, shi.id)).address == "北京市西城区 1 号"


async def test_nothing_is_shown_or_done_for_a_number_that_is_somebody_elses_by_now(
    house: House, database: Database, shi: Customer
) -> None:
    jones = await known(house, JONES)
    order = await place(house, jones, "cancel_all_subscriptions", "click-4")
    async with database.transaction() as tx:
        await transfer_number(tx, JONES, to_party_ref=party_ref(21))
    await perform(house, order_id=str(order.id))
    assert (await standing(house, order)).reason == "number_changed_hands"
    with pytest.raises(NumberNoLongerHis):
        await catalogue.ask(
            house,
            code="balance",
            target=JONES,
            parameters={},
            actor=replace(WANG),
            customer_id=jones.id,
            interaction_id=None,
            level=Level.ONE_FACTOR,
            basis=Basis.LIVE_CONTACT,
        )
    async with database.transaction() as tx:
        assert not await customers.holds(tx, jones.id, JONES), "the house has learned it"


def test_every_service_has_its_nine_names_and_a_catalogue_with_gaps_does_not_start() -> None:
    for service in all_services().values():
        assert set(service.names) == set(LANGUAGES)
    assert {one.code for one in catalogue.services(audience="customer")} >= {"balance", "cancel_subscription"}
    assert "provider" not in {one.code for one in catalogue.services(audience="customer")}
    assert "change_plan" not in {one.code for one in catalogue.services()}
    broken = yaml.safe_load(
        "a: {kind: look, level: 2, name: {en: A}, sms: [X]}\n"
        "b: {kind: sing, level: 2, name: {en: B}}\n"
        "c: {kind: act, level: 2, name: {en: C}, sms: [x], undo: [{code: nothing}], then: nothing, colour: red}\n"
    )
    with pytest.raises(CatalogueIncomplete) as gaps:
        read_services(broken)
    for part in (
        "a: no name in zh-CN",
        "b: kind is",
        "c: the keyword x",
        "c: undone by nothing",
        "c: unknown word",
        "c: nothing does not choose",
    ):
        assert part in str(gaps.value)


def test_staff_are_offered_what_their_rights_include_and_nothing_that_takes_a_secret() -> None:
    everything = {
        one.code for one in catalogue.services(rights=frozenset({"catalogue.perform", "catalogue.change_number"}))
    }
    assert {"change_plan", "replace_sim", "hold_charge", "provider"} <= everything
    assert "change_service_password" not in everything
    assert "replace_sim" not in {one.code for one in catalogue.services(rights=RIGHTS)}
