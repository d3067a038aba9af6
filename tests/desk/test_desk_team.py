"""The team leader's view and the lists of cases, over HTTP."""

import csv
import io
import re

import pytest
from sqlalchemy import select

from qiao import interactions, routing, staff
from qiao.kernel.ids import DeskId
from qiao.platform import audit
from qiao.platform.audit import audit_entries
from tests.desk.screens import Browser, Screens


@pytest.fixture
async def leading(screens: Screens) -> staff.Agent:
    return await screens.agent("Leader", role="team_leader")


@pytest.fixture
async def leader(screens: Screens, leading: staff.Agent) -> Browser:
    return await screens.signed_in(leading)


async def _desk(screens: Screens, code: str = "vip", unit: str = "beijing") -> DeskId:
    unit_id = await screens.unit(unit)
    async with screens.house.database.transaction() as tx:
        return await routing.ensure_desk(
            tx, code=code, names={"en": f"{code.title()} desk"}, unit_id=unit_id, entry_points=["chat"]
        )


async def test_desks_stand_in_rows_and_agents_on_tiles(screens: Screens, leader: Browser) -> None:
    await _desk(screens)
    await screens.unit("outsourcer")
    await _desk(screens, "foreign", "outsourcer")
    away = await screens.agent("Away")
    outside = await screens.agent("Outside", unit="outsourcer")
    wang = await screens.agent("Busy")
    await screens.signed_in(wang)
    async with screens.house.database.transaction() as tx:
        await routing.sign_on(tx, agent=wang, seat=wang.id)
        await routing.set_status(tx, agent_id=wang.id, status="not_ready", reason="lunch")
    shown = await leader.get("/desk/team")
    assert shown.status_code == 200
    assert "Vip desk" in shown.text
    assert f"/desk/team/agents/{wang.id}" in shown.text
    assert "meal" in shown.text
    assert f"/desk/team/agents/{away.id}" in shown.text
    assert "Foreign desk" not in shown.text
    assert str(outside.id) not in shown.text
    for part in ("desks", "agents"):
        assert "<html" not in (await leader.part(f"/desk/team/{part}")).text


async def test_an_agent_has_no_view_of_the_team(screens: Screens) -> None:
    wang = await screens.agent("Wang")
    browser = await screens.signed_in(wang)
    for path in ("", "/desks", "/agents", f"/agents/{wang.id}"):
        assert (await browser.get(f"/desk/team{path}")).status_code == 403
    assert (await browser.send(f"/desk/team/agents/{wang.id}/desks", {})).status_code == 403


async def test_looking_over_a_shoulder_shows_no_more_than_was_proved_and_is_on_record(
    screens: Screens, leader: Browser, leading: staff.Agent
) -> None:
    wang, shi = await screens.agent("Wang"), await screens.customer()
    contact = await screens.contact(shi, wang)
    async with screens.house.database.transaction() as tx:
        await interactions.say(tx, interaction_id=contact.id, author_kind="customer", author_id=shi.id, text="担心收费")
    shown = await leader.get(f"/desk/team/agents/{wang.id}")
    assert "担心收费" in shown.text
    assert "师**" in shown.text
    assert "师先生" not in shown.text
    assert "<textarea" not in shown.text
    alone = await leader.part(f"/desk/team/agents/{wang.id}/contacts/{contact.id}")
    assert "担心收费" in alone.text
    async with screens.house.database.transaction() as tx:
        rows = [row for row in await audit.entries(tx, customer_id=shi.id) if row["act"] == "view.contact"]
    assert [(row["actor"], row["details"]["basis"]) for row in rows] == [(f"agent:{leading.id}", "supervision")]


async def test_a_contact_that_is_no_agents_of_the_team_does_not_exist(screens: Screens, leader: Browser) -> None:
    await screens.unit("outsourcer")
    outside, wang = await screens.agent("Outside", unit="outsourcer"), await screens.agent("Wang")
    shi = await screens.customer()
    foreign = await screens.contact(shi, outside, unit="outsourcer")
    mine = await screens.contact(shi, wang)
    assert (await leader.get(f"/desk/team/agents/{outside.id}")).status_code == 404
    assert (await leader.get(f"/desk/team/agents/{outside.id}/contacts/{foreign.id}")).status_code == 404
    assert (await leader.get(f"/desk/team/agents/{wang.id}/contacts/{foreign.id}")).status_code == 404
    other = await screens.agent("Li")
    assert (await leader.get(f"/desk/team/agents/{other.id}/contacts/{mine.id}")).status_code == 404
    assert (await leader.send(f"/desk/team/agents/{outside.id}/desks", {})).status_code == 404


@pytest.mark.parametrize("htmx", [True, False])
async def test_an_agent_is_moved_between_desks_of_the_team(screens: Screens, leader: Browser, htmx: bool) -> None:
    vip = await _desk(screens, "vip")
    await screens.unit("outsourcer")
    foreign = await _desk(screens, "foreign", "outsourcer")
    wang = await screens.agent("Wang")
    path = f"/desk/team/agents/{wang.id}/desks"
    moved = await leader.send(path, {"desks": [str(vip)]}, htmx=htmx)
    assert moved.status_code == (200 if htmx else 303)
    assert (await _now(screens, wang)).desks == (vip,)
    for odd in (str(foreign), "none", "\x00"):
        refused = await leader.send(path, {"desks": [str(vip), odd]}, htmx=htmx)
        assert refused.status_code == 400
        assert 'role="alert"' in refused.text
    assert (await _now(screens, wang)).desks == (vip,)
    await leader.send(path, {}, htmx=htmx)
    assert (await _now(screens, wang)).desks == ()


async def _now(screens: Screens, person: staff.Agent) -> staff.Agent:
    async with screens.house.database.transaction() as tx:
        return await staff.agent(tx, person.id)


# Lists of cases ---------------------------------------------------------------------------------------------------


async def test_each_view_shows_what_there_is_a_basis_for_and_half_names(screens: Screens) -> None:
    vip = await _desk(screens, "lists")
    wang, li = await screens.agent("Wang", desks=[vip]), await screens.agent("Li")
    shi = await screens.customer()
    mine = await screens.case(shi, wang)
    ours = await screens.case(shi, li, desk_id=vip)
    his = await screens.case(shi, li)
    browser = await screens.signed_in(wang)
    seen = {view: (await browser.get(f"/desk/cases?view={view}")).text for view in ("mine", "desks", "red", "waiting")}
    assert str(mine.case.id) in seen["mine"]
    assert str(ours.case.id) not in _rows(seen["mine"])
    assert str(ours.case.id) in seen["desks"]
    assert all(str(his.case.id) not in text for text in seen.values())
    assert all("师先生" not in text for text in seen.values())
    assert "师**" in seen["mine"]
    assert "No promise is broken" in seen["red"]
    team = await browser.get("/desk/cases?view=team")
    assert str(his.case.id) not in team.text
    leader = await screens.signed_in(await screens.agent("Chen", role="team_leader"))
    assert str(his.case.id) in (await leader.get("/desk/cases?view=team")).text


def _rows(text: str) -> str:
    return text.partition('id="case-rows"')[2]


@pytest.mark.slow
async def test_a_list_is_filtered_by_words_and_paged_by_a_cursor(screens: Screens) -> None:
    wang, shi = await screens.agent("Wang"), await screens.customer()
    browser = await screens.signed_in(wang)
    for number in range(55):
        await screens.case(shi, wang, own_words=f"parsnip {number}")
    first = await browser.part("/desk/cases?view=mine&q=parsnip")
    assert "<html" not in first.text
    assert "55 in all" in first.text
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert older is not None
    second = await browser.part(older[1].replace("&amp;", "&"))
    both = re.findall(r"C-\d{6}-\d{4}", first.text + second.text)
    assert len(set(both)) == 55
    assert len(set(re.findall(r"C-\d{6}-\d{4}", second.text))) == 5
    one = await browser.part("/desk/cases?view=mine&q=parsnip 7")
    assert "1 in all" in one.text
    nothing = await browser.part("/desk/cases?view=mine&q=nothing-of-that")
    assert "No case of this view holds all of these words." in nothing.text


async def test_odd_lists_break_nothing(screens: Screens) -> None:
    browser = await screens.signed_in(await screens.agent("Wang"))
    for query in (
        "view=none",
        "view=team",
        "q=%00",
        "q=%27%20|%20%21",
        "q=" + "x" * 3000,
        "before=%00",
        "before=1_2",
        "before=" + "9" * 5000,
        "before=2026-01-01T00:00:00_0190c0de-0000-7000-8000-000000000000",
        "view=mine&view=red",
    ):
        assert (await browser.get(f"/desk/cases?{query}")).status_code == 200, query


async def test_without_the_right_there_are_no_lists(screens: Screens) -> None:
    browser = await screens.signed_in(await screens.agent("Planner", role="planner"))
    assert (await browser.get("/desk/cases")).status_code == 403


@pytest.mark.slow
async def test_a_list_leaves_as_a_file_that_no_spreadsheet_takes_for_a_formula_and_is_on_record(
    screens: Screens,
) -> None:
    wang, shi = await screens.agent("Wang"), await screens.customer()
    browser = await screens.signed_in(wang)
    for number in range(205):
        await screens.case(shi, wang, own_words=f"=cmd|calc {number}")
    other = await screens.case(shi, await screens.agent("Chen"), own_words="not his")
    answer = await browser.get("/desk/cases/export?view=mine&q=calc")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="cases-mine-[\d-]+\.csv"', answer.headers["content-disposition"])
    head, *rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert head[:3] == ["Case", "Matter", "Category"]
    assert len(rows) == len({row[0] for row in rows}) == 205
    assert rows[0][1] == "'=cmd|calc 204"
    assert {row[3] for row in rows} == {"师**"}
    assert other.case.number not in answer.text
    async with screens.house.database.transaction() as tx:
        written = audit_entries.c.act == "export.cases", audit_entries.c.actor == f"agent:{wang.id}"
        [kept] = await tx.rows(select(audit_entries.c.details).where(*written))
    assert len(kept["details"]["cases"]) == 205


async def test_the_house_standard_is_shown_for_a_time_and_saved_as_a_file(
    screens: Screens, leader: Browser, leading: staff.Agent
) -> None:
    await screens.case(await screens.customer(), leading)
    shown = await leader.get("/desk/standards")
    assert re.search(r"Of [1-9][0-9]* cases 0 are proved solved", shown.text), shown.text[-4000:]
    saved = await leader.get("/desk/standards/export")
    assert saved.headers["content-type"].startswith("text/csv")
    assert len(saved.text.splitlines()) >= 2
    assert "No case was opened" in (await leader.get("/desk/standards?since=2001-01-01&until=2001-01-31")).text
    for odd in (
        "since=x",
        "since=2026-02-30",
        "since=2026-03-01&until=2026-02-01",
        "since=0001-01-01",
        "until=9999-12-31",
    ):
        assert (await leader.get(f"/desk/standards?{odd}")).status_code == 400, odd
