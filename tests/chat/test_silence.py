"""A silent chat is warned, then ended; a customer who is gone leaves the queue; agents are announced."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from qiao import interactions
from qiao.kernel.ids import AgentId, InteractionId, new_id

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.chat.conftest import ScriptedRouting, Server
    from tests.conftest import StillClock

    Works = Callable[[], Awaitable[None]]


async def begun(server: Server, words: str = "在吗") -> tuple[dict[str, object], InteractionId]:
    visit = await server.visit()
    async with server.tab(visit) as tab:
        await tab.say("key-00000001", words)
        ack = await tab.acked("key-00000001")
    return visit, InteractionId(UUID(ack["conversation"]))


async def agent_says(server: Server, interaction_id: InteractionId, words: str) -> AgentId:
    async with server.house.database.transaction() as tx:
        contact = await interactions.interaction(tx, interaction_id)
        agent = contact.agent_id or AgentId(new_id())
        await interactions.assign(tx, interaction_id=interaction_id, agent_id=agent)
        await interactions.say(tx, interaction_id=interaction_id, author_kind="agent", author_id=agent, text=words)
    return agent


async def told(server: Server, interaction_id: InteractionId) -> list[tuple[str, str]]:
    async with server.house.database.transaction() as tx:
        return [(m.author_kind, m.text) for m in await interactions.messages_after(tx, interaction_id)]


async def test_silence_is_warned_then_ended_in_his_language_and_frees_the_agent(
    server: Server, clock: StillClock, worked_off: Works
) -> None:
    _, contact = await begun(server)
    agent = await agent_says(server, contact, "请问是哪个号码？")
    await worked_off()
    clock.forward(seconds=299)
    await worked_off()
    assert [kind for kind, _ in await told(server, contact)] == ["customer", "agent", "system"]  # the announcement
    clock.forward(seconds=2)
    await worked_off()
    await worked_off()
    said = await told(server, contact)
    assert len(said) == 4 and said[-1] == ("system", "您还在吗？5 分钟内没有回复，本次对话将先结束，内容会保存。")
    clock.forward(seconds=301)
    await worked_off()
    async with server.house.database.transaction() as tx:
        ended = await interactions.interaction(tx, contact)
    assert (ended.phase, ended.end_reason, ended.agent_id) == ("ended", "silent", agent)
    assert (await told(server, contact))[-1][1].startswith("较长时间没有收到您的回复")


async def test_a_word_of_the_customer_stops_the_clock_and_our_own_silence_never_ends_him(
    server: Server, clock: StillClock, worked_off: Works
) -> None:
    visit, contact = await begun(server)
    await agent_says(server, contact, "请问是哪个号码？")
    await worked_off()
    clock.forward(seconds=301)
    await worked_off()
    async with server.tab(await server.visit(str(visit["token"]))) as tab:
        await tab.say("key-00000002", "139开头的")
        await tab.acked("key-00000002")
    await worked_off()
    clock.forward(hours=5)
    await worked_off()
    async with server.house.database.transaction() as tx:
        assert (await interactions.interaction(tx, contact)).ended_at is None
    await agent_says(server, contact, "好的")
    await worked_off()
    clock.forward(seconds=301)
    await worked_off()
    warnings = [text for kind, text in await told(server, contact) if kind == "system" and "还在吗" in text]
    assert len(warnings) == 2  # the second silence is warned anew before anything ends


async def test_a_waiting_customer_whose_pages_are_gone_leaves_the_queue(
    server: Server, clock: StillClock, worked_off: Works, routing: ScriptedRouting
) -> None:
    _, contact = await begun(server)
    clock.forward(seconds=119)
    await worked_off()
    assert routing.abandoned == []
    clock.forward(seconds=2)
    await worked_off()
    assert routing.abandoned == [contact]
    async with server.house.database.transaction() as tx:
        assert (await interactions.interaction(tx, contact)).end_reason == "abandoned"


async def test_an_open_page_keeps_its_place_in_the_queue(
    server: Server, clock: StillClock, worked_off: Works, routing: ScriptedRouting
) -> None:
    visit, contact = await begun(server)
    clock.forward(seconds=100)
    async with server.tab(await server.visit(str(visit["token"]))) as tab:
        await tab.frame("snapshot", conversation=str(contact))
    clock.forward(seconds=100)
    await worked_off()
    assert routing.abandoned == []


async def test_an_answered_customer_is_not_counted_as_gone(
    server: Server, clock: StillClock, worked_off: Works, routing: ScriptedRouting
) -> None:
    _, contact = await begun(server)
    await agent_says(server, contact, "您好")
    await worked_off()
    clock.forward(seconds=200)
    await worked_off()
    assert routing.abandoned == []


async def test_other_channels_are_none_of_its_business(server: Server, worked_off: Works) -> None:
    async with server.house.database.transaction() as tx:
        phone = await interactions.start_interaction(tx, channel="phone", language="en")
        bare = await interactions.start_interaction(tx, channel="chat", language="en")
        for contact in (phone, bare):
            await interactions.assign(tx, interaction_id=contact.id, agent_id=AgentId(new_id()))
            await interactions.say(tx, interaction_id=contact.id, author_kind="customer", text="hello")
            await interactions.end_interaction(tx, interaction_id=contact.id, reason="customer_left")
    await worked_off()
    assert await told(server, phone.id) == [("customer", "hello")]
