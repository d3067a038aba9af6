"""A worker of calls: claims those that ring, has each live its life, takes over those of workers that died.

Any number of workers may run, each under a name of its own and with a lease that says it lives. A call belongs to one.
When a worker dies its callers go on hearing what they heard; another finds the lease gone and takes the calls over.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Coroutine
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError

from qiao.channels.voice import calling, marks, on_the_line, outcalls, store
from qiao.channels.voice.adoption import Adoption
from qiao.channels.voice.ari import Ari, AriAway, AriRefused
from qiao.channels.voice.ari_events import (
    AriEvent,
    CallBroadcast,
    ChannelDestroyed,
    ChannelDtmfReceived,
    PlaybackFinished,
    RecordingFailed,
    RecordingFinished,
    StasisEnd,
    StasisStart,
)
from qiao.channels.voice.line import CONGESTION, Line
from qiao.channels.voice.line_talk import Anew, Gone, Look, SpyUp, TakeOver, TalkEvent, Up
from qiao.channels.voice.model import Adopted, Arrived, Call, HungUp, Keyed, Lost, PromptOver
from qiao.channels.voice.model_hosts import NAMED, worker_name
from qiao.channels.voice.model_phrases import Event
from qiao.channels.voice.model_recording import PREFIX as RECORDED
from qiao.channels.voice.model_recording import read_name
from qiao.channels.voice.out_line import ARG as OUT
from qiao.channels.voice.out_line import OutLine, Reached
from qiao.channels.voice.outcalls import PREFIX
from qiao.channels.voice.people import LEG, SPY
from qiao.channels.voice.recorder import ARG as RECORDS
from qiao.channels.voice.recorder import LOOK_SECONDS as SEAL_SECONDS
from qiao.channels.voice.recorder import has_room, seal_left
from qiao.channels.voice.server import ari_password, host_id
from qiao.channels.voice.speech import Speaker
from qiao.channels.voice.store import Party
from qiao.platform.house import House
from qiao.platform.leases import Lease
from qiao.platform.live import ALL

log = structlog.get_logger(__name__)
LOOK_SECONDS: Final = 0.5
STRAYS_SECONDS: Final = 1.5
MOVED: Final = "moved"
EARLY_MAX: Final = 100
"""Keys that are kept for a call while we look whose it is."""
OURS: Final = ("leg-", "spy-", "ear-", PREFIX, RECORDED)
"""How the names of channels begin that we made ourselves."""
SWEEP_SECONDS: Final = 3600.0
UNHEARD_MAX: Final = timedelta(days=7)
"""Prompts that nobody has heard for so long are removed; asked for again, they are spoken again."""


class Switchboard:
    """One worker; `run` until cancelled or its lease is lost."""

    def __init__(self, house: House, speaker: Speaker, *, name: str = "") -> None:
        self.house = house
        self.name = name or worker_name(host_id(house.settings), secrets.token_hex(4))
        self.lines: dict[str, Line] = {}
        """By channel."""
        self.ari = Ari(
            port=house.settings.voice.http_port,
            password=ari_password(house.settings),
            app=self.name,
            on_open=self._compare,
            on_event=self._on_event,
        )
        self._speaker = speaker
        self._doing: set[asyncio.Task[None]] = set()
        self._beginning: dict[str, list[Keyed | HungUp]] = {}
        """Channels that are ours while we look whose they are, with what happens to them meanwhile."""
        self.adoption = Adoption(house, self.ari, self.name, serves=self._serve, starts=self._start)
        self._unclaimed: set[str] = set()
        """Channels that were nobody's at the last look."""
        self._broken: set[UUID] = set()
        """Calls that lost their line here: each is ended once."""

    async def run(self) -> None:
        """Serve. Raises NameTaken."""
        async with Lease(self.house.database, store.lease_of(self.name)) as lease:
            parts = [
                asyncio.ensure_future(one)
                for one in (
                    self.ari.run(),
                    self._adopt_left(),
                    self._look(),
                    self._again(SWEEP_SECONDS, self._swept),
                    self._again(SEAL_SECONDS, self._sealed),
                    self._again(SEAL_SECONDS, self._room_seen),
                    self._again(on_the_line.BEAT_SECONDS, self._answered_for),
                    lease.lost.wait(),
                )
            ]
            try:
                await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
                for part in parts:
                    if part.done():
                        await part
            finally:
                for tasks in (list(self._doing), parts):  # calls first: they may have a last word for Asterisk
                    for task in tasks:
                        task.cancel()
                    await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._guarded(work))
        self._doing.add(task)
        task.add_done_callback(self._doing.discard)

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except (AriAway, AriRefused) as error:
            log.warning("voice.asterisk_away", error=str(error)[:200])
        except (DBAPIError, DriverError, OSError) as error:
            log.warning("voice.database_away", error=type(error).__name__)
        except Exception:
            log.exception("voice.call_broke")

    def _on_event(self, event: AriEvent) -> None:
        match event:
            case CallBroadcast(channel=channel):
                self._start(self._claim(channel.id))
            case StasisStart(channel=channel, args=args, timestamp=at):
                if args[:1] == [MOVED]:
                    self._tell(channel.id, Adopted())
                elif args[:1] == [LEG]:
                    self._tell_talk(channel.id, lambda leg_id: Up(leg_id, at))
                elif args[:1] == [OUT]:
                    self._tell(channel.id, Reached())
                elif args[:1] == [RECORDS]:
                    self._record(channel.id)
                elif args[:1] == [SPY] and len(args) > 1:
                    self._tell_talk(f"leg-{args[1]}", lambda leader_id: SpyUp(leader_id, channel.id))
                elif (line := self.lines.get(channel.id)) is not None:
                    line.tell(Adopted())  # the dialplan kept him company meanwhile
                elif not channel.id.startswith(OURS):
                    self._beginning[channel.id] = []
                    self._start(self._begin(calling.Arrival(channel, *[*args, "", "", ""][:3])))
            case ChannelDtmfReceived(channel=channel, digit=digit):
                self._tell_soon(channel.id, Keyed(digit))
            case PlaybackFinished(playback=playback):
                over = PromptOver(playback.id, heard=playback.state != "failed")
                self._tell(playback.target_uri.removeprefix("channel:"), over)
            case RecordingFinished(recording=written) | RecordingFailed(recording=written):
                for line in self._recorded(written.name):
                    line.recorder.ended()
            case ChannelDestroyed(channel=channel, cause=cause, timestamp=at) if channel.id.startswith("leg-"):
                self._tell_talk(channel.id, lambda leg_id: Gone(leg_id, cause, at))
            case ChannelDestroyed(channel=channel, cause=cause):
                self._tell_soon(channel.id, HungUp(cause))
            case StasisEnd(channel=channel):
                self._tell_soon(channel.id, HungUp())

    def _tell(self, channel: str, event: Event | TalkEvent) -> None:
        if (line := self.lines.get(channel)) is not None:
            line.tell(event)

    def _tell_soon(self, channel: str, event: Keyed | HungUp) -> None:
        """As `_tell`; whoever keys or hangs up while we look who he is has not done so in vain."""
        early = self._beginning.get(channel)
        if early is None:
            self._tell(channel, event)
        elif len(early) < EARLY_MAX or isinstance(event, HungUp):
            early.append(event)

    def _tell_talk(self, channel: str, event: Callable[[UUID], TalkEvent]) -> None:
        """Tell the line in whose conversation this leg is."""
        with contextlib.suppress(ValueError):
            leg_id = UUID(channel.removeprefix("leg-"))
            for line in self.lines.values():
                if line.people.talk.of(leg_id) is not None:
                    line.tell(event(leg_id))

    def _record(self, listener: str) -> None:
        """What listens to a leg is ours: its call has it write."""
        for line in self._recorded(listener):
            self._start(line.recorder.begun(listener))

    def _recorded(self, name: str) -> list[Line]:
        """Whose recording it is."""
        told = read_name(name)
        return [line for line in self.lines.values() if told is not None and str(line.call.id) == told[0]]

    async def _again(self, seconds: float, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        while True:
            await self._guarded(work())
            await asyncio.sleep(seconds)

    async def _sealed(self) -> None:
        """Keep what was recorded of calls that are over, whoever recorded it."""
        await seal_left(self.house)

    async def _room_seen(self) -> None:
        """Look whether what is recorded may go on: a disk fills while people talk, and Asterisk does not say so."""
        if any(line.recorder.doing != "off" or line.recorder.owes for line in self.lines.values()):
            room = await asyncio.to_thread(has_room, self.house)
            for line in list(self.lines.values()):
                if line.recorder.seen(room=room):
                    line.tell(Look())

    async def _answered_for(self) -> None:
        """Let nobody be thought gone who talks."""
        await on_the_line.answer_for(self.house, [line.people for line in self.lines.values()])

    async def _look(self) -> None:
        """Have lines look again whenever rows about their contacts have changed, whoever changed them."""
        async with self.house.hub.subscribe() as hints:
            while True:
                told = await hints.get()
                for line in list(self.lines.values()):
                    if ALL in told or f"interaction:{line.party.interaction_id}" in told:
                        line.tell(Look())

    async def _claim(self, channel: str) -> None:
        await self.ari.claim(channel)

    async def _begin(self, arrival: calling.Arrival) -> None:
        """Pick up, and only then ask who it is: nobody listens to a ringing tone while we look."""
        channel = arrival.channel.id
        try:
            await self.ari.answer(channel)
            call, party, goes_on = await marks.begun(self.house, self.ari, arrival, self.name)
        except BaseException:  # also when this worker ends just now: nobody would know of him
            with contextlib.suppress(AriAway, AriRefused):
                await asyncio.shield(self.ari.give_back(channel, mine=True))
            raise
        finally:
            early = self._beginning.pop(channel, [])
        log.info("voice.call", call=str(call.id), trunk=arrival.trunk, dialled=arrival.dialled, goes_on=goes_on)
        line = self._line(call, party)
        for event in (Adopted() if goes_on else Arrived(), *early):
            line.tell(event)
        await self._live(line)

    def _line(self, call: Call, party: Party) -> Line:
        kind = OutLine if outcalls.is_out(party) else Line
        line = kind(self.house, self.ari, self._speaker, self.name, call, party)
        self.lines[call.channel] = line
        return line

    def _serve(self, call: Call, party: Party) -> Line:
        line = self._line(call, party)
        self._start(self._live(line))
        return line

    async def _live(self, line: Line) -> None:
        try:
            await line.run()
        finally:
            self.lines.pop(line.call.channel, None)

    async def _compare(self) -> None:
        """The connection stands anew. Calls that went meanwhile are over; what happened to the others, nobody told."""
        there = frozenset(channel.id for channel in await self.ari.channels())
        for channel, line in list(self.lines.items()):
            if self.adoption.waits(line):
                continue
            if isinstance(line, OutLine) and not line.reached and line.call.state == "waiting":
                line.tell(Anew(there))
            elif channel not in there:
                line.tell(Lost())
            else:
                await self.ari.stop_playing(line.call.prompt)
                line.tell(TakeOver(there))
                line.tell(Adopted())

    async def _adopt_left(self) -> None:
        """Take over, again and again, what dead workers left; while Asterisk is dead, no call of anybody's lives."""
        looked_at = 0.0
        while True:
            with contextlib.suppress(AriAway, AriRefused, DBAPIError, DriverError, OSError):
                if self.ari.dead.is_set():
                    self._all_lost()
                    await self.adoption.none_lives()
                elif self.ari.stands.is_set():
                    await self.adoption.look()
                    if asyncio.get_running_loop().time() - looked_at >= STRAYS_SECONDS:
                        looked_at = asyncio.get_running_loop().time()
                        await self._look_for_strays()
            await asyncio.sleep(LOOK_SECONDS)

    async def _look_for_strays(self) -> None:
        """Callers whom no worker knows of (it died between picking up and writing down), and rows without a line.

        The dialplan keeps such a caller company and offers him again. Only who was nobody's twice is one: a call that
        has just come is ours before we have heard of it.
        """
        applications = [one for one in await self.ari.applications() if one.name.startswith(NAMED)]
        with_us = set(self.lines) | set(self._beginning)
        async with self.house.database.transaction() as tx:
            left = [one for one in applications if one.name == self.name or not await store.lives(tx, one.name)]
            found = {told for one in left for told in one.channel_ids if not told.startswith(OURS)} - with_us
            twice, self._unclaimed = found & self._unclaimed, found
            broken = await store.without_line(tx, self.name, self.lines)
        for channel, stands in (await marks.standing(self.house, self.ari, twice - set(self.lines))).items():
            if stands == "unwritten":
                log.warning("voice.stray", channel=channel)
                await self.ari.give_back(channel)
            elif stands == "over":
                log.warning("voice.over_but_there", channel=channel)
                await self.ari.hang_up(channel, CONGESTION)
        ended, self._broken = self._broken, {call.id for call, _ in broken}
        for call, party in broken:
            if call.id in ended:
                continue
            log.error("voice.call_without_line", call=str(call.id))
            await self.ari.hang_up(call.channel, CONGESTION)
            self._serve(call, party).tell(Lost())

    def _all_lost(self) -> None:
        for line in list(self.lines.values()):
            if line.reached or line.call.state != "waiting":
                line.tell(Lost())

    async def _swept(self) -> None:
        await asyncio.to_thread(self._speaker.sweep, self.house.clock.now() - UNHEARD_MAX)
