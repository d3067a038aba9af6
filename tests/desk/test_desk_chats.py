"""Where chats may be embedded, at the desk: a site that is named may frame the chat at once, and no other."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from qiao.platform.audit import audit_entries

if TYPE_CHECKING:
    from tests.desk.screens import Browser, Screens

SHOP = "https://shop.example.cn"
FORM = {"origins": SHOP, "warn_seconds": "60", "end_seconds": "90", "gone_seconds": "30", "active": "yes"}


@pytest.fixture
async def boss(screens: Screens) -> Browser:
    boss = await screens.signed_in(await screens.agent("Boss", role="administrator"))
    way = {"number": "kiosk", "code": "web", "name_en": "Kiosk", "channels": "chat"}
    assert (await boss.send("/desk/numbers", way, htmx=False)).status_code in {303, 409}  # it may be there already
    return boss


def seen(page: str) -> dict[str, str]:
    found = re.search(r'name="seen" value="(\w+)"', page)
    assert found is not None
    return {"seen": found[1]}


async def test_a_site_that_is_named_may_frame_the_chat_at_once_and_no_other(screens: Screens, boss: Browser) -> None:
    assert "kiosk" in (await boss.get("/desk/chats")).text
    form = (await boss.get("/desk/chats/kiosk")).text
    assert 'data-site="kiosk"' in form.replace("&#34;", '"')
    framed = (await boss.get("/chat/frame?site=kiosk")).headers["content-security-policy"]
    assert "frame-ancestors 'self'" in framed and SHOP not in framed

    assert (await boss.send("/desk/chats/kiosk", FORM | seen(form), htmx=False)).status_code == 303
    framed = (await boss.get("/chat/frame?site=kiosk")).headers["content-security-policy"]
    assert framed.endswith(f"frame-ancestors 'self' {SHOP}")
    assert SHOP in (await boss.get("/desk/chats")).text

    late = await boss.send("/desk/chats/kiosk", FORM | seen(form) | {"end_seconds": "77"}, htmx=False)
    assert (late.status_code, late.headers["x-refusal-code"]) == (409, "chat.site_changed")
    assert 'value="77"' in late.text, "what was typed is kept"
    again = seen((await boss.get("/desk/chats/kiosk")).text)
    closed = {name: value for name, value in FORM.items() if name != "active"}
    assert (await boss.send("/desk/chats/kiosk", closed | again, htmx=False)).status_code == 303
    assert (await boss.get("/chat/frame?site=kiosk")).status_code == 404
    async with screens.house.database.transaction() as tx:
        rows = await tx.rows(
            select(audit_entries.c.details)
            .where(audit_entries.c.act == "change.chat_site")
            .order_by(audit_entries.c.at)
        )
    assert [row["details"]["after"]["active"] for row in rows] == [True, False]


async def test_what_cannot_be_kept_brings_the_form_again_as_it_was_typed(boss: Browser) -> None:
    mark = seen((await boss.get("/desk/chats/kiosk")).text)
    for name, typed in (("origins", "https://evil.cn; script-src *"), ("warn_seconds", "soon"), ("gone_seconds", "9")):
        refused = await boss.send("/desk/chats/kiosk", FORM | mark | {name: typed}, htmx=False)
        assert refused.status_code == 400
        assert typed in refused.text and 'aria-invalid="true"' in refused.text
    assert (await boss.get("/desk/chats/10086")).status_code == 404
    assert (await boss.send("/desk/chats/nowhere", FORM | mark, htmx=False)).status_code == 404
