"""Callers from abroad: the roaming number, calls that break off, and what became of them in rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from socket import SOCK_DGRAM
from typing import Any
from uuid import UUID

from sqlalchemy import select

from qiao import interactions, post, routing
from qiao.app.rooms import all_rooms
from qiao.channels.voice import AsteriskServer, Speaker, store
from qiao.channels.voice.emergencies import take_up, was_cut_short
from qiao.channels.voice.model import Call, HungUp
from qiao.channels.voice.sandbox import Softphone
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sandbox.sound import loud
from qiao.channels.voice.store import Party, voice_calls
from qiao.channels.voice.store_emergency import voice_emergencies
from qiao.kernel.ids import new_id
from qiao.kernel.service_ids import ServiceId
from tests.voice.centre import Hotline, fill_hotline, open_hotline_house
from tests.voice.conftest import free_port, voice_settings

ROAMING = "13800100186"
ABROAD = ServiceId("mobile", "+2290197123456")
EMBASSY = "Embassy in Cotonou, +229 01 00 00 00"


@dataclass
class Abroad:
    """The hotline, and the port at which the telephone network behind its trunk is."""

    hotline: Hotline
    port: int

    async def telephone(self, **more: bool) -> AnsweringPhone:
        """Of whoever is called back there."""
        server = ("127.0.0.1", self.hotline.house.settings.voice.sip_port)
        return await AnsweringPhone.listen(server, "abroad", port=self.port, **more)


@asynccontextmanager
async def open_abroad(programs: str, voice_folder: Path, database_url: str) -> AsyncIterator[Abroad]:
    """The hotline with a roaming number, and the network from which its callers come."""
    all_rooms()
    port = free_port(SOCK_DGRAM)
    trunk = {"name": "sea", "host": "127.0.0.1", "port": port, "allow": ["127.0.0.1/32"]}
    voice = voice_settings(programs, voice_folder, trunks=[trunk], embassies={"229": EMBASSY})
    settings = voice.model_copy(update={"database_url": database_url})
    house = open_hotline_house(settings)
    await fill_hotline(house)
    async with house.database.transaction() as tx:
        await routing.ensure_entry_point(tx, number=ROAMING, code="roaming", names={"en": "Roaming"}, language="zh-CN")
    server = AsteriskServer(settings)
    await server.start()
    yield Abroad(Hotline(house, Speaker(settings), server), port)
    await server.stop()
    await house.database.close()


@asynccontextmanager
async def hints_told(hotline: Hotline) -> AsyncIterator[None]:
    """Whoever looks at rows is told when they change, as in every process of the house."""
    listening = asyncio.create_task(hotline.house.hub.run())
    async with asyncio.timeout(30):
        await hotline.house.hub.connected.wait()
    try:
        yield
    finally:
        listening.cancel()
        await asyncio.gather(listening, return_exceptions=True)


async def breaks_off(hotline: Hotline, phone: Softphone) -> None:
    """Call, hear two words, and be cut off; returns once the call is over in rows."""
    call = await phone.call(ROAMING)
    assert call.status == 200
    await call.heard.until(lambda: loud(call.heard.samples()) > 4000, 60)
    await call.hang_up()

    async def over() -> bool:
        return all(row["ended_at"] is not None for row in await rows(hotline) if row["dialled"])

    await hotline.until(over)


async def rows(hotline: Hotline) -> list[Any]:
    async with hotline.house.database.transaction() as tx:
        return list(await tx.rows(select(voice_calls).order_by(voice_calls.c.began_at)))


async def texts_to(hotline: Hotline, number: str) -> list[str]:
    began_at = (await rows(hotline))[0]["began_at"]
    async with hotline.house.database.transaction() as tx:
        told = await post.messages_to(tx, ServiceId("mobile", number))
    return [one.text for one in told if one.accepted_at >= began_at]


async def cases_of(hotline: Hotline) -> list[UUID]:
    async with hotline.house.database.transaction() as tx:
        found = await tx.rows(select(voice_emergencies.c.case_id).distinct())
    return [row["case_id"] for row in found]


async def waiting(hotline: Hotline) -> list[Any]:
    """Calls back that are not over, each with where its contact stands."""
    told = []
    for row in await rows(hotline):
        if not row["dialled"] and row["ended_at"] is None:
            async with hotline.house.database.transaction() as tx:
                told.append(await routing.waiting_contact(tx, row["interaction_id"]))
    return told


async def broke_off(hotline: Hotline, number: str) -> None:
    """A call of this number that was abandoned, as its line writes it."""
    service = ServiceId("mobile", number)
    async with hotline.house.database.transaction() as tx:
        contact = await interactions.start_interaction(tx, channel="voice", language="zh-CN", service_id=service)
        party = Party("sea", str(service), ROAMING, None, contact.id, new_id(), "roaming", "zh-CN", "")
        before = Call(new_id(), str(new_id()))
        await store.keep_new(tx, before, party, "qiao-test")
        over = replace(before, state="over", outcome="left", ended_at=tx.now)
        assert await store.keep(tx, over, "qiao-test")
        if (short := was_cut_short(hotline.house, before, over, party, HungUp(), tx.now)) is not None:
            await take_up(tx, hotline.house, over, party, short)
