"""A hotline for benchmarks: Asterisk, `qiao voice worker`, `qiao worker`, PostgreSQL, agents who pick up at once.

Agents' telephones are in the process that measures, so its load is in every figure.
"""

import asyncio
import contextlib
import os
import socket
import subprocess
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import text

from bench._machine import environment, fresh_database, running
from qiao import routing
from qiao.app.demo.hotline import by_voice
from qiao.app.house import open_house
from qiao.channels.voice import AsteriskServer
from qiao.channels.voice.endpoints import have_telephone
from qiao.channels.voice.programs import find_programs
from qiao.channels.voice.sandbox import Heard, PhoneCall
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sandbox.sound import decode, share_of, tone
from qiao.channels.voice.telephones import sip_endpoint
from qiao.kernel.ids import AgentId, new_id
from qiao.platform.house import House
from qiao.platform.settings import Settings
from qiao.platform.settings_voice import VoiceSettings

HOTLINE, PLAIN = "10086", "99999"
CALLER, AGENT = 440.0, 1000.0
CLEAR = 0.8
SIP_PHONE = {**sip_endpoint(VoiceSettings()), "rtp_timeout": "60"}
HERE = "127.0.0.1"
SPARE = 5
"""Agents beside those who must talk at once: one who missed a ring is not ready for some seconds."""
TICK = os.sysconf("SC_CLK_TCK")


@cache
def sound(hertz: float) -> bytes:
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


@dataclass(frozen=True)
class Centre:
    """All of it: the house, its Asterisk, and which process does what."""

    house: House
    server: AsteriskServer
    pids: dict[str, int]
    phones: list[PhoneCall]
    """Calls that agents have picked up."""

    def spent(self) -> dict[str, float]:
        """Seconds of a core so far; PostgreSQL's with all processes that it has started."""
        return {
            name: sum(map(cpu, _with_children(pid))) if name == "postgres" else cpu(pid)
            for name, pid in self.pids.items()
        }


@asynccontextmanager
async def open_centre(agents: int) -> AsyncIterator[Centre]:
    """All of it, with so many agents whose telephones are picked up at once; picked up calls come in the queue."""
    from tools.dev_voice import fetched

    programs = os.environ.get("QIAO_ASTERISK") or str(fetched() or "")
    async with fresh_database() as (url, folder):
        folder.chmod(0o755)
        first = 30_000
        voice = {
            "sip_port": free_port(socket.SOCK_DGRAM), "http_port": free_port(socket.SOCK_STREAM), "rtp_first": first,
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
                sound(CALLER), sound(AGENT)
                worker: Process = await stack.enter_async_context(running(["worker"], env))
                calls: Process = await stack.enter_async_context(running(["voice", "worker"], env))
                talks = await stack.enter_async_context(_agents(house, agents))
                async with house.database.transaction() as tx:
                    backend = await tx.scalar(text("select pg_backend_pid()"))
                assert server.pid is not None
                pids = {"asterisk": server.pid, "voice_worker": calls.pid, "worker": worker.pid, "load": os.getpid()}
                yield Centre(house, server, pids | _postgres(backend), talks)
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
        ringing.media.say(sound(AGENT))
        ringing.picked_up_at = time.perf_counter()  # type: ignore[attr-defined]
        ringing.contact = phone.asked(ringing).one("x-qiao-contact")  # type: ignore[attr-defined]
        talks.append(await phone.pick_up())


def _postgres(backend: int) -> dict[str, int]:
    """Its first process, where it runs on this machine and may be seen."""
    with contextlib.suppress(OSError):
        stat = Path(f"/proc/{backend}/stat").read_text("ascii")
        return {"postgres": int(stat.rpartition(")")[2].split()[1])} if "postgres" in stat else {}
    return {}


def cpu(pid: int) -> float:
    """Seconds of processor time of a process so far; none of one that is gone."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(told[11]) + int(told[12])) / TICK


def _with_children(pid: int) -> list[int]:
    """The process and those that it has started."""
    with contextlib.suppress(OSError):
        return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split())]
    return [pid]


def free_port(kind: socket.SocketKind) -> int:
    """A port that nobody has just now."""
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((HERE, 0))
        port: int = taken.getsockname()[1]
        return port
