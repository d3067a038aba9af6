"""A worker of calls: claims those that ring, has each live its life, takes over those of workers that died.

Any number of workers may run, each under a name of its own and with a lease that says it lives. A call belongs to one.
When a worker dies its callers go on hearing what they heard; another finds the lease gone and takes the calls over.
"""

import asyncio
import contextlib
import secrets
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, Final

import structlog
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError

from qiao.channels.voice import calling, store
from qiao.channels.voice.ari import Ari, AriAway, AriRefused
from qiao.channels.voice.ari_events import (
    AriEvent,
    CallBroadcast,
    ChannelDestroyed,
    ChannelDtmfReceived,
    PlaybackFinished,
    StasisEnd,
    StasisStart,
)
from qiao.channels.voice.line import Line
from qiao.channels.voice.model import Adopted, Arrived, Call, HungUp, Keyed, Lost, PromptOver, prompt_id
from qiao.channels.voice.server import ari_password
from qiao.channels.voice.speech import Speaker
from qiao.channels.voice.store import Party
from qiao.platform.house import House
from qiao.platform.leases import Lease

log = structlog.get_logger(__name__)
LOOK_SECONDS: Final = 0.5
MOVED: Final = "moved"
SWEEP_SECONDS: Final = 3600.0
UNHEARD_MAX: Final = timedelta(days=7)
"""Prompts that nobody has heard for so long are removed; asked for again, they are spoken again."""


class Switchboard:
    """One worker; `run` until cancelled or its lease is lost."""

    def __init__(self, house: House, speaker: Speaker, *, name: str = "") -> None:
        self.house = house
        self.name = name or f"qiao-{secrets.token_hex(4)}"
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

    async def run(self) -> None:
        """Serve. Raises NameTaken."""
        async with Lease(self.house.database, store.lease_of(self.name)) as lease:
            parts = [
                asyncio.ensure_future(one)
                for one in (self.ari.run(), self._adopt_left(), self._sweep(), lease.lost.wait())
            ]
            try:
                await asyncio.wait(parts, return_when=asyncio.FIRST_COMPLETED)
                for part in parts:
                    if part.done():
                        await part
            finally:
                for task in (*parts, *self._doing):
                    task.cancel()
                await asyncio.gather(*parts, *self._doing, return_exceptions=True)

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
            case StasisStart(channel=channel, args=args):
                if args[:1] == [MOVED]:
                    if (line := self.lines.get(channel.id)) is not None:
                        line.tell(Adopted())
                elif channel.id not in self.lines:
                    dialled, trunk = [*args, "", ""][:2]
                    self._start(self._begin(calling.Arrival(channel, dialled, trunk)))
            case ChannelDtmfReceived(channel=channel, digit=digit):
                if (line := self.lines.get(channel.id)) is not None:
                    line.tell(Keyed(digit))
            case PlaybackFinished(playback=playback):
                if (line := self.lines.get(playback.target_uri.removeprefix("channel:"))) is not None:
                    line.tell(PromptOver(playback.id))
            case StasisEnd(channel=channel) | ChannelDestroyed(channel=channel):
                if (line := self.lines.get(channel.id)) is not None:
                    line.tell(HungUp())

    async def _claim(self, channel: str) -> None:
        await self.ari.claim(channel)

    async def _begin(self, arrival: calling.Arrival) -> None:
        """Pick up, and only then ask who it is: nobody listens to a ringing tone while we look."""
        channel = arrival.channel.id
        await self.ari.answer(channel)
        try:
            call, party = await calling.begin(self.house, arrival, self.name)
        except Exception:
            with contextlib.suppress(AriAway, AriRefused):
                await self.ari.give_back(channel)
            raise
        log.info("voice.call", call=str(call.id), trunk=arrival.trunk, dialled=arrival.dialled)
        line = self._line(call, party)
        line.tell(Arrived())
        with contextlib.suppress(AriAway, AriRefused):
            await line.mark()
        await self._live(line)

    def _line(self, call: Call, party: Party) -> Line:
        line = Line(self.house, self.ari, self._speaker, self.name, call, party)
        self.lines[call.channel] = line
        return line

    async def _live(self, line: Line) -> None:
        try:
            await line.run()
        finally:
            self.lines.pop(line.call.channel, None)

    async def _compare(self) -> None:
        """The connection stands anew: calls that went meanwhile are over; those of the dead are looked for."""
        there = {channel.id for channel in await self.ari.channels()}
        for channel, line in self.lines.items():
            if channel not in there:
                line.tell(Lost())

    async def _adopt_left(self) -> None:
        """Take over, again and again, what dead workers left."""
        while True:
            await self.ari.stands.wait()
            with contextlib.suppress(AriAway, AriRefused, DBAPIError, DriverError, OSError):
                await self._adopt()
            await asyncio.sleep(LOOK_SECONDS)

    async def _sweep(self) -> None:
        while True:
            await asyncio.to_thread(self._speaker.sweep, self.house.clock.now() - UNHEARD_MAX)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _adopt(self) -> None:
        there = {channel.id for channel in await self.ari.channels()}
        async with self.house.database.transaction() as tx:
            left = await store.adopt(tx, self.name)
        for call, party, before in left:
            log.warning("voice.call_adopted", call=str(call.id), state=call.state)
            line = self._line(call, party)
            self._start(self._live(line))
            if call.channel not in there or not await self._moved_here(call, before):
                line.tell(Lost())

    async def _moved_here(self, call: Call, before: str) -> bool:
        """Ask for a channel; it is ours when StasisStart says so, and deaf until then. False: it is gone.

        It would not come before the prompt that its dead worker left playing is over.
        """
        await self.ari.stop_playing(prompt_id(call, call.prompts))
        try:
            await self.ari.move_here(call.channel, before)
        except AriRefused:
            return False
        return True
