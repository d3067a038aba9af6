"""The cost page: for whoever has the right, with denominators, readable without script; its file is audited."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from qiao import interactions
from qiao.insight.room import ROOM
from qiao.platform.audit import audit_entries
from qiao.platform.events import Reader, ensure_cursors

if TYPE_CHECKING:
    from tests.desk.centre import Centre, Person

OLD = timedelta(days=5)


@pytest.fixture
async def contacts(centre: Centre) -> None:
    """Three served by machine and one by a person, five days ago as the centre's clock will have it."""
    async with centre.house.database.transaction() as tx:
        await ensure_cursors(tx, ROOM.listeners)
        for number in range(4):
            begun = await interactions.start_interaction(
                tx, channel="sms", language="zh-CN", customer_id=centre.shi if number else centre.li, segment="vip"
            )
            if number == 3:
                await interactions.mark_queued(tx, interaction_id=begun.id)
            await interactions.end_interaction(tx, interaction_id=begun.id, reason="served")
    for listener in ROOM.listeners:
        await Reader(centre.house.database, listener).catch_up()
    centre.house.clock.forward(days=OLD.days)  # type: ignore[attr-defined]


@pytest.mark.usefixtures("contacts")
async def test_a_leader_sees_shares_beside_what_they_are_of(centre: Centre) -> None:
    liu = await centre.sign_in("Liu", role="team_leader")
    shown = await liu.text("/desk/costs?by=channel")
    assert "Of 3 contacts that a machine served, 1 stayed with it: 33 %." in shown
    assert "1/3" in shown
    pictures = [json.loads(unescape(one)) for one in re.findall(r'data-chart="([^"]*)"', shown)]
    assert [one["kind"] for one in pictures] == ["flow", "days"]
    assert {"source": "machine", "target": "followed", "value": 2} in pictures[0]["links"]
    assert sum(pictures[1]["series"][0]["values"]) == 3


@pytest.mark.usefixtures("contacts")
@pytest.mark.parametrize("by", ["service", "channel", "language", "segment", "day", "nonsense", ""])
async def test_the_file_says_the_same_and_is_on_record(centre: Centre, by: str) -> None:
    planner = await centre.sign_in("Plan", role="planner")
    answer = await planner.get(f"/desk/costs/export?by={by}")
    assert answer.status_code == 200
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert sum(int(row["contacts"]) for row in rows) >= 4
    assert all(int(row["contained"]) <= int(row["contained_of"]) for row in rows)
    async with centre.house.database.transaction() as tx:
        wanted = select(func.count()).select_from(audit_entries)
        mine = audit_entries.c.actor == f"agent:{planner.agent.id}"
        assert await tx.scalar(wanted.where(audit_entries.c.act == "export.costs", mine)) == 1


async def test_an_agent_has_no_such_page(wang: Person) -> None:
    for path in ("/desk/costs", "/desk/costs/export"):
        assert (await wang.get(path)).status_code == 403


@pytest.mark.parametrize(
    "period",
    [
        "since=x",
        "since=2026-02-30",
        "since=2026-02-02&until=2026-02-01",
        "since=1999-01-01&until=2026-01-01",
        "until=0001-01-01",
    ],
)
async def test_an_odd_period_is_refused(centre: Centre, period: str) -> None:
    liu = await centre.sign_in("Liu", role="team_leader")
    assert (await liu.get(f"/desk/costs?{period}")).status_code == 400


async def test_a_time_without_contacts_says_so(centre: Centre) -> None:
    liu = await centre.sign_in("Liu", role="team_leader")
    assert "No contact of this time is over." in await liu.text("/desk/costs?since=2020-01-01&until=2020-01-02")
