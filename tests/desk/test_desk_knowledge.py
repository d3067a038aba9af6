"""Knowledge and going anywhere, over HTTP: what is found, who may write, what is refused how."""

import re
from typing import Any

import pytest

from qiao import knowledge
from qiao.desk.go_pages import fits
from qiao.kernel.ids import ArticleId
from tests.desk.screens import Browser, Screens

ARTICLE = {
    "title": "如何取消 3737",
    "body": "先核实身份。\n\n1. 查询代码\n2. 取消",
    "language": "zh-CN",
    "audience": "staff",
    "tags": "3737，增值业务",
}


@pytest.fixture
async def leader(screens: Screens) -> Browser:
    return await screens.signed_in(await screens.agent("Leader", role="team_leader"))


@pytest.fixture
async def reader(screens: Screens) -> Browser:
    return await screens.signed_in(await screens.agent("Wang"))


async def _written(leader: Browser, **changed: str) -> str:
    answer = await leader.send("/desk/knowledge", {**ARTICLE, **changed}, htmx=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


async def test_an_article_is_written_found_by_a_piece_of_it_and_read(leader: Browser, reader: Browser) -> None:
    path = await _written(leader)
    hits = await reader.part("/desk/knowledge?q=取消3737")
    assert path in hits.text
    assert "<html" not in hits.text
    shown = await reader.get(path)
    assert "如何取消 3737" in shown.text
    assert "<li><bdi>查询代码</bdi></li>" in shown.text
    assert "/edit" not in shown.text
    assert "Nothing holds all of these words." in (await reader.get("/desk/knowledge?q=9999zz")).text


async def test_whoever_may_only_read_writes_nothing(leader: Browser, reader: Browser) -> None:
    path = await _written(leader)
    assert (await reader.get("/desk/knowledge/new")).status_code == 403
    assert (await reader.get(f"{path}/edit")).status_code == 403
    assert (await reader.send("/desk/knowledge", ARTICLE)).status_code == 403
    assert (await reader.send(path, ARTICLE)).status_code == 403


async def test_two_writers_do_not_overwrite_each_other(screens: Screens, leader: Browser) -> None:
    path = await _written(leader)
    first = await leader.send(path, {**ARTICLE, "title": "first", "version": "1"})
    assert first.headers["hx-redirect"] == path
    late = await leader.send(path, {**ARTICLE, "title": "second", "version": "1"})
    assert late.status_code == 409
    assert "second" in late.text
    async with screens.house.database.transaction() as tx:
        kept = await knowledge.article(tx, ArticleId(re.sub(".*/", "", path)))
    assert (kept.title, kept.version) == ("first", 2)


ODD: tuple[tuple[dict[str, Any], str], ...] = (
    ({"title": ""}, "f-title"),
    ({"title": "x" * 500}, "f-title"),
    ({"title": "a\x00b"}, "f-title"),
    ({"body": ""}, "f-body"),
    ({"body": "x" * 60_000}, "f-body"),
    ({"language": "tlh"}, "f-language"),
    ({"audience": "everybody"}, "f-audience"),
)


@pytest.mark.parametrize("htmx", [True, False])
async def test_an_odd_article_comes_back_with_what_was_typed(leader: Browser, htmx: bool) -> None:
    for changed, field in ODD:
        answer = await leader.send("/desk/knowledge", {**ARTICLE, **changed}, htmx=htmx)
        assert answer.status_code == 400, changed
        assert f'id="{field}-error"' in answer.text, changed
        assert "增值业务" in answer.text


async def test_markup_in_an_article_stays_text(leader: Browser) -> None:
    path = await _written(leader, title="<img src=x onerror=alert(1)>", body="<script>alert(1)</script>", tags="<b>")
    for shown in (await leader.get(path), await leader.get("/desk/knowledge"), await leader.get(f"{path}/edit")):
        assert shown.status_code == 200
        assert "<script>alert(1)" not in shown.text
        assert "<img src=x" not in shown.text


async def test_odd_questions_and_cursors_break_nothing(reader: Browser) -> None:
    for query in (
        "q=%00",
        "q=" + "x" * 3000,
        "q=%27%20%26%20%21",
        "q=%FF",
        "before=%00",
        "before=" + "9" * 5000,
        "q=a&before=²",
        "before=1_x",
        "before=2026-01-01T00:00:00_0190c0de-0000-7000-8000-000000000000",
    ):
        assert (await reader.get(f"/desk/knowledge?{query}")).status_code == 200, query
    assert (await reader.get("/desk/knowledge/none")).status_code == 404
    assert (await reader.get("/desk/knowledge/0190c0de-0000-7000-8000-000000000000")).status_code == 404


async def test_pages_of_articles_follow_one_another(screens: Screens, leader: Browser) -> None:
    async with screens.house.database.transaction() as tx:
        for number in range(25):
            await knowledge.put_article(
                tx, title=f"turnip {number}", body="turnip", language="en", audience="staff", by="system:test"
            )
    first = await leader.part("/desk/knowledge?q=turnip")
    onward = re.search(r'hx-get="(/desk/knowledge\?q=turnip&amp;before=[^"]+)"', first.text)
    assert onward is not None
    second = await leader.part(onward[1].replace("&amp;", "&"))
    assert len(set(re.findall(r"turnip \d+", first.text + second.text))) == 25


@pytest.mark.parametrize(
    ("query", "text", "found"),
    [("", "Cases", True), ("CAS", "Cases", True), ("out sign", "Sign out", True), ("x", "Cases", False)],
)
def test_every_word_typed_must_be_somewhere(query: str, text: str, found: bool) -> None:
    assert fits(query, text) is found


async def test_the_palette_goes_to_what_is_in_hand_and_to_ones_own_cases(screens: Screens) -> None:
    wang = await screens.agent("Wang")
    browser = await screens.signed_in(wang)
    shi = await screens.customer()
    contact = await screens.contact(shi, wang)
    whole = await screens.case(shi, wang)
    other = await screens.case(shi, await screens.agent("Other"), unit="elsewhere")
    assert f"/desk/contacts/{contact.id}" in (await browser.part("/desk/go")).text
    by_number = await browser.part(f"/desk/go?q={whole.case.number.lower()}")
    assert f"/desk/cases/{whole.case.id}" in by_number.text
    by_words = await browser.part("/desk/go?q=误回")
    assert f"/desk/cases/{whole.case.id}" in by_words.text
    assert str(other.case.id) not in by_words.text
    assert str(other.case.id) not in (await browser.part(f"/desk/go?q={other.case.number}")).text
    assert "/desk/sign-out" in (await browser.part("/desk/go?q=sign")).text


async def test_the_palette_shows_only_what_the_rights_open(screens: Screens) -> None:
    planner = await screens.signed_in(await screens.agent("Planner", role="planner"))
    shown = await planner.get("/desk/search")
    assert 'href="/desk/team"' in shown.text
    assert 'value="ready"' not in shown.text
    assert "/desk/knowledge/new" not in shown.text


async def test_odd_words_in_the_palette_break_nothing(screens: Screens, reader: Browser) -> None:
    for query in ("%00", "x" * 3000, "%27%22%3Cscript%3E", "%E2%80%AE", "c-"):
        for path in ("/desk/go", "/desk/search"):
            answer = await reader.get(f"{path}?q={query}")
            assert answer.status_code == 200
            assert "<script>'" not in answer.text


async def test_nobody_finds_anything_without_signing_in(screens: Screens, leader: Browser) -> None:
    path = await _written(leader)
    stranger = screens.browser()
    for wanted in (path, "/desk/knowledge", "/desk/go?q=a", "/desk/search?q=a"):
        assert (await stranger.get(wanted)).status_code == 303
