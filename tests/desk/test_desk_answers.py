"""How soon people answer those who write: for leaders, against the promise of each number, and as a file."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest

from qiao import interactions, routing
from qiao.insight.room import ROOM
from qiao.platform.events import Reader, ensure_cursors

if TYPE_CHECKING:
    from tests.desk.centre import Centre, Person


@pytest.fixture
async def answered(centre: Centre, wang: Person) -> None:
    """Two asked for a person by text: one was answered in four minutes, one left after twenty."""
    clock = centre.house.clock
    async with centre.house.database.transaction() as tx:
        await ensure_cursors(tx, ROOM.listeners)
        names = {"zh-CN": "客服热线", "en": "Hotline"}
        await routing.ensure_entry_point(tx, number="10086", code="sms", names=names, answer_minutes=15)
        await routing.ensure_entry_point(tx, number="10099", code="sms", names={"en": "Roaming line"})
        begun = [
            await interactions.start_interaction(
                tx, channel="sms", language="zh-CN", customer_id=one, entry_point="sms", unit_id=centre.unit_id
            )
            for one in (centre.shi, centre.li)
        ]
        for one in begun:
            await interactions.mark_queued(tx, interaction_id=one.id)
    clock.forward(minutes=4)  # type: ignore[attr-defined]
    async with centre.house.database.transaction() as tx:
        mine = {"interaction_id": begun[0].id}
        await interactions.assign(tx, agent_id=wang.agent.id, **mine)
        said = {"author_kind": "agent", "author_id": wang.agent.id, "text": "您好", "client_key": "answer-0001"}
        await interactions.say(tx, **mine, **said)
    clock.forward(minutes=16)  # type: ignore[attr-defined]
    async with centre.house.database.transaction() as tx:
        await interactions.end_interaction(tx, interaction_id=begun[1].id, reason="customer_left")
    for listener in ROOM.listeners:
        await Reader(centre.house.database, listener).catch_up()


@pytest.mark.usefixtures("answered")
async def test_a_leader_sees_whether_the_promise_of_each_number_is_kept_and_takes_it_along(centre: Centre) -> None:
    leader = await centre.sign_in("Liu", role="team_leader")
    shown = await leader.text("/desk/standards")
    for part in (
        "How soon people answer those who write",
        "Hotline · Roaming line",
        "15 min",
        "50 %",
        "1/2",
        "4.0 min",
    ):
        assert part in shown, part
    saved = await leader.get("/desk/answers/export")
    assert saved.headers["content-type"].startswith("text/csv")
    [row] = csv.DictReader(io.StringIO(saved.content.decode("utf-8-sig")))
    told = {"number": "Hotline · Roaming line", "channel": "sms", "target_minutes": "15", "asked": "2", "answered": "1"}
    told |= {"kept": "1", "kept_of": "2", "median_seconds": "240", "ninth_seconds": "240"}
    assert {name: value for name, value in row.items() if name != "day"} == told
    assert "Nobody who writes asked" in await leader.text("/desk/standards?since=2001-01-01&until=2001-01-31")
    assert (await leader.get("/desk/answers/export?since=x")).status_code == 400


async def test_it_is_no_agents_business(wang: Person) -> None:
    assert (await wang.get("/desk/answers/export")).status_code == 403
