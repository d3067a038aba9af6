"""How many due clocks a second are acted on among a million open cases, against the bare claim and update of the rows.

    ./dev bench cases [--stored 1000000] [--due 10000] [--rounds 200]

A fresh database holds so many open cases with their words' index and a running clock each; 10,000 clocks come due in
one minute and are acted on by the timers as a worker runs them: steps, history, events, next timers. In the same run
as many rows are only claimed and updated, which is the ceiling. With none due a sweep is counted in rows read, and the
pages that list and search cases are asked through the whole web app.
"""

import argparse
import asyncio
import json
import os
import tempfile
import time
import uuid
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg
from litestar.testing import AsyncTestClient
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.engine import make_url

from qiao import staff
from qiao.app.demo.cast import fill
from qiao.app.house import open_house
from qiao.app.rooms import all_rooms
from qiao.app.schema import create_tables
from qiao.app.web import build_web
from qiao.cases.clock_book import book_in_force
from qiao.cases.clocks import CLOCK_DUE
from qiao.platform import sessions
from qiao.platform.clock import MachineClock
from qiao.platform.database import Database
from qiao.platform.house import House
from qiao.platform.postgres import EmbeddedPostgres
from qiao.platform.settings import Settings
from qiao.platform.timers import claim_due, run_due

STORE = (
    """
    insert into cases (id, number, unit_id, customer_id, category_code, category_version, kind, severity, title,
                       opened_at, opened_by, origin, owner_id, status, moved_at, search)
    select cast(lpad(to_hex(n), 32, '0') as uuid), 'C-250101-' || lpad(n::text, 7, '0'), cast(:unit as uuid), null,
           'inquiry/other', 1, 'inquiry', 3, 'matter ' || n, at, 'system:bench', '{}',
           case when n % 1000 = 0 then cast(:agent as uuid) end, 'open', at,
           array_to_tsvector(array['matter', 'n' || n % 50000, 'bill'])
    from (select n, cast(:now as timestamptz) - n * interval '20 seconds' as at
          from generate_series(cast(:first as int), cast(:last as int)) n) numbered
    """,
    """
    insert into case_clocks (case_id, kind, book, calendar, target_seconds, steps, since, due_at, breach_at)
    select cast(lpad(to_hex(n), 32, '0') as uuid), 'solution', :book, 'always', 864000000,
           '[{"share": 0.5, "act": "tell_owner", "desk": ""}, {"share": 1.0, "act": "tell_leader", "desk": ""}]',
           cast(:now as timestamptz), cast(:now as timestamptz) + interval '5000 days',
           cast(:now as timestamptz) + interval '10000 days'
    from generate_series(cast(:first as int), cast(:last as int)) n
    """,
    """
    insert into timers (kind, ref, due_at)
    select 'cases.clock_due', cast(lpad(to_hex(n), 32, '0') as uuid)::text || '\\:solution',
           cast(:now as timestamptz) + interval '5000 days'
    from generate_series(cast(:first as int), cast(:last as int)) n
    """,
)
MAKE_DUE = (
    """
    update case_clocks set target_seconds = 60, since = cast(:now as timestamptz) - interval '40 seconds',
                           due_at = cast(:now as timestamptz) - interval '10 seconds'
    where case_id in
          (select cast(lpad(to_hex(n * :apart), 32, '0') as uuid) from generate_series(1, cast(:due as int)) n)
    """,
    """
    update timers set due_at = cast(:now as timestamptz) - interval '10 seconds'
    where kind = 'cases.clock_due' and ref in
          (select cast(lpad(to_hex(n * :apart), 32, '0') as uuid)::text || '\\:solution'
           from generate_series(1, cast(:due as int)) n)
    """,
)
CEILING = text(
    """
    with mine as (select case_id, kind from case_clocks where case_id in
                    (select cast(lpad(to_hex(n * :apart + 1), 32, '0') as uuid)
                     from generate_series(cast(:first as int), cast(:last as int)) n)
                  for update skip locked)
    update case_clocks c set steps_done = 1 from mine where c.case_id = mine.case_id and c.kind = mine.kind
    """
)
READ = text("select coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0) from pg_stat_xact_user_tables")
BATCH = 500


def main() -> None:
    """Run and print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stored", type=int, default=1_000_000)
    parser.add_argument("--due", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    asyncio.run(_run(options.stored, min(options.due, options.stored // 10), options.rounds))


async def _run(stored: int, due: int, rounds: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        given = os.environ.get("QIAO_TEST_DATABASE_URL")
        server = None if given else EmbeddedPostgres(Path(folder) / "postgres", durable=False)
        if server is not None:
            await server.start()
        name = f"qiao_bench_{uuid.uuid4().hex[:8]}"
        admin_url = given or (server.url if server else "")
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute(sql.SQL("create database {} template template0 encoding 'UTF8'").format(sql.Identifier(name)))
        try:
            named = make_url(admin_url).set(database=name).render_as_string(hide_password=False)
            await _measure(named, Path(folder), stored, due, rounds)
        finally:
            with psycopg.connect(admin_url, autocommit=True) as admin:
                admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
            if server is not None:
                await server.discard()


async def _measure(url: str, folder: Path, stored: int, due: int, rounds: int) -> None:
    settings = Settings(database_url=url, data_folder=folder / "data", mode="demo", sandbox_customers=60)
    database = Database(url, MachineClock(), pool_size=2)
    await create_tables(database)
    await database.close()
    async with open_house(settings) as house:
        await fill(house, say=lambda _: None)
        cookie = await _stage(house, stored)
        apart = stored // due - 1
        read = await _idle_sweep(house)
        ceiling = await _ceiling(house, due, apart)
        acted = await _acted(house, due, apart)
        pages = await _pages(house, settings, cookie, rounds)
    rate, bare = due / acted, due / ceiling
    print(f"{stored:,} open cases; a sweep with nothing due read {read} rows")
    print(f"{due:,} clocks due in one minute: acted on in {acted:.1f} s ({rate:,.0f}/s); bare rows {bare:,.0f}/s")
    for path, p99 in pages.items():
        print(f"{path}: p99 {p99:.0f} ms")
    told = {"bench": "cases", "value": round(rate), "unit": "clocks/s", "ratio": round(rate / bare, 4)}
    print(json.dumps({**told, "against": "claim and update of the same rows"}))


async def _stage(house: House, stored: int) -> str:
    """The cases with their clocks, and a signed-in team leader's cookie."""
    began = time.perf_counter()
    async with house.database.transaction() as tx:
        agent = await staff.agent_by_login(tx, "liu")
        assert agent is not None
        book = await book_in_force(tx)
        await tx.execute(
            text(
                "insert into case_categories (code, version, kind, source, definition, kept_at) "
                "values ('inquiry/other', 1, 'inquiry', 'built_in', '{}', :now) on conflict do nothing"
            ),
            {"now": tx.now},
        )
        token, _ = await sessions.begin(tx, audience="staff", subject_id=agent.id, seconds_max=36_000)
    for first in range(1, stored + 1, 100_000):
        async with house.database.transaction() as tx:
            told = {"unit": agent.unit_id, "agent": agent.id, "book": book.version, "now": tx.now}
            for statement in STORE:
                names = {name: value for name, value in told.items() if f":{name}" in statement}
                await tx.execute(text(statement), {**names, "first": first, "last": min(first + 99_999, stored)})
    async with house.database.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text("vacuum analyze"))
    print(f"stored in {time.perf_counter() - began:.0f} s")
    return token


def _kinds() -> dict[str, Any]:
    return {timer.kind: timer for room in all_rooms() for timer in room.timers if timer.kind == CLOCK_DUE}


async def _idle_sweep(house: House) -> int:
    """Rows that a sweep of the timers reads when nothing is due, as PostgreSQL counts them in its transaction."""
    async with house.database.transaction() as tx:
        assert await claim_due(tx, list(_kinds()), BATCH) == []
        return int(await tx.scalar(READ))


async def _ceiling(house: House, due: int, apart: int) -> float:
    """Seconds for claiming and updating as many rows, batch by batch."""
    began = time.perf_counter()
    for first in range(1, due + 1, BATCH):
        async with house.database.transaction() as tx:
            await tx.execute(CEILING, {"apart": apart, "first": first, "last": min(first + BATCH - 1, due)})
    return time.perf_counter() - began


async def _acted(house: House, due: int, apart: int) -> float:
    """Seconds until every clock that is due has been acted on."""
    async with house.database.transaction() as tx:
        for statement in MAKE_DUE:
            await tx.execute(text(statement), {"now": tx.now, "due": due, "apart": apart})
    began = time.perf_counter()
    done = await run_due(house.database, _kinds())
    took = time.perf_counter() - began
    async with house.database.transaction() as tx:
        written = await tx.scalar(text("select count(*) from case_history where kind = 'clock_warned'"))
    assert (done, written) == (due, due), f"{done} timers ran, {written} lines were written, {due} were due"
    return took


async def _pages(house: House, settings: Settings, cookie: str, rounds: int) -> dict[str, float]:
    """p99 in milliseconds of each page that lists or finds cases."""
    paths = (
        "/desk/cases?view=team",
        "/desk/cases?view=mine",
        "/desk/cases?view=mine&q=matter+n123",
        "/desk/cases?q=bill",
    )
    took: dict[str, list[float]] = {path: [] for path in paths}
    async with AsyncTestClient(build_web(house), base_url=settings.address) as client:
        client.cookies.update({"qiao_staff": cookie})
        for number in range(rounds + 5):
            for path in paths:
                began = time.perf_counter()
                answer = await client.get(path, headers={"Accept": "text/html"})
                assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
                if number >= 5:
                    took[path].append((time.perf_counter() - began) * 1000)
    return {path: quantiles(found, n=100)[98] for path, found in took.items()}


if __name__ == "__main__":
    main()
