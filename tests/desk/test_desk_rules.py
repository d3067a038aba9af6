"""The rules of cases at the desk: looked at, put in force, gone back to; open cases stay on theirs."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text as text_sql

from qiao import cases

if TYPE_CHECKING:
    import httpx

    from tests.desk.screens import Browser, Screens

UNWANTED = "complaint/billing/unwanted_value_added_service"
CATEGORY = f"category:{UNWANTED}"
EDIT = "/desk/rules/edit"


@pytest.fixture
async def boss(screens: Screens) -> Browser:
    return await screens.signed_in(await screens.agent("Boss", role="administrator"))


async def text_of(boss: Browser, rule: str, version: str = "") -> tuple[str, str]:
    """The text in the editor, and the version it began from."""
    page = (await boss.get(f"{EDIT}?rule={rule}&version={version}")).text
    written = re.search(r'<textarea[^>]*id="rule-text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    seen = re.search(r'name="version" value="(\d+)"', page)
    assert written is not None
    assert seen is not None
    return html.unescape(written[1]), seen[1]


async def send(boss: Browser, rule: str, text: str, seen: str, act: str = "keep", **more: Any) -> httpx.Response:
    return await boss.send(EDIT, {"rule": rule, "text": text, "version": seen, "act": act, **more}, htmx=False)


async def test_a_category_is_edited_and_open_cases_stay_on_what_they_have(screens: Screens, boss: Browser) -> None:
    wang = await screens.agent("Wang")
    old = await screens.case(await screens.customer(), wang)
    rule = f"category:{UNWANTED}"
    text, seen = await text_of(boss, rule)
    harder = "# stricter since the letter of the regulator\n" + text.replace("severity: 2", "severity: 1")
    looked = await send(boss, rule, harder, seen, "check")
    assert "It can be put in force" in looked.text
    assert "+severity: 1" in looked.text
    assert (await send(boss, rule, harder, seen)).status_code == 303
    fresh = await screens.case(await screens.customer(), wang, severity=None)
    assert (old.case.severity, fresh.case.severity) == (2, 1)
    assert (await screens.again(old)).category.version < fresh.category.version
    assert (await text_of(boss, rule))[0] == harder, "as it was written, comments too"
    stale = await send(boss, rule, harder, seen)
    assert stale.headers["x-refusal-code"] == "cases.rule_changed"
    back, _ = await text_of(boss, rule, "0")
    _, now = await text_of(boss, rule)
    assert (await send(boss, rule, back, now)).status_code == 303
    assert (await screens.case(await screens.customer(), wang, severity=None)).case.severity == 2
    async with screens.house.database.transaction() as tx:
        kept = text_sql("select count(*) from audit_entries where act = 'do.put_rule_in_force' and subject = :rule")
        assert await tx.scalar(kept, {"rule": rule}) == 2


@pytest.mark.parametrize(
    ("rule", "change", "told"),
    [
        (
            CATEGORY,
            ("check: service_cancelled", "check: crystal_ball"),
            "there is no checker crystal_ball",
        ),
        (CATEGORY, ("severity: 2", "severity: 9"), "severity is 1 to 4"),
        (CATEGORY, ("resolves: true", "resolves: false"), "dead end"),
        ("clocks", ('["08:30-12:00", "13:30-18:00"]', "[]"), ""),
        ("clocks", ("2026-10-01", "2026-02-30"), "2026-02-30 is no date"),
        ("clocks", ("calendar: office", "calendar: beach"), "there is no calendar beach"),
        ("limits", ("a_day:", "a_week:"), ""),
    ],
)
async def test_what_cannot_work_is_told_with_its_line_and_not_put_in_force(
    boss: Browser, rule: str, change: tuple[str, str], told: str
) -> None:
    text, seen = await text_of(boss, rule)
    broken = re.sub(re.escape(change[0]), change[1], text) if change[0] in text else text.replace("week:", "weak:")
    assert broken != text
    refused = await send(boss, rule, broken, seen)
    assert refused.headers["x-refusal-code"] == "cases.rule_not_understood"
    assert told in html.unescape(refused.text)
    assert broken.splitlines()[3] in html.unescape(refused.text), "what was written is kept"
    assert (await text_of(boss, rule))[0] == text


@pytest.mark.parametrize("text", ["", "a: &a [1]\nb: *a", "\t", "[[[[", "severity: .inf", "- 1", "\x00", "a: 1\na: 2"])
@pytest.mark.parametrize("rule", ["clocks", "limits", f"category:{UNWANTED}"])
async def test_odd_text_is_refused_in_words(boss: Browser, rule: str, text: str) -> None:
    _, seen = await text_of(boss, rule)
    for act in ("check", "keep"):
        answer = await send(boss, rule, text, seen, act)
        assert answer.status_code in (200, 400)
        assert "Faults" in answer.text


async def test_a_new_category_needs_a_group_and_every_language(screens: Screens, boss: Browser) -> None:
    rule = "category:complaint/billing/paper_bill"
    text, seen = await text_of(boss, rule)
    assert (await send(boss, rule, text, seen)).headers["x-refusal-code"] == "cases.rule_not_understood"
    assert (await send(boss, rule, re.sub(r"''", "Paper bill", text), seen)).status_code == 303
    whole = await screens.case(await screens.customer(), await screens.agent("Wang"), category_code=rule[9:])
    assert whole.category.name["en"] == "Paper bill"
    for odd in ("category:nowhere/x", "category:", "nothing", "category:complaint/billing/../x"):
        assert (await boss.get(f"{EDIT}?rule={odd}")).status_code in (400, 404), odd


async def test_holidays_come_from_a_file(boss: Browser) -> None:
    text, seen = await text_of(boss, "clocks")

    async def sent(content: bytes, calendar: str = "office") -> httpx.Response:
        form = {"rule": "clocks", "text": text, "version": seen, "act": "days", "calendar": calendar}
        files = {"file": ("days.ics", content)}
        return await boss.http.post(EDIT, data=form, files=files, headers={"X-CSRF-Token": boss.csrf})

    added = await sent(b"2027-02-17, Spring Festival\n")
    assert "2027-02-17" in added.text
    assert "It can be put in force" in added.text
    for content in (b"2027-02-30", b"", b"\xff\xfe", b"2027-02-17"):
        refused = await sent(content, "beach" if content == b"2027-02-17" else "office")
        assert refused.headers["x-refusal-code"] == "kernel.input_not_understood"
        assert "rule-text" in refused.text


async def test_only_who_administers_edits_them(screens: Screens) -> None:
    leader = await screens.signed_in(await screens.agent("Liu", role="team_leader"))
    for path in ("/desk/rules", f"{EDIT}?rule=clocks"):
        assert (await leader.get(path)).status_code in (403, 404)
    assert (await leader.send(EDIT, {"rule": "limits", "text": "", "act": "keep"})).status_code in (403, 404)
    async with screens.house.database.transaction() as tx:
        assert (await cases.versions(tx, "limits"))[0].number == 0
