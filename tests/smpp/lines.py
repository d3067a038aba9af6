"""A centre and links to it, in the test's own process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from qiao import post
from qiao.channels.smpp import Address, Answered, Gateway, Link, Manners, Told, body_of, connect
from qiao.channels.smpp.model_pdu import Pdu
from qiao.channels.smpp.sandbox import Centre
from qiao.platform.settings import SmppLink

if TYPE_CHECKING:
    from qiao.platform.database import Database
    from qiao.platform.house import House

ACCOUNTS = {"qiao": "secret"}


async def until(true: Callable[[], object], seconds: float = 15) -> None:
    """Wait for something that other tasks bring about."""
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0)


@dataclass
class Heard:
    """What a link told."""

    answers: list[Answered] = field(default_factory=list)
    lost: list[Any] = field(default_factory=list)
    came: list[Pdu] = field(default_factory=list)

    def told(self, *, acknowledge: bool = True) -> Told:
        def incoming(link: Link, pdus: Sequence[Pdu]) -> None:
            self.came.extend(pdus)
            for pdu in pdus if acknowledge else ():
                link.respond(pdu)

        return Told(lambda _, answers: self.answers.extend(answers), lambda _, lost: self.lost.extend(lost), incoming)

    @property
    def statuses(self) -> list[int]:
        return [one.status for one in self.answers]


@asynccontextmanager
async def centre(**more: Any) -> AsyncIterator[tuple[Centre, int]]:
    made = Centre(ACCOUNTS, **more)
    port = await made.listen()
    try:
        yield made, port
    finally:
        await made.stop()


async def bound(port: int, heard: Heard, mode: str = "transceiver", **manners: Any) -> Link:
    acknowledge = manners.pop("acknowledge", True)
    address = Address("127.0.0.1", port, "qiao", "secret", mode)
    return await connect(address, heard.told(acknowledge=acknowledge), Manners(**manners))


def body(words: str = "hello", to: str = "8613900001111", **more: Any) -> bytes:
    return body_of({"source": "10086", "destination": to, "short_message": words.encode(), "registered": 1, **more})


@asynccontextmanager
async def sending(house: House, there: Centre, **more: Any) -> AsyncIterator[Gateway]:
    port = await there.listen()
    link = SmppLink(
        name="one", host="127.0.0.1", port=port, system_id="qiao", password="secret", sender="10086", **more
    )
    made = Gateway(house, (link,))
    task = asyncio.create_task(made.run())
    try:
        await until(lambda: made.standing)
        yield made
    finally:
        task.cancel()
        await asyncio.wait([task])
        await there.stop()
        assert task.cancelled(), task.exception()


async def texts(database: Database) -> list[tuple[str, str]]:
    async with database.transaction() as tx:
        return [(one.text, one.addressed_to) for one in await post.unheard(tx)]
