"""kill -9 at every failpoint that the code names: nothing acknowledged is lost, nothing is done or sent twice."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import text

from qiao.app.demo.agent_player import AgentPlayer
from qiao.app.demo.customer_player import CustomerPlayer, StoryBroke
from qiao.app.rooms import all_rooms
from qiao.bss import sandbox
from qiao.channels import chat
from qiao.platform.clock import HouseClock
from qiao.platform.database import Database
from tests.looking import a_moment

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.journeys.running_demo import RunningDemo

pytestmark = [pytest.mark.journey, pytest.mark.timeout(420)]
ELSEWHERE = (
    *("cases.", "outreach.", "compensation.", "post.received", "selfservice.", "sms.hall.", "smpp.gateway."),
    "chat.assistant.",
)
"""The failpoints of these need other stories: the tests of those rooms walk each of them."""
FAILPOINTS = [name for room in all_rooms() for name in room.failpoints if not name.startswith(ELSEWHERE)]
IN_WEB = {name for name in FAILPOINTS if name.startswith("chat.") or name == "routing.accept.written"}
KILLED = 137
SPEAK_CHINESE = (0, 1, 2, 3)
"""Several customers take turns: one number is not sent codes without end."""
PATIENCE_SECONDS = 80.0


async def through(demo: RunningDemo, call: Callable[[], Awaitable[Any]]) -> Any:
    """The answer, however often the house has to be asked for it while one of its processes comes back."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return await call()
        except (httpx2.TransportError, StoryBroke):
            if time.monotonic() > until:
                raise
            with contextlib.suppress(AssertionError):  # it ended a moment ago, and the next one is about to start
                await demo.ready()
            await a_moment()


async def killed_once(demo: RunningDemo, name: str, failpoint: str) -> None:
    """The process dies where it was told to, and another takes its place."""
    code = await demo.processes[name].wait()
    assert code == KILLED, f"{failpoint}: {name} ended with {code}\n{demo.logs()}"
    await demo.start(name)
    await demo.ready()


async def restart(demo: RunningDemo, name: str, **environment: str) -> None:
    demo.processes[name].terminate()
    await demo.processes[name].wait()
    await demo.start(name, **environment)
    await demo.ready()


def test_the_walk_covers_every_room_that_writes_down_promises() -> None:
    assert {name.split(".")[0] for name in FAILPOINTS} >= {"chat", "routing", "catalogue", "post"}


async def test_killed_at_any_failpoint_nothing_is_lost_and_nothing_doubled(demo: RunningDemo) -> None:
    agent = AgentPlayer(demo.address, "wang", demo.logins[0].password)
    people = [CustomerPlayer(demo.address, sandbox.CAST[number].service) for number in SPEAK_CHINESE]
    people_answer = chat.Site(chat.PORTAL, "Portal", "portal")  # a machine in between has a walk of its own
    await demo.at_the_operator(chat.ensure_site, place=people_answer)
    await agent.sign_in()
    await agent.ready()
    for customer in people:
        await customer.sign_in()
    try:
        for number, failpoint in enumerate(FAILPOINTS):
            await one_round(demo, agent, people[number % len(people)], failpoint)
    finally:
        for customer in people:
            await customer.close()
        await agent.close()


async def one_round(demo: RunningDemo, agent: AgentPlayer, customer: CustomerPlayer, failpoint: str) -> None:
    """A short contact with a death in it: a message, an offer, a code, an order."""
    process = "serve" if failpoint in IN_WEB else "worker"
    await restart(demo, process, QIAO_FAILPOINT=failpoint)
    dying = asyncio.create_task(killed_once(demo, process, failpoint))
    words, key, click = f"round {failpoint}", f"key-{uuid4()}", str(uuid4())
    await through(demo, lambda: write(customer, key, words))
    await through(demo, lambda: write(customer, key, words))
    contact = await through(demo, agent.offered)
    await through(demo, lambda: agent.accept(contact))
    line = await through(demo, customer.chat)
    last_id = await customer.last_id()
    await through(demo, lambda: agent.post(f"/desk/contacts/{contact}/code", {}))
    await line.prove(await through(demo, lambda: customer.code_after(last_id)))
    order = {"code": "correct_address", "address": f"地址 {failpoint}", "key": click}
    await through(demo, lambda: agent.post(f"/desk/contacts/{contact}/orders", order))
    await through(demo, lambda: agent.post(f"/desk/contacts/{contact}/case", case_form(failpoint, click)))
    done, _ = await asyncio.wait([dying], timeout=PATIENCE_SECONDS)
    assert done, f"{failpoint} was never reached"
    await dying
    await line.close()
    await through(demo, lambda: agent.post(f"/desk/contacts/{contact}/orders", order))
    await settled(demo, failpoint)
    await through(demo, lambda: agent.wrap_up(contact, disposition="solved"))
    await demo_holds(demo, failpoint, words)
    await through(demo, agent.ready)


def case_form(failpoint: str, click: str) -> dict[str, str]:
    words = f"matter {failpoint}"
    return {"category": "inquiry/bill", "own_words": words, "title": words, "key": click}


async def write(customer: CustomerPlayer, key: str, words: str) -> None:
    answer = await customer.http.post(
        "/chat/messages",
        json={"site": "portal", "session": True, "key": key, "text": words},
        headers={"X-CSRF-Token": await token_of(customer)},
    )
    if answer.status_code != 200:
        raise StoryBroke(f"{answer.status_code} {answer.text[:200]}")


async def token_of(customer: CustomerPlayer) -> str:
    return (await customer.page("/talk")).partition('data-csrf="')[2].partition('"')[0]


async def settled(demo: RunningDemo, failpoint: str) -> None:
    """The order of this round is done."""
    database = Database(demo.settings.database_url, HouseClock(), pool_size=1)
    until = time.monotonic() + PATIENCE_SECONDS
    state = None
    while state != "done":
        assert time.monotonic() < until, f"{failpoint}: the order is {state}\n{demo.logs()}"
        async with database.transaction() as tx:
            state = await tx.scalar(
                text("select state from orders where parameters ->> 'address' = :told"), {"told": f"地址 {failpoint}"}
            )
            await tx.scalar(text("select pg_sleep(0.1)"))
    await database.close()


async def demo_holds(demo: RunningDemo, failpoint: str, words: str) -> None:
    """Exactly one of each in the rows."""
    database = Database(demo.settings.database_url, HouseClock(), pool_size=1)
    async with database.transaction() as tx:
        said = await tx.scalar(text("select count(*) from messages where text = :words"), {"words": words})
        orders = await tx.scalar(
            text("select count(*) from orders where parameters ->> 'address' = :told"), {"told": f"地址 {failpoint}"}
        )
        acts = await tx.scalar(
            text(
                "select count(*) from sandbox.acts where key in "
                "(select id::text from orders where parameters ->> 'address' = :told)"
            ),
            {"told": f"地址 {failpoint}"},
        )
        doubled = await tx.scalar(
            text("select count(*) from (select key from demo.handset_messages group by key having count(*) > 1) twice")
        )
        opened = await tx.scalar(
            text("select count(*) from cases where title = :title"), {"title": f"matter {failpoint}"}
        )
        doubt = await tx.scalar(text("select count(*) from post_messages where state in ('unknown', 'failed')"))
        parked = await tx.scalar(text("select count(*) from parked_events"))
    await database.close()
    assert (said, orders, acts, opened, doubled, doubt, parked) == (1, 1, 1, 1, 0, 0, 0), failpoint
