"""What is told to who thinks of waiting, and to the team leader."""

from datetime import UTC, datetime, timedelta

import pytest

from qiao import routing
from qiao.kernel.ids import new_id
from qiao.routing.hours import read_hours
from tests.conftest import StillClock
from tests.routing.floor import UNIT, Floor

OFFICE = {
    "zone": "Asia/Shanghai",
    "week": {"mon": [["08:00", "12:00"], ["14:00", "20:00"]], "tue": [["08:00", "00:00"]]},
}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "open_", "opens"),
    [
        ("2026-11-23T00:00", True, "2026-11-23T00:00"),  # Monday 08:00 in Shanghai
        ("2026-11-23T03:59", True, "2026-11-23T03:59"),
        ("2026-11-23T04:00", False, "2026-11-23T06:00"),
        ("2026-11-23T12:00", False, "2026-11-24T00:00"),
        ("2026-11-24T15:59", True, "2026-11-24T15:59"),
        ("2026-11-24T16:00", False, "2026-11-30T00:00"),
    ],
)
def test_hours_are_by_the_clock_on_the_desks_wall(instant: str, open_: bool, opens: str) -> None:
    hours = read_hours(OFFICE)
    assert hours.open_at(at(instant)) is open_
    assert hours.opens_at(at(instant)) == at(opens)


def test_a_holiday_closes_and_a_day_of_its_own_opens() -> None:
    hours = read_hours(OFFICE | {"days": {"2026-11-23": [], "2026-11-29": [["10:00", "11:00"]]}})
    assert not hours.open_at(at("2026-11-23T02:00"))
    assert hours.open_at(at("2026-11-29T02:30"))
    assert hours.opens_at(at("2026-11-23T02:00")) == at("2026-11-24T00:00")


def test_a_desk_without_hours_is_always_open_and_one_without_days_never() -> None:
    assert read_hours(None).open_at(at("2026-11-22T21:00"))
    assert read_hours({"week": {}}).opens_at(at("2026-11-22T21:00")) is None
    assert read_hours(None).day_began_at(at("2026-11-22T21:00")) == at("2026-11-22T16:00")


async def wait(floor: Floor, **given: str) -> routing.Expected:
    asked = {"entry_point": "portal", "channel": "chat", "language": "zh-CN", "segment": "standard", "unit_id": UNIT}
    return await floor.asks(routing.expected_wait, **(asked | given))


async def test_nobody_signed_in_is_said_so(floor: Floor) -> None:
    assert await wait(floor) == routing.Expected(attended=False, wait_seconds=None, opens_at=None)
    await floor.desk()
    assert await wait(floor) == routing.Expected(attended=False, wait_seconds=None, opens_at=None)
    agent_id = await floor.agent(ready=False)
    assert await wait(floor) == routing.Expected(attended=True, wait_seconds=None, opens_at=None)
    assert not (await wait(floor, language="ar")).attended
    assert not (await wait(floor, channel="voice")).attended
    await floor.does(routing.set_status, agent_id=agent_id, status="ready", reason=None)
    assert (await wait(floor)).wait_seconds == 0
    await floor.does(routing.sign_off, agent_id=agent_id)
    assert not (await wait(floor)).attended


async def test_a_closed_desk_says_when_it_opens(floor: Floor, clock: StillClock) -> None:
    desk_id = await floor.desk(hours={"week": {}, "days": {"2099-01-01": [["09:00", "10:00"]]}})
    await floor.agent()
    closed = await wait(floor)
    assert (closed.attended, closed.opens_at) == (False, None)  # not within a year
    (summary,) = await floor.asks(routing.waiting_summary, [desk_id])
    assert not summary.attended
    tomorrow = (clock.now() + timedelta(days=1)).date().isoformat()
    await floor.desk(hours={"zone": "UTC", "week": {}, "days": {tomorrow: [["09:00", "10:00"]]}})
    closed = await wait(floor)
    assert (closed.attended, closed.opens_at) == (False, at(f"{tomorrow}T09:00"))


async def test_the_wait_grows_with_who_waits_and_shrinks_with_who_serves(floor: Floor) -> None:
    await floor.desk(handling_seconds=120)
    agents = [await floor.agent(capacity={"chat": 1}) for _ in range(2)]
    assert (await wait(floor)).wait_seconds == 0
    for _ in agents:
        await floor.answered(await floor.contact())
    assert (await wait(floor)).wait_seconds == 60
    for _ in range(3):
        await floor.contact()
    assert (await wait(floor)).wait_seconds == 240
    await floor.does(routing.set_status, agent_id=agents[0], status="not_ready", reason="break")
    assert (await wait(floor)).wait_seconds == 480


async def test_the_mean_is_of_the_recent_hour(floor: Floor, clock: StillClock) -> None:
    await floor.desk(handling_seconds=1000, wrap_up_max_seconds=0)
    agent_id = await floor.agent(capacity={"chat": 1})
    for _ in range(5):
        contact = await floor.contact()
        assert await floor.answered(contact) == agent_id
        clock.forward(seconds=30)
        await floor.does(routing.release_contact, interaction_id=contact, agent_id=agent_id)
    await floor.answered(await floor.contact())
    recent = (await wait(floor)).wait_seconds
    assert recent is not None
    assert 30 <= recent <= 33
    clock.forward(hours=2)
    assert (await wait(floor)).wait_seconds == 1000


async def test_the_outlook_follows_to_where_a_desk_overflows(floor: Floor) -> None:
    await floor.desk("vip", segments=["vip"], overflow_after_seconds=60, overflow_desk="general", skills={"vip": 1})
    await floor.desk("general")
    await floor.agent()
    assert await wait(floor, segment="vip") == routing.Expected(attended=True, wait_seconds=60, opens_at=None)
    await floor.agent(skills={"vip": 1})
    assert (await wait(floor, segment="vip")).wait_seconds == 0


async def test_the_team_leader_sees_how_desks_and_agents_stand(floor: Floor, clock: StillClock) -> None:
    desk_id = await floor.desk("service")
    elsewhere = await floor.desk("elsewhere", unit_id=new_id(), entry_points=["elsewhere"])
    for _ in range(2):
        await floor.agent(capacity={"chat": 1})
    first, second = await floor.contact(), await floor.contact()
    await floor.answered(first)
    writing = await floor.answered(second)
    resting = await floor.agent()
    await floor.does(routing.set_status, agent_id=resting, status="not_ready", reason="lunch")
    await floor.does(routing.release_contact, interaction_id=second, agent_id=writing)
    left = await floor.contact()
    await floor.does(routing.abandon_contact, interaction_id=left)
    since = clock.now()
    await floor.contact()
    await floor.taken_in()
    (row,) = [row for row in await floor.asks(routing.desk_overview, {UNIT}) if row.desk_id == desk_id]
    assert (row.name, row.waiting, row.answered_today, row.answered_within_20s, row.abandoned_today) == (
        "service", 1, 2, 2, 1,
    )  # fmt: skip
    assert (row.ready, row.busy, row.wrap_up, row.not_ready) == (0, 1, 1, 1)
    assert row.longest_since is not None
    assert abs(row.longest_since - since) < timedelta(seconds=5)
    assert elsewhere not in {row.desk_id for row in await floor.asks(routing.desk_overview, {UNIT})}
    states = sorted((row.state, row.contacts_now) for row in await floor.asks(routing.agents_overview, {UNIT}))
    assert states == [("busy", 1), ("idle", 0), ("wrap_up", 1)]
    assert await floor.asks(routing.agents_overview, set()) == []


async def test_the_load_of_the_last_hour_counts_the_time_with_contacts(floor: Floor, clock: StillClock) -> None:
    await floor.desk()
    agent = await floor.agent(capacity={"chat": 2})

    async def load() -> float:
        (row,) = await floor.asks(routing.agents_overview, {UNIT})
        assert row.agent_id == agent
        return round(row.load, 1)

    assert await load() == 0
    first = await floor.contact()
    await floor.answered(first)
    clock.forward(minutes=30)
    assert await load() == 0.5
    second = await floor.contact()
    await floor.answered(second)
    clock.forward(minutes=30)
    assert await load() == 1.5
    for contact in (first, second):
        await floor.does(routing.release_contact, interaction_id=contact, agent_id=agent)
        await floor.does(routing.finish_wrap_up, interaction_id=contact, agent_id=agent)
    clock.forward(minutes=30)
    assert await load() == 1.0
    clock.forward(minutes=60)
    assert await load() == 0


async def test_who_waits_hears_his_own_place_and_wait(floor: Floor, clock: StillClock) -> None:
    await floor.desk(handling_seconds=120, head_start_seconds={"vip": 90})
    assert await floor.asks(routing.place_in_line, new_id()) is None
    await floor.agent(capacity={"chat": 1})
    await floor.answered(await floor.contact())
    first = await floor.contact()
    clock.forward(seconds=30)
    second = await floor.contact()
    clock.forward(seconds=30)
    vip = await floor.contact(segment="vip")
    arab = await floor.contact(language="ar")
    assert await floor.asks(routing.place_in_line, vip) == routing.Place(0, attended=True, wait_seconds=120)
    assert await floor.asks(routing.place_in_line, first) == routing.Place(1, attended=True, wait_seconds=240)
    assert await floor.asks(routing.place_in_line, second) == routing.Place(2, attended=True, wait_seconds=360)
    assert await floor.asks(routing.place_in_line, arab) == routing.Place(3, attended=False, wait_seconds=None)
    anybody = await floor.asks(routing.place_in_line, arab, needs_language=False)
    assert anybody == routing.Place(3, attended=True, wait_seconds=480)


async def test_who_waits_at_a_closed_desk_is_told_that_nobody_is_there(floor: Floor) -> None:
    await floor.desk()
    contact = await floor.contact()
    await floor.desk(hours={"week": {}})
    await floor.agent()
    assert await floor.asks(routing.place_in_line, contact) == routing.Place(0, attended=False, wait_seconds=None)


async def test_who_takes_anybody_keeps_his_place_and_is_answered(floor: Floor) -> None:
    await floor.desk()
    arab = await floor.contact(language="ar")
    await floor.taken_in()
    agent_id = await floor.agent()
    await floor.taken_in()
    before = await floor.stands(arab, "waiting")
    await floor.does(routing.take_any_language, interaction_id=arab)
    assert await floor.answered(arab) == agent_id
    after = await floor.stands(arab, "active")
    assert after.queued_at == before.queued_at
    await floor.does(routing.take_any_language, interaction_id=arab)  # answered already: nothing
    assert (await floor.stands(arab, "active")).agent_id == agent_id
