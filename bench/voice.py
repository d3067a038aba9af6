"""Calls: set-ups a second through the menu to an agent, and what recorded conversations cost. Real SIP and RTP.

    ./dev bench voice [--seconds 12] [--callers 8] [--pace 3] [--pairs 50] [--waiting 100]

One Asterisk, one `qiao voice worker`, one `qiao worker` and PostgreSQL; callers and agents are telephones in this
process, so its load is in every figure. In turns of one run: callers dial a number that Asterisk's dialplan alone
answers (the ceiling), then the hotline, key 0 into the menu and talk with an agent who picks up at once: as many as
the cores bear, then at a pace of so many a second, whose times are those of a house that is not full. A set-up counts
when caller and agent hear each other; what it costs each process is told too, for that changes less than the wall's
time on a machine that is shared. Then so many pairs talk, recorded on two legs, while so many wait with music (none
for --pairs 0): a leg has a gap when a packet of 20 ms is missing in it. The whole is bounded to about a minute.
"""

import argparse
import asyncio
import contextlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from itertools import count
from statistics import quantiles
from typing import Any

from sqlalchemy import select

from bench._centre import AGENT, CALLER, HERE, HOTLINE, PLAIN, SPARE, Centre, TimedHeard, open_centre, sound
from qiao.app.loop import quickly
from qiao.channels.voice import AsteriskServer
from qiao.channels.voice.sandbox import PhoneCall, Softphone, answering, softphone
from qiao.channels.voice.store import voice_calls
from qiao.platform.house import House

GRACE_SECONDS = 0.1
"""A caller stays so long after he heard his agent, who hears him in that time."""
_numbers = count(100_000_000)


@dataclass
class Figures:
    """Seconds of one turn."""

    answer: list[float] = field(default_factory=list)
    both: list[float] = field(default_factory=list)
    done: int = 0
    failed: int = 0
    heard_at: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    cpu: dict[str, float] = field(default_factory=dict)
    """Seconds of a core that each process spent in the turn."""

    def told(self) -> dict[str, Any]:
        """As it is printed."""
        found = {"set_ups_a_second": round(self.done / self.seconds, 1), "failed": self.failed}
        for name, times in (("answer", self.answer), ("both_hear", self.both)):
            if len(times) > 1:
                found[f"{name}_p50_ms"] = round(1000 * quantiles(times, n=100)[49], 1)
                found[f"{name}_p99_ms"] = round(1000 * quantiles(times, n=100)[98], 1)
        if self.done:
            spent = {name: round(1000 * seconds / self.done, 1) for name, seconds in self.cpu.items()}
            return {**found, "cpu_ms_a_set_up": spent}
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
    async with open_centre(callers + pairs + SPARE) as here:
        await _warm(here.house)
        plain = await _turn(here, callers, seconds / 2, _plain)
        print(f"dialplan alone: {plain.told()}")
        here.phones.clear()
        ours = await _turn(here, callers, seconds, _to_an_agent)
        await _match(here, ours)
        ratio = ours.done / ours.seconds / (plain.done / plain.seconds)
        print(f"menu to an agent: {ours.told()}; ratio {ratio:.3f}")
        here.phones.clear()
        paced = await _paced(here, pace, seconds)
        await _match(here, paced)
        print(f"menu to an agent, {pace:g} calls a second: {paced.told()}")
        load = await _load(here, pairs, waiting, seconds) if pairs else {}
        print(f"{pairs} recorded pairs, {waiting} waiting: {load}")
    told = {"dialplan": plain.told(), "menu_to_agent": ours.told(), "ratio": round(ratio, 3), "paced": paced.told()}
    print(json.dumps({**told, "load": load}))


async def _warm(house: House) -> None:
    """The first calls have their prompts spoken."""
    async with asyncio.timeout(60):
        figures = Figures()
        while not figures.done:
            with contextlib.suppress(TimeoutError):
                await _to_an_agent(house, figures)


async def _turn(
    here: Centre, callers: int, seconds: float, calls: Callable[[House, Figures], Awaitable[None]]
) -> Figures:
    """So many callers, each one call after the other."""
    figures, spent, began = Figures(), here.spent(), time.perf_counter()

    async def one() -> None:
        while time.perf_counter() - began < seconds:
            try:
                await calls(here.house, figures)
            except TimeoutError:
                figures.failed += 1

    await asyncio.gather(*(one() for _ in range(callers)))
    figures.seconds = time.perf_counter() - began
    figures.cpu = {name: now - spent[name] for name, now in here.spent().items()}
    return figures


async def _paced(here: Centre, pace: float, seconds: int) -> Figures:
    """So many calls a second, whether those before are over or not."""
    figures, spent, began = Figures(), here.spent(), time.perf_counter()

    async def one(number: int) -> None:
        await asyncio.sleep(number / pace)
        try:
            await _to_an_agent(here.house, figures)
        except TimeoutError:
            figures.failed += 1

    await asyncio.gather(*(one(number) for number in range(int(pace * seconds))))
    figures.seconds = time.perf_counter() - began
    figures.cpu = {name: now - spent[name] for name, now in here.spent().items()}
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
        call.media.say(sound(CALLER))
        call.press("0")
        await call.heard.until(lambda: call.heard.at, 20)  # type: ignore[attr-defined]
        figures.heard_at[phone.number] = call.heard.at  # type: ignore[attr-defined]
        figures.done += 1
        await asyncio.sleep(GRACE_SECONDS)
    finally:
        await phone.close()


async def _match(here: Centre, figures: Figures) -> None:
    """From the agent's picking up until both had heard: whose agent it was stands in the rows."""
    async with here.house.database.transaction() as tx:
        rows = await tx.rows(select(voice_calls.c.number, voice_calls.c.interaction_id))
    number_of = {str(row["interaction_id"]): row["number"].rpartition(":")[2] for row in rows}
    for talk in here.phones:
        heard_at = figures.heard_at.get(number_of.get(talk.contact, ""))  # type: ignore[attr-defined]
        if heard_at is not None and talk.heard.at:  # type: ignore[attr-defined]
            figures.both.append(max(heard_at, talk.heard.at) - talk.picked_up_at)  # type: ignore[attr-defined]


async def _load(here: Centre, pairs: int, waiting: int, seconds: int) -> dict[str, Any]:
    """Pairs that talk and callers who wait, for so long; gaps and cores in that time."""
    talks = here.phones
    figures, calls = Figures(), []
    await asyncio.sleep(1)  # the agents of the turn before are free again
    talks.clear()
    for number in range(pairs + waiting):
        phone, call = await _dial(here.house, HOTLINE, figures)
        call.media.say(sound(CALLER))
        call.press("0")
        calls.append((phone, call))
        async with asyncio.timeout(30):
            while number < pairs and len(talks) <= number:
                await asyncio.sleep(0.02)
    calls += [(calls[number][0], talk) for number, talk in enumerate(talks[:pairs])]
    await asyncio.sleep(3)  # the last of them hears its first words
    legs = [call.media for _, call in calls]
    before = [(leg.heard.frames, leg.lost) for leg in legs]
    spent, began = here.spent(), time.perf_counter()
    await asyncio.sleep(seconds)
    lasted = time.perf_counter() - began
    cores = {name: (now - spent[name]) / lasted for name, now in here.spent().items()}
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
        "cores_asterisk": round(cores["asterisk"], 2),
        "cores_worker": round(cores["voice_worker"], 2),
        "cores_load": round(cores["load"], 2),
        "cores_a_hundred_pairs": round(100 * (cores["asterisk"] + cores["voice_worker"]) / pairs, 2),
        "recordings": _recordings(here.server),
    }


def _recordings(server: AsteriskServer) -> int:
    """How many legs are being written."""
    return len(list((server.folder / "asterisk/spool/recording").glob("rec-*")))


if __name__ == "__main__":
    main()
