"""What a channel bears of its call: a caller whose worker gave him back or died comes again as the call that he was."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, update

from qiao.channels.voice import calling, marks
from qiao.channels.voice.ari import Ari
from qiao.channels.voice.ari_events import AriEvent, CallBroadcast, StasisStart
from qiao.channels.voice.server import ari_password
from qiao.channels.voice.store import lease_of, voice_calls
from qiao.platform.leases import Lease
from tests.voice.centre import HOTLINE, Hotline

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
STRANGER = "+8613700009999"
GREETING = "您好，请选或直接说您要办什么。"
DEAD = "qiao-dead"
"""A worker without a lease: nothing is expected of it any more."""


@asynccontextmanager
async def by_hand(hotline: Hotline) -> AsyncIterator[tuple[Ari, asyncio.Queue[calling.Arrival]]]:
    """Be the worker that will have died: calls that come are picked up and told, and nothing more is done for them."""
    came: asyncio.Queue[calling.Arrival] = asyncio.Queue()
    claims: set[asyncio.Task[bool]] = set()

    def on_event(event: AriEvent) -> None:
        if isinstance(event, CallBroadcast):
            claims.add(asyncio.ensure_future(ari.claim(event.channel.id)))
        elif isinstance(event, StasisStart):
            came.put_nowait(calling.Arrival(event.channel, *[*event.args, "", "", ""][:3]))

    async def on_open() -> None:
        return

    settings = hotline.house.settings
    port, password = settings.voice.http_port, ari_password(settings)
    ari = Ari(port=port, password=password, app=DEAD, on_open=on_open, on_event=on_event)
    running = asyncio.create_task(ari.run())
    async with asyncio.timeout(30):
        await ari.stands.wait()
    try:
        yield ari, came
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def in_rows(hotline: Hotline) -> list[tuple[UUID, str, str]]:
    asked = select(voice_calls.c.id, voice_calls.c.owner, voice_calls.c.state).order_by(voice_calls.c.began_at)
    async with hotline.house.database.transaction() as tx:
        return [(row["id"], row["owner"], row["state"]) for row in await tx.rows(asked)]


@pytest.mark.parametrize("worker", ["gave him back and lives", "gave him back and is dead", "is dead"])
async def test_a_caller_who_was_given_back_though_he_was_written_down_comes_again_as_the_same_call(
    hotline: Hotline, worker: str
) -> None:
    """As when a worker's commit is not answered, or it is ended in that moment."""
    phone = await hotline.phone(STRANGER)
    async with by_hand(hotline) as (ari, came):
        calling_us = asyncio.create_task(phone.call(HOTLINE))
        arrival = await came.get()
        assert arrival.mark == ""
        await ari.answer(arrival.channel.id)
        first, _, goes_on = await marks.begun(hotline.house, ari, arrival, DEAD)
        assert not goes_on
        if worker != "is dead":
            await ari.give_back(arrival.channel.id)
    call = await calling_us
    alive = Lease(hotline.house.database, lease_of(DEAD)) if "lives" in worker else contextlib.nullcontext()
    async with alive, hotline.worker() as board:
        await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
        assert await in_rows(hotline) == [(first.id, board.name, "menu")]
        call.press("0")

        async def waits() -> bool:
            return await in_rows(hotline) == [(first.id, board.name, "waiting")]

        await hotline.until(waits)
        await phone.close()


async def test_a_mark_without_a_row_is_of_a_call_that_was_never_written_and_he_is_offered_again(
    hotline: Hotline,
) -> None:
    phone, lost = await hotline.phone(STRANGER), uuid4()
    async with by_hand(hotline) as (ari, came):
        calling_us = asyncio.create_task(phone.call(HOTLINE))
        channel = (await came.get()).channel.id
        await ari.answer(channel)
        await marks.put(ari, channel, lost, "menu")
        assert await marks.standing(hotline.house, ari, [channel, "nobody"]) == dict.fromkeys(
            (channel, "nobody"), "unwritten"
        )
    call = await calling_us
    async with hotline.worker():
        await call.heard.hear(await hotline.prompt(GREETING, "zh-CN"), seconds=60)
        [(begun, _, _)] = await in_rows(hotline)
        assert begun != lost
        await phone.close()


async def test_a_channel_whose_call_is_over_is_let_go_though_no_row_names_it(hotline: Hotline) -> None:
    phone = await hotline.phone(STRANGER)
    async with by_hand(hotline) as (ari, came):
        calling_us = asyncio.create_task(phone.call(HOTLINE))
        arrival = await came.get()
        await ari.answer(arrival.channel.id)
        first, _, _ = await marks.begun(hotline.house, ari, arrival, DEAD)
        async with hotline.house.database.transaction() as tx:
            ended = {"state": "over", "outcome": "left", "ended_at": tx.now, "channel": "not-this-one"}
            await tx.execute(update(voice_calls).where(voice_calls.c.id == first.id).values(ended))
        assert await marks.standing(hotline.house, ari, [arrival.channel.id]) == {arrival.channel.id: "over"}
    call = await calling_us
    async with hotline.worker():
        async with asyncio.timeout(30):
            await call.ended.wait()
    assert [state for _, _, state in await in_rows(hotline)] == ["over"]
    await phone.close()


@pytest.mark.parametrize(("told", "call"), [("", None), ("x:menu", None), (f"{UUID(int=7)}:menu", UUID(int=7))])
def test_a_mark_names_a_call_or_nothing(told: str, call: UUID | None) -> None:
    assert marks.read(told) == call
