"""Records a call while people talk in it: each leg by a listener of its own, stopped while something secret is said.

Sealing is another loop's work, so that whoever recorded may die: what lies in the folder and belongs to no call that
goes on is kept, once.
"""

import asyncio
import contextlib
import shutil
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import structlog
from psycopg import Error as DriverError
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from qiao.channels.voice import recordings
from qiao.channels.voice.ari import GONE, THERE_ALREADY, Ari, AriAway, AriRefused
from qiao.channels.voice.model_recording import LEGS, PREFIX, Lack, Wanted, lack, name_of, read_name, wanted
from qiao.channels.voice.sealing import PURPOSE, fingerprint, sealed
from qiao.channels.voice.server import voice_folder
from qiao.channels.voice.stereo import RATE, samples_of
from qiao.channels.voice.store import voice_calls
from qiao.platform.files import held
from qiao.platform.house import House
from qiao.platform.signing import Keys

log = structlog.get_logger(__name__)
ARG: Final = "rec"
"""First word of what Asterisk tells when a listener is ours."""
SETTLED: Final = timedelta(seconds=3)
"""So long after a call's end its files are whole."""
LOOK_SECONDS: Final = 2.0
MEGABYTE: Final = 1_000_000


def spool(house: House) -> Path:
    """Where Asterisk writes while it records; nobody else may look there."""
    return voice_folder(house.settings) / "asterisk" / "spool" / "recording"


def has_room(house: House) -> bool:
    """Whether the disk has room for recordings; calls themselves need none."""
    with contextlib.suppress(OSError):
        return shutil.disk_usage(spool(house)).free >= house.settings.voice.recording_room_mb * MEGABYTE
    return False


@dataclass
class Recorder:
    """Of one call. What it was told last is what it does."""

    house: House
    ari: Ari
    call_id: UUID
    channel: str
    doing: Wanted = "off"
    room: bool = True
    """As last seen while it was recorded; before it begins we look anew."""
    given_up: bool = False
    """It is not recorded any more, and nothing of ours listens."""
    ended_at: float | None = None
    """When Asterisk ended a leg that we had not; seconds of the loop's clock."""
    owes: bool = False
    """It is to be given up, which could not be written."""

    async def look(self, *, talking: bool, secret: bool, stopped: bool, given_up: bool) -> None:
        """Have the recording as it must be now. Asked again and again; what is as it must be stays.

        `given_up`: rows say that it is recorded no more, whichever worker wrote that.
        """
        if not self._days or (not talking and self.doing == "off") or self.given_up:
            return
        if talking and not given_up and (why := await self._lacks()) is not None:
            self.owes = not await self._written(why)
            if self.owes:
                return
            given_up = True
        if given_up:
            await self._stop()
            self.doing, self.given_up = "off", True
            return
        await self.follow(wanted(talking=talking, secret=secret, stopped=stopped, given_up=given_up))

    def seen(self, *, room: bool) -> bool:
        """The worker has looked how much room there is; whether that has this call's line look again."""
        self.room = room
        return self.owes or (self.doing != "off" and self._lack(begun=True) is not None)

    def ended(self) -> None:
        """Asterisk has ended the recording of a leg. As we wanted, when we have ended it ourselves."""
        if self.doing != "off" and self.ended_at is None:
            self.ended_at = asyncio.get_running_loop().time()

    def _lack(self, *, begun: bool) -> Lack | None:
        since = self.ended_at
        for_seconds = None if since is None else asyncio.get_running_loop().time() - since
        return lack(room=self.room, begun=begun, ended_seconds=for_seconds)

    async def _lacks(self) -> Lack | None:
        if self.doing == "off":
            self.room = await asyncio.to_thread(has_room, self.house)
        if self._lack(begun=True) is None:
            return None
        return self._lack(begun=await asyncio.to_thread(self._begun))

    async def _written(self, why: Lack) -> bool:
        """On record, where the agent and his team leader see it; False while the database is away: no call ends so."""
        log.warning("voice.recording_given_up", call=str(self.call_id), why=why)
        try:
            async with self.house.database.transaction() as tx:
                await recordings.give_up(tx, call_id=self.call_id, why=why, days=self._days)
        except (DBAPIError, DriverError, OSError) as error:
            log.warning("voice.not_written", call=str(self.call_id), error=type(error).__name__)
            return False
        return True

    @property
    def _days(self) -> int:
        return self.house.settings.voice.recording_days

    def _begun(self) -> bool:
        """Whether something of it lies there, whichever worker had it written."""
        return any((spool(self.house) / f"{name_of(self.call_id, leg)}.wav").exists() for leg in LEGS)

    async def _stop(self) -> None:
        for leg in LEGS:
            await self.ari.hang_up(name_of(self.call_id, leg))

    async def begun(self, listener: str) -> None:
        """A listener is ours now: have it write, unless it must not by now; gone already is as good."""
        try:
            await self.ari.record(listener, listener)
        except AriRefused as refused:
            if refused.status not in {GONE, THERE_ALREADY}:
                self.ended()
        if self.doing == "paused":
            await self.ari.pause_recording(listener, on=True)

    async def follow(self, now: Wanted) -> None:
        """Begin, pause, go on or end. The same again: nothing. Raises AriAway, after which all of it is asked again."""
        if now == self.doing:
            return
        before, self.doing = self.doing, now
        if before == "off":
            self.ended_at = None
        try:
            await self._follow(before, now)
        except AriAway:  # nobody knows how much of it was done: as if a worker before us had begun it
            self.doing = "off" if now != "off" else before
            raise

    async def _follow(self, before: Wanted, now: Wanted) -> None:
        if now == "off":
            await self._stop()
            return
        for leg in LEGS:
            name = name_of(self.call_id, leg)
            if before == "off":
                try:
                    await self.ari.listen(self.channel, name, leg, [ARG])
                except AriRefused:  # the worker before has begun it, and it goes on: we hear how
                    with contextlib.suppress(AriRefused):
                        await self.ari.watch(f"channel:{name}")
            await self.ari.pause_recording(name, on=now == "paused")


async def seal_left(house: House) -> int:
    """Keep what lies in the folder and is of calls that are over; how many legs."""
    kept = 0
    for path, call_id, leg in await _to_seal(house):
        try:
            if await _seal(house, path, call_id, leg):
                kept += 1
        except Exception:  # one that cannot be kept must not keep the others from it
            log.exception("voice.recording_not_sealed", file=path.name)
    return kept


async def _to_seal(house: House) -> list[tuple[Path, UUID, str]]:
    """What is whole and not on record, asked for all that lies there at once; what is on record goes."""
    there = await asyncio.to_thread(lambda: sorted(spool(house).glob(f"{PREFIX}*.wav")))
    found = [(path, *named) for path in there if (named := _named(path)) is not None]
    if not found:
        return []
    async with house.database.transaction() as tx:
        ended = voice_calls.c.id.in_({call_id for _, call_id, _ in found}) & voice_calls.c.ended_at.is_not(None)
        rows = await tx.rows(select(voice_calls.c.id, voice_calls.c.ended_at).where(ended))
        whole = {row["id"] for row in rows if tx.now - row["ended_at"] >= SETTLED}
        known = await recordings.known(tx, whole)
    for path, call_id, leg in found:
        if (call_id, leg) in known:
            await asyncio.to_thread(path.unlink, missing_ok=True)
    return [one for one in found if one[1] in whole and one[1:] not in known]


def _named(path: Path) -> tuple[UUID, str] | None:
    told = read_name(path.stem)
    with contextlib.suppress(ValueError):
        return (UUID(told[0]), told[1]) if told is not None else None
    return None


async def _seal(house: House, path: Path, call_id: UUID, leg: str) -> bool:
    sound = await asyncio.to_thread(path.read_bytes)
    key = house.get(Keys).key(PURPOSE)
    content = await asyncio.to_thread(sealed, key, sound, recordings.about(call_id, leg))
    async with held(house.files, content) as file, house.database.transaction() as tx:
        mine = text("select pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
        if not await tx.scalar(mine, {"name": path.name}):
            return False
        seconds = len(samples_of(sound)) / RATE
        days = house.settings.voice.recording_days
        told = {"file_id": file.id, "sha256": fingerprint(sound), "seconds": seconds, "days": days}
        file.named = await recordings.keep(tx, call_id=call_id, leg=leg, **told)  # type: ignore[arg-type]
    await asyncio.to_thread(path.unlink, missing_ok=True)
    return file.named


async def remove_outlived(house: House) -> None:
    """The rule's time is over: off the record, then off the disk."""
    while True:
        async with house.database.transaction() as tx:
            gone = await recordings.outlived(tx)
        for file_id in gone:
            await house.files.delete(file_id)
        if not gone:
            return
