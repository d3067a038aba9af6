"""Agents whose tabs are gone, measured against the real clock."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import select, text

from qiao import interactions, routing
from qiao.kernel.ids import AgentId, new_id
from qiao.platform.database import Transaction
from qiao.routing.liveness import Liveness
from qiao.routing.owner import Patience
from qiao.routing.store import assignments, presence, seats
from tests.conftest import StillClock
from tests.routing.floor import UNIT, Floor, Person, end

Asked = Callable[[Transaction], Awaitable[bool]]
PING_SECONDS = 4.0
BACK_WITHIN_SECONDS = 10.0


async def alive(floor: Floor, *agents: AgentId) -> None:
    """Answer for these agents every four seconds, as the stream does, until cancelled."""
    while True:
        for agent_id in agents:
            await floor.does(routing.seat_seen, agent_id=agent_id, seat=floor.seats[agent_id])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PING_SECONDS):
                await asyncio.Event().wait()


@pytest.mark.slow
async def test_a_tab_gone_mid_offer_puts_the_contact_back_within_ten_seconds(floor: Floor) -> None:
    await floor.desk(offer_lease_seconds=60)
    gone = await floor.agent(capacity={"chat": 1})
    contact = await floor.contact()
    assert await floor.offered(contact) == gone
    await floor.taken_in()
    went_at = time.monotonic()  # its last sign of life was before this
    staying = await floor.agent(ready=False)
    answering = asyncio.create_task(alive(floor, staying))
    await floor.stands(contact, "waiting", seconds=12)
    assert time.monotonic() - went_at < BACK_WITHIN_SECONDS
    stands = await floor.asks(routing.presence_of, gone)
    assert (stands.status, stands.state) == ("ready", "offline")
    await floor.does(routing.set_status, agent_id=staying, status="ready", reason=None)
    assert await floor.answered(contact) == staying
    await end(answering)


@pytest.mark.slow
async def test_an_agent_who_answers_every_four_seconds_keeps_his_offer(floor: Floor) -> None:
    await floor.desk(offer_lease_seconds=60)
    agent_id = await floor.agent()
    answering = asyncio.create_task(alive(floor, agent_id))
    contact = await floor.contact()
    assert await floor.offered(contact) == agent_id
    with pytest.raises(TimeoutError):
        await floor.stands(contact, "waiting", seconds=14)
    await end(answering)


@pytest.mark.slow
class TestInAHurry:
    """With agents lost after a second and a half, to see what follows."""

    @pytest.fixture
    def patience(self) -> Patience:
        return Patience(lost_seconds=1.5, gone_seconds=4.0)

    async def test_a_conversation_is_kept_for_its_agent_then_offered_with_all_that_was_said(
        self, floor: Floor, clock: StillClock
    ) -> None:
        await floor.desk(lost_grace_seconds=60)
        gone = await floor.agent()
        contact = await floor.contact()
        assert await floor.answered(contact) == gone
        await floor.until(lost(gone))
        assert (await floor.stands(contact, "active")).agent_id == gone
        clock.forward(seconds=61)
        await floor.stands(contact, "waiting")
        assert (await floor.asks(interactions.interaction, contact)).agent_id is None
        other = await floor.agent()
        assert await floor.answered(contact) == other
        said = await floor.asks(interactions.messages_after, contact)
        assert said[0].text == "你好"
        async with floor.database.transaction() as tx:
            whys = await tx.rows(
                select(assignments.c.agent_id, assignments.c.why)
                .where(assignments.c.interaction_id == contact)
                .order_by(assignments.c.from_at)
            )
        assert [(row["agent_id"], row["why"]) for row in whys] == [(gone, "lost"), (other, None)]

    async def test_who_comes_back_in_time_goes_on_talking(self, floor: Floor, clock: StillClock) -> None:
        await floor.desk()
        agent_id = await floor.agent()
        contact = await floor.contact()
        assert await floor.answered(contact) == agent_id
        await floor.until(lost(agent_id))
        clock.forward(seconds=30)
        await floor.does(routing.seat_seen, agent_id=agent_id, seat=floor.seats[agent_id])
        await floor.until(back(agent_id))
        answering = asyncio.create_task(quickly_alive(floor, clock, agent_id))
        clock.forward(seconds=45)
        await floor.contact()
        assert (await floor.stands(contact, "active")).agent_id == agent_id
        assert (await floor.asks(routing.presence_of, agent_id)).status == "ready"
        await end(answering)

    async def test_who_stays_away_is_signed_off(self, floor: Floor) -> None:
        agent_id = await floor.agent()
        await floor.until(signed_off(agent_id))
        async with floor.database.transaction() as tx:
            found = await tx.rows(select(presence).where(presence.c.agent_id == agent_id))
        assert {row["status"] for row in found} == {"not_ready", "ready", "lost"}
        assert all(row["until_at"] is not None for row in found)

    async def test_signing_on_again_brings_a_lost_agent_back(self, floor: Floor) -> None:
        await floor.desk()
        agent_id = await floor.agent()
        await floor.until(lost(agent_id))
        await floor.does(routing.sign_on, agent=Person(agent_id), seat=floor.seats[agent_id], units={UNIT})
        assert await floor.offered(await floor.contact()) == agent_id

    async def test_moving_the_houses_clock_loses_nobody(self, floor: Floor, clock: StillClock) -> None:
        agent_id = await floor.agent()
        clock.forward(days=10)
        answering = asyncio.create_task(quickly_alive(floor, clock, agent_id))
        with pytest.raises(TimeoutError):
            await floor.until(lost(agent_id), seconds=3)
        await end(answering)


async def test_a_sign_of_life_is_written_at_most_every_three_seconds(still: Floor, clock: StillClock) -> None:
    agent_id = await still.agent()
    before = await beats(still, agent_id)
    for _ in range(10):
        await still.does(routing.seat_seen, agent_id=agent_id, seat=still.seats[agent_id])
    assert await beats(still, agent_id) == before
    clock.forward(seconds=4)
    for _ in range(10):
        await still.does(routing.seat_seen, agent_id=agent_id, seat=still.seats[agent_id])
    assert await beats(still, agent_id) == before + 1
    clock.forward(seconds=4)
    await still.does(routing.seat_seen, agent_id=agent_id, seat=agent_id)  # a seat that was taken elsewhere
    assert await beats(still, agent_id) == before + 1


async def test_who_talks_is_there_whichever_browser_he_has_and_nobody_else_is(still: Floor, clock: StillClock) -> None:
    talks, silent, left = await still.agent(), await still.agent(), await still.agent()
    await still.does(routing.sign_off, agent_id=left)
    before = [await beats(still, one) for one in (talks, silent, left)]
    clock.forward(seconds=4)
    for _ in range(2):
        await still.does(routing.agents_seen, agent_ids={talks, left})
    assert [await beats(still, one) for one in (talks, silent, left)] == [before[0] + 1, *before[1:]]


def test_silence_counts_only_while_somebody_listens() -> None:
    liveness, agent_id = Liveness(lost_seconds=9), AgentId(new_id())
    liveness.look({agent_id: 1}, 0.0)
    liveness.look({agent_id: 1}, 3600.0)  # frozen for an hour: nobody could have been heard
    assert not liveness.silent(agent_id)
    for turn in range(20):
        liveness.look({agent_id: 1}, 3600.5 + turn / 2)
    assert liveness.silent(agent_id)
    liveness.look({agent_id: 2}, 3611.0)
    assert liveness.answers(agent_id)
    assert not liveness.silent(agent_id)


async def beats(floor: Floor, agent_id: AgentId) -> int:
    async with floor.database.transaction() as tx:
        return int(await tx.scalar(select(seats.c.beats).where(seats.c.agent_id == agent_id)))


async def quickly_alive(floor: Floor, clock: StillClock, agent_id: AgentId) -> None:
    """Half a second between signs of life; the house's clock moves on so that each is written."""
    while True:
        clock.forward(seconds=3)
        await floor.does(routing.seat_seen, agent_id=agent_id, seat=floor.seats[agent_id])
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(0.5):
                await asyncio.Event().wait()


def lost(agent_id: AgentId) -> Asked:
    async def offline(tx: Transaction) -> bool:
        return (await routing.presence_of(tx, agent_id)).state == "offline"

    return offline


def back(agent_id: AgentId) -> Asked:
    async def here(tx: Transaction) -> bool:
        return (await routing.presence_of(tx, agent_id)).state != "offline"

    return here


def signed_off(agent_id: AgentId) -> Asked:
    async def out(tx: Transaction) -> bool:
        return not await tx.scalar(
            text("select signed_on from routing_seats where agent_id = :agent_id"), {"agent_id": agent_id}
        )

    return out
