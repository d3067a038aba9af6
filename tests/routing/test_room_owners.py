"""Two owners never act at once: killed, frozen and thawed processes, and a memory that is read from rows."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from sqlalchemy import select, text, update

from qiao import routing
from qiao.kernel.ids import AgentId, InteractionId
from qiao.platform.clock import HouseClock
from qiao.platform.database import Transaction
from qiao.platform.leases import Lease, holder
from qiao.routing.owner import LEASE, OFFERS_WRITTEN, TURN_DECIDED
from qiao.routing.store import contacts, offers
from tests.conftest import StillClock
from tests.routing.floor import Floor, end, start_owner

HAND_OVER_SECONDS = 5.0
PROCESS = Path(__file__).parent / "owner_process.py"
Starts = Callable[..., Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def start(still: Floor) -> AsyncIterator[Starts]:
    """Starts owners; all are killed in the end."""
    started: list[asyncio.subprocess.Process] = []

    async def begin(**environment: str) -> asyncio.subprocess.Process:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            str(PROCESS),
            still.database.url,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env={**os.environ, **environment},
        )
        started.append(process)
        assert process.stderr is not None
        async with asyncio.timeout(30):
            while (line := await process.stderr.readline()) != b"ready\n":
                assert line, "it ended without a word"
        return process

    yield begin
    for process in started:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def owned(floor: Floor, after: int = 0) -> int:
    """Wait until somebody owns routing by a later epoch; returns it."""

    async def taken(tx: Transaction) -> int | None:
        found = await holder(tx, LEASE)
        return found.epoch if found is not None and found.epoch > after else None

    epoch = await floor.until(taken)
    assert epoch is not None
    return epoch


async def epochs(floor: Floor) -> list[int]:
    async with floor.database.transaction() as tx:
        return [row["epoch"] for row in await tx.rows(select(offers.c.epoch).order_by(offers.c.offered_at))]


@pytest.mark.slow
class TestProcesses:
    """The machine's time is the house's here: the owners are other processes."""

    @pytest.fixture
    def clock(self) -> HouseClock:
        return HouseClock()

    async def test_a_killed_owner_is_followed_within_five_seconds_and_order_is_kept(
        self, still: Floor, start: Starts
    ) -> None:
        await still.desk()
        first = await start()
        epoch = await owned(still)
        second = await start()
        waiting = [await still.contact() for _ in range(4)]
        await still.taken_in()
        first.send_signal(signal.SIGKILL)
        began = time.monotonic()
        agent_id = await still.agent(capacity={"chat": 1})
        assert await still.offered(waiting[0]) == agent_id
        assert time.monotonic() - began < HAND_OVER_SECONDS
        assert await owned(still) == epoch + 1
        order = [waiting[0]]
        for _ in waiting[1:]:
            await answer_and_finish(still, order[-1], agent_id)
            order.append(await next_offer(still, agent_id))
        assert order == waiting
        assert second.returncode is None

    async def test_a_frozen_owner_is_followed_and_harms_nothing_when_it_thaws(
        self, still: Floor, start: Starts
    ) -> None:
        await still.desk()
        first = await start()
        epoch = await owned(still)
        second = await start()
        agent_id = await still.agent(capacity={"chat": 1})
        contact = await still.contact()
        assert await still.offered(contact) == agent_id
        first.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        assert await owned(still, after=epoch) == epoch + 1
        await still.does(routing.accept_offer, interaction_id=contact, agent_id=agent_id)
        other = await still.agent(capacity={"chat": 1})
        assert await still.offered(await still.contact()) == other
        assert time.monotonic() - began < HAND_OVER_SECONDS + 1
        first.send_signal(signal.SIGCONT)
        last = await still.contact()
        third = await still.agent(capacity={"chat": 1})
        assert await still.offered(last) == third
        assert (await still.stands(contact, "active")).agent_id == agent_id
        assert await owned(still) == epoch + 1
        assert await epochs(still) == [epoch, epoch + 1, epoch + 1]
        assert second.returncode is None

    @pytest.mark.parametrize("place", [TURN_DECIDED, OFFERS_WRITTEN])
    async def test_an_owner_that_dies_at_a_failpoint_loses_and_doubles_nothing(
        self, still: Floor, start: Starts, place: str
    ) -> None:
        await still.desk()
        agent_id = await still.agent()
        contact = await still.contact()
        dying = await start(QIAO_FAILPOINT=place)
        async with asyncio.timeout(20):
            assert await dying.wait() == 137
        assert await epochs(still) == []
        await start()
        assert await still.answered(contact) == agent_id
        assert len(await epochs(still)) == 1


async def answer_and_finish(floor: Floor, interaction_id: InteractionId, agent_id: AgentId) -> None:
    for verb in (routing.accept_offer, routing.release_contact, routing.finish_wrap_up):
        await floor.does(verb, interaction_id=interaction_id, agent_id=agent_id)


async def next_offer(floor: Floor, agent_id: AgentId) -> InteractionId:
    async def some(tx: Transaction) -> list[routing.Offer]:
        return await routing.my_offers(tx, agent_id)

    return (await floor.until(some))[0].interaction_id


async def test_the_next_owner_knows_what_the_last_one_knew(still: Floor, clock: StillClock) -> None:
    await still.desk("vip", segments=["vip"], overflow_after_seconds=300, overflow_desk="general")
    await still.desk(offer_lease_seconds=600, wrap_up_max_seconds=600)
    owner = await start_owner(still)
    agent_id = await still.agent(capacity={"chat": 3})
    talking, writing, offered = [await still.contact() for _ in range(3)]
    for contact in (talking, writing):
        assert await still.answered(contact) == agent_id
    await still.does(routing.release_contact, interaction_id=writing, agent_id=agent_id)
    assert await still.offered(offered) == agent_id
    waiting = await still.contact()
    vip = await still.contact(segment="vip", skills=("nobody-has-this",))
    await still.taken_in()
    clock.forward(seconds=200)
    await end(owner)
    before = await states(still)

    owner = await start_owner(still)
    await still.does(routing.seat_seen, agent_id=agent_id, seat=still.seats[agent_id])
    probe = await still.contact()
    await still.taken_in()
    assert {key: state for key, state in (await states(still)).items() if key != probe} == before
    await still.does(routing.accept_offer, interaction_id=offered, agent_id=agent_id)
    await still.does(routing.finish_wrap_up, interaction_id=writing, agent_id=agent_id)
    assert await still.offered(waiting) == agent_id
    clock.forward(seconds=101)  # 301 s after it came, not after the hand-over
    general = (await still.stands(waiting, "offered")).desk_id
    await still.until(at_desk(vip, general))
    await end(owner)


async def test_what_happened_without_an_owner_is_found_by_the_next(still: Floor, clock: StillClock) -> None:
    await still.desk(wrap_up_max_seconds=60)
    owner = await start_owner(still)
    agent_id = await still.agent(capacity={"chat": 3})
    missed, left, writing = [await still.contact() for _ in range(3)]
    await still.offered(missed)
    assert await still.answered(writing) == agent_id
    await still.offered(left)
    await end(owner)
    await still.does(routing.release_contact, interaction_id=writing, agent_id=agent_id)
    await still.does(routing.abandon_contact, interaction_id=left)
    late = await still.contact()
    clock.forward(seconds=61)
    owner = await start_owner(still)
    await still.stands(writing, "done")
    await still.stands(missed, "waiting")
    stands = await still.asks(routing.presence_of, agent_id)
    assert (stands.status, stands.reason) == ("not_ready", "missed")
    await still.taken_in()
    assert (await still.stands(left, "abandoned")).agent_id is None
    other = await still.agent(capacity={"chat": 1})
    assert await still.offered(missed) == other
    assert (await still.stands(late, "waiting")).agent_id is None
    await end(owner)


async def test_an_owner_whose_row_was_written_behind_its_back_reads_anew(floor: Floor) -> None:
    await floor.desk()
    contact = await floor.contact()
    await floor.taken_in()
    async with floor.database.transaction() as tx:
        await tx.execute(
            update(contacts).where(contacts.c.interaction_id == contact).values(rev=contacts.c.rev + 1, attempt=6)
        )
    agent_id = await floor.agent()
    assert await floor.offered(contact) == agent_id
    (offer,) = await floor.asks(routing.my_offers, agent_id)
    assert offer.attempt == 7


@pytest.mark.slow
async def test_an_accept_at_the_last_moment_and_the_lease_never_both_win(floor: Floor, clock: StillClock) -> None:
    await floor.desk(offer_lease_seconds=20)
    for _ in range(10):
        agent_id = await floor.agent(capacity={"chat": 1})
        contact = await floor.contact()
        assert await floor.offered(contact) == agent_id
        async with floor.database.transaction() as tx:
            await routing.accept_offer(tx, interaction_id=contact, agent_id=agent_id)
            clock.forward(seconds=21)  # the owner finds the lease over while this is open
            await tx.execute(text("select pg_notify('qiao_routing', '')"))
            await tx.execute(text("select pg_sleep(0.1)"))
        await floor.taken_in()
        assert (await floor.stands(contact, "active")).agent_id == agent_id
        assert (await floor.asks(routing.presence_of, agent_id)).status == "ready"
        await floor.does(routing.drop_contact, interaction_id=contact)
        await floor.does(routing.sign_off, agent_id=agent_id)
        await floor.taken_in()


async def test_two_loops_in_one_house_take_turns(still: Floor) -> None:
    await still.desk()
    first, second = await start_owner(still), await start_owner(still)
    agent_id = await still.agent(capacity={"chat": 50})
    for _ in range(5):
        await still.answered(await still.contact())
    assert len(set(await epochs(still))) == 1
    await end(first)
    assert await still.offered(await still.contact()) == agent_id
    await end(second)


async def test_the_lease_is_the_one_of_routing(floor: Floor) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2), Lease(floor.database, LEASE):
            pass


async def states(floor: Floor) -> dict[InteractionId, tuple[str, AgentId | None]]:
    async with floor.database.transaction() as tx:
        rows = await tx.rows(select(contacts))
    return {row["interaction_id"]: (row["state"], row["agent_id"]) for row in rows}


def at_desk(interaction_id: InteractionId, desk_id: object) -> Callable[[Transaction], Awaitable[bool]]:
    async def there(tx: Transaction) -> bool:
        found = await routing.waiting_contact(tx, interaction_id)
        return found is not None and found.desk_id == desk_id

    return there
