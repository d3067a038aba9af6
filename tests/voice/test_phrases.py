"""No common language: the agent chooses a sentence in his, the caller hears it in hers, and her key is shown in his."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select, text

from qiao import customers, interactions, knowledge, outreach, staff
from qiao.bss import Operator
from qiao.bss.sandbox import CAST
from qiao.bss.sandbox.people import UNITS
from qiao.channels.voice.line_phrases import texts
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.channels.voice.store_phrases import phrases_of
from qiao.kernel.ids import AgentId, InteractionId
from qiao.platform import sessions
from qiao.platform.signing import Keys
from tests.standing_app import moved_into
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.staffed import at_work

if TYPE_CHECKING:
    from pathlib import Path

    from litestar import Litestar

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MARY = CAST[4]
AGENT = 1000.0


async def employed(hotline: Hotline, *languages: str) -> AgentId:
    """Somebody at work here who speaks these."""
    async with hotline.house.database.transaction() as tx:
        unit_id = await staff.ensure_unit(tx, code=UNITS[0], name=UNITS[0])
        await staff.ensure_built_in_roles(tx)
        more = {"name": "李", "password_hash": "x", "unit_id": unit_id, "roles": ("agent",), "languages": languages}
        return AgentId(await staff.create_agent(tx, login=f"a{uuid4().hex[:8]}", **more))  # type: ignore[arg-type]


async def browser(hotline: Hotline, app: Litestar, agent_id: AgentId) -> httpx.AsyncClient:
    async with hotline.house.database.transaction() as tx:
        token, _ = await sessions.begin(tx, audience="staff", subject_id=agent_id, seconds_max=3600, language="zh-CN")
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
        base_url=hotline.house.settings.address,
        cookies={"qiao_staff": token},
        headers={"accept-language": "zh-CN", "hx-request": "true", "sec-fetch-site": "same-origin"},
    )


async def send(person: httpx.AsyncClient, contact: InteractionId, **fields: str) -> httpx.Response:
    """As the form of the panel does."""
    page = (await person.get("/desk")).text
    found = re.search(r'name="_csrf" value="([^"]+)"', page)
    assert found is not None
    return await person.post(f"/desk/phone/{contact}/phrases", data={"_csrf": found[1], **fields})


async def heard_in(hotline: Hotline, code: str, language: str) -> Path:
    return await hotline.prompt(texts().say(code, language), language)


async def test_a_sentence_chosen_in_chinese_is_heard_in_english_and_her_key_is_read_in_chinese(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    me, other = await employed(hotline, "zh-CN"), await employed(hotline, "zh-CN", "en")
    house, app = moved_into(hotline.house, hotline.house.get(Operator))  # type: ignore[type-abstract]
    monkeypatch.setitem(house.ports, Keys, hotline.house.get(Keys))
    mine, stranger = await browser(hotline, app, me), await browser(hotline, app, other)

    async def panel() -> str:
        return (await mine.get("/desk/phone/phrases")).text

    async def shows(*parts: str) -> bool:
        told = await panel()
        return all(part in told for part in parts)

    async with hotline.worker(), at_work(hotline, id=me, languages=("zh-CN",)) as (_, desk_phone):
        assert "phrases-title" not in await panel(), "nothing while nobody calls"
        phone = await hotline.phone(MARY.service.value)
        call = await phone.call(HOTLINE)
        told = await call.heard.hear(await hotline.prompt("Hello. Please press a key.", "en"))
        call.press("0")
        told = await call.heard.hear(await hotline.own("any_language_offer", "en"), since=told)
        call.press("2")
        theirs = await desk_phone.pick_up(seconds=60)

        async def talks() -> bool:
            return [one.state for one in await hotline.calls()] == ["talking"]

        await hotline.until(talks)
        async with hotline.house.database.transaction() as tx:
            row = await tx.one(select(voice_calls))
        assert row is not None
        contact = InteractionId(row["interaction_id"])
        assert await shows("phrases-title", "现在解决了吗？", "1 是 · 2 不是")

        answer = await send(mine, contact, say="solved_now")
        assert answer.status_code == 200, answer.text[-500:]
        told = await call.heard.hear(await heard_in(hotline, "solved_now", "en"), since=told)
        told = await call.heard.hear(await heard_in(hotline, "yes", "en"), since=told)
        told = await call.heard.hear(await hotline.own("press", "en", key="1"), since=told)
        call.press("1")
        await hotline.until(lambda: shows("1 · 是", "已回答"))
        theirs.media.say(tone(AGENT, 60))
        await call.heard.until(lambda: share_of(call.heard.samples(told)[-4000:], AGENT) > 0.8, 60)

        await send(mine, contact, say="looking")
        told = await call.heard.hear(await heard_in(hotline, "looking", "en"), since=told)
        await hotline.until(lambda: shows("已听到"))
        await call.heard.until(lambda: share_of(call.heard.samples(told)[-4000:], AGENT) > 0.8, 60)
        call.press("0")
        await call.heard.hear(await heard_in(hotline, "looking", "en"), since=told)

        async with hotline.house.database.transaction() as tx:
            said = [(one.author_kind, one.text) for one in await interactions.messages_after(tx, contact, 0)]
        assert ("agent", "Is it solved now?\n现在解决了吗？") in said
        assert ("customer", "1 · yes\n是") in said

        assert (await send(stranger, contact, say="goodbye")).status_code == 404, "not his call"
        assert (await send(mine, contact, say="no_such_phrase")).status_code == 404
        assert (await send(mine, contact, say="x" * 5000)).status_code == 404
        assert (await send(mine, contact, article="; drop")).status_code == 400
        assert (await send(mine, contact, article=str(uuid4()))).status_code == 404
        assert (await send(mine, contact, text="hello")).status_code == 404, "what is only said is not texted"
        for typed in ("", "soon", "1999-01-01T10:00"):
            assert (await send(mine, contact, say="will_call", calls_at=typed)).status_code == 400

        async with hotline.house.database.transaction() as tx:
            article = {"title": "Roaming", "body": "Switch it on before you leave.", "tags": ()}
            article_id = await knowledge.ensure_article(
                tx,
                code="t-1",
                language="en",
                audience="customer",
                **article,  # type: ignore[arg-type]
            )
        assert await shows("Roaming")
        for fields in ({"text": "outage"}, {"article": str(article_id)}, {"text": "outage"}):
            assert (await send(mine, contact, **fields)).status_code == 200
        async with hotline.house.database.transaction() as tx:
            wanted = text("select text, language from post_messages where purpose = 'voice.phrase' order by text")
            sent = [(one["text"], one["language"]) for one in await tx.rows(wanted)]
        assert sent == [
            ("Roaming\nSwitch it on before you leave.", "en"),
            ("The network has a fault where you are. We are repairing it.", "en"),
        ], "each once"

        tomorrow = f"{hotline.house.clock.now() + timedelta(days=1):%Y-%m-%d}T23:50"
        assert (await send(mine, contact, say="will_call", calls_at=tomorrow)).status_code == 200
        async with hotline.house.database.transaction() as tx:
            person = await customers.customer_of(tx, MARY.service)
            assert person is not None
            (owed,) = await outreach.callbacks_of(tx, person.id)
            said_now = (await phrases_of(tx, row["id"]))[0]
        assert owed.from_at == said_now.calls_at and said_now.code == "will_call"

        async with hotline.house.database.transaction() as tx:
            await tx.execute(
                text("update agents set languages = :now where id = :me"), {"now": ["zh-CN", "en"], "me": me}
            )
        refused = await send(mine, contact, say="goodbye")
        assert refused.headers["x-refusal-code"] == "voice.language_shared"
        assert "phrases-title" not in await panel()
        await phone.close()

        async def gone() -> bool:
            return (await send(mine, contact, say="goodbye")).status_code == 404

        await hotline.until(gone)
    await mine.aclose()
    await stranger.aclose()
