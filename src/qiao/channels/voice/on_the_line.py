"""Whoever talks is there: his telephone answers for him when no page of his can, because no web process does."""

from collections.abc import Iterable
from typing import Final

from qiao import routing
from qiao.channels.voice.people import People
from qiao.kernel.ids import AgentId
from qiao.platform.house import House

BEAT_SECONDS: Final = 3.0
"""As often as a page answers; a telephone that is gone is heard of in routing's time, for the call tells so itself."""


async def answer_for(house: House, talks: Iterable[People]) -> None:
    """Tell routing of all whose telephone is up in these conversations, in one statement."""
    up = {AgentId(leg.agent_id) for one in talks for leg in one.talk.legs if leg.state == "up"}
    if up:
        async with house.database.transaction() as tx:
            await routing.agents_seen(tx, agent_ids=up)
