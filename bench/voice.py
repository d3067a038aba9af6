"""Calls: set-ups a second through the menu to an agent, and what recorded conversations cost. Real SIP and RTP.

    ./dev bench voice [--seconds 12] [--callers 8] [--pace 3] [--pairs 50] [--waiting 100]

One Asterisk, one `qiao voice worker`, one `qiao worker` and PostgreSQL; callers and agents are telephones in this
process, so its load is in every figure. In turns of one run: callers dial a number that Asterisk's dialplan alone
answers (the ceiling), then the hotline, key 0 into the menu and talk with an agent who picks up at once: as many as
the cores bear, then at a pace of so many a second, whose times are those of a house that is not full. A set-up counts
when caller and agent hear each other. Then so many pairs talk, recorded on two legs, while so many wait with music: a
leg has a gap when a packet of 20 ms is missing in it. The whole is bounded to about a minute.
"""

import argparse
import asyncio
import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from statistics import quantiles
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from bench._machine import environment, fresh_database, running
from qiao import routing
from qiao.app.demo.hotline import by_voice
from qiao.app.house import open_house
from qiao.app.loop import quickly
from qiao.channels.voice import AsteriskServer
from qiao.channels.voice.endpoints import have_telephone
from qiao.channels.voice.programs import find_programs
from qiao.channels.voice.sandbox import Heard, PhoneCall, Softphone, answering, softphone
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sandbox.sound import decode, share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import AgentId, new_id
from qiao.platform.house import House
from qiao.platform.settings import Settings

HOTLINE, PLAIN = "10086", "99999"
CALLER, AGENT = 440.0, 1000.0
CLEAR = 0.8
SIP_PHONE = {
    "webrtc": "no", "use_avpf": "no", "media_encryption": "no", "ice_support": "no", "rtcp_mux": "no", "bundle": "no",
    "rtp_timeout": "60", "transport": "udp", "rtp_symmetric": "yes", "force_rport": "yes", "rewrite_contact": "yes",
}  # fmt: skip
HERE = "127.0.0.1"
SPARE = 5
"""Agents beside those who must talk at once: one who missed a ring is not ready for some seconds."""
GRACE_SECONDS = 0.1
"""A caller stays so long after he heard his agent, who hears him in that time."""
_numbers = count(100_000_000)
TICK = os.sysconf("SC_CLK_TCK")


@cache
def _sound(hertz: float) -> bytes:
    """A minute of a tone, computed once."""
    return tone(hertz, 1) * 60


class TimedHeard(Heard):
    """Knows when it first heard the other side, `wants` hertz."""

    def __init__(self) -> None:
        super().__init__()
        self.wants = 0.0
        self.at = 0.0

    def add(self, codes: bytes) -> None:
        super().add(codes)
        if self.wants and not self.at and share_of(decode(codes), self.wants) > CLEAR:
            self.at = time.perf_counter()
            self.tell()


@dataclass
class Agent:
    """What routing needs to know of him."""

    desks: tuple[Any, ...]
    id: AgentId = field(default_factory=lambda: AgentId(new_id()))
    seat: Any = field(default_factory=uuid4)
    languages: tuple[str, ...] = ("zh-CN",)
    skills: dict[str, int] = field(default_factory=dict)
    segments: tuple[str, ...] | None = None
    capacity: dict[str, int] = field(default_factory=lambda: {"voice": 1})
    unit_id: Any = None


@dataclass
class Figures:
    """Seconds of one turn."""

    answer: list[float] = field(default_factory=list)
    both: list[float] = field(default_factory=list)
    done: int = 0
    failed: int = 0
    heard_at: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    def told(self) -> dict[str, Any]:
        """As it is printed."""
        found = {"set_ups_a_second": round(self.done / self.seconds, 1), "failed": self.failed}
        for name, times in (("answer", self.answer), ("both_hear", self.both)):
            if len(times) > 1:
                found[f"{name}_p50_ms"] = round(1000 * quantiles(times, n=100)[49], 1)
                found[f"{name}_p99_ms"] = round(1000 * quantiles(times, n=100)[98], 1)
        return found


def main() -> None:
    """Read the words of the command line, measure, print; the last line is one JSON object."""
    parser = argparse.ArgumentParser(prog="./dev bench voice")
    parser.add_argument("--seconds", type=int, default=12)
    parser.add_argument("--callers", type=int, default=8)
    parser.add_argument("--pace", type=float, default=3.0)
    parser.add_argument("--pairs", type=int, default=50)
    parser.add_argument("--waiting", type=int, default=100)
    words = parser.parse_args()
    softphone.Heard = answering.Heard = TimedHeard  # type: ignore[attr-defined]
    quickly(_run(words.seconds, words.callers, words.pace, words.pairs, words.waiting))


async def _run(seconds: int, callers: int, pace: float, pairs: int, waiting: int) -> None:
    async with _centre(callers + pairs + SPARE) as (house, server, worker, phones):
        plain = await _turn(house, callers, seconds / 2, _plain)
        print(f"dialplan alone: {plain.told()}")
        phones.clear()
        ours = await _turn(house, callers, seconds, _to_an_agent)
        await _match(house, ours, phones)
        ratio = ours.done / ours.seconds / (plain.done / plain.seconds)
        print(f"menu to an agent: {ours.told()}; ratio {ratio:.3f}")
        phones.clear()
        paced = await _paced(house, pace, seconds)
        await _match(house, paced, phones)
        print(f"menu to an agent, {pace:g} calls a second: {paced.told()}")
        load = await _load(house, server, worker, phones, pairs, waiting, seconds)
        print(f"{pairs} recorded pairs, {waiting} waiting: {load}")
    told = {"dialplan": plain.told(), "menu_to_agent": ours.told(), "ratio": round(ratio, 3), "paced": paced.told()}
    print(json.dumps({**told, "load": load}))


@asynccontextmanager
async def _centre(agents: int) -> AsyncIterator[tuple[House, AsteriskServer, Any, list[PhoneCall]]]:
    """All of it, with so many agents whose telephones are picked up at once; picked up calls come in the queue."""
    from tools.dev_voice import fetched

    programs = os.environ.get("QIAO_ASTERISK") or str(fetched() or "")
    async with fresh_database() as (url, folder):
        folder.chmod(0o755)
        first = 30_000
        voice = {
            "sip_port": _port(socket.SOCK_DGRAM), "http_port": _port(socket.SOCK_STREAM), "rtp_first": first,
            "rtp_last": first + 3_999, "trunks": [{"name": "sea", "host": HERE, "allow": ["127.0.0.1/32"],
            "calls_max": 5_000}], "speak_ahead": False,
        }  # fmt: skip
        settings = Settings(
            asterisk=programs, database_url=url, data_folder=folder, voice=voice, mode="production",
            secret_key="b" * 40, sandbox_customers=10,
        )  # fmt: skip
        env = environment(url, folder, QIAO_ASTERISK=programs, **by_voice(settings))
        server = AsteriskServer(settings)
        await server.start()
        await asyncio.to_thread(_answer_plainly, settings, server)
        try:
            async with open_house(settings) as house, AsyncExitStack() as stack:
                await _floor(house)
                _sound(CALLER), _sound(AGENT)
                await stack.enter_async_context(running(["worker"], env))
                worker = await stack.enter_async_context(running(["voice", "worker"], env))
                talks = await stack.enter_async_context(_agents(house, agents))
                await _warm(house, talks)
                yield house, server, worker, talks
        finally:
            await server.stop()


def _answer_plainly(settings: Settings, server: AsteriskServer) -> None:
    """A number of the bench alone, answered by the dialplan and nobody else."""
    etc = server.folder / "asterisk" / "etc"
    with (etc / "extensions.conf").open("a", encoding="utf-8") as out:
        out.write(f"\n[hotline](+)\nexten => {PLAIN},1,Answer()\n same => n,Wait(60)\n same => n,Hangup()\n")
    program = find_programs(settings.asterisk).command("asterisk")
    told = ["-C", str(etc / "asterisk.conf"), "-rx", "dialplan reload"]
    subprocess.run([*program, *told], check=True, capture_output=True, timeout=20)


async def _floor(house: House) -> None:
    async with house.database.transaction() as tx:
        await routing.ensure_entry_point(tx, number=HOTLINE, code="hotline", names={"en": "Hotline"}, language="zh-CN")
        await routing.ensure_desk(
            tx, code="general", names={"en": "General"}, unit_id=None, entry_points=["hotline"],
            rules={"wrap_up_max_seconds": 0},
        )  # fmt: skip


@asynccontextmanager
async def _agents(house: House, many: int) -> AsyncIterator[list[PhoneCall]]:
    """Ready agents, alive, each with a SIP telephone."""
    talks: list[PhoneCall] = []
    async with house.database.transaction() as tx:
        desks = tuple(desk.id for desk in await routing.desks(tx))
        people = [Agent(desks) for _ in range(many)]
        for one in people:
            await routing.sign_on(tx, agent=one, seat=one.seat)
            await routing.set_status(tx, agent_id=one.id, status="ready")
    phones, tasks = [], [asyncio.create_task(_alive(house, people))]
    for one in people:
        credential = await have_telephone(house.settings, one.id, SIP_PHONE)
        phone = await AnsweringPhone.listen(
            (HERE, house.settings.voice.sip_port), credential.user, asserted=False, ha1=credential.ha1
        )
        assert await phone.registering() == 200
        phones.append(phone)
        tasks.append(asyncio.create_task(_picks_up(phone, talks)))
    try:
        yield talks
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for phone in phones:
            await phone.close()


async def _alive(house: House, people: list[Agent]) -> None:
    while True:
        async with house.database.transaction() as tx:
            for one in people:
                await routing.seat_seen(tx, agent_id=one.id, seat=one.seat)
                await routing.set_status(tx, agent_id=one.id, status="ready")
        await asyncio.sleep(3)


async def _picks_up(phone: AnsweringPhone, talks: list[PhoneCall]) -> None:
    while True:
        ringing = await phone.rung(seconds=3600)
        ringing.heard.wants = CALLER  # type: ignore[attr-defined]
        ringing.media.say(_sound(AGENT))
        ringing.picked_up_at = time.perf_counter()  # type: ignore[attr-defined]
        ringing.contact = phone.asked(ringing).one("x-qiao-contact")  # type: ignore[attr-defined]
        talks.append(await phone.pick_up())


async def _warm(house: House, talks: list[PhoneCall]) -> None:
    """The first calls have their prompts spoken."""
    async with asyncio.timeout(60):
        figures = Figures()
        while not figures.done:
            with contextlib.suppress(TimeoutError):
                await _to_an_agent(house, figures)


async def _turn(
    house: House, callers: int, seconds: float, calls: Callable[[House, Figures], Awaitable[None]]
) -> Figures:
    """So many callers, each one call after the other."""
    figures, began = Figures(), time.perf_counter()

    async def one() -> None:
        while time.perf_counter() - began < seconds:
            try:
                await calls(house, figures)
            except TimeoutError:
                figures.failed += 1

    await asyncio.gather(*(one() for _ in range(callers)))
    figures.seconds = time.perf_counter() - began
    return figures


async def _paced(house: House, pace: float, seconds: int) -> Figures:
    """So many calls a second, whether those before are over or not."""
    figures, began = Figures(), time.perf_counter()

    async def one(number: int) -> None:
        await asyncio.sleep(number / pace)
        try:
            await _to_an_agent(house, figures)
        except TimeoutError:
            figures.failed += 1

    await asyncio.gather(*(one(number) for number in range(int(pace * seconds))))
    figures.seconds = time.perf_counter() - began
    return figures


async def _dial(house: House, number: str, figures: Figures) -> tuple[Softphone, PhoneCall]:
    phone = await Softphone.open((HERE, house.settings.voice.sip_port), f"+8613{next(_numbers):09d}")
    began = time.perf_counter()
    call = await phone.call(number, seconds=10)
    figures.answer.append(time.perf_counter() - began)
    return phone, call


async def _plain(house: House, figures: Figures) -> None:
    phone, call = await _dial(house, PLAIN, figures)
    figures.done += call.status == 200
    await phone.close()


async def _to_an_agent(house: House, figures: Figures) -> None:
    phone, call = await _dial(house, HOTLINE, figures)
    try:
        call.heard.wants = AGENT  # type: ignore[attr-defined]
        call.media.say(_sound(CALLER))
        call.press("0")
        await call.heard.until(lambda: call.heard.at, 20)  # type: ignore[attr-defined]
        figures.heard_at[phone.number] = call.heard.at  # type: ignore[attr-defined]
        figures.done += 1
        await asyncio.sleep(GRACE_SECONDS)
    finally:
        await phone.close()


async def _match(house: House, figures: Figures, talks: list[PhoneCall]) -> None:
    """From the agent's picking up until both had heard: whose agent it was stands in the rows."""
    async with house.database.transaction() as tx:
        rows = await tx.rows(select(voice_calls.c.number, voice_calls.c.interaction_id))
    number_of = {str(row["interaction_id"]): row["number"].rpartition(":")[2] for row in rows}
    for talk in talks:
        heard_at = figures.heard_at.get(number_of.get(talk.contact, ""))  # type: ignore[attr-defined]
        if heard_at is not None and talk.heard.at:  # type: ignore[attr-defined]
            figures.both.append(max(heard_at, talk.heard.at) - talk.picked_up_at)  # type: ignore[attr-defined]


async def _load(
    house: House, server: AsteriskServer, worker: Any, talks: list[PhoneCall], pairs: int, waiting: int, seconds: int
) -> dict[str, Any]:
    """Pairs that talk and callers who wait, for so long; gaps and cores in that time."""
    figures, calls = Figures(), []
    await asyncio.sleep(1)  # the agents of the turn before are free again
    talks.clear()
    for number in range(pairs + waiting):
        phone, call = await _dial(house, HOTLINE, figures)
        call.media.say(_sound(CALLER))
        call.press("0")
        calls.append((phone, call))
        async with asyncio.timeout(30):
            while number < pairs and len(talks) <= number:
                await asyncio.sleep(0.02)
    calls += [(calls[number][0], talk) for number, talk in enumerate(talks[:pairs])]
    await asyncio.sleep(3)  # the last of them hears its first words
    legs = [call.media for _, call in calls]
    before = [(leg.heard.frames, leg.lost) for leg in legs]
    pids = (server.pid, worker.pid, os.getpid())
    spent, began = [_cpu(pid) for pid in pids], time.perf_counter()
    await asyncio.sleep(seconds)
    lasted = time.perf_counter() - began
    cores = [(_cpu(pid) - was) / lasted for pid, was in zip(pids, spent, strict=True)]
    whole = lasted * 1000 / 20 - 3  # packets that came in the edges of the time
    clean = sum(
        leg.lost == lost and leg.heard.frames - frames >= whole
        for leg, (frames, lost) in zip(legs, before, strict=True)
    )
    for phone, _ in calls:
        await phone.close()
    return {
        "legs": len(legs),
        "legs_without_gap_percent": round(100 * clean / len(legs), 1),
        "cores_asterisk": round(cores[0], 2),
        "cores_worker": round(cores[1], 2),
        "cores_load": round(cores[2], 2),
        "cores_a_hundred_pairs": round(100 * (cores[0] + cores[1]) / pairs, 2),
        "recordings": _recordings(server),
    }


def _recordings(server: AsteriskServer) -> int:
    """How many legs are being written."""
    return len(list((server.folder / "asterisk/spool/recording").glob("rec-*")))


def _cpu(pid: int | None) -> float:
    """Seconds of processor time of a process so far."""
    told = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(told[11]) + int(told[12])) / TICK


def _port(kind: socket.SocketKind) -> int:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((HERE, 0))
        port: int = taken.getsockname()[1]
        return port


if __name__ == "__main__":
    main()
