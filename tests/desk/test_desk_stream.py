"""What a tab may watch: only what concerns him, and nothing that would tell him that a stranger's matter moves."""

from uuid import uuid4

import pytest

from qiao import cases, routing, staff
from qiao.desk.stream import may_watch, on_alive, shows
from qiao.kernel.ids import AgentId
from qiao.kernel.origin import Origin
from qiao.platform.policy import Actor
from qiao.routing.store import seats
from tests.desk.centre import Centre, Person


async def actor_of(centre: Centre, person: Person) -> Actor:
    async with centre.house.database.transaction() as tx:
        found = await staff.actor(tx, person.session)
    assert found is not None
    return found


async def test_an_agent_watches_himself_his_contacts_and_his_desks(centre: Centre, wang: Person) -> None:
    me = await actor_of(centre, wang)
    chen = await centre.sign_in("Chen")
    mine = await centre.contact(wang, customer=centre.shi)
    his = await centre.contact(chen, customer=centre.li)
    watched = {
        f"agent:{wang.agent.id}": True,
        f"agent:{chen.agent.id}": False,
        f"interaction:{mine.id}": True,
        f"read:{mine.id}": True,
        f"typing:{mine.id}:customer": True,
        f"interaction:{his.id}": False,
        f"typing:{his.id}:customer": False,
        f"customer:{centre.shi}": True,
        f"customer:{centre.li}": False,
        f"desk:{centre.desk_id}": True,
        f"desk:{uuid4()}": False,
    }
    assert {topic: await may_watch(centre.house, me, topic) for topic in watched} == watched


async def test_a_team_leader_watches_his_people_and_what_they_have(centre: Centre, wang: Person) -> None:
    leader = await actor_of(centre, await centre.sign_in("Liu", role="team_leader"))
    stranger = await actor_of(centre, await centre.sign_in("Other", role="team_leader", unit_id=centre.other_unit_id))
    contact = await centre.contact(wang, customer=centre.shi)
    for topic in (f"agent:{wang.agent.id}", f"interaction:{contact.id}", f"customer:{centre.shi}"):
        assert await may_watch(centre.house, leader, topic)
        assert not await may_watch(centre.house, stranger, topic)


async def test_a_case_is_watched_by_whoever_may_see_it(centre: Centre, wang: Person) -> None:
    async with centre.house.database.transaction() as tx:
        case_id = await cases.open_case(
            tx,
            customer_id=centre.li,
            category_code="inquiry/bill",
            own_words="what is this",
            origin=Origin("chat"),
            agent_id=AgentId(wang.agent.id),
            unit_id=centre.unit_id,
        )
    assert await may_watch(centre.house, await actor_of(centre, wang), f"case:{case_id}")
    chen = await centre.sign_in("Chen")
    assert not await may_watch(centre.house, await actor_of(centre, chen), f"case:{case_id}")


@pytest.mark.parametrize("topic", ["", "agent", "agent:", "agent:x", "*", "session:1", "desk:\x00", "interaction:é"])
async def test_what_is_no_topic_is_not_watched(centre: Centre, wang: Person, topic: str) -> None:
    assert not await may_watch(centre.house, await actor_of(centre, wang), topic)


async def test_an_answering_tab_keeps_the_seat_and_another_browsers_does_not(centre: Centre, wang: Person) -> None:
    me = await actor_of(centre, wang)

    async def beats() -> int:
        async with centre.house.database.transaction() as tx:
            return int(
                await tx.scalar(seats.select().with_only_columns(seats.c.beats).where(seats.c.agent_id == me.id))
            )

    before = await beats()
    centre.house.clock.forward(seconds=5)  # type: ignore[attr-defined]
    await on_alive(centre.house, me, me.session_id)
    assert await beats() == before + 1
    await centre.browser(wang.agent)
    taken = await beats()
    centre.house.clock.forward(seconds=5)  # type: ignore[attr-defined]
    await on_alive(centre.house, me, me.session_id)
    assert await beats() == taken


async def test_a_figure_says_how_many_wait_and_that_nobody_is_there(centre: Centre) -> None:
    async with centre.house.database.transaction() as tx:
        desk_id = await routing.ensure_desk(
            tx,
            code="night",
            names={"en": "<Night>"},
            unit_id=centre.unit_id,
            entry_points=("x",),
            rules={"skills": {"z": 1}},
        )
    assert "&lt;Night&gt;" in await shows(centre.house, f"desk:{desk_id}", "en")
