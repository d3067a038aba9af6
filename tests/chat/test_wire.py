"""The wire against a real server: written, acknowledged, resumed, refused; nothing lost, nothing doubled."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
import websockets

from qiao import interactions
from qiao.channels.chat.model import Outlook
from qiao.kernel.ids import AgentId, InteractionId, new_id

if TYPE_CHECKING:
    from tests.chat.conftest import ScriptedRouting, Server


async def answer(server: Server, conversation: str, words: str, agent: AgentId | None = None) -> AgentId:
    agent = agent or AgentId(new_id())
    async with server.house.database.transaction() as tx:
        interaction_id = InteractionId(UUID(conversation))
        await interactions.assign(tx, interaction_id=interaction_id, agent_id=agent)
        await interactions.say(tx, interaction_id=interaction_id, author_kind="agent", author_id=agent, text=words)
    return agent


async def test_a_visitor_writes_is_queued_and_gets_his_answer(server: Server, routing: ScriptedRouting) -> None:
    visit = await server.visit()
    async with server.tab(visit) as tab:
        first = await tab.frame("snapshot")
        assert (first["conversation"], first["phase"]) == (None, "new")
        assert "一分钟内" in first["text"]
        await tab.say("key-00000001", "收到1729的短信,怕被订了业务")
        ack = await tab.acked("key-00000001")
        assert ack["seq"] == 1
        assert [str(i) for i in routing.queued] == [ack["conversation"]]
        await tab.until(lambda tab: [m["key"] for m in tab.messages()] == ["key-00000001"])
        await answer(server, ack["conversation"], "我来看看")
        told = await tab.said(2)
        assert (told[1]["by"], told[1]["text"]) == ("agent", "我来看看")
        state = await tab.frame("state", phase="talking")
        assert state["text"] == "客服正在为您服务。"


async def test_a_second_tab_sees_the_same_conversation_at_once(server: Server) -> None:
    visit = await server.visit()
    again = await server.visit(visit["token"])
    async with server.tab(visit) as one, server.tab(again) as two:
        await two.frame("snapshot")
        await one.say("key-00000001", "第一个窗口")
        assert [m["text"] for m in await two.said(1)] == ["第一个窗口"]
        await two.say("key-00000002", "第二个窗口")
        assert [m["text"] for m in await one.said(2)] == ["第一个窗口", "第二个窗口"]


async def test_two_tabs_that_begin_at_once_begin_one_conversation(server: Server, routing: ScriptedRouting) -> None:
    visit = await server.visit()
    again = await server.visit(visit["token"])
    async with server.tab(visit) as one, server.tab(again) as two:
        await asyncio.gather(one.say("key-00000001", "甲"), two.say("key-00000002", "乙"))
        acks = [await one.acked("key-00000001"), await two.acked("key-00000002")]
    assert acks[0]["conversation"] == acks[1]["conversation"]
    assert sorted(ack["seq"] for ack in acks) == [1, 2]
    assert len(routing.queued) == 1


async def test_the_same_key_sent_again_is_acknowledged_again_and_kept_once(server: Server) -> None:
    visit = await server.visit()
    async with server.tab(visit) as tab:
        for _ in range(3):
            await tab.say("key-00000001", "一次")
        await tab.until(lambda tab: len([f for f in tab.frames if f["t"] == "ack"]) == 3)
        acks = [f for f in tab.frames if f["t"] == "ack"]
    assert {ack["seq"] for ack in acks} == {1}
    assert len(await server.rows(acks[0]["conversation"])) == 1


async def test_a_lost_connection_resumes_after_the_last_number_without_gap_or_double(server: Server) -> None:
    visit = await server.visit()
    async with server.tab(visit) as tab:
        await tab.say("key-00000001", "一")
        conversation = (await tab.acked("key-00000001"))["conversation"]
    await answer(server, conversation, "二")
    async with server.tab(await server.visit(visit["token"]), conversation=conversation, last=1) as back:
        told = await back.said(1)
        assert [(m["seq"], m["text"]) for m in told] == [(2, "二")]
        assert not [f for f in back.frames if f["t"] == "snapshot"]


@pytest.mark.parametrize("last", [99, -1, None, 2**70, "7", 1.5, True])
async def test_a_number_that_was_never_given_gets_the_whole_picture(server: Server, last: object) -> None:
    visit = await server.visit()
    async with server.tab(visit) as tab:
        await tab.say("key-00000001", "一")
        conversation = (await tab.acked("key-00000001"))["conversation"]
    async with server.tab(await server.visit(visit["token"]), hello=False) as back:
        await back.send(t="hello", conversation=conversation, last=last)
        snapshot = await back.frame("snapshot")
        assert [m["seq"] for m in snapshot["messages"]] == [1]


@pytest.mark.slow
async def test_a_stale_number_of_a_long_conversation_gets_the_newest_and_can_page_back(server: Server) -> None:
    visit = await server.visit()
    async with server.tab(visit) as tab:
        await tab.say("key-00000001", "开头")
        conversation = (await tab.acked("key-00000001"))["conversation"]
        async with server.house.database.transaction() as tx:
            for n in range(2, 702):
                await interactions.say(
                    tx, interaction_id=InteractionId(UUID(conversation)), author_kind="system", text=str(n)
                )
    async with server.tab(await server.visit(visit["token"]), conversation=conversation, last=1) as back:
        snapshot = await back.frame("snapshot")
        assert snapshot["more"] and [m["seq"] for m in snapshot["messages"]] == list(range(602, 702))
        await back.send(t="older", before=602)
        older = await back.frame("older")
        assert [m["seq"] for m in older["messages"]] == list(range(502, 602))


async def test_anothers_conversation_cannot_be_named_into_view(server: Server) -> None:
    mine, his = await server.visit(), await server.visit()
    async with server.tab(his) as tab:
        await tab.say("key-00000001", "他的秘密")
        foreign = (await tab.acked("key-00000001"))["conversation"]
    answers = []
    for named in (foreign, str(uuid4())):
        async with server.tab(await server.visit(mine["token"]), conversation=named, last=0) as me:
            answers.append(await me.frame("snapshot"))
    assert answers[0] == answers[1]
    assert (answers[0]["conversation"], answers[0]["messages"]) == (None, [])


@pytest.mark.parametrize("spoiled", ["", "nonsense", "a.b", "forged", "foreign site", "expired", "é.ü"])
async def test_a_token_that_is_not_good_is_refused_identically(server: Server, spoiled: str) -> None:
    from qiao.channels.chat import visits
    from qiao.channels.chat.model import Party

    token = (await server.visit())["token"]
    keys, now = visits.keys_of(server.house), server.house.clock.now()
    elsewhere = visits.visitor_token(keys, Party("visitor:x", "portal"), now=now)
    given = {"forged": token[:-4] + "____", "foreign site": elsewhere}.get(spoiled, spoiled)
    if spoiled == "expired":
        given = token
        server.house.clock.forward(days=181)  # type: ignore[attr-defined]
    async with server.http() as http:
        answer = await http.post("/chat/poll?lang=en", json={"site": "shop", "token": given})
    assert answer.status_code == 403
    assert answer.json() == {
        "code": "chat.visit_not_known",
        "text": "This conversation cannot be opened from here. Nothing was changed; reload the page to begin anew.",
    }


async def refused_at_the_door(server: Server, ticket: str, origin: str | None) -> int:
    url = f"ws://127.0.0.1:{server.port}/chat/ws?ticket={ticket}"
    try:
        async with websockets.connect(url, origin=origin):  # type: ignore[arg-type]
            return 101
    except websockets.InvalidStatus as refused:
        return refused.response.status_code


async def test_a_socket_opens_only_from_our_pages_with_a_fresh_ticket_once(server: Server) -> None:
    async def ticket() -> str:
        return str((await server.visit())["ticket"])

    assert await refused_at_the_door(server, await ticket(), server.address) == 101
    assert await refused_at_the_door(server, await ticket(), "https://shop.example") == 101
    for origin in (None, "null", "https://evil.example", "https://shop.example.evil.example", "http://shop.example"):
        assert await refused_at_the_door(server, await ticket(), origin) == 403
    used = await ticket()
    assert await refused_at_the_door(server, used, server.address) == 101
    assert await refused_at_the_door(server, used, server.address) == 403
    stale = await ticket()
    server.house.clock.forward(seconds=31)  # type: ignore[attr-defined]
    assert await refused_at_the_door(server, stale, server.address) == 403
    assert await refused_at_the_door(server, "", server.address) == 403
    visitor = (await server.visit())["token"]
    assert await refused_at_the_door(server, visitor, server.address) == 403


async def test_a_frame_over_64_kib_closes_with_1009_and_what_was_kept_is_there_after(server: Server) -> None:
    visit = await server.visit()
    async with server.tab(visit) as tab:
        await tab.say("key-00000001", "先写的")
        conversation = (await tab.acked("key-00000001"))["conversation"]
        await tab.socket.send(json.dumps({"t": "say", "key": "key-00000002", "text": "x" * 65536}))
        assert await tab.gone() == 1009
    async with server.tab(await server.visit(visit["token"]), conversation=conversation, last=0) as back:
        assert [m["text"] for m in await back.said(1)] == ["先写的"]


async def test_invalid_utf8_closes_with_1007_and_binary_is_refused_in_words(server: Server) -> None:
    async with server.tab(await server.visit()) as tab:
        await tab.frame("snapshot")
        await tab.socket.send(b'{"t":"say","key":"key-00000001","text":"\xff\xfe"}', text=True)
        assert await tab.gone() == 1007
    async with server.tab(await server.visit()) as tab:
        await tab.frame("snapshot")
        await tab.socket.send(b"\x00\x01")
        refused = await tab.frame("refused", code="chat.only_text")
        assert "只能发送文字" in refused["text"]
        assert await tab.gone() == 1003


@pytest.mark.parametrize(
    "raw",
    [
        "", "x", "[]", "null", "1", '"say"', "{}", '{"t":1}', '{"t":"say"}', '{"t":"say","key":1,"text":"x"}',
        '{"t":"say","key":"key-00000001","text":null}', '{"t":"nonsense"}', '{"t":"read","seq":"1"}',
        '{"t":"say","key":"key-00000001","text":NaN}', "[" * 30000, '{"a":' * 10000, "9" * 5000,
        '{"t":"older","before":null}', '{"t":"code","code":"' + "1" * 65 + '"}',
    ],
)  # fmt: skip
async def test_a_frame_that_is_none_is_refused_and_the_conversation_goes_on(server: Server, raw: str) -> None:
    async with server.tab(await server.visit(lang="en")) as tab:
        await tab.frame("snapshot")
        await tab.socket.send(raw)
        await tab.frame("refused", code="chat.frame_not_understood")
        await tab.say("key-00000001", "goes on")
        assert (await tab.acked("key-00000001"))["seq"] == 1


@pytest.mark.parametrize(
    ("key", "words", "code"),
    [
        ("key-00000001", "x" * 20_001, "interactions.text_too_long"),
        ("key-00000001", "a\x00b", "interactions.text_has_nul"),
        ("key-00000001", " \n ", "interactions.text_is_empty"),
        ("k", "x", "interactions.key_not_understood"),
        ("", "x", "interactions.key_not_understood"),
        ("key\x00key\x00key", "x", "interactions.key_not_understood"),
    ],
)
async def test_a_message_that_cannot_be_kept_is_refused_and_begins_nothing(
    server: Server, routing: ScriptedRouting, key: str, words: str, code: str
) -> None:
    async with server.tab(await server.visit()) as tab:
        await tab.say(key, words)
        refused = await tab.frame("refused", code=code)
        assert refused["key"] == key and refused["text"]
    assert routing.queued == []


async def test_strange_but_honest_texts_arrive_as_said(server: Server) -> None:
    said = [
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "😀👨‍👩‍👧",
        "مرحبا",
        "a\u202eb",
        "{{7*7}} ${x} %n",
        "half \ud83d",
    ]
    async with server.tab(await server.visit()) as tab:
        for n, words in enumerate(said):
            await tab.say(f"key-0000000{n}", words)
        told = [m["text"] for m in await tab.said(len(said))]
    assert told == [*said[:4], "ab", said[5], "half \ufffd"]


async def test_a_thousand_messages_a_second_are_acknowledged_or_refused_and_none_accepted_is_lost(
    server: Server,
) -> None:
    visit = await server.visit()
    async with server.tab(visit) as tab:
        for n in range(1000):
            await tab.say(f"key-{n:08}", str(n))
        await tab.until(lambda tab: len([f for f in tab.frames if f["t"] in ("ack", "refused")]) >= 1000, 30)
        acks = {f["key"]: f["seq"] for f in tab.frames if f["t"] == "ack"}
        refused = [f for f in tab.frames if f["t"] == "refused"]
        assert {f["code"] for f in refused} == {"chat.too_fast"}
        assert len(acks) + len(refused) == 1000 and len(acks) >= 20
        assert all(f["after_seconds"] > 0 and "太快" in f["text"] for f in refused)
        conversation = next(f for f in tab.frames if f["t"] == "ack")["conversation"]
    kept = await server.rows(conversation)
    assert {key: seq for seq, _, key in kept} == acks


@pytest.mark.slow
async def test_a_million_tiny_frames_end_the_connection_and_harm_nobody_else(server: Server) -> None:
    async with server.tab(await server.visit()) as flood, server.tab(await server.visit()) as other:
        await other.frame("snapshot")
        with pytest.raises(websockets.ConnectionClosed):
            for _ in range(1_000_000):
                await flood.socket.send("{}")
        assert await flood.gone() == 1008
        await other.say("key-00000001", "还能写")
        await other.acked("key-00000001")


async def test_what_is_written_when_nobody_is_there_is_kept_and_queued(
    server: Server, routing: ScriptedRouting
) -> None:
    routing.outlook = Outlook(False)
    visit = await server.visit()
    async with server.tab(visit) as tab:
        assert "没有人在线" in (await tab.frame("snapshot"))["text"]
        await tab.say("key-00000001", "请帮我查一下3737")
        conversation = (await tab.acked("key-00000001"))["conversation"]
        written = await tab.frame("snapshot", phase="written")
        assert "已保存" in written["text"]
        await tab.send(t="leave")
    assert len(routing.queued) == 1 and routing.abandoned == []
    await answer(server, conversation, "查到了")
    async with server.tab(await server.visit(visit["token"])) as back:
        assert [m["text"] for m in await back.said(2)] == ["请帮我查一下3737", "查到了"]


async def test_leaving_before_an_answer_leaves_the_queue_and_the_next_word_begins_anew(
    server: Server, routing: ScriptedRouting
) -> None:
    async with server.tab(await server.visit()) as tab:
        await tab.say("key-00000001", "等等")
        first = (await tab.acked("key-00000001"))["conversation"]
        await tab.send(t="leave")
        await tab.frame("state", phase="ended")
        assert [str(i) for i in routing.abandoned] == [first]
        await tab.say("key-00000001", "等等")
        assert (await tab.until(lambda t: [f for f in t.frames if f["t"] == "ack"][1:]))[0]["conversation"] == first
        await tab.say("key-00000002", "又来了")
        second = await tab.acked("key-00000002")
        assert (second["conversation"] != first, second["seq"]) == (True, 1)
        await tab.until(lambda tab: [m["text"] for m in tab.messages()] == ["又来了"])


async def test_what_the_agent_types_and_reads_is_shown(server: Server) -> None:
    async with server.tab(await server.visit()) as tab:
        await tab.say("key-00000001", "在吗")
        conversation = InteractionId(UUID((await tab.acked("key-00000001"))["conversation"]))
        await tab.said(1)
        async with server.house.database.transaction() as tx:
            await interactions.typing(tx, interaction_id=conversation, by="agent")
            await interactions.mark_read(tx, interaction_id=conversation, reader="agent", seq=1)
        await tab.frame("typing")
        await tab.frame("state", seen=1)
        await tab.send(t="typing")
        await tab.send(t="read", seq=1)
        await tab.send(t="read", seq=2**80)
        await tab.say("key-00000002", "好")
        await tab.acked("key-00000002")
    async with server.house.database.transaction() as tx:
        assert (await interactions.interaction(tx, conversation)).customer_read_seq == 2


async def test_nothing_is_done_before_hello(server: Server) -> None:
    async with server.tab(await server.visit(), hello=False) as tab:
        await tab.say("key-00000001", "x")
        await tab.send(t="hello")
        await tab.frame("refused", code="chat.frame_not_understood")
        assert (await tab.frame("snapshot"))["conversation"] is None


@pytest.mark.slow
async def test_a_storm_of_reconnects_finds_everybody_where_he_was(server: Server) -> None:
    visits = [await server.visit() for _ in range(30)]
    places = []
    for n, visit in enumerate(visits):
        async with server.tab(visit) as tab:
            await tab.say("key-00000001", str(n))
            places.append((await tab.acked("key-00000001"))["conversation"])

    async def back(n: int) -> None:
        async with server.tab(await server.visit(visits[n]["token"]), conversation=places[n], last=0) as tab:
            assert [m["text"] for m in await tab.said(1)] == [str(n)]
            await tab.say("key-00000002", f"{n} again")
            assert (await tab.acked("key-00000002"))["seq"] == 2

    await asyncio.gather(*(back(n) for n in range(30)))


async def test_a_reader_who_never_reads_is_dropped_holds_little_and_may_resume(server: Server) -> None:
    visit = await server.visit()
    async with server.tab(visit) as tab:
        await tab.say("key-00000001", "开头")
        conversation = (await tab.acked("key-00000001"))["conversation"]
    deaf = await server.visit(visit["token"])
    url = f"ws://127.0.0.1:{server.port}/chat/ws?ticket={deaf['ticket']}"
    async with websockets.connect(url, origin=server.address, max_queue=1, close_timeout=0.1) as socket:  # type: ignore[arg-type]
        await socket.send(json.dumps({"t": "hello", "conversation": conversation, "last": 1}))
        async with server.house.database.transaction() as tx:
            for _ in range(60):
                await interactions.say(
                    tx, interaction_id=InteractionId(UUID(conversation)), author_kind="system", text="长" * 20_000
                )
        async with server.tab(await server.visit()) as other:  # others are served meanwhile
            await other.say("key-00000009", "我呢")
            await other.acked("key-00000009")
    async with server.tab(await server.visit(visit["token"]), conversation=conversation, last=1) as back:
        assert [m["seq"] for m in await back.said(60)] == list(range(2, 62))
        assert back.numbers_pushed() == list(range(2, 62))
