"""Texts a second answered end to end: from the SMS centre, through gateway, hall, operator and ledger, and back.

    ./dev bench sms-hall [--customers 2000] [--texts 3000] [--rate 100] [--seconds 20]

Four processes of ours (gateway, a worker of loops, one of the rest, and this one, which plays the SMS centre and its
handsets) and PostgreSQL speak real SMPP over loopback. One text in nine orders something: it is asked to be confirmed,
and confirmed with the digits that came. First as many texts as are given wait at the centre at once, which gives the
texts answered a second; then they come at a rate, which gives how long an answer takes. The customers are known here,
each text begins a contact of its own (a number texts again only when all have), and contacts, orders and timelines are
written as ever and counted. In the same run submissions are sent to a centre that looks at nothing: the ceiling.
"""

import argparse
import asyncio
import json
import re
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from statistics import median, quantiles

from sqlalchemy import text

from bench._machine import environment, fresh_database, link, running, told
from bench.smpp import through_client
from qiao.app.demo.cast import fill
from qiao.app.house import open_house
from qiao.app.loop import quickly
from qiao.channels.smpp.model_text import submissions
from qiao.channels.smpp.sandbox import Centre
from qiao.customers import recognize
from qiao.kernel.service_ids import ServiceId
from qiao.kernel.sms import as_sms
from qiao.platform.settings import Settings

QUERY, ORDER, TO = "YE", "QXQB", "10086"
DIGITS = re.compile(r"(?<!\d)\d{4}(?!\d)")
IN_NINE = 9


class Handsets:
    """Who texts, when, and when he was answered."""

    def __init__(self, centre: Centre) -> None:
        self.centre = centre
        self.asked: dict[str, tuple[float, bool, str]] = {}
        self.took: list[float] = []
        self.took_orders: list[float] = []
        self.changed = asyncio.Event()
        centre.arrived = self.arrived

    def say(self, number: str, words: str, stage: str) -> None:
        """A text leaves a handset."""
        self.asked[number] = (time.perf_counter(), words != QUERY, stage)
        for fields, tlvs in submissions(as_sms(words), 1, "udh"):
            self.centre.send(f"+{number}", TO, fields, tlvs)

    def arrived(self, to: str, sender: str, words: str) -> None:
        """A text arrives at one: the answer, or the question whether he means it."""
        waiting = self.asked.pop(to, None)
        if waiting is None:
            return
        at, order, stage = waiting
        took = time.perf_counter() - at
        if not order:
            self.took.append(took)
        elif stage == "asked" and (digits := DIGITS.search(words)):
            self.took.append(took)
            self.say(to, digits[0], "confirmed")
        else:
            self.took_orders.append(took)
        self.changed.set()

    @property
    def done(self) -> int:
        return len(self.took) + len(self.took_orders)


def main() -> None:
    """Read the words of the command line, measure, print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(prog="./dev bench sms-hall")
    parser.add_argument("--customers", type=int, default=2_000)
    parser.add_argument("--texts", type=int, default=3_000)
    parser.add_argument("--rate", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=20)
    words = parser.parse_args()
    quickly(_run(words.customers, words.texts, words.rate, words.seconds))


async def _run(customers: int, texts: int, rate: int, seconds: int) -> None:
    async with fresh_database() as (url, folder):
        numbers = await _numbers(url, folder, customers)
        env = environment(url, folder)
        async with running(["sms", "centre", "--port", "0", "--control", "0", "--echo"], env) as echo:
            ceiling = await through_client((await told(echo))["port"], 200_000, 100)
        centre = Centre({"qiao": "secret"})
        env = {**env, "QIAO_SMPP_LINKS": link(await centre.listen())}
        handsets = Handsets(centre)
        hall, rest = ({**env, "QIAO_WORKER_PARTS": parts} for parts in ('["loops"]', '["listeners", "jobs"]'))
        async with running(["sms", "gateway"], env), running(["worker"], hall), running(["worker"], rest):
            await _warm(handsets, numbers)
            burst = await _burst(handsets, numbers, texts)
            print(
                f"all at once: {burst:,.0f} texts/s answered; "
                f"ratio to {ceiling:,.0f} submissions/s {burst / ceiling:.5f}"
            )
            paced = await _paced(handsets, numbers, rate, seconds)
        print(f"{rate}/s for {seconds} s: {paced}")
        await _counted(url, folder)
        print(json.dumps({"texts_a_second": round(burst), "submissions_a_second": round(ceiling), "paced": paced}))


async def _numbers(url: str, folder: Path, customers: int) -> Iterator[str]:
    settings = Settings(
        database_url=url, data_folder=folder, mode="production", secret_key="b" * 40, sandbox_customers=customers
    )
    async with open_house(settings) as house:
        await fill(house, say=lambda _: None)
        async with house.database.transaction() as tx:
            rows = await tx.rows(
                text("select service from sandbox.holdings where service like 'mobile:%' order by service")
            )
        for begin in range(0, len(rows), 50):
            some = rows[begin : begin + 50]
            await asyncio.gather(*(recognize(house, ServiceId.from_text(row["service"])) for row in some))
    known = [row["service"].removeprefix("mobile:+") for row in rows]
    return iter(known[place % len(known)] for place in count())


async def _warm(handsets: Handsets, numbers: Iterator[str]) -> None:
    for _ in range(20):
        handsets.say(next(numbers), QUERY, "asked")
    await _until_done(handsets, 20, 60)
    _forget(handsets)


async def _burst(handsets: Handsets, numbers: Iterator[str], texts: int) -> float:
    began = time.perf_counter()
    sent = 0
    while sent < texts:
        number = next(numbers)
        if number in handsets.asked:
            break  # everybody waits for an answer
        handsets.say(number, ORDER if sent % IN_NINE == 0 else QUERY, "asked")
        sent += 1
    orders = len([one for one in handsets.asked.values() if one[1]])
    await _until_done(handsets, sent + orders, 300)
    took = time.perf_counter() - began
    answered = handsets.done
    print(f"  {answered} texts in {took:.1f} s, {len(handsets.took_orders)} of them confirmed an order")
    _forget(handsets)
    return answered / took


async def _paced(handsets: Handsets, numbers: Iterator[str], rate: int, seconds: int) -> dict[str, float]:
    loop = asyncio.get_running_loop()
    began, sent, skipped, orders = loop.time(), 0, 0, 0
    while sent < rate * seconds:
        due = int((loop.time() - began) * rate)
        while sent < min(due, rate * seconds):
            number = next(numbers)
            if number in handsets.asked:
                skipped += 1
            else:
                handsets.say(number, ORDER if sent % IN_NINE == 0 else QUERY, "asked")
                orders += sent % IN_NINE == 0
            sent += 1
        await asyncio.sleep(0.005)
    await _until_done(handsets, sent - skipped + orders, 60, strict=False)
    cuts = quantiles(handsets.took, n=100)
    order_cuts = quantiles(handsets.took_orders, n=100)
    return {
        "answered": handsets.done,
        "unanswered": len(handsets.asked),
        "p50_ms": round(median(handsets.took) * 1000),
        "p99_ms": round(cuts[98] * 1000),
        "orders": len(handsets.took_orders),
        "order_p50_ms": round(median(handsets.took_orders) * 1000),
        "order_p99_ms": round(order_cuts[98] * 1000),
    }


async def _until_done(handsets: Handsets, wanted: int, seconds: float, *, strict: bool = True) -> None:
    try:
        async with asyncio.timeout(seconds):
            while handsets.done < wanted and (strict or handsets.asked):
                handsets.changed.clear()
                await asyncio.wait([asyncio.ensure_future(handsets.changed.wait())], timeout=1)
    except TimeoutError:
        if strict:
            raise SystemExit(f"only {handsets.done} of {wanted} answered after {seconds} s") from None


def _forget(handsets: Handsets) -> None:
    handsets.took.clear()
    handsets.took_orders.clear()
    handsets.asked.clear()


async def _counted(url: str, folder: Path) -> None:
    settings = Settings(database_url=url, data_folder=folder, mode="production", secret_key="b" * 40)
    async with open_house(settings) as house, house.database.transaction() as tx:
        for table in ("post_texts", "post_messages", "interactions", "orders", "timeline_entries"):
            print(f"  {table}: {await tx.scalar(text(f'select count(*) from {table}'))} rows")


if __name__ == "__main__":
    main()
