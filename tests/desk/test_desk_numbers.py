"""Service numbers at the desk: added, changed, refused by field, never overwritten unseen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from qiao import routing
from qiao.channels.chat.queries import site
from qiao.channels.chat.waiting import outlook

if TYPE_CHECKING:
    from tests.desk.screens import Browser, Screens

FORM = {
    "number": "95500",
    "code": "sms",
    "name_zh": "热线",
    "name_en": "Hotline",
    "channels": "sms",
    "hours": "mon-fri 08:00-20:00",
    "answer_minutes": "15",
}


@pytest.fixture
async def boss(screens: Screens) -> Browser:
    return await screens.signed_in(await screens.agent("Boss", role="administrator"))


async def test_a_number_is_added_listed_with_its_desks_and_changed(screens: Screens, boss: Browser) -> None:
    assert (await boss.send("/desk/numbers", FORM, htmx=False)).status_code == 303
    shown = (await boss.get("/desk/numbers")).text
    assert "95500" in shown
    form = (await boss.get("/desk/numbers/95500")).text
    assert "mon 08:00-20:00" in form
    rev = re.search(r'name="rev" value="(\d+)"', form)
    assert rev is not None
    changed = FORM | {"rev": rev[1], "answer_minutes": "20"}
    assert (await boss.send("/desk/numbers/95500", changed, htmx=False)).status_code == 303
    stale = await boss.send("/desk/numbers/95500", changed | {"answer_minutes": "99"})
    assert stale.headers["x-refusal-code"] == "routing.entry_point_changed"
    assert 'value="99"' in stale.text, "what was typed is kept"
    async with screens.house.database.transaction() as tx:
        assert (await routing.entry_point(tx, "95500")).answer_minutes == 20
    taken = await boss.send("/desk/numbers", FORM)
    assert taken.headers["x-refusal-code"] == "routing.entry_point_taken"


async def test_a_chat_is_kept_in_the_same_place_and_follows_it_at_once(screens: Screens, boss: Browser) -> None:
    form = {"number": "kiosk", "code": "web", "name_en": "Kiosk", "channels": "chat", "flow": "main_menu"}
    assert (await boss.send("/desk/numbers", form, htmx=False)).status_code == 303
    assert "kiosk" in (await boss.get("/desk/numbers")).text
    async with screens.house.database.transaction() as tx:
        place = await site(tx, "kiosk")
        assert (place.flow, place.entry_point, place.opens_at) == ("main_menu", "web", None)
        seen = (await routing.entry_point(tx, "kiosk")).rev
    closed = form | {"rev": str(seen), "flow": "", "hours": "2026-10-01 closed\nmon-sun 00:00-00:01"}
    assert (await boss.send("/desk/numbers/kiosk", closed, htmx=False)).status_code == 303
    async with screens.house.database.transaction() as tx:
        place = await site(tx, "kiosk")
        told = await outlook(tx, site=place, language="en")
    assert place.flow == ""
    assert (told.somebody, told.opens_at) == (False, place.opens_at)


@pytest.mark.parametrize(
    "wrong", [{"hours": "whenever"}, {"answer_minutes": "soon"}, {"code": "a b"}, {"name_en": " "}, {"number": "abc"}]
)
async def test_what_cannot_be_read_is_shown_at_its_field_and_nothing_is_kept(
    boss: Browser, screens: Screens, wrong: dict[str, str]
) -> None:
    answer = await boss.send("/desk/numbers", FORM | {"number": "95511"} | wrong)
    assert answer.headers["x-refusal-code"] == "kernel.input_not_understood"
    assert 'aria-invalid="true"' in answer.text
    async with screens.house.database.transaction() as tx:
        assert "95511" not in await routing.entry_points(tx)
