"""The chat over plain HTTP: assets, the frame, polling where no socket can be had, the customer's own session."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from qiao import interactions
from qiao.channels.chat import sign_claim, site_secret
from qiao.kernel.ids import InteractionId
from qiao.kernel.languages import LANGUAGES
from qiao.platform.live import touch
from qiao.platform.policy import Actor, Level
from qiao.platform.signing import Keys

if TYPE_CHECKING:
    from tests.chat.conftest import ScriptedRouting, Server


def customer(server: Server, name: str = "师先生") -> Actor:
    actor = Actor("customer", uuid4(), name, None, frozenset(), "zh-CN", uuid4(), uuid4().hex, Level.ONE_FACTOR)
    server.actors[f"cookie-{actor.id}"] = actor
    return actor


def cookie(actor: Actor) -> dict[str, str]:
    return {"cookie": f"qiao_customer=cookie-{actor.id}"}


@pytest.mark.parametrize(
    ("path", "media_type"),
    [
        ("/chat/widget.js", "text/javascript"),
        ("/chat/assets/chat-client.js", "text/javascript"),
        ("/chat/assets/chat.css", "text/css"),
        ("/chat/texts/ar", "application/json"),
    ],
)
async def test_what_a_browser_needs_is_served_with_its_type(server: Server, path: str, media_type: str) -> None:
    async with server.http() as http:
        answer = await http.get(path)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(media_type)
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("name", ["room.py", "..%2Froom.py", "chat-client.js%00", "x"])
async def test_nothing_else_is_an_asset(server: Server, name: str) -> None:
    async with server.http(accept="application/json") as http:
        assert (await http.get(f"/chat/assets/{name}")).status_code == 404


async def test_the_frame_may_only_be_framed_by_its_sites_pages(server: Server) -> None:
    async with server.http() as http:
        answer = await http.get("/chat/frame?site=shop&lang=ar")
        assert "frame-ancestors 'self' https://shop.example" in answer.headers["content-security-policy"]
        assert 'dir="rtl"' in answer.text and 'lang="ar"' in answer.text
        assert "unsafe" not in answer.headers["content-security-policy"]
        unknown = await http.get("/chat/frame?site=elsewhere&lang=en")
    assert unknown.status_code == 404
    assert unknown.json()["code"] == "chat.site_not_known"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_words_come_in_nine_languages_with_their_direction(server: Server, language: str) -> None:
    async with server.http() as http:
        words = (await http.get(f"/chat/texts/{language}")).json()
    assert (words["language"], words["direction"]) == (language, "rtl" if language == "ar" else "ltr")


async def test_without_a_socket_a_visitor_writes_and_polls(server: Server) -> None:
    token = (await server.visit())["token"]
    async with server.http(**{"x-chat-token": token}) as http:
        for _ in range(2):
            said = await http.post("/chat/messages", json={"site": "shop", "key": "key-00000001", "text": "在吗"})
            assert said.json()["seq"] == 1
        frames = (await http.post("/chat/poll", json={"site": "shop"})).json()["frames"]
        assert [m["text"] for m in frames[0]["messages"]] == ["在吗"]
        conversation = frames[0]["conversation"]
        asked = {"site": "shop", "conversation": conversation, "last": 1, "wait": True}
        waiting = asyncio.create_task(http.post("/chat/poll", json=asked, timeout=30))
        async with server.house.database.transaction() as tx:
            await interactions.say(
                tx, interaction_id=InteractionId(UUID(conversation)), author_kind="system", text="请稍候"
            )
        frames = (await waiting).json()["frames"]
        assert [(f["t"], [m["seq"] for m in f.get("messages", [])]) for f in frames] == [
            ("messages", [2]),
            ("state", []),
        ]
        assert (await http.post("/chat/leave", json={"site": "shop"})).status_code == 200
        frames = (await http.post("/chat/poll", json={"site": "shop"})).json()["frames"]
        assert frames[-1]["phase"] == "ended"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "kernel.input_not_understood"),
        (b"[]", 400, "kernel.input_not_understood"),
        (b"\xff", 400, "kernel.input_not_understood"),
        (b"[" * 60000, 400, "kernel.input_not_understood"),
        (b'{"site": 7}', 400, "kernel.input_not_understood"),
        (b'{"site": "elsewhere"}', 404, "chat.site_not_known"),
        (b'{"site": "shop", "key": 1, "text": "x"}', 400, "kernel.input_not_understood"),
        (b'{"site": "shop", "key": "key-00000001"}', 400, "kernel.input_not_understood"),
        (b'{"site": "shop", "key": "key-00000001", "text": "\\u0000"}', 400, "interactions.text_has_nul"),
        (b'{"site": "shop", "x": "' + b"x" * 70000 + b'"}', 413, "chat.frame_too_large"),
        (b'{"site": "shop", "claim": "a.b"}', 403, "chat.visit_not_known"),
        (b'{"site": "shop", "session": true}', 403, "chat.visit_not_known"),
    ],
)
async def test_bad_bodies_are_refused_in_the_persons_language(
    server: Server, body: bytes, status: int, code: str
) -> None:
    token = (await server.visit())["token"]
    async with server.http(**{"x-chat-token": token, "content-type": "application/json"}) as http:
        answer = await http.post("/chat/messages?lang=ja", content=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert any("\u3040" <= letter <= "\u30ff" for letter in answer.json()["text"])


async def test_too_many_posts_are_refused_and_told_when(server: Server) -> None:
    token = (await server.visit())["token"]
    async with server.http(**{"x-chat-token": token}) as http:
        answers = [
            await http.post("/chat/messages", json={"site": "shop", "key": f"key-{n:08}", "text": "x"})
            for n in range(60)
        ]
    late = [answer for answer in answers if answer.status_code == 429]
    assert late and late[0].json()["code"] == "chat.too_fast" and late[0].json()["after_seconds"] > 0


async def test_a_signed_in_customer_is_known_but_nothing_is_proven_yet(
    server: Server, routing: ScriptedRouting
) -> None:
    him = customer(server)
    async with server.http(**cookie(him), **{"x-csrf-token": him.csrf}) as http:
        visit = await http.post("/chat/visits", json={"site": "portal", "session": True})
        assert "token" not in visit.json()
        said = await http.post(
            "/chat/messages", json={"site": "portal", "session": True, "key": "key-00000001", "text": "我是师先生"}
        )
    async with server.tab(visit.json()) as tab:
        assert [m["text"] for m in await tab.said(1)] == ["我是师先生"]
    async with server.house.database.transaction() as tx:
        contact = await interactions.interaction(tx, InteractionId(UUID(said.json()["conversation"])))
    assert (contact.customer_id, contact.party, contact.level) == (him.id, "师先生", 0)


async def test_a_session_counts_only_with_the_pages_own_token_on_the_portal(server: Server) -> None:
    him, other = customer(server), customer(server, "别人")
    cases = [
        ({"site": "portal", "session": True}, {}),
        ({"site": "portal", "session": True}, {"x-csrf-token": other.csrf}),
        ({"site": "shop", "session": True}, {"x-csrf-token": him.csrf}),
    ]
    for body, headers in cases:
        async with server.http(**cookie(him), **headers) as http:
            answer = await http.post("/chat/visits?lang=en", json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "chat.visit_not_known")


async def test_a_session_never_makes_a_visitor_of_the_widget_somebody(server: Server) -> None:
    him = customer(server)
    async with server.http(**cookie(him)) as http:
        visit = (await http.post("/chat/visits", json={"site": "shop"})).json()
    async with server.tab(visit) as tab:
        await tab.say("key-00000001", "谁也不是")
        conversation = (await tab.acked("key-00000001"))["conversation"]
    async with server.house.database.transaction() as tx:
        assert (await interactions.interaction(tx, InteractionId(UUID(conversation)))).customer_id is None


def claim(server: Server, site: str = "shop", **changed: object) -> str:
    secret = site_secret(server.house.get(Keys), site)
    told = {"sub": "4711", "name": "Li\u202e Lei", "exp": int(server.house.clock.now().timestamp()) + 600}
    return sign_claim(secret, told | changed)


async def test_a_user_signed_by_his_site_has_one_conversation_on_all_devices(server: Server) -> None:
    one, two = await server.visit(claim=claim(server)), await server.visit(claim=claim(server, name="x"))
    async with server.tab(one) as phone, server.tab(two) as laptop:
        await phone.say("key-00000001", "在手机上")
        conversation = (await phone.acked("key-00000001"))["conversation"]
        assert [m["text"] for m in await laptop.said(1)] == ["在手机上"]
    async with server.house.database.transaction() as tx:
        contact = await interactions.interaction(tx, InteractionId(UUID(conversation)))
    assert (contact.party, contact.customer_id, contact.level) == ("Li Lei", None, 0)


@pytest.mark.parametrize(
    "spoiled",
    [{"exp": 0}, {"exp": 10**12}, {"exp": "x"}, {"sub": None}, {"sub": ""}, {"sub": "x" * 300}, {"sub": ["4711"]}],
)
async def test_a_claim_that_is_not_good_is_refused(server: Server, spoiled: dict[str, object]) -> None:
    async with server.http() as http:
        for given in (claim(server, **spoiled), claim(server, site="portal"), "x.y"):
            answer = await http.post("/chat/visits", json={"site": "shop", "claim": given})
            assert (answer.status_code, answer.json()["code"]) == (403, "chat.visit_not_known")


async def test_what_a_visitor_types_about_himself_is_no_identity(server: Server) -> None:
    """Another's e-mail or number typed into a new visit opens a new, empty conversation."""
    his = await server.visit(claim=claim(server))
    async with server.tab(his) as tab:
        await tab.say("key-00000001", "我的账单")
        await tab.acked("key-00000001")
    typed = {"sub": "4711", "email": "li@example.cn", "number": "13912347763", "p": "user:shop:4711", "name": "Li"}
    async with server.tab(await server.visit(**typed)) as tab:
        snapshot = await tab.frame("snapshot")
    assert (snapshot["conversation"], snapshot["messages"]) == (None, [])


async def test_a_signed_user_stays_known_while_his_page_is_open_though_the_claim_grows_old(server: Server) -> None:
    token = (await server.visit(claim=claim(server, sub="0815")))["token"]
    server.house.clock.forward(hours=2)  # type: ignore[attr-defined]
    async with server.tab(await server.visit(token)) as tab:
        await tab.say("key-00000001", "还是我")
        await tab.acked("key-00000001")
    async with server.tab(await server.visit(claim=claim(server, sub="0815"))) as tab:
        assert [m["text"] for m in await tab.said(1)] == ["还是我"]


async def test_signing_out_ends_the_connection(server: Server) -> None:
    him = customer(server)
    async with server.http(**cookie(him), **{"x-csrf-token": him.csrf}) as http:
        visit = (await http.post("/chat/visits", json={"site": "portal", "session": True})).json()
    async with server.tab(visit) as tab:
        await tab.frame("snapshot")
        async with server.house.database.transaction() as tx:
            await touch(tx, f"session:{him.session_id}")
        assert await tab.gone() == 1008
