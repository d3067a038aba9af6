"""Submissions a second through our SMPP client, with and without the ledger, against a bare ping-pong on the same loop.

    ./dev bench smpp [--messages 300000] [--ledger 50000] [--window 100]

The ping-pong sends as many octets as a submission, answered with as many as its answer, in the same window, and looks
at nothing: the ceiling of the loop and the loopback. It depends on which core wakes whom, and so is the middle of
five, in turns with ours. Then submissions leave through our client to the sandbox's centre
in a process of its own; then through the gateway out of the ledger in PostgreSQL, claimed, submitted, written down.
"""

import argparse
import asyncio
import time
from statistics import median
from typing import cast

from sqlalchemy import text

from bench._machine import environment, fresh_database, link, running, told
from qiao.app.loop import quickly
from qiao.channels.smpp import Address, Link, Manners, Told, body_of, connect
from qiao.platform.clock import MachineClock
from qiao.platform.database import Database

BODY = body_of({"source": "10086", "destination": "8613900001111", "short_message": b"x" * 60, "registered": 0})
ASK = len(BODY) + 16
ANSWER = 24
TURNS = 5


def main() -> None:
    """Read the words of the command line, measure, print."""
    parser = argparse.ArgumentParser(prog="./dev bench smpp")
    parser.add_argument("--messages", type=int, default=300_000)
    parser.add_argument("--ledger", type=int, default=50_000)
    parser.add_argument("--window", type=int, default=100)
    words = parser.parse_args()
    quickly(_run(words.messages, words.ledger, words.window))


async def _run(messages: int, ledger: int, window: int) -> None:
    async with fresh_database() as (url, folder):
        env = environment(url, folder)
        async with running(["sms", "centre", "--port", "0", "--control", "0", "--echo"], env) as echo:
            port = (await told(echo))["port"]
            bares, turns = [], []
            for _ in range(TURNS):
                bares.append(await ping_pong(messages, window))
                turns.append(await through_client(port, messages, window))
            bare, ours = median(bares), median(turns)
            print(f"bare ping-pong, window {window}: {bare:,.0f}/s ({min(bares):,.0f} to {max(bares):,.0f})")
            print(f"our client, no ledger, window {window}: {ours:,.0f}/s; ratio to the ping-pong {ours / bare:.2f}")
            kept = await through_ledger(url, env, port, ledger, window)
            print(
                f"through the gateway with the ledger kept: {kept:,.0f}/s; "
                f"ratio to the client alone {kept / ours:.3f}, to the ping-pong {kept / bare:.3f}"
            )


class _Pong(asyncio.Protocol):
    """Answers every ASK octets with ANSWER octets."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport, self.over = cast("asyncio.Transport", transport), 0

    def data_received(self, data: bytes) -> None:
        asked, self.over = divmod(self.over + len(data), ASK)
        self.transport.write(bytes(ANSWER * asked))


class _Ping(asyncio.Protocol):
    def __init__(self, messages: int, window: int) -> None:
        self.left, self.unanswered, self.over = messages - window, window, 0
        self.window, self.done = window, asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(bytes(ASK * self.window))

    def data_received(self, data: bytes) -> None:
        answered, self.over = divmod(self.over + len(data), ANSWER)
        more = min(answered, self.left)
        self.left -= more
        self.unanswered += more - answered
        if more:
            self.transport.write(bytes(ASK * more))
        elif not self.unanswered:
            self.done.set()


async def ping_pong(messages: int, window: int) -> float:
    """Round trips a second with a process that only counts octets."""
    import multiprocessing

    context = multiprocessing.get_context("spawn")
    ports = context.SimpleQueue()
    process = context.Process(target=serve_pong, args=(ports,), daemon=True)
    process.start()
    port = await asyncio.to_thread(ports.get)
    ping = _Ping(messages, window)
    began = time.perf_counter()
    transport, _ = await asyncio.get_running_loop().create_connection(lambda: ping, "127.0.0.1", port)
    await ping.done.wait()
    took = time.perf_counter() - began
    transport.close()
    process.kill()
    return messages / took


def serve_pong(ports: object) -> None:
    """The other end, in a process of its own."""

    async def serve() -> None:
        server = await asyncio.get_running_loop().create_server(_Pong, "127.0.0.1", 0)
        ports.put(server.sockets[0].getsockname()[1])  # type: ignore[attr-defined]
        await asyncio.Event().wait()

    quickly(serve())


async def through_client(port: int, messages: int, window: int) -> float:
    """Submissions a second through one link."""
    sent = answered = 0
    done = asyncio.Event()

    def fill(link: Link) -> None:
        nonlocal sent
        for _ in range(min(link.room, messages - sent)):
            link.submit(sent, BODY)
            sent += 1

    def hear(link: Link, answers: object) -> None:
        nonlocal answered
        answered += len(answers)  # type: ignore[arg-type]
        if answered >= messages:
            done.set()

    def lose(link: Link, lost: object) -> None:
        raise RuntimeError(f"{link.why_closed}: {lost}")

    bound = await connect(Address("127.0.0.1", port, "qiao", "secret"), Told(hear, lose, room=fill), Manners(window))
    began = time.perf_counter()
    fill(bound)
    await done.wait()
    took = time.perf_counter() - began
    await bound.leave()
    return messages / took


FILL = """
insert into post_messages (id, purpose, key, recipient, text, language, priority, secret, origin, accepted_at)
select gen_random_uuid(), 'bench', n::text, 'mobile:+86139' || lpad(n::text, 8, '0'),
       'Your balance is 23.50 yuan. It was asked for by text.', 'en', 5, false, '{}', clock_timestamp()
from generate_series(1, cast(:count as int)) n
"""


async def through_ledger(url: str, env: dict[str, str], port: int, messages: int, window: int) -> float:
    """Messages a second from accepted to submitted in the ledger, by a gateway in a process of its own."""
    database = Database(url, MachineClock(), pool_size=2)
    async with database.transaction() as tx:
        await tx.execute(text(FILL), {"count": messages})
    async with database.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(
            text("vacuum analyze post_messages")
        )
    env = {**env, "QIAO_SMPP_LINKS": link(port, window=window)}
    began, first, left = 0.0, 0, messages
    try:
        async with running(["sms", "gateway"], env) as process, asyncio.timeout(300):
            while True:
                async with database.transaction() as tx:
                    left = int(
                        await tx.scalar(
                            text("select count(*) from post_messages where state in ('accepted', 'claimed')")
                        )
                    )
                    if not began and left < messages:  # the start of the process is not measured
                        began, first = time.perf_counter(), messages - left
                if not left:
                    return (messages - first) / (time.perf_counter() - began)
                assert process.returncode is None, "the gateway ended"
                await asyncio.sleep(0.05)
    finally:
        await database.close()


if __name__ == "__main__":
    main()
