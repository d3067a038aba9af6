"""The telephone network behind the hotline's trunk: whoever is called back has a telephone there."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from socket import SOCK_DGRAM
from typing import TYPE_CHECKING

from qiao import customers, outreach, routing
from qiao.app.rooms import all_rooms
from qiao.bss.sandbox import CAST
from qiao.channels.voice import AsteriskServer, Speaker, outcalls
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.kernel.origin import Origin
from qiao.outreach import Callback, CallbackDue
from qiao.outreach.calling import callbacks_begin
from tests.voice.centre import Hotline, fill_hotline, open_hotline_house
from tests.voice.conftest import free_port, voice_settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

MARY = CAST[4]


@dataclass
class Network:
    """The hotline and the telephone network behind its trunk."""

    hotline: Hotline
    port: int

    async def telephone(self, **more: bool) -> AnsweringPhone:
        server = ("127.0.0.1", self.hotline.house.settings.voice.sip_port)
        return await AnsweringPhone.listen(server, MARY.service.value, port=self.port, **more)

    async def promise(self, key: str = "test") -> tuple[Callback, datetime]:
        """A call that is owed to Mary from now on, and since when she waits for it."""
        house = self.hotline.house
        person = await customers.recognize(house, MARY.service)
        assert person is not None
        async with house.database.transaction() as tx:
            (desk,) = [one for one in await routing.desks(tx) if one.code == "general"]
            callback_id = await outreach.promise_callback(
                tx,
                customer_id=person.id,
                service=MARY.service,
                window=(tx.now, tx.now + timedelta(hours=1)),
                matter="",
                desk_id=desk.id,
                preferred_agent_id=None,
                origin=Origin("desk", None, "agent:test"),
                key=key,
            )
            return await outreach.callback(tx, callback_id), tx.now

    async def owe(self, key: str = "test") -> CallbackDue:
        """The same, due now; what the voice room hears of it."""
        promised, _ = await self.promise(key)
        async with self.hotline.house.database.transaction() as tx:
            await callbacks_begin(tx, [str(promised.id)])
            owed = await outreach.callback(tx, promised.id)
            assert owed.open_attempt is not None and owed.desk_id is not None
            contact = owed.open_attempt.interaction_id
            due = CallbackDue(owed.id, owed.customer_id, "", key, 1, owed.desk_id, contact)
            await outcalls.on_callback_due(tx, due)
            await outcalls.on_callback_due(tx, due)  # heard twice, it is one call
        return due


@asynccontextmanager
async def open_network(
    programs: str,
    folder: Path,
    database_url: str,
    *,
    others: Sequence[dict[str, object]] = (),
    house: Mapping[str, object] | None = None,
    **told: object,
) -> AsyncIterator[Network]:
    """Asterisk with a trunk whose other end is this machine's, the house behind it, nobody at work yet.

    `others`: trunks before it; `house`: what else is set for all of them; `told`: what else for it.
    """
    all_rooms()
    port = free_port(SOCK_DGRAM)
    trunk = {"name": "sea", "host": "127.0.0.1", "port": port, "allow": ["127.0.0.1/32"], **told}
    settings = voice_settings(programs, folder, trunks=[*others, trunk], **(house or {})).model_copy(
        update={"database_url": database_url}
    )
    opened = open_hotline_house(settings)
    await fill_hotline(opened)
    server = AsteriskServer(settings)
    await server.start()
    try:
        yield Network(Hotline(opened, Speaker(settings), server), port)
    finally:
        await server.stop()
        await opened.database.close()
