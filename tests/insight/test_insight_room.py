"""Insight on real rows: what is heard gives the figures, twice heard gives the same, and pages read day rows alone."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from qiao import catalogue, customers, insight, interactions, routing, selfservice, staff
from qiao.bss import Operator
from qiao.bss.sandbox import CAST, SandboxOperator, fill, misbehave
from qiao.catalogue.jobs import perform
from qiao.insight.model import Counts
from qiao.insight.queries import grouped
from qiao.insight.room import ROOM
from qiao.insight.zone import zone_of
from qiao.kernel.ids import AgentId, InteractionId, new_id
from qiao.kernel.origin import Origin
from qiao.platform.events import Reader, ensure_cursors
from qiao.platform.policy import Level

if TYPE_CHECKING:
    from qiao.customers import Customer
    from qiao.insight import By, Figures
    from qiao.platform.database import Database
    from qiao.platform.house import House
    from tests.conftest import StillClock

SHI = CAST[0].service
AGENT = AgentId(new_id())


@pytest.fixture
async def shi(house: House, database: Database) -> Customer:
    async with database.transaction() as tx:
        await tx.execute(
            text("truncate events, parked_events, insight_contacts, insight_days, flow_sessions, orders cascade")
        )
        await ensure_cursors(tx, ROOM.listeners)
        await fill(tx, customers=30)
        await misbehave(tx, None)
    house.ports[Operator] = SandboxOperator(database, answer_seconds=15.0)
    finding = await customers.look_up(house.get(Operator), SHI)
    assert finding is not None
    async with database.transaction() as tx:
        return await customers.keep(tx, finding)


async def heard(database: Database) -> None:
    for listener in ROOM.listeners:
        await Reader(database, listener).catch_up()
    async with database.transaction() as tx:
        wrong = await tx.rows(text("select name, error from parked_events where listener = 'insight'"))
    assert not wrong


async def served(house: House, person: Customer | None, channel: str = "sms") -> InteractionId:
    """A contact that a machine answered and ended."""
    async with house.database.transaction() as tx:
        begun = await interactions.start_interaction(
            tx, channel=channel, language="zh-CN", customer_id=person.id if person else None, segment="vip"
        )
        await interactions.say(tx, interaction_id=begun.id, author_kind="customer", text="YE")
        await interactions.say(tx, interaction_id=begun.id, author_kind="bot", text="12.30")
        await interactions.end_interaction(tx, interaction_id=begun.id, reason="served")
    return begun.id


async def asked(house: House, person: Customer, *, bot: bool = False, answered: bool = True) -> InteractionId:
    """A contact in which a person was asked for."""
    async with house.database.transaction() as tx:
        begun = await interactions.start_interaction(
            tx, channel="chat", language="zh-CN", customer_id=person.id, segment="vip"
        )
        if bot:
            await interactions.say(tx, interaction_id=begun.id, author_kind="bot", text="1 Balance")
        await interactions.mark_queued(tx, interaction_id=begun.id)
    if answered:
        async with house.database.transaction() as tx:
            await interactions.assign(tx, interaction_id=begun.id, agent_id=AGENT)
    async with house.database.transaction() as tx:
        await interactions.end_interaction(tx, interaction_id=begun.id, reason="agent_ended")
    return begun.id


async def looked(house: House, by: By = "service", days: int = 10) -> Figures:
    async with house.database.transaction() as tx:
        today = tx.now.astimezone(zone_of()).date()
        return await insight.figures(
            tx,
            since=today - timedelta(days=days),
            until=today,
            by=by,
            units=[
                row["id"]
                for row in await tx.rows(text("select distinct unit_id as id from customers where unit_id is not null"))
            ],
            prices=insight.prices_of(house.settings),
            zone=zone_of(),
        )


async def ordered(house: House, person: Customer, *, channel: str, contact: InteractionId | None = None) -> None:
    by = f"customer:{person.id}"
    async with house.database.transaction() as tx:
        order = await catalogue.place_order(
            tx,
            code="correct_address",
            customer_id=person.id,
            target=SHI,
            parameters={"address": "1 Bridge Street"},
            actor_ref=by,
            level=Level.TWO_FACTORS,
            basis="self",
            origin=Origin(channel, contact, by),
            key=str(new_id()),
            confirmed=True,
            rights=frozenset({"catalogue.perform"}),
        )
    await perform(house, order_id=str(order.id))


async def test_a_contact_that_stayed_with_the_machine_is_contained_once_its_day_is_ripe(
    house: House, shi: Customer, clock: StillClock
) -> None:
    await served(house, shi)
    await heard(house.database)
    young = await looked(house)
    assert young.total.whole == Counts(contacts=1, machine=1)
    assert young.young == 1
    assert young.total.ripe.containment.percent is None
    clock.forward(days=3)
    assert (await looked(house)).total.ripe.containment == insight.Share(1, 1)


@pytest.mark.parametrize(("hours", "kept"), [(1, 0), (23, 0), (25, 1)])
async def test_a_person_asked_for_on_another_channel_within_a_day_undoes_it(
    house: House, shi: Customer, clock: StillClock, hours: int, kept: int
) -> None:
    await served(house, shi)
    clock.forward(hours=hours)
    await asked(house, shi, answered=hours != 23)
    await heard(house.database)
    clock.forward(days=3)
    found = await looked(house, "channel")
    assert found.parts["sms"].ripe.containment == insight.Share(kept, 1)
    assert found.parts["chat"].whole.asked == 1
    assert found.parts["chat"].whole.machine == 0


async def test_what_nothing_was_ordered_in_is_told_by_its_words(house: House, shi: Customer) -> None:
    await served(house, shi)
    await asked(house, shi)
    await heard(house.database)
    assert set((await looked(house)).parts) == {"balance", ""}


async def test_somebody_elses_call_undoes_nothing_and_nobody_knowns_contact_is_not_judged(
    house: House, shi: Customer, clock: StillClock
) -> None:
    finding = await customers.look_up(house.get(Operator), CAST[1].service)
    assert finding is not None
    async with house.database.transaction() as tx:
        other = await customers.keep(tx, finding)
    await served(house, shi)
    await served(house, None)
    await asked(house, other)
    await heard(house.database)
    clock.forward(days=3)
    found = (await looked(house, "channel")).parts["sms"].ripe
    assert found.containment == insight.Share(1, 1)
    assert found.unknown == 1


async def test_handing_over_in_the_contact_counts_as_handed_and_costs_both(
    house: House, shi: Customer, clock: StillClock
) -> None:
    await asked(house, shi, bot=True)
    await heard(house.database)
    clock.forward(days=3)
    found = (await looked(house, "channel")).parts["chat"]
    assert found.ripe == Counts(contacts=1, machine=1, handed=1, asked=1, answered=1)
    assert found.ripe.containment == insight.Share(0, 1)
    assert insight.whole(found.cost.spent) == 610


async def test_orders_on_a_page_are_one_visit_and_tell_the_service(
    house: House, shi: Customer, clock: StillClock
) -> None:
    await ordered(house, shi, channel="portal")
    clock.forward(minutes=5)
    await ordered(house, shi, channel="portal")
    contact = await served(house, shi, "chat")
    await ordered(house, shi, channel="chat", contact=contact)
    await heard(house.database)
    by_channel = (await looked(house, "channel")).parts
    assert by_channel["portal"].whole == Counts(contacts=1, machine=1, done=1)
    assert by_channel["chat"].whole.done == 1
    assert set((await looked(house, "service")).parts) == {"correct_address"}


async def test_a_flow_outside_any_contact_is_one_and_within_one_tells_its_service(
    house: House, shi: Customer, clock: StillClock
) -> None:
    async def run(interaction_id: InteractionId | None, subject: str) -> None:
        facts = {"language": "en", "segment": "standard"}
        async with house.database.transaction() as tx:
            running = await selfservice.begin_flow(
                tx, code="bill_query", channel="web", subject=subject, facts=facts, customer_id=shi.id,
                interaction_id=interaction_id,
            )  # fmt: skip
        await selfservice.advance(house, session_id=running.id, told=selfservice.Begin(), wait_seconds=0.05)

    await run(None, "page")
    await heard(house.database)
    assert (await looked(house)).parts["bill_query"].whole == Counts(contacts=1, machine=1, handed=1, asked=1)
    clock.forward(minutes=1)
    await run(await served(house, shi, "chat"), "contact")
    await heard(house.database)
    assert (await looked(house)).parts["bill_query"].whole == Counts(contacts=2, machine=2, handed=1, asked=1)


async def test_all_events_heard_again_give_the_same_figures(house: House, shi: Customer, clock: StillClock) -> None:
    for hours in (0, 5, 30, 60):
        clock.forward(hours=hours)
        await served(house, shi)
        await asked(house, shi, bot=hours == 30, answered=hours != 5)
        await ordered(house, shi, channel="portal")
    await heard(house.database)
    before = [await looked(house, by) for by in insight.BYS]
    assert before[0].total.whole.contacts == 12
    await heard(house.database)
    async with house.database.transaction() as tx:
        assert await insight.begin_anew(tx) == date(2026, 11, 23)
        assert not (await tx.rows(text("select 1 from insight_days")))
    await heard(house.database)
    assert [await looked(house, by) for by in insight.BYS] == before


async def test_days_whose_events_were_let_go_stay_as_they_are(house: House, shi: Customer, clock: StillClock) -> None:
    await served(house, shi)
    await heard(house.database)
    async with house.database.transaction() as tx:
        await tx.execute(text("truncate events"))
    clock.forward(days=5)
    await served(house, shi)
    async with house.database.transaction() as tx:
        assert await insight.begin_anew(tx) == date(2026, 11, 29)
    await heard(house.database)
    assert (await looked(house)).total.whole.contacts == 2


@pytest.mark.usefixtures("shi")
async def test_with_no_event_there_is_nothing_to_hear_again(house: House) -> None:
    async with house.database.transaction() as tx:
        await tx.execute(text("truncate events"))
        assert await insight.begin_anew(tx) is None


async def test_other_units_are_not_counted(house: House, shi: Customer) -> None:
    async with house.database.transaction() as tx:
        unit_id = await staff.ensure_unit(tx, code="elsewhere", name="Elsewhere")
        begun = await interactions.start_interaction(tx, channel="sms", language="en", unit_id=unit_id)
        await interactions.end_interaction(tx, interaction_id=begun.id, reason="served")
    await heard(house.database)
    assert (await looked(house)).total.whole.contacts == 0


async def test_the_page_reads_day_rows_alone_by_their_index(house: House, shi: Customer) -> None:
    async with house.database.transaction() as tx:
        await tx.execute(
            text(
                "insert into insight_days (id, day, channel, service, language, segment, contacts, machine, handed, "
                "followed, unknown, asked, answered, done) select gen_random_uuid(), date '2024-01-01' + n / 20, "
                "'sms', 's' || n % 20, 'en', '', 1, 1, 0, 0, 0, 0, 0, 0 from generate_series(1, 20000) n"
            )
        )
        await tx.execute(text("analyze insight_days"))
        wanted = grouped(date(2026, 1, 1), date(2026, 1, 31), "service", (), date(2026, 1, 20))
        shown = wanted.compile(compile_kwargs={"literal_binds": True}, dialect=tx.connection.dialect)
        plan = "\n".join(row[0] for row in (await tx.execute(text(f"explain {shown}"))).all())
    assert "ix_insight_days_day" in plan
    assert "Seq Scan" not in plan
    assert "interactions" not in plan


async def test_how_soon_people_answer_is_measured_from_asking_or_opening_against_what_was_promised(
    house: House, database: Database, shi: Customer, clock: StillClock
) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("truncate insight_answers"))
        told = {"code": "sms", "names": {"en": "Hotline"}, "answer_minutes": 15}
        await routing.ensure_entry_point(tx, number="10086", **told)

    async def asks() -> InteractionId:
        async with database.transaction() as tx:
            begun = await interactions.start_interaction(
                tx, channel="sms", language="zh-CN", customer_id=shi.id, entry_point="sms"
            )
            await interactions.mark_queued(tx, interaction_id=begun.id)
        return begun.id

    async def answers(contact: InteractionId) -> None:
        async with database.transaction() as tx:
            await interactions.assign(tx, interaction_id=contact, agent_id=AGENT)
            await interactions.say(
                tx, interaction_id=contact, author_kind="agent", author_id=AGENT, text="您好", client_key=str(contact)
            )

    async def line() -> insight.Answers:
        async with database.transaction() as tx:
            today = tx.now.astimezone(zone_of()).date()
            [found] = await insight.answers_of(tx, since=today, until=today, units=[])
            assert [one for _, one in await insight.answers_by_day(tx, since=today, until=today, units=[])] == [found]
        return found

    soon, late, gone = await asks(), await asks(), await asks()
    clock.forward(minutes=4)
    await answers(soon)
    async with database.transaction() as tx:
        await interactions.end_interaction(tx, interaction_id=gone, reason="customer_left")
    await heard(database)
    open_still = await line()
    assert (open_still.asked, open_still.answered, open_still.median_seconds) == (3, 1, 240), "though none is over"
    assert open_still.kept == insight.Share(1, 1)
    clock.forward(minutes=16)
    await answers(late)
    for contact in (soon, late):
        async with database.transaction() as tx:
            await interactions.end_interaction(tx, interaction_id=contact, reason="agent_ended")
    for _ in range(2):
        await heard(database)
    over = await line()
    assert (over.answered, over.kept, over.target_minutes) == (2, insight.Share(1, 2), 15)
    assert (over.median_seconds, over.ninth_seconds) == (240, 1200)
    async with database.transaction() as tx:
        entry = await routing.entry_point(tx, "10086")
        await routing.change_entry_point(tx, number="10086", seen_rev=entry.rev, **{**told, "answer_minutes": 1})
    await heard(database)
    assert (await line()).target_minutes == 15, "what was promised then"


async def test_whoever_asks_while_nobody_is_there_waits_from_the_opening(
    house: House, database: Database, shi: Customer, clock: StillClock
) -> None:
    async with database.transaction() as tx:
        await tx.execute(text("truncate insight_answers"))
        hours = routing.hours_of("mon-sun 12:00-20:00", zone="Asia/Shanghai")
        told = {"code": "night", "names": {"en": "Night line"}, "answer_minutes": 15, "hours": hours}
        await routing.ensure_entry_point(tx, number="10087", **told)
        begun = await interactions.start_interaction(
            tx, channel="chat", language="zh-CN", customer_id=shi.id, entry_point="night"
        )
        await interactions.mark_queued(tx, interaction_id=begun.id)
        today = tx.now.astimezone(zone_of()).date()
    await heard(database)
    clock.forward(hours=2, minutes=10)
    async with database.transaction() as tx:
        await interactions.assign(tx, interaction_id=begun.id, agent_id=AGENT)
        await interactions.say(
            tx, interaction_id=begun.id, author_kind="agent", author_id=AGENT, text="您好", client_key="night-0001"
        )
        [found] = await insight.answers_of(tx, since=today, until=today, units=[])
    assert (found.entry_point, found.median_seconds, found.kept) == ("night", 600, insight.Share(1, 1))
