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
from tests.smpp.lines import ACCOUNTS, until

if TYPE_CHECKING:
    from qiao.platform.database import Database
    from qiao.platform.house import House
    from tests.conftest import StillClock

pytestmark = pytest.mark.slow
MESSAGES = 2_500
IN_FLIGHT = 1_000


def environment(database_url: str, port: int, **more: str) -> dict[str, str]:
    link = {
        "name": "one", "host": "127.0.0.1", "port": port, "system_id": "qiao", "password": "secret",
        "sender": "10086", "window": IN_FLIGHT,
    }  # fmt: skip
    own = {"QIAO_DATABASE_URL": database_url, "QIAO_SMPP_LINKS": json.dumps([link]), "QIAO_SECRET_KEY": "t" * 40}
    return {**os.environ, **own, **more}


async def start(database_url: str, port: int, **more: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "qiao.app.cli", "sms", "gateway"),
        env=environment(database_url, port, **more),
        stdout=asyncio.subprocess.DEVNULL,
    )


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
            pass


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
    listed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "qiao.app.cli", "sms", "unknown"),
        env=environment(database.url, port),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await listed.communicate()
    lines: list[dict[str, Any]] = [json.loads(line) for line in out.splitlines()]
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
