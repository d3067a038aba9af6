"""Three ones and three 100 %: each share within the one before, each fact from its own record; what a case has cost."""

from datetime import datetime, timedelta

from sqlalchemy import update

from qiao import cases
from qiao.cases.store import cases as rows_of_cases
from qiao.cases.store_work import case_texts
from qiao.interactions import interactions_on_matter
from qiao.kernel.ids import CaseId, UnitId, new_id
from tests.cases.matter_at_hand import WHY, Days, agent, opened, unit


async def counted(days: Days, ours: UnitId, since: datetime) -> cases.Standards:
    async with days.database.transaction() as tx:
        return await cases.standards(tx, unit_ids=[ours], since=since, until=tx.now + timedelta(seconds=1))


async def test_a_month_is_counted_from_the_records_of_its_cases(days: Days) -> None:
    ours, me, since = unit(), agent(), days.clock.now()
    made: list[CaseId] = []
    for _ in range(4):
        made.append(await days.do(opened, unit_id=ours, agent_id=me))
        days.clock.forward(minutes=1)
    silent, happy, sad, fresh = made
    told = {"kind": "remedied", "what": "x", **WHY, "agent_id": me}
    for case_id in (silent, happy, sad):
        await days.do(cases.resolve_case, case_id=case_id, **told)
        days.clock.forward(minutes=1)
    await days.proved(silent)
    await days.proved(happy, solved="yes")
    await days.proved(sad, solved="no")
    whole = (await counted(days, ours, since)).whole
    assert (whole.solved.count, whole.solved.of) == (2, 4)
    assert (whole.told.count, whole.told.of) == (1, 2), "of the silent one nothing was told"
    assert (whole.satisfied.count, whole.satisfied.of) == (1, 1)
    assert (whole.one_go.count, whole.one_go.of) == (2, 2)

    async def text_left() -> None:
        async with days.database.transaction() as tx:
            row = {"notice_id": new_id(), "case_id": silent, "at": tx.now, "template": "case.ask"}
            await tx.execute(case_texts.insert().values(row))

    await text_left()
    found = await counted(days, ours, since)
    category = (await days.whole(fresh)).case.category_code
    assert (found.whole.told.count, found.whole.solved.of, list(found.by_category)) == (2, 4, [category])
    async with days.database.transaction() as tx:
        await tx.execute(update(rows_of_cases).where(rows_of_cases.c.id == fresh).values(origin={"channel": "import"}))
    assert (await counted(days, ours, since)).whole.solved.of == 3
    assert (await counted(days, unit(), since)).whole.solved.of == 0


async def test_what_a_case_has_cost_is_added_up(days: Days) -> None:
    case_id = await days.do(opened)
    async with days.database.transaction() as tx:
        contacts = await interactions_on_matter(tx, f"case:{case_id}")
        given, texts = await cases.grants_in_case(tx, case_id), await cases.texts_sent(tx, case_id)
        cost = cases.cost_of(contacts, given, texts=texts, now=tx.now)
    assert (cost.contacts, cost.minutes, cost.texts, str(cost.credits)) == (0, 0, 0, "0.00")
