"""kill -9 of the gateway with 1,000 messages in flight: the ledgers agree, every difference is unknown and listed."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from qiao import post
from qiao.channels.smpp import gateway
from qiao.channels.smpp.sandbox import Centre
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.failpoints import KILLED
from qiao.post.leaving import pick_up
from tests.looking import a_moment
from tests.smpp.lines import ACCOUNTS, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from qiao.platform.database import Database
    from qiao.platform.house import House
    from tests.conftest import StillClock

pytestmark = pytest.mark.slow
MESSAGES = 2_500
IN_FLIGHT = 1_000


def environment(database_url: str, port: int, window: int = IN_FLIGHT, **more: str) -> dict[str, str]:
    link = {
        "name": "one", "host": "127.0.0.1", "port": port, "system_id": "qiao", "password": "secret",
        "sender": "10086", "window": window,
    }  # fmt: skip
    own = {"QIAO_DATABASE_URL": database_url, "QIAO_SMPP_LINKS": json.dumps([link]), "QIAO_SECRET_KEY": "t" * 40}
    return {**os.environ, **own, **more}


_started: list[asyncio.subprocess.Process] = []


@pytest.fixture(autouse=True)
async def _none_is_left() -> AsyncIterator[None]:
    """A test that fails leaves no gateway behind."""
    yield
    for one in _started:
        if one.returncode is None:
            one.kill()
            await one.wait()
    _started.clear()


async def start(database_url: str, port: int, window: int = IN_FLIGHT, **more: str) -> asyncio.subprocess.Process:
    """The gateway as it is run: a process of its own, by its command."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "qiao.app.cli", "sms", "gateway"),
        env=environment(database_url, port, window, **more),
        stdout=asyncio.subprocess.DEVNULL,
    )
    _started.append(process)
    return process


async def fill(database: Database, count: int) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("truncate post_messages, smpp_parts, smpp_receipts"))
        for number in range(count):
            await post.send(
                tx, purpose="t", recipient=ServiceId("mobile", f"+86139{number:08d}"), text=f"number {number}",
                language="en", key=str(number), origin=Origin("system"),
            )  # fmt: skip


async def told(database: Database) -> dict[str, str]:
    async with database.transaction() as tx:
        rows = await tx.rows(text("select recipient, state from post_messages"))
        return {row["recipient"].removeprefix("mobile:+"): row["state"] for row in rows}


async def count(database: Database, *states: str) -> int:
    async with database.transaction() as tx:
        return int(
            await tx.scalar(text("select count(*) from post_messages where state = any(:s)"), {"s": list(states)})
        )


async def settled(database: Database) -> None:
    async with asyncio.timeout(90):
        while await count(database, "accepted", "claimed", "submitted"):
            await a_moment()


async def listed_unknown(database_url: str, port: int) -> list[dict[str, Any]]:
    """What `qiao sms unknown` prints."""
    listing = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "qiao.app.cli", "sms", "unknown"),
        env=environment(database_url, port),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await listing.communicate()
    assert listing.returncode == 0
    return [json.loads(line) for line in out.splitlines()]


def agree(centre: Centre, ours: dict[str, str]) -> None:
    """What the centre took once is delivered or unknown, what is delivered it took, and nothing was taken twice."""
    taken = Counter(one.destination for one in centre.ledger.taken.values())
    assert set(taken.values()) <= {1}, "never twice"
    assert {to for to, state in ours.items() if state == "delivered"} <= taken.keys()
    assert {ours[to] for to in taken} <= {"delivered", "unknown"}
    assert {state for to, state in ours.items() if to not in taken} <= {"unknown"}


async def test_a_gateway_killed_with_a_thousand_in_flight_sends_nothing_twice_and_knows_what_it_does_not_know(
    house: House, database: Database, clock: StillClock
) -> None:
    there = Centre(ACCOUNTS)
    port = await there.listen()
    await fill(database, MESSAGES)
    there.faults.forget = IN_FLIGHT  # taken, and not answered: they stay in flight
    doomed = await start(database.url, port)
    await until(lambda: len(there.ledger.taken) == IN_FLIGHT, seconds=60)
    doomed.send_signal(signal.SIGKILL)
    assert await doomed.wait() == -signal.SIGKILL
    in_doubt = await count(database, "claimed")
    assert in_doubt >= IN_FLIGHT
    assert await count(database, "submitted", "delivered", "unknown", "failed") == 0
    async with database.transaction() as tx:
        clock.at = await tx.scalar(text("select max(claimed_at) from post_messages")) + timedelta(minutes=3)
    successor = await start(database.url, port)
    await pick_up(house)
    await pick_up(house)
    await settled(database)
    successor.terminate()
    assert await successor.wait() == 0
    ours = await told(database)
    agree(there, ours)
    assert Counter(ours.values()) == {"unknown": in_doubt, "delivered": MESSAGES - in_doubt}
    lines = await listed_unknown(database.url, port)
    assert {line["message"] for line in lines} == await ids_of(database, "unknown")
    assert len(lines) == in_doubt
    assert {line["reason"] for line in lines} == {"the sender stopped"}
    assert "139" in lines[0]["to"]
    assert "*" in lines[0]["to"]
    await there.stop()


@pytest.mark.parametrize("failpoint", [gateway.CLAIMED, gateway.TOLD])
async def test_a_gateway_killed_at_each_failpoint_leaves_two_ledgers_that_agree(
    house: House, database: Database, clock: StillClock, failpoint: str
) -> None:
    there = Centre(ACCOUNTS)
    port = await there.listen()
    await fill(database, 300)
    doomed = await start(database.url, port, QIAO_FAILPOINT=failpoint)
    async with asyncio.timeout(60):
        assert await doomed.wait() == KILLED
    async with database.transaction() as tx:
        clock.at = await tx.scalar(text("select max(claimed_at) from post_messages")) + timedelta(minutes=3)
    successor = await start(database.url, port)
    await pick_up(house)
    await settled(database)
    successor.terminate()
    await successor.wait()
    agree(there, await told(database))
    await there.stop()


async def ids_of(database: Database, *states: str) -> set[str]:
    async with database.transaction() as tx:
        rows = await tx.rows(text("select id from post_messages where state = any(:s)"), {"s": list(states)})
        return {str(row["id"]) for row in rows}


async def test_killed_three_times_in_a_row_each_message_is_sent_once_at_most_and_each_text_heard_once(
    house: House, database: Database, clock: StillClock
) -> None:
    there = Centre(ACCOUNTS)
    port = await there.listen()
    await fill(database, MESSAGES)
    doubts, window = set[str](), 100
    for kill in range(3):
        before = len(there.ledger.taken)
        there.faults.forget = window // 2  # some are taken and not answered, the others are, while it dies
        doomed = await start(database.url, port, window)
        await until(lambda: there.links, seconds=60)
        for number in range(100):
            source = f"+86138{kill}{number:07d}"
            there.send(source, "10086", {"short_message": f"text {kill} {number}".encode()})
        await until(lambda before=before: len(there.ledger.taken) >= before + 300, seconds=60)  # type: ignore[misc]
        doomed.send_signal(signal.SIGKILL)
        assert await doomed.wait() == -signal.SIGKILL
        doubts |= await ids_of(database, "claimed")
        async with database.transaction() as tx:
            clock.at = await tx.scalar(text("select max(claimed_at) from post_messages")) + timedelta(minutes=3)
        await pick_up(house)
        await pick_up(house)
    there.faults.forget = 0
    successor = await start(database.url, port, window)
    await settled(database)
    await until(lambda: there.links and not there.waiting and not there.links[0].unacknowledged, seconds=60)
    successor.terminate()
    assert await successor.wait() == 0
    agree(there, await told(database))
    unknown = await ids_of(database, "unknown")
    assert unknown <= doubts, "nothing is unknown that was not under way when it died"
    assert await count(database, "delivered") >= 300, "and the rest went on"
    assert {line["message"] for line in await listed_unknown(database.url, port)} == unknown
    async with database.transaction() as tx:
        heard = Counter(row["text"] for row in await tx.rows(text("select text from post_texts")))
    assert heard == {f"text {kill} {number}": 1 for kill in range(3) for number in range(100)}
    await there.stop()


@pytest.mark.parametrize("fault", ["drop_after", "drop_before"])
async def test_links_that_die_between_submission_and_answer_leave_what_was_under_way_unknown_and_the_rest_goes_on(
    house: House, database: Database, fault: str
) -> None:
    there = Centre(ACCOUNTS)
    port = await there.listen()
    await fill(database, MESSAGES)
    gateway_process = await start(database.url, port)
    for _ in range(3):
        await until(lambda: there.links, seconds=60)
        there.faults.forget = 50
        there.change({fault: 250})
        await until(lambda: getattr(there.faults, fault) == -1, seconds=60)
    there.faults.forget = 0
    await settled(database)
    assert gateway_process.returncode is None, "the process stands"
    gateway_process.terminate()
    assert await gateway_process.wait() == 0
    ours = await told(database)
    agree(there, ours)
    states = Counter(ours.values())
    assert states.keys() == {"delivered", "unknown"}
    assert 3 <= states["unknown"] <= 3 * IN_FLIGHT, "no more than the windows held"
    lines = await listed_unknown(database.url, port)
    assert {line["message"] for line in lines} == await ids_of(database, "unknown")
    assert {line["reason"] for line in lines} == {gateway.LOST}
    await there.stop()
