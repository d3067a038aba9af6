"""The live stream over the real server: what is named, to whom, and what happens when the line breaks."""

import asyncio
from typing import Any

import pytest
import websockets

from qiao.ui.stream_board import Board
from tests.ui.conftest import Kit


async def test_a_tab_is_told_the_topics_it_watches_and_no_others(kit: Kit) -> None:
    async with kit.tab(watch=["contact:1"]) as wire:
        await wire.frame("reset")  # the first tab of a process cannot know what it missed
        await kit.touch("contact:2", "contact:1")
        assert (await wire.touched("contact:1"))["touch"] == ["contact:1"]
        await kit.touch("contact:2")
        await kit.touch("contact:1")
        await wire.until(lambda w: sum("touch" in f for f in w.frames) == 2)
        assert all(f.get("touch", ["contact:1"]) == ["contact:1"] for f in wire.frames)


async def test_numbers_rise_by_one(kit: Kit) -> None:
    async with kit.tab(watch=["contact:1"]) as wire:
        await wire.frame("reset")
        for n in range(5):
            await kit.touch("contact:1")
            await wire.until(lambda w, n=n: sum("touch" in f for f in w.frames) == n + 1)
        numbers = [f["n"] for f in wire.frames if "n" in f]
        assert numbers == list(range(1, len(numbers) + 1))


async def test_a_topic_that_he_may_not_watch_is_never_named(kit: Kit) -> None:
    kit.refused_topics = {"contact:9"}
    async with kit.tab(watch=["contact:1", "contact:9"]) as wire:
        await wire.frame("reset")
        await kit.touch("contact:9")
        await kit.touch("contact:1")
        await wire.touched("contact:1")
        assert not any("contact:9" in f.get("touch", ()) for f in wire.frames)


async def test_what_a_tab_watches_changes_with_its_page(kit: Kit) -> None:
    async with kit.tab(watch=["contact:1"]) as wire:
        await wire.frame("reset")
        await wire.send(watch=["contact:2"], age=0)
        async with asyncio.timeout(5):
            await _asked(kit, "contact:2")
        await kit.touch("contact:1")
        await kit.touch("contact:2")
        await wire.touched("contact:2")
        assert not any("contact:1" in f.get("touch", ()) for f in wire.frames)


async def _asked(kit: Kit, topic: str) -> None:
    while topic not in kit.asked:
        await asyncio.sleep(0)


async def test_what_was_touched_between_rendering_and_watching_is_named_at_once(kit: Kit) -> None:
    async with kit.tab(watch=["contact:1"]) as first:
        await first.frame("reset")
        await kit.touch("contact:1", "contact:2")
        await first.touched("contact:1")
        async with kit.tab(watch=["contact:2", "contact:3"], age=30) as late:
            assert (await late.touched("contact:2"))["touch"] == ["contact:2", "contact:3"]  # deaf before its start
        async with kit.tab(watch=["contact:2"], age=0) as fresh:
            await fresh.frame("connection")
            await kit.touch("contact:3", "contact:2")
            await fresh.touched("contact:2")
            assert sum("touch" in f for f in fresh.frames) == 1


async def test_a_broken_line_goes_on_where_it_was(kit: Kit) -> None:
    async with kit.tab(watch=["contact:1"]) as wire:
        told = await wire.frame("connection")
        await kit.touch("contact:1")
        last = (await wire.touched("contact:1"))["n"]
        kit.cut()
        await wire.gone()
    await kit.touch("contact:1")
    async with kit.tab(watch=["contact:1"], connection=told["connection"], last=last) as again:
        assert (await again.frame("connection"))["resumed"] is True
        assert (await again.touched("contact:1"))["n"] == last + 1
        assert not any(f.get("reset") for f in again.frames)


async def test_a_line_that_nobody_knows_any_more_is_reset(kit: Kit) -> None:
    async with kit.tab(watch=["contact:1"], connection="of another process", last=7) as wire:
        assert (await wire.frame("connection"))["resumed"] is False
        assert (await wire.frame("reset"))["reset"] is True


async def test_a_number_that_was_never_sent_resets_the_tab(kit: Kit) -> None:
    async with kit.tab(watch=["contact:1"]) as wire:
        told = await wire.frame("connection")
        await wire.frame("reset")
    async with kit.tab(watch=["contact:1"], connection=told["connection"], last=10_000) as again:
        assert (await again.frame("reset"))["reset"] is True


async def test_a_tab_that_missed_more_than_is_kept_is_reset_once(kit: Kit) -> None:
    async with kit.tab(watch=["contact:1"]) as wire:
        told = await wire.frame("connection")
        await wire.frame("reset")
        kit.cut()
        await wire.gone()
    board = _board(kit)
    line = board.lines[told["connection"]]
    for _ in range(300):
        line.tell({"touch": ["contact:1"]})
    async with kit.tab(watch=["contact:1"], connection=told["connection"], last=1) as again:
        assert (await again.frame("reset"))["n"] == line.ring.last
        assert sum("touch" in f for f in again.frames) == 0


def _board(kit: Kit) -> Board:
    assert kit.running is not None
    app: Any = kit.running.config.loaded_app
    while not hasattr(app, "state"):
        app = app.app
    board: Board = app.state["stream_board /desk/stream"]
    return board


async def test_another_sessions_line_cannot_be_taken_over(kit: Kit) -> None:
    async with kit.tab(watch=["contact:1"]) as wire:
        told = await wire.frame("connection")
        board = _board(kit)
        board.lines[told["connection"]].owner = "agent:somebody else"
        async with kit.tab(watch=["contact:1"], connection=told["connection"]) as thief:
            taken = await thief.frame("connection")
            assert taken["resumed"] is False and taken["connection"] != told["connection"]


async def test_the_older_socket_of_a_tab_gives_way_to_the_newer(kit: Kit) -> None:
    async with kit.tab(watch=["contact:1"]) as wire:
        told = await wire.frame("connection")
        async with kit.tab(watch=["contact:1"], connection=told["connection"], last=1) as newer:
            await wire.gone()
            await kit.touch("contact:1")
            await newer.touched("contact:1")


async def test_each_pong_says_that_the_seat_is_alive(kit: Kit) -> None:
    async with kit.tab(watch=[]) as wire, kit.tab(watch=[]) as second:
        for tab in (wire, second):
            ping = await tab.frame("ping")
            assert ping["now"] == kit.house.clock.now().isoformat()
            await tab.send(pong=ping["ping"])
        async with asyncio.timeout(5):
            await _alive(kit)
        assert set(kit.alive) == {kit.actor.session_id}


async def _alive(kit: Kit) -> None:
    while not kit.alive:
        await asyncio.sleep(0)


async def test_a_session_that_is_over_closes_the_stream(kit: Kit) -> None:
    kit.session_over = True
    async with kit.tab(watch=[]) as wire:
        ping = await wire.frame("ping")
        await wire.send(pong=ping["ping"])
        assert await wire.gone() == 4401


async def test_a_session_that_is_ended_elsewhere_closes_the_stream_at_once(kit: Kit) -> None:
    async with kit.tab(watch=[]) as wire:
        await wire.frame("reset")
        await kit.touch(f"session:{kit.actor.session_id}")
        assert await wire.gone() == 4401


async def test_a_shared_figure_is_made_once_for_all_tabs_of_a_language(kit: Kit) -> None:
    async with kit.tab(watch=[], show=["desk:vip"]) as one:
        first = await one.frame("show")
        async with kit.tab(watch=[], show=["desk:vip"]) as other:
            await other.frame("show")
            made = len(kit.shown)
            for _ in range(5):
                await kit.touch("desk:vip")
            await other.until(lambda w: sum("show" in f for f in w.frames) > 1)
            await one.until(lambda w: w.frames[-1].get("show") or w.frames[-2].get("show"))
            assert len(kit.shown) <= made + 2
        assert first["show"]["desk:vip"].startswith("<b>desk:vip en ")


@pytest.mark.parametrize(
    "sent",
    ["no json", "[]", '{"watch": "contact:1"}', '{"watch": [1]}', '{"watch": [""]}', "[" * 20_000, '{"show": {}}'],
)
async def test_a_frame_that_is_none_ends_the_line_and_nothing_else(kit: Kit, sent: str) -> None:
    async with kit.tab(watch=["contact:1"]) as good, kit.tab(watch=["contact:1"]) as bad:
        await good.frame("connection")
        await bad.frame("connection")
        await bad.socket.send(sent)
        assert await bad.gone() == 1008
        await kit.touch("contact:1")
        await good.touched("contact:1")


async def test_a_tab_that_talks_without_end_is_let_go(kit: Kit) -> None:
    async with kit.tab(watch=[]) as wire:
        await wire.frame("connection")
        for _ in range(600):
            try:
                await wire.send(pong=1)
            except websockets.ConnectionClosed:
                break
        assert await wire.gone() == 1008


@pytest.mark.parametrize("headers", [{}, {"Cookie": "qiao_staff=nobody"}])
async def test_whoever_is_not_signed_in_gets_no_stream(kit: Kit, headers: dict[str, str]) -> None:
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect(
            f"ws://127.0.0.1:{kit.port}/desk/stream", origin=kit.address, additional_headers=headers
        )


async def test_another_site_gets_no_stream(kit: Kit) -> None:
    with pytest.raises(websockets.InvalidStatus):
        await websockets.connect(
            f"ws://127.0.0.1:{kit.port}/desk/stream",
            origin="https://evil.example",
            additional_headers={"Cookie": f"{kit.cookie}=agent"},
        )


async def test_a_thousand_tabs_hear_one_touch_in_a_moment(kit: Kit) -> None:
    board = Board(kit.house)
    lines = [board.open(owner=str(n), session_topic=f"session:{n}", language="en", known=None)[0] for n in range(1000)]
    for n, line in enumerate(lines):
        board.watch(line, frozenset({f"contact:{n}", "desk:vip"}))
    board.hear({"desk:vip", "contact:7"})
    assert [line.ring.last for line in lines] == [1] * 1000
    frames = lines[7].ring.after(0)
    assert frames == ['{"n":1,"touch":["contact:7","desk:vip"]}']
    for line in lines:
        board.leave(line, line.turn, for_good=True)
    assert not board.lines and not board._watchers
