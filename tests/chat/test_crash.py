"""kill -9 at every failpoint of the chat: nothing that was acknowledged is lost, nothing sent again is doubled."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import websockets

from qiao.channels.chat.room import ROOM
from qiao.platform.clock import MachineClock
from qiao.platform.failpoints import KILLED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from qiao.platform.house import House
    from tests.chat.conftest import Server

ROOT = Path(__file__).parents[2]


@contextlib.asynccontextmanager
async def killable(server: Server, tmp_path: Path, failpoint: str = "") -> AsyncIterator[tuple[Server, object]]:
    """Another web process on the same database; dies at the failpoint, if one is named."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.chat.serving", server.house.database.url, str(tmp_path / "files"),
        cwd=ROOT, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "QIAO_FAILPOINT": failpoint},
    )  # fmt: skip
    try:
        assert process.stdout is not None
        async with asyncio.timeout(60):
            port = int(await process.stdout.readline())
        yield type(server)(server.house, port, {}), process
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def use_real_time(house: House) -> None:
    """The other process lives in real time; tokens must be of the same time."""
    house.clock.at = MachineClock().now()  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("failpoint", [one for one in ROOM.failpoints if one.startswith("chat.say.")])
async def test_a_killed_web_process_loses_no_acknowledged_message_and_doubles_none(
    server: Server, tmp_path: Path, failpoint: str
) -> None:
    await use_real_time(server.house)
    visit = await server.visit()
    async with server.tab(visit) as tab:
        await tab.say("key-00000001", "已确认")
        conversation = (await tab.acked("key-00000001"))["conversation"]
    async with killable(server, tmp_path, failpoint) as (doomed, process):
        async with doomed.tab(await doomed.visit(visit["token"]), conversation=conversation, last=1) as tab:
            with contextlib.suppress(websockets.ConnectionClosed):
                await tab.say("key-00000002", "生死之间")
            await tab.gone()
        assert [f for f in tab.frames if f["t"] == "ack"] == []
        assert await process.wait() == KILLED  # type: ignore[attr-defined]
    async with server.tab(await server.visit(visit["token"]), conversation=conversation, last=1) as back:
        await back.say("key-00000002", "生死之间")  # the client sends what was not acknowledged, as it would
        assert (await back.acked("key-00000002"))["seq"] == 2
    rows = await server.rows(conversation)
    assert [(seq, text) for seq, text, _ in rows] == [(1, "已确认"), (2, "生死之间")]


@pytest.mark.slow
async def test_kill_9_in_a_stream_of_messages_keeps_every_acknowledged_one_once_and_in_order(
    server: Server, tmp_path: Path
) -> None:
    await use_real_time(server.house)
    visit = await server.visit()
    async with server.tab(visit) as tab:
        await tab.say("key-begin-00", "开头")
        conversation = (await tab.acked("key-begin-00"))["conversation"]
    acked: dict[str, int] = {}
    last, sent = 1, 0
    for _ in range(3):
        async with killable(server, tmp_path) as (doomed, process):
            async with doomed.tab(await doomed.visit(visit["token"]), conversation=conversation, last=last) as tab:
                with contextlib.suppress(websockets.ConnectionClosed):
                    for n in range(sent, sent + 15):
                        await tab.say(f"key-{n:08}", str(n))
                await tab.until(lambda tab: len([f for f in tab.frames if f["t"] == "ack"]) >= 5)
                process.kill()  # type: ignore[attr-defined]
                await tab.gone()
            acked |= {f["key"]: f["seq"] for f in tab.frames if f["t"] == "ack"}
            sent += 15
    rows = await server.rows(conversation)
    kept = {key: seq for seq, _, key in rows}
    assert acked.items() <= kept.items()
    assert [seq for seq, _, _ in rows] == list(range(1, len(rows) + 1))
    assert len({key for _, _, key in rows}) == len(rows)
    assert [key for _, _, key in rows] == sorted((key for _, _, key in rows), key=lambda key: kept[key])
    order = [int(text) for _, text, _ in rows[1:]]
    assert order == sorted(order)
