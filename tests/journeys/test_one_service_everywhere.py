"""One customer has the same services through six doors, and takes them back: the same orders, bills, timeline and audit
but for the channel.

Each door takes back what it did by the services' own undo, so that the next finds the same account; only what no
service takes back (data bought, as he is told before he agrees) is put back on the operator's side.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from qiao import catalogue
from qiao.app.demo.agent_player import AgentPlayer
from qiao.app.demo.cast import PASSWORD
from qiao.bss.sandbox import CAST
from qiao.catalogue.store import orders
from qiao.channels.sms import sessions
from tests.journeys.doors import (
    SERVICES,
    TAKES_BACK,
    ByChat,
    BySmsCode,
    BySmsDialogue,
    ByVoiceMenu,
    Door,
    Handset,
)
from tests.journeys.doors_with_pages import ByAgent, ByPortal
from tests.looking import a_moment

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import RowMapping

    from qiao.platform.database import Transaction
    from tests.journeys.running_demo import RunningDemo

LIN = CAST[1].service
ACTS = [*(code for code in SERVICES if code not in ("balance", "bill")), *TAKES_BACK.values()]
CHANNELS = {
    "sms code": "sms",
    "sms dialogue": "sms",
    "chat": "chat",
    "voice menu": "voice",
    "portal": "web",
    "desk": "desk",
}
SHANGHAI = ZoneInfo("Asia/Shanghai")
"""Where months begin for the operator."""
BILLED_ON = 5
"""On this day of a month the bill of the one before is made."""
PAUSE = timedelta(minutes=70)
"""Between two doors: nobody is sent codes, or answered by machine, without end."""
ACCOUNT = ("bill_lines", "packs")
"""Tables of the sandbox operator in which these services leave something that none of them takes back."""


async def keep_account(tx: Transaction) -> None:
    """Remember how the account stands."""
    for table in ACCOUNT:
        await tx.execute(
            text(f"create table public.kept_{table} as select * from sandbox.{table} where service = '{LIN}'")
        )


async def put_back(tx: Transaction) -> None:
    """The account as it was remembered; lines of bills that the operator has made since stay made."""
    bought = f"delete from sandbox.bill_lines where service = '{LIN}' and kind = 'once'"
    await tx.execute(text(f"{bought} and ref not in (select ref from public.kept_bill_lines)"))
    for table in ACCOUNT[1:]:
        await tx.execute(text(f"delete from sandbox.{table} where service = '{LIN}'"))
        await tx.execute(text(f"insert into sandbox.{table} overriding system value select * from public.kept_{table}"))


async def switched_on(tx: Transaction) -> list[tuple[str, str]]:
    """What runs on the number."""
    told = (
        f"select code, value from sandbox.features where service = '{LIN}' and until is null union all"
        f" select code, ref from sandbox.subscriptions where service = '{LIN}' and until is null order by 1, 2"
    )
    return [(row["code"], row["value"]) for row in await tx.rows(text(told))]


async def instant(tx: Transaction) -> datetime:
    return tx.now


async def left_behind(tx: Transaction, since: datetime) -> dict[str, Any]:
    """What this door left: orders, what changed on the account, lines of the timeline, entries of the audit."""
    about = {"since": since, "service": str(LIN)}
    placed = await tx.rows(
        select(orders).where(orders.c.target == str(LIN), orders.c.placed_at >= since).order_by(orders.c.placed_at)
    )
    told = ("code", "customer_id", "target", "parameters", "state", "reason", "level", "tries")
    lines = await tx.rows(
        text(
            "select kind, names->>'zh-CN' as what, minor from sandbox.bill_lines b"
            " where service = :service and kind = 'once'"
            " and not exists (select 1 from public.kept_bill_lines k where k.ref = b.ref) order by ref"
        ),
        about,
    )
    running = await tx.rows(
        text(
            "select code, value from sandbox.features where service = :service and until is null union all"
            " select code, '' from sandbox.subscriptions where service = :service and until is null order by 1"
        ),
        about,
    )
    entries = await tx.rows(
        text(
            "select summary->>'code' as code, summary->>'state' as state from timeline_entries"
            " where kind = 'interactions.order' and customer_id = :customer and at >= :since"
        ),
        {**about, "customer": placed[0]["customer_id"] if placed else None},
    )
    audited = await tx.rows(
        text("select act, actor, details from audit_entries where customer_id = :customer and at >= :since"),
        {**about, "customer": placed[0]["customer_id"] if placed else None},
    )
    wanted = {*(f"do.{code}" for code in ACTS), "view.balance", "view.bill"}
    return {
        "orders": [{name: row[name] for name in told} | {"parameters": whole(row)} for row in placed],
        "channels": {row["origin"]["channel"] for row in placed},
        "actors": {row["actor"].partition(":")[0] for row in placed},
        "bill": [(row["kind"], row["what"], row["minor"]) for row in lines],
        "running": [tuple(row.values()) for row in running],
        "timeline": Counter((row["code"], row["state"]) for row in entries),
        "audit": {
            act: times if act.startswith("do.") else 1  # a view is on record once for each contact
            for act, times in Counter(row["act"] for row in audited if row["act"] in wanted).items()
        },
    }


def whole(order: RowMapping) -> dict[str, str]:
    """What was ordered, with the choices that were left to their default."""
    asked = catalogue.service(order["code"]).parameters
    return {one.name: one.default for one in asked if one.kind == "choice" and one.default} | order["parameters"]


async def settled(demo: RunningDemo, since: datetime) -> dict[str, Any]:
    """What a door left behind, once the timeline says how each order came out."""
    async with asyncio.timeout(60):
        while True:
            left: dict[str, Any] = await demo.at_the_operator(left_behind, since)
            if len(left["timeline"]) == len(ACTS) and {state for _, state in left["timeline"]} == {"done"}:
                return left
            await a_moment()


def amounts(words: str) -> list[str]:
    """The sums of money in what he was told, the first of them first."""
    return re.findall(r"-?[\d,]*\d\.\d{2}(?!\d)", words)


@pytest.mark.journey
@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_services_had_and_taken_back_through_six_doors_are_the_same_but_for_the_channel(
    demo: RunningDemo,
) -> None:
    he, wang = Handset(demo.address, LIN), AgentPlayer(demo.address, "wang", PASSWORD)
    now = (await demo.now()).astimezone(SHANGHAI)
    if now.day < BILLED_ON or now.month != (now + 8 * PAUSE).month:  # no bills are made in the middle of it
        begins = (now if now.day < BILLED_ON else now + timedelta(days=2)).replace(day=BILLED_ON, hour=10)
        await demo.until(begins)
    now = (await demo.now()).astimezone(SHANGHAI)
    he.month = f"{now.year - (now.month == 1):04d}-{(now.month - 2) % 12 + 1:02d}"
    await demo.at_the_operator(keep_account)
    by_agent = ByAgent(demo, he)
    by_agent.agent = wang
    doors: list[Door] = [
        BySmsCode(demo, he),
        BySmsDialogue(demo, he),
        ByChat(demo, he),
        ByPortal(demo, he),
        ByVoiceMenu(demo, he),
        by_agent,
    ]
    found: dict[str, dict[str, Any]] = {}
    as_it_was = await demo.at_the_operator(switched_on)
    try:
        for door in doors:
            since = await demo.at_the_operator(instant)
            await door.open()
            told = {code: await door.have(code) for code in SERVICES}
            ran = await demo.at_the_operator(switched_on)
            for code in TAKES_BACK:
                await door.take_back(code)
            assert await demo.at_the_operator(switched_on) == as_it_was, f"{door.name}: taken back whole"
            await door.close()
            left = await settled(demo, since)
            assert left.pop("channels") == {CHANNELS[door.name]}, door.name
            assert left.pop("actors") == {"agent" if door.name == "desk" else "customer"}, door.name
            left["ran"] = ran
            left["balance"], left["bill told"] = amounts(told["balance"])[:1], amounts(told["bill"])[:1]
            found[door.name] = left
            await demo.at_the_operator(put_back)
            await demo.advance(PAUSE)
            await demo.at_the_operator(sessions.sweep)  # the next text begins a contact of its own
    except BaseException:
        stands = await demo.at_the_operator(left_behind, since)
        print(demo.logs(), door.name, stands, [one["text"] for one in await he.handset()][:6])  # noqa: T201 - shown with the failure
        raise
    finally:
        await he.close()
        await wang.close()
    first = found["sms code"]
    assert first["balance"] == ["50.00"]
    assert [one["code"] for one in first["orders"]] == ACTS
    assert {one["state"] for one in first["orders"]} == {"done"}
    assert first["audit"] == dict.fromkeys([*(f"do.{code}" for code in ACTS), "view.balance", "view.bill"], 1)
    others = [
        (name, what, value, first[what])
        for name, left in found.items()
        for what, value in left.items()
        if value != first[what]
    ]
    assert others == []
