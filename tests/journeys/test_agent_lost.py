"""Whoever loses his agent waits again at once, before those who came meanwhile, however the agent's tab went."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from playwright.async_api import expect
from sqlalchemy import select, text

from qiao import routing
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import InteractionId
from tests.journeys.calls import (
    CALLER_HERTZ,
    STRANGER,
    Centre,
    Talker,
    caller_hears,
    caller_hears_other,
    waits_for_person,
)
from tests.looking import a_moment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from qiao.platform.database import Transaction

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]
BEHIND = "+8613700008888"
CHEN, LI = 1000.0, 1500.0
BACK_SECONDS = 10.0
"""So long after his agent's tab is gone a caller is at the head of the queue again."""


async def test_a_caller_whose_agents_tab_is_closed_or_dies_is_first_again_within_ten_seconds(centre: Centre) -> None:
    demo = centre.demo
    async with centre.agents_browser(CHEN) as one, centre.agents_browser(LI) as two:
        chen = await Talker.comes(one, demo, "chen")
        phone, behind = await centre.phone(STRANGER), await centre.phone(BEHIND)
        call = await chen.takes_call_of(phone, CHEN)
        line = Line(centre, chen.page.url.rpartition("/")[2])
        other = await waits_for_person(behind)
        await line.has_behind()

        left_at = await demo.now()
        chen.page.on("dialog", lambda asked: asked.accept())
        await chen.page.close(run_before_unload=True)
        await line.is_first_again(left_at)
        await caller_hears_other(call, CHEN)
        li = await Talker.comes(two, demo, "li")
        await li.answers()
        assert li.page.url.endswith(line.contact), "the one who waited before, though he came back later"
        await caller_hears(call, LI)

        crash = await li.context.new_cdp_session(li.page)
        died_at = await demo.now()
        dying = asyncio.create_task(crash.send("Page.crash"))  # never answered: no goodbye of any kind
        await line.is_first_again(died_at)
        await caller_hears_other(call, LI)
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        await chen.context.close()
        again = await Talker.comes(one, demo, "chen")
        await again.answers()
        assert again.page.url.endswith(line.contact)
        await caller_hears(call, CHEN)
        await other.hang_up()
        await call.hang_up()
        await again.wraps_up("information_given", topic="asked something", note="told him")
        await again.close()
        await phone.close()
        await behind.close()


async def test_a_talk_goes_on_while_no_web_process_answers_for_longer_than_an_agent_may_be_silent(
    centre: Centre,
) -> None:
    demo = centre.demo
    async with centre.agents_browser(CHEN) as one, centre.agents_browser(LI) as two:
        chen = await Talker.comes(one, demo, "chen")
        phone = await centre.phone(STRANGER)
        call = await chen.takes_call_of(phone, CHEN)
        li = await Talker.comes(two, demo, "li")
        contact = InteractionId(UUID(chen.page.url.rpartition("/")[2]))

        async def stand(tx: Transaction) -> dict[str, tuple[bool, int]]:
            told = "select login, lost, beats from routing_seats join agents on agents.id = agent_id"
            return {row["login"]: (row["lost"], row["beats"]) for row in await tx.rows(text(told))}

        await demo.stop_one("serve")
        async with asyncio.timeout(60):
            while not (stands := await demo.at_the_operator(stand))["li"][0]:
                await a_moment()
            beats = stands["chen"][1]
            while (stands := await demo.at_the_operator(stand))["chen"][1] < beats + 2:
                await a_moment()
        assert [stands[one][0] for one in ("chen", "li")] == [False, True], "who talks is there, whoever cannot say so"
        await caller_hears(call, CHEN)
        await chen.hears(CALLER_HERTZ)
        where = await demo.at_the_operator(routing.waiting_contact, contact)
        assert where is not None and where.state == "active"

        await demo.start("serve")
        await demo.ready()
        await expect(chen.page.locator("html")).to_have_attribute("data-stream", "open", timeout=30_000)
        await caller_hears(call, CHEN)
        await call.hang_up()
        chen.errors.clear()  # the browser tells of each try
        await chen.wraps_up("information_given", topic="asked something", note="told him")
        await chen.close()
        await li.context.close()
        await phone.close()


@dataclass
class Line:
    """One caller's place before another who came later, as rows and events say."""

    centre: Centre
    contact: str
    behind: InteractionId | None = None

    async def _ask(self, verb: Callable[[Transaction], Awaitable[Any]]) -> Any:
        return await self.centre.demo.at_the_operator(verb)

    async def has_behind(self) -> None:
        """Wait until the other one waits, alone."""
        mine = voice_calls.c.number == f"mobile:{BEHIND}"

        async def waits(tx: Transaction) -> InteractionId | None:
            found = await tx.scalar(select(voice_calls.c.interaction_id).where(mine))
            place = await routing.place_in_line(tx, InteractionId(found)) if found is not None else None
            return InteractionId(found) if found is not None and place is not None and place.ahead == 0 else None

        async with asyncio.timeout(40):
            while self.behind is None:
                self.behind = await self._ask(waits)
                await a_moment()

    async def is_first_again(self, since: datetime) -> None:
        """Wait until he waits again: before the other, and so soon after this instant, by the clock of events."""
        behind = self.behind
        assert behind is not None

        async def places(tx: Transaction) -> list[int | None]:
            found = [await routing.place_in_line(tx, one) for one in (InteractionId(UUID(self.contact)), behind)]
            return [one.ahead if one is not None else None for one in found]

        async def came_back(tx: Transaction) -> list[tuple[str, datetime]]:
            told = (
                "select name, at from events where name in ('routing.ContactTransferred', 'routing.AgentOfContactLost')"
            )
            rows = await tx.rows(
                text(f"{told} and at > :since and aggregate = :contact order by at"),
                {"since": since, "contact": f"interaction:{self.contact}"},
            )
            return [(row["name"], row["at"]) for row in rows]

        async with asyncio.timeout(60):
            while not (found := await self._ask(came_back)):
                await a_moment()
        assert (found[0][1] - since).total_seconds() <= BACK_SECONDS, found
        assert await self._ask(places) == [0, 1]
