"""Among many cases a page of a list reads along an index: a small part of what an owner, a desk or a unit has."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import event, text

from qiao import cases
from qiao.kernel.ids import AgentId, CustomerId, DeskId, UnitId, new_id
from qiao.platform.database import Database, Transaction
from tests.cases.matter_at_hand import agent, opened, unit

MANY = 20_000
PAGE = 50


@dataclass
class Crowd:
    """So many open cases of one unit and one desk, shared among a hundred agents and a thousand customers."""

    tx: Transaction
    unit_id: UnitId
    desk_id: DeskId
    agent_id: AgentId
    customer_id: CustomerId


@pytest.fixture
async def crowd(tx: Transaction) -> Crowd:
    known = Crowd(tx, unit(), DeskId(new_id()), agent(), CustomerId(new_id()))
    given = {"unit_id": known.unit_id, "desk_id": known.desk_id, "agent_id": known.agent_id}
    first = await opened(tx, customer_id=known.customer_id, **given)
    await tx.execute(
        text("""
            insert into cases (id, number, unit_id, customer_id, category_code, category_version, kind, severity, title,
                opened_at, opened_by, origin, owner_id, desk_id, status, moved_at, search)
            select gen_random_uuid(), 'N' || n, unit_id,
                case when n % 1000 = 0 then customer_id else md5('c' || n % 1000)::uuid end,
                category_code, category_version, kind, severity, title, opened_at - n * interval '1 second', opened_by,
                origin, case when n % 100 = 0 then owner_id else md5('a' || n % 100)::uuid end, desk_id, 'open',
                moved_at - n * interval '1 second',
                array_to_tsvector(array['w' || n, 'w' || n % 100])
            from cases, generate_series(1, :many) n where id = :first
        """),
        {"many": MANY, "first": first},
    )
    await tx.execute(text("analyze cases"))
    return known


async def plans_of(tx: Transaction, database: Database, question: Any) -> list[dict[str, Any]]:
    """How PostgreSQL answered each query of a question, as it really went."""
    asked: list[tuple[str, Any]] = []

    def heard(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        asked.append((statement, parameters))

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", heard)
    try:
        await question
    finally:
        event.remove(engine, "before_cursor_execute", heard)
    driver = await tx.driver()
    plans = []
    for statement, parameters in asked:
        answer = await driver.execute(f"explain (analyze, format json) {statement}", parameters)
        row = await answer.fetchone()
        assert row is not None
        plans.append((row[0] if isinstance(row[0], list) else json.loads(row[0]))[0]["Plan"])
    return plans


def rows_read(plan: dict[str, Any]) -> int:
    """Rows of `cases` that were touched: given on or thrown away, over all loops."""
    own = 0
    if plan.get("Relation Name") == "cases":
        assert plan["Node Type"] != "Seq Scan", plan
        thrown = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        own = (plan["Actual Rows"] + thrown) * plan["Actual Loops"]
    return own + sum(rows_read(part) for part in plan.get("Plans", []))


@pytest.mark.parametrize(
    ("whose", "most"),
    [
        ({}, 6 * PAGE),
        ({"owner_id": True}, 6 * PAGE),
        ({"desk_ids": True}, 6 * PAGE),
        ({"owner_id": True, "desk_ids": True}, 10 * PAGE),
        ({"owner_ids": True}, 6 * PAGE),
        ({"words": "w777"}, 6 * PAGE),
        ({"desk_ids": True, "words": "w777"}, 6 * PAGE),
    ],
)
async def test_a_page_reads_little_more_than_it_shows(
    crowd: Crowd, database: Database, whose: dict[str, Any], most: int
) -> None:
    ids = {"owner_id": crowd.agent_id, "owner_ids": [crowd.agent_id], "desk_ids": [crowd.desk_id]}
    asked = {name: ids.get(name, value) for name, value in whose.items()}
    first = await cases.case_list(crowd.tx, unit_ids=[crowd.unit_id], limit=PAGE, **asked)
    for before in {None, first.before}:
        question = cases.case_list(crowd.tx, unit_ids=[crowd.unit_id], limit=PAGE, before=before, **asked)
        for plan in await plans_of(crowd.tx, database, question):
            assert rows_read(plan) <= most, json.dumps(plan, indent=1)[:4000]


@pytest.mark.parametrize("every", [1, 500])
async def test_a_leaders_page_reads_little_however_many_are_nobodys(
    crowd: Crowd, database: Database, every: int
) -> None:
    """All of his unit's, or a few among many that are somebody's."""
    nobodys = text("update cases set owner_id = null where number like 'N%' and substr(number, 2)::int % :every = 0")
    await crowd.tx.execute(nobodys, {"every": every})
    await crowd.tx.execute(text("analyze cases"))
    given = {"unit_ids": [crowd.unit_id], "owner_ids": [crowd.agent_id], "unowned": True}
    first = await cases.case_list(crowd.tx, limit=PAGE, **given)
    for before in {None, first.before}:
        question = cases.case_list(crowd.tx, limit=PAGE, before=before, **given)
        for plan in await plans_of(crowd.tx, database, question):
            assert rows_read(plan) <= 10 * PAGE, json.dumps(plan, indent=1)[:4000]


async def test_a_count_reads_no_further_than_it_counts(crowd: Crowd, database: Database) -> None:
    for asked in ({}, {"desk_ids": [crowd.desk_id]}):
        question = cases.count_cases(crowd.tx, unit_ids=[crowd.unit_id], **asked)
        [plan] = await plans_of(crowd.tx, database, question)
        assert rows_read(plan) <= 1_001


async def test_a_customers_matters_and_an_agents_figures_are_found_by_whose_they_are(
    crowd: Crowd, database: Database
) -> None:
    for question, most in (
        (cases.open_cases_of(crowd.tx, crowd.customer_id), 25),
        (cases.count_of_agent(crowd.tx, crowd.agent_id), 205),
        (cases.newest_of_agent(crowd.tx, crowd.agent_id, 8), 205),
    ):
        [plan] = await plans_of(crowd.tx, database, question)
        assert rows_read(plan) <= most


async def test_a_customers_matters_take_the_same_few_queries_however_many_they_are(
    crowd: Crowd, database: Database
) -> None:
    asked = await plans_of(crowd.tx, database, cases.matters_of(crowd.tx, crowd.customer_id))
    assert len(asked) <= 12
