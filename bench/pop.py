"""How long the desk's screen pop takes on the server with many stored interactions, against an empty page.

    ./dev bench pop [--stored 1000000] [--rounds 150]

A fresh database holds so many interactions of 50,000 customers, each with its timeline line; the one who calls has a
thousand of them. Measured, through the whole web app and in turns: the workspace of his live contact with its customer
panel, and the desk's presence bar, a page of the same signed-in agent that shows nobody.
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

from qiao import customers, interactions, staff
from qiao.app.demo.cast import fill
from qiao.app.house import open_house
from qiao.app.schema import create_tables
from qiao.app.web import build_web
from qiao.bss import Operator
from qiao.bss.sandbox import CAST
from qiao.kernel.ids import InteractionId
from qiao.platform import sessions
from qiao.platform.clock import MachineClock
from qiao.platform.database import Database
from qiao.platform.house import House
from qiao.platform.postgres import EmbeddedPostgres
from qiao.platform.settings import Settings

CUSTOMERS = 50_000
OF_THE_CALLER = 1_000
STORE = text(
    """
    with stored as (
      insert into interactions (id, customer_id, channel, language, segment, direction, topic, started_at, answered_at,
                                ended_at, end_reason, disposition, wrapped_up_at)
      select gen_random_uuid(), case when n <= :his then cast(:caller as uuid)
             else cast(lpad(to_hex(n % :customers), 32, '0') as uuid) end,
             'chat', 'zh-CN', 'standard', 'inbound', 'topic ' || n, at, at, at, 'agent_ended', 'solved', at
      from (select n, cast(:now as timestamptz) - n * interval '1 minute' as at
            from generate_series(cast(:first as int), cast(:last as int)) n) numbered
      returning id, customer_id, started_at
    )
    insert into timeline_entries (id, customer_id, at, kind, ref, interaction_id)
    select id, customer_id, started_at, 'interactions.contact', id::text, id from stored
    """
)


def main() -> None:
    """Run and print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stored", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=150)
    options = parser.parse_args()
    asyncio.run(_run(options.stored, options.rounds))


async def _run(stored: int, rounds: int) -> None:
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
            await _measure(named, Path(folder), stored, rounds)
        finally:
            with psycopg.connect(admin_url, autocommit=True) as admin:
                admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
            if server is not None:
                await server.discard()


async def _measure(url: str, folder: Path, stored: int, rounds: int) -> None:
    settings = Settings(database_url=url, data_folder=folder / "data", mode="demo", sandbox_customers=60)
    database = Database(url, MachineClock(), pool_size=2)
    await create_tables(database)
    await database.close()
    async with open_house(settings) as house:
        await fill(house, say=lambda _: None)
        contact, cookie = await _stage(house, stored)
        async with AsyncTestClient(build_web(house), base_url=settings.address) as client:
            client.cookies.update({"qiao_staff": cookie})
            paths = (f"/desk/contacts/{contact}", f"/desk/contacts/{contact}/panel")
            pops, empties = [], []
            for number in range(rounds + 10):
                empty = await _timed(client, "/desk/presence")
                pop = [await _timed(client, path) for path in paths]
                if number >= 10:  # the first ones warm caches
                    empties.append(empty)
                    pops.append(sum(pop))
    pop_p99, empty_p99 = (quantiles(found, n=100)[98] for found in (pops, empties))
    print(
        f"{stored:,} interactions stored: pop p99 {pop_p99:.1f} ms (p50 {quantiles(pops, n=2)[0]:.1f}); "
        f"empty page p99 {empty_p99:.1f} ms (p50 {quantiles(empties, n=2)[0]:.1f})"
    )
    told = {"bench": "pop", "value": round(pop_p99, 1), "unit": "ms", "ratio": round(pop_p99 / empty_p99, 2)}
    print(json.dumps({**told, "against": "an authenticated page that shows nobody"}))


async def _stage(house: House, stored: int) -> tuple[InteractionId, str]:
    """The history, a live contact of a customer who proved who he is, and the agent who has it."""
    finding = await customers.look_up(house.get(Operator), CAST[0].service)
    assert finding is not None
    async with house.database.transaction() as tx:
        caller = await customers.keep(tx, finding)
    began = time.perf_counter()
    for first in range(1, stored + 1, 100_000):
        async with house.database.transaction() as tx:
            last = min(first + 99_999, stored)
            told = {"his": OF_THE_CALLER, "caller": caller.id, "customers": CUSTOMERS, "now": tx.now}
            await tx.execute(STORE, {**told, "first": first, "last": last})
    async with house.database.engine.connect() as connection:
        autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await autocommit.execute(text("vacuum analyze"))
    print(f"stored in {time.perf_counter() - began:.0f} s")
    async with house.database.transaction() as tx:
        agent = await staff.agent_by_login(tx, "wang")
        assert agent is not None
        contact = await interactions.start_interaction(
            tx,
            channel="chat",
            language="zh-CN",
            customer_id=caller.id,
            service_id=CAST[0].service,
            segment="vip",
            unit_id=caller.unit_id,
        )
        await interactions.say(tx, interaction_id=contact.id, author_kind="customer", text="你好", client_key="k" * 10)
        await interactions.assign(tx, interaction_id=contact.id, agent_id=agent.id)
        token, _ = await sessions.begin(tx, audience="staff", subject_id=agent.id, seconds_max=36_000)
    return contact.id, token


async def _timed(client: AsyncTestClient[Any], path: str) -> float:
    """Milliseconds of one answer."""
    began = time.perf_counter()
    answer = await client.get(path, headers={"Accept": "text/html"})
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:300]}"
    return took


if __name__ == "__main__":
    main()
