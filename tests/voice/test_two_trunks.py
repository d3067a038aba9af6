"""Two trunks, each with rules of its own: by which a call goes out, and that no trunk carries one call too many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select, text

from qiao.channels.voice.sandbox import Softphone
from qiao.channels.voice.store import voice_calls
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.network import Network, open_network
from tests.voice.staffed import at_work

if TYPE_CHECKING:
    from pathlib import Path

    from qiao.channels.voice.sandbox.answering import AnsweringPhone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ISLANDS: dict[str, object] = {"name": "islands", "host": "127.0.0.6", "allow": ["127.0.0.6"], "destinations": ["+852"]}
SPARE: dict[str, object] = {"name": "spare", "host": "127.0.0.7", "allow": ["127.0.0.7"], "destinations": ["+86"]}


async def rows(hotline: Hotline) -> list[tuple[str, str]]:
    asked = select(voice_calls.c.trunk, voice_calls.c.state).where(voice_calls.c.channel.like("out-%"))
    async with hotline.house.database.transaction() as tx:
        return [(row["trunk"], row["state"]) for row in await tx.rows(asked)]


async def refusals(hotline: Hotline) -> list[str]:
    async with hotline.house.database.transaction() as tx:
        told = await tx.rows(text("select details from audit_entries where act = 'refuse.call_out' order by id"))
    return [row["details"]["why"] for row in told]


async def over(hotline: Hotline) -> bool:
    return {state for _, state in await rows(hotline)} == {"over"}


async def goes_by_sea(network: Network, desk_phone: AnsweringPhone, mary: AnsweringPhone) -> None:
    """Mary is called back by that trunk, and hangs up."""
    hotline = network.hotline
    await network.owe()
    await desk_phone.pick_up(seconds=60)
    hers = await mary.pick_up(seconds=60)

    async def goes() -> bool:
        return await rows(hotline) == [("sea", "talking")]

    await hotline.until(goes)
    await hers.hang_up()
    await hotline.until(lambda: over(hotline))


async def test_a_call_goes_by_the_trunk_whose_rules_let_it(
    programs: str, voice_folder: Path, database_url: str
) -> None:
    async with open_network(programs, voice_folder, database_url, others=[ISLANDS]) as network:
        mary, hotline = await network.telephone(), network.hotline
        async with hotline.worker(), at_work(hotline) as (_, desk_phone):
            await goes_by_sea(network, desk_phone, mary)
        await mary.close()


@pytest.mark.parametrize(("other", "why"), [(ISLANDS, "trunk"), ({**SPARE, "calls_out_max": 0}, "calls")])
async def test_a_call_of_ours_is_never_one_too_many_beside_those_that_came_in(
    programs: str, voice_folder: Path, database_url: str, other: dict[str, object], why: str
) -> None:
    """The caller is in the menu: one call was agreed for his trunk, and no other may carry ours."""
    opened = open_network(programs, voice_folder, database_url, others=[other], calls_max=1)
    async with opened as network:
        mary, hotline = await network.telephone(), network.hotline
        async with hotline.worker(), at_work(hotline) as (_, desk_phone):
            caller = await hotline.phone("+8613700001234")
            assert (await caller.call(HOTLINE)).status == 200
            await network.owe()
            theirs = await desk_phone.pick_up(seconds=60)
            await hotline.until(lambda: over(hotline), 60)
            await theirs.ended.wait()
            assert (await refusals(hotline))[-1] == why and mary.rings.empty()
            assert [trunk for trunk, _ in await rows(hotline)] == [""]
            await caller.close()
            # The place that the agent's telephone held for a moment is free again.
            again = await hotline.phone("+8613700001235")
            assert (await again.call(HOTLINE)).status == 200
            await again.close()
        await mary.close()


async def test_a_call_takes_another_trunk_where_the_first_has_no_room(
    programs: str, voice_folder: Path, database_url: str
) -> None:
    first = {**SPARE, "calls_max": 1}
    async with open_network(programs, voice_folder, database_url, others=[first]) as network:
        mary, hotline = await network.telephone(), network.hotline
        async with hotline.worker(), at_work(hotline) as (_, desk_phone):
            server = ("127.0.0.1", hotline.house.settings.voice.sip_port)
            caller = await Softphone.open(server, "+8613700001234", bind="127.0.0.7")
            assert (await caller.call(HOTLINE)).status == 200
            await goes_by_sea(network, desk_phone, mary)
            await caller.close()
        await mary.close()
