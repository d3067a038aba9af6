"""Whether anything tells a secret that was keyed: a row, a log, an event, or the sound of a recording."""

from __future__ import annotations

import array
from typing import TYPE_CHECKING

from sqlalchemy import select, text, update

from qiao.bss.sandbox.filling import mark
from qiao.bss.sandbox.store import holdings
from qiao.channels.voice import recordings
from qiao.channels.voice.recorder import spool
from qiao.channels.voice.recordings import voice_recordings
from qiao.channels.voice.sandbox.sound import FRAME, KEY_COLUMNS, KEY_ROWS, KEYPAD, loudness, share_of
from qiao.channels.voice.sealing import PURPOSE, opened
from qiao.channels.voice.stereo import samples_of
from qiao.platform.signing import Keys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiao.kernel.service_ids import ServiceId
    from qiao.platform.house import House
    from tests.voice.centre import Hotline

QUIET = 50.0
"""Below that there is no key in a piece of sound."""


async def choose_password(house: House, service: ServiceId, password: str) -> None:
    """The customer's service password at the operator is this."""
    async with house.database.transaction() as tx:
        mine = update(holdings).where(holdings.c.service == str(service))
        await tx.execute(mine.values(password_mark=mark(service, password)))


async def nothing_tells(hotline: Hotline, secret: str, *, said: str = "") -> None:
    """Neither a row of any table, nor an event, a file of Asterisk or ours, a log (`said`), or a sound."""
    async with hotline.house.database.transaction() as tx:
        tables = await tx.rows(
            text("select schemaname, tablename from pg_tables where schemaname !~ '^(pg_|information)'")
        )
        for table in tables:
            name = f'"{table["schemaname"]}"."{table["tablename"]}"'
            found = text(f"select count(*) from {name} one where position(:secret in one::text) > 0")
            assert await tx.scalar(found, {"secret": secret}) == 0, name
    assert {"events", "parked_events", "audit_entries", "messages"} <= {table["tablename"] for table in tables}
    assert secret not in said
    files = [path for path in hotline.server.folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        raw = path.read_bytes()
        assert secret.encode() not in raw, path
        if path.parent == spool(hotline.house):
            assert secret not in keys_in(samples_of(raw)), path
    for sound in (await kept_sounds(hotline)).values():
        assert secret not in keys_in(sound)


async def kept_sounds(hotline: Hotline) -> dict[str, Sequence[int]]:
    """What was kept of the newest recorded call, by leg."""
    async with hotline.house.database.transaction() as tx:
        rows = await tx.rows(select(voice_recordings).order_by(voice_recordings.c.at.desc()).limit(2))
    sounds: dict[str, Sequence[int]] = {}
    for row in rows:
        raw = await hotline.house.files.get(row["file_id"])
        key = hotline.house.get(Keys).key(PURPOSE)
        sounds[row["leg"]] = samples_of(opened(key, raw, recordings.about(row["call_id"], row["leg"])))
    return sounds


def keys_in(samples: Sequence[int]) -> str:
    """The keys that can be heard in a sound, in their order, as any listener with a decoder would write them down."""
    keys, last = "", ""
    plain = array.array("h", samples)
    for at in range(0, len(plain) - FRAME + 1, FRAME):
        now = _key(plain[at : at + FRAME])
        keys += now if now != last else ""
        last = now
    return keys


def _key(piece: Sequence[int]) -> str:
    """The key of 20 ms of sound; "" for none."""
    if loudness(piece) < QUIET:
        return ""
    found = []
    for group in (KEY_ROWS, KEY_COLUMNS):
        shares = [share_of(piece, hertz) for hertz in group]
        if max(shares) < 0.25:
            return ""
        found.append(shares.index(max(shares)))
    return KEYPAD[found[0] * 4 + found[1]]
