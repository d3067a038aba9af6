"""A real call heard again over HTTP: by right and unit, each time on record, in parts, and not once it was changed."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import func, select

from qiao import interactions, staff
from qiao.bss import Operator
from qiao.bss.sandbox import CAST
from qiao.bss.sandbox.people import UNITS
from qiao.channels.voice import recordings
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import InteractionId, UnitId, unit_id_of
from qiao.platform import sessions
from qiao.platform.audit import audit_entries
from qiao.platform.signing import Keys
from tests.standing_app import moved_into
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.staffed import at_work

if TYPE_CHECKING:
    from litestar import Litestar

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
MARY = CAST[4]
CALLER, AGENT = 440.0, 1000.0
SECONDS = 2


async def recorded(hotline: Hotline) -> tuple[InteractionId, UnitId, list[recordings.Recording]]:
    """A customer and an agent have talked, and both sides of it are sealed."""
    async with at_work(hotline) as (_, desk_phone), hotline.worker():
        caller = await hotline.phone(MARY.service.value)
        call = await caller.call(HOTLINE)
        await call.heard.hear(await hotline.prompt("Hello. Please press a key.", "en"))
        call.press("0")
        talk = await desk_phone.pick_up(seconds=60)

        await hotline.talks()
        call.media.say(tone(CALLER, 30))
        talk.media.say(tone(AGENT, 30))
        many = SECONDS * 8000
        await talk.heard.until(lambda: share_of(talk.heard.samples()[-many:], CALLER) > 0.8, 60)
        await call.heard.until(lambda: share_of(call.heard.samples()[-many:], AGENT) > 0.8, 60)
        await caller.close()
        async with hotline.house.database.transaction() as tx:
            contact_id = InteractionId(await tx.scalar(select(voice_calls.c.interaction_id)))

        async def kept() -> list[recordings.Recording]:
            async with hotline.house.database.transaction() as tx:
                found = await recordings.recordings_of(tx, contact_id)
            return found if len(found) == 2 else []

        legs = await hotline.until(kept, 60)
        await desk_phone.close()
    async with hotline.house.database.transaction() as tx:
        unit_id = (await interactions.interaction(tx, contact_id)).unit_id
    assert unit_id is not None
    return contact_id, unit_id, legs


async def browser(hotline: Hotline, app: Litestar, role: str, code: str) -> httpx.AsyncClient:
    """Of somebody with this role in this unit."""
    async with hotline.house.database.transaction() as tx:
        unit_id = await staff.ensure_unit(tx, code=code, name=code)
        await staff.ensure_built_in_roles(tx)
        agent_id = await staff.create_agent(
            tx, login=f"a{uuid4().hex[:8]}", name="Liu", password_hash="x", unit_id=unit_id, roles=(role,)
        )
        token, _ = await sessions.begin(tx, audience="staff", subject_id=agent_id, seconds_max=3600, language="en")
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
        base_url=hotline.house.settings.address,
        cookies={"qiao_staff": token},
        headers={"accept-language": "en"},
    )


async def heard_on_record(hotline: Hotline, contact_id: UUID) -> int:
    wanted = select(func.count()).where(
        audit_entries.c.act == "view.recording", audit_entries.c.interaction_id == contact_id
    )
    async with hotline.house.database.transaction() as tx:
        return int(await tx.scalar(wanted))


def best_share(samples: list[int], hertz: float) -> float:
    return max(share_of(samples[at : at + 4000], hertz) for at in range(0, max(len(samples) - 4000, 1), 2000))


def changed(path: Path) -> bytes:
    """One bit of what lies on the disk is another; what was there before."""
    before = path.read_bytes()
    path.write_bytes(before[:-1] + bytes([before[-1] ^ 1]))
    return before


async def test_a_recording_is_heard_again_by_right_each_time_on_record_in_parts_and_never_once_it_was_changed(
    hotline: Hotline, monkeypatch: pytest.MonkeyPatch
) -> None:
    contact_id, unit_id, legs = await recorded(hotline)
    house, app = moved_into(hotline.house, hotline.house.get(Operator))  # type: ignore[type-abstract]
    monkeypatch.setitem(house.ports, Keys, hotline.house.get(Keys))
    mine = next(code for code in UNITS if unit_id_of(code) == unit_id)
    page, sound = f"/desk/recordings/{contact_id}", f"/desk/recordings/{contact_id}/sound"
    leader = await browser(hotline, app, "team_leader", mine)
    agent = await browser(hotline, app, "agent", mine)
    stranger = await browser(hotline, app, "team_leader", "elsewhere")
    try:
        for person, status in ((agent, 403), (stranger, 404)):
            for path in (page, sound):
                answer = await person.get(path)
                assert answer.status_code == status and b"RIFF" not in answer.content, path
        assert await heard_on_record(hotline, contact_id) == 0, "nobody has heard anything"

        shown = await leader.get(page)
        assert shown.status_code == 200 and sound in shown.text and legs[0].sha256 in shown.text
        whole = await leader.get(sound)
        assert whole.status_code == 200 and whole.headers["content-type"] == "audio/wav"
        assert whole.headers["accept-ranges"] == "bytes" and whole.headers["cache-control"] == "no-store"
        with wave.open(io.BytesIO(whole.content)) as both:
            assert (both.getnchannels(), both.getframerate()) == (2, 8000)
            samples = memoryview(both.readframes(both.getnframes())).cast("h").tolist()
        left, right = samples[::2], samples[1::2]
        assert best_share(left, CALLER) > 0.8 and best_share(left, AGENT) < 0.2, "the customer on the left"
        assert best_share(right, AGENT) > 0.8, "what he heard on the right"
        assert await heard_on_record(hotline, contact_id) == 1

        size = len(whole.content)
        part = await leader.get(sound, headers={"range": "bytes=1000-1999"})
        assert part.status_code == 206 and part.content == whole.content[1000:2000]
        assert part.headers["content-range"] == f"bytes 1000-1999/{size}"
        rest = await leader.get(sound, headers={"range": "bytes=-10", "if-range": whole.headers["etag"]})
        assert rest.status_code == 206 and rest.content == whole.content[-10:]
        other = await leader.get(sound, headers={"range": "bytes=0-9", "if-range": '"another"'})
        assert other.status_code == 200 and other.content == whole.content
        behind = await leader.get(sound, headers={"range": f"bytes={size}-"})
        assert behind.status_code == 416 and behind.headers["content-range"] == f"bytes */{size}"
        assert behind.content == b""
        assert await heard_on_record(hotline, contact_id) == 5, "each time"

        (lies,) = (hotline.house.settings.data_folder / "files").rglob(str(legs[0].file_id))
        before = changed(lies)
        for asked in ({}, {"range": "bytes=0-99"}):
            refused = await leader.get(sound, headers=asked)
            assert refused.status_code == 409 and b"RIFF" not in refused.content
        lies.write_bytes(before)
        assert (await leader.get(sound)).content == whole.content
        lies.unlink()
        assert (await leader.get(sound)).status_code == 409
    finally:
        for person in (leader, agent, stranger):
            await person.aclose()
