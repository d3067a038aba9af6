"""Colleagues in a call as the rows have them, with no Asterisk."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import insert, update

from qiao import interactions, routing
from qiao.channels.voice import store
from qiao.channels.voice.ari import Ari
from qiao.channels.voice.model import Call
from qiao.channels.voice.people import People
from qiao.channels.voice.store_talk import voice_legs
from qiao.kernel.ids import AgentId, InteractionId, new_id
from tests.conftest import StillClock
from tests.routing.floor import EMPTY, Floor, RunningClock, end, start_owner

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from qiao.platform.house import House


@pytest.fixture
def clock() -> StillClock:
    return RunningClock()


async def nothing(*_: object) -> None:
    """No Asterisk ever answers."""


def with_no_asterisk(house: House, call: Call, contact: InteractionId) -> People:
    ari = Ari(port=1, password="", app="qiao-test", on_open=nothing, on_event=lambda _: None)
    return People(house, ari, call.id, call.channel, contact)


async def a_call(house: House) -> tuple[Call, InteractionId]:
    async with house.database.transaction() as tx:
        contact = await interactions.start_interaction(tx, channel="voice", language="fr", entry_point="hotline")
        call = Call(new_id(), f"ch-{new_id()}", state="talking", queued_at=tx.now, answered_at=tx.now)
        party = store.Party("sea", "", "10086", None, contact.id, new_id(), "hotline", "fr", "")
        await store.keep_new(tx, call, party, "qiao-test")
    return call, contact.id


async def test_a_stopped_recording_stays_stopped_when_what_is_seen_first_is_a_colleague_who_went(house: House) -> None:
    leg, (call, contact) = new_id(), await a_call(house)
    async with house.database.transaction() as tx:
        await tx.execute(update(store.voice_calls).values(unrecorded=True))
        went = {"id": leg, "call_id": call.id, "agent_id": new_id(), "role": "consulted", "state": "up", "way": ""}
        await tx.execute(insert(voice_legs).values(**went, lost=False, began_at=tx.now, up_at=tx.now))
    people = with_no_asterisk(house, call, contact)
    assert people.unrecorded, "nothing is known yet"
    await people.gone(leg, 0)
    assert people.unrecorded
    async with house.database.transaction() as tx:
        await tx.execute(update(store.voice_calls).values(unrecorded=False))
    await people.gone(leg, 0)
    assert not people.unrecorded


@pytest.fixture
async def offered(house: House) -> AsyncIterator[tuple[People, AgentId, UUID]]:
    """A call whose caller is offered to an agent, his telephone, and nobody who would offer him to another."""
    async with house.database.transaction() as tx:
        await tx.execute(EMPTY)
    hub = asyncio.create_task(house.hub.run())
    await house.hub.connected.wait()
    floor, (call, contact) = Floor(house), await a_call(house)
    owning = await start_owner(floor)
    await floor.desk(entry_points=["hotline"])
    agent_id = await floor.agent(capacity={"voice": 1}, languages=frozenset({"fr"}))
    await floor.queue(contact, channel="voice", entry_point="hotline", language="fr")
    assert await floor.offered(contact) == agent_id
    await end(owning)
    people = with_no_asterisk(house, call, contact)
    await people.look()
    (leg,) = people.talk.legs
    yield people, agent_id, leg.id
    await end(hub)


@pytest.mark.parametrize(
    ("stayed_seconds", "late_seconds", "stands"),
    [(0.1, 10.0, ("waiting", "not_ready")), (3.0, 10.0, ("wrap_up", "ready")), (3.0, 0.0, ("waiting", "not_ready"))],
    ids=["gone at once, told late", "gone after a talk", "heard of both at once, so nobody heard him"],
)
async def test_whether_an_agent_was_there_for_a_moment_only_is_judged_by_when_it_happened(
    house: House,
    clock: StillClock,
    offered: tuple[People, AgentId, UUID],
    stayed_seconds: float,
    late_seconds: float,
    stands: tuple[str, str],
) -> None:
    people, agent_id, leg_id = offered
    up_at = datetime(2031, 5, 1, tzinfo=UTC)  # Asterisk's clock is its own
    await people.up(leg_id, up_at)
    clock.forward(seconds=late_seconds)
    await people.gone(leg_id, 16, up_at + timedelta(seconds=stayed_seconds))
    async with house.database.transaction() as tx:
        where = await routing.waiting_contact(tx, people.interaction_id)
        presence = await routing.presence_of(tx, agent_id)
    assert where is not None and (where.state, presence.status) == stands
    assert presence.reason == ("cut_off" if stands[0] == "waiting" else None)
