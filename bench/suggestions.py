"""How long suggestions beside a conversation take on the server among many articles, against a page that shows nobody.

    ./dev bench suggestions [FILE] [--entries 10000] [--rounds 300]

A fresh database holds so many articles, blended from the questions and answers of FILE (as for `answers`; fixed seed).
Measured through the whole web app, in turns: the customer says something new and the agent's page fetches its
suggestions; and the desk's presence bar, a page of the same agent that shows nobody. The making ready of the articles
is done before and told apart.
"""

import argparse
import asyncio
import json
import os
import random
import tempfile
import time
import uuid
from pathlib import Path
from statistics import quantiles
from typing import Any

import psycopg
from litestar.testing import AsyncTestClient
from psycopg import sql
from sqlalchemy.engine import make_url

from qiao import assist, customers, interactions, knowledge, staff
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

DEFAULT = Path(__file__).parents[2] / "shared/data/unionpay_faq/faq_even.jsonl"
AT_ONCE = 500
WARM = 20


def main() -> None:
    """Run and print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(prog="./dev bench suggestions")
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=300)
    words = parser.parse_args()
    if not words.file.is_file():
        raise SystemExit(f"{words.file} is not there; name a file of questions")
    rows = [json.loads(line) for line in words.file.read_text("utf-8").splitlines() if line.strip()]
    asyncio.run(_run(rows, words.entries, words.rounds))


async def _run(rows: list[dict[str, Any]], entries: int, rounds: int) -> None:
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
            await _measure(named, Path(folder), rows, entries, rounds)
        finally:
            with psycopg.connect(admin_url, autocommit=True) as admin:
                admin.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))
            if server is not None:
                await server.discard()


async def _measure(url: str, folder: Path, rows: list[dict[str, Any]], entries: int, rounds: int) -> None:
    settings = Settings(database_url=url, data_folder=folder / "data", mode="demo", sandbox_customers=60)
    database = Database(url, MachineClock(), pool_size=2)
    await create_tables(database)
    await database.close()
    async with open_house(settings) as house:
        await fill(house, say=lambda _: None)
        await _write(house, rows, entries)
        began = time.perf_counter()
        async with house.database.transaction() as tx:
            await assist.shelf_of(house).ready(tx)
        print(f"{entries:,} articles made ready in {time.perf_counter() - began:.1f} s")
        contact, cookie = await _stage(house)
        chance = random.Random(11)
        found, empties, some = [], [], 0
        async with AsyncTestClient(build_web(house), base_url=settings.address) as client:
            client.cookies.update({"qiao_staff": cookie})
            for number in range(rounds + WARM):
                await _say(house, contact, str(chance.choice(rows)["question"]), number)
                empty, _ = await _timed(client, "/desk/presence")
                took, shown = await _timed(client, f"/desk/contacts/{contact}/suggestions")
                if number >= WARM:
                    empties.append(empty)
                    found.append(took)
                    some += "suggestion-article" in shown
    p99, empty_p99 = (quantiles(one, n=100)[98] for one in (found, empties))
    print(
        f"{rounds} fetches, {some} with articles: p99 {p99:.1f} ms (p50 {quantiles(found, n=2)[0]:.1f}); "
        f"bare page p99 {empty_p99:.1f} ms (p50 {quantiles(empties, n=2)[0]:.1f})"
    )
    told = {"bench": "suggestions", "value": round(p99, 1), "unit": "ms", "ratio": round(p99 / empty_p99, 2)}
    print(json.dumps({**told, "against": "an authenticated page that shows nobody", "target_ms": 200}))


async def _write(house: House, rows: list[dict[str, Any]], entries: int) -> None:
    chance = random.Random(7)
    told = [(str(row["question"]), str(row.get("answer") or row["standard_question"])) for row in rows]
    for first in range(0, entries, AT_ONCE):
        async with house.database.transaction() as tx:
            for _ in range(min(AT_ONCE, entries - first)):
                (one, _body), (other, body) = chance.choice(told), chance.choice(told)
                title = (one[: len(one) // 2] + other[len(other) // 2 :])[:160] or "?"
                given: dict[str, Any] = {
                    "title": title,
                    "body": body[:4_000],
                    "language": "zh-CN",
                    "audience": "customer",
                    "tags": (),
                }
                await knowledge.put_article(tx, by="system:bench", **given)


async def _stage(house: House) -> tuple[InteractionId, str]:
    """A live contact and the agent who has it."""
    finding = await customers.look_up(house.get(Operator), CAST[0].service)
    assert finding is not None
    async with house.database.transaction() as tx:
        caller = await customers.keep(tx, finding)
        agent = await staff.agent_by_login(tx, "wang")
        assert agent is not None
        told: dict[str, Any] = {
            "channel": "chat",
            "language": "zh-CN",
            "customer_id": caller.id,
            "unit_id": caller.unit_id,
        }
        contact = await interactions.start_interaction(tx, service_id=CAST[0].service, segment="vip", **told)
        await interactions.assign(tx, interaction_id=contact.id, agent_id=agent.id)
        token, _ = await sessions.begin(tx, audience="staff", subject_id=agent.id, seconds_max=36_000)
    return contact.id, token


async def _say(house: House, contact: InteractionId, words: str, number: int) -> None:
    async with house.database.transaction() as tx:
        told: dict[str, Any] = {"author_kind": "customer", "text": words, "client_key": f"bench-{number:08}"}
        await interactions.say(tx, interaction_id=contact, **told)


async def _timed(client: Any, path: str) -> tuple[float, str]:
    began = time.perf_counter()
    answer = await client.get(path)
    took = (time.perf_counter() - began) * 1000
    assert answer.status_code == 200, answer.text[-500:]
    return took, answer.text


if __name__ == "__main__":
    main()
