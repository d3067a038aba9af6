"""A site whose chat is answered by the main menu first, and a worker that does what is left to do."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import text

from qiao import interactions
from qiao.app.rooms import all_rooms
from qiao.bss.sandbox import CAST
from qiao.catalogue import fulfilling
from qiao.channels.chat.model import PORTAL
from qiao.kernel.ids import InteractionId
from qiao.platform.events import Reader
from qiao.platform.timers import run_due

if TYPE_CHECKING:
    from qiao.platform.policy import Actor
    from tests.chat.conftest import Server, Tab

ROOMS = all_rooms()
LISTENERS = [listener for room in ROOMS for listener in room.listeners]
TIMERS = {timer.kind: timer for room in ROOMS for timer in room.timers}
JOBS = {job.name: job for room in ROOMS for job in room.jobs}
SHI = CAST[0].service


@dataclass
class Shop:
    """A site whose chat is answered by the main menu, and what a worker does for it."""

    server: Server

    async def work(self) -> None:
        """Listeners, timers and jobs, until nothing is left to do now."""
        database = self.server.house.database
        for _ in range(50):
            done = sum([await Reader(database, listener).catch_up() for listener in LISTENERS])
            done += await run_due(database, TIMERS)
            done += await fulfilling.turn(self.server.house)
            if not done + await self._jobs():
                return
        raise AssertionError("the worker never comes to rest")

    async def _jobs(self) -> int:
        async with self.server.house.database.transaction() as tx:
            found = await tx.rows(
                text("select task_name, args from procrastinate_jobs where status = 'todo' order by id")
            )
            await tx.execute(text("delete from procrastinate_jobs"))
        for row in found:
            if row["task_name"] in JOBS:
                await JOBS[row["task_name"]].run(self.server.house, **row["args"])
        return len(found)

    async def say(self, tab: Tab, words: str, reply: str = "") -> dict[str, Any]:
        """Say it and return the assistant's answer."""
        key = uuid4().hex
        before = len([one for one in tab.messages() if one["by"] == "bot"])
        await tab.send(t="say", key=key, text=words, reply=reply)
        await tab.acked(key)
        await self.work()
        found = await tab.until(
            lambda tab: [one for one in tab.messages() if one["by"] == "bot"][before:] or None,
        )
        return dict(found[-1])

    async def told(self, conversation: str) -> list[tuple[str, str]]:
        """(who, what) of every message."""
        async with self.server.house.database.transaction() as tx:
            found = await interactions.messages_after(tx, InteractionId(UUID(conversation)), 0, 200)
        return [(one.author_kind, one.text) for one in found]

    async def contact(self, tab: Tab) -> interactions.Interaction:
        conversation = next(one["conversation"] for one in reversed(tab.frames) if one.get("conversation"))
        async with self.server.house.database.transaction() as tx:
            return await interactions.interaction(tx, InteractionId(UUID(conversation)))

    async def texted(self, pattern: str) -> str:
        async with self.server.house.database.transaction() as tx:
            told = await tx.scalar(text("select text from post_messages order by id desc limit 1"))
        found = re.findall(pattern, str(told))
        return str(found[0])


async def signed_in(shop: Shop, actor: Actor) -> dict[str, Any]:
    headers = {"cookie": f"qiao_customer=cookie-{actor.id}", "x-csrf-token": actor.csrf}
    async with shop.server.http(**headers) as http:
        answer = await http.post("/chat/visits", json={"site": PORTAL, "session": True})
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


def replies(tab: Tab) -> list[str]:
    """What can be tapped now."""
    state = next(one for one in reversed(tab.frames) if one["t"] in ("state", "snapshot"))
    return [one["text"] for one in state.get("replies", [])]
