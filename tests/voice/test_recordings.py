"""Conversations are recorded on two legs, not while something secret is said, kept sealed, and heard again."""

from __future__ import annotations

import io
import wave
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from qiao.channels.voice import recordings
from qiao.channels.voice.recorder import remove_outlived, spool
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.channels.voice.sealing import PURPOSE, RecordingChanged, fingerprint, opened, sealed
from qiao.channels.voice.stereo import samples_of, together
from qiao.channels.voice.store import voice_calls
from qiao.platform.signing import Keys
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.staffed import at_work

CALLER, AGENT = 440.0, 1000.0
KEY = bytes(range(32))


def wav(samples: list[int]) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as written:
        written.setparams((1, 2, 8000, 0, "NONE", ""))
        written.writeframes(b"".join(one.to_bytes(2, "little", signed=True) for one in samples))
    return out.getvalue()


def test_a_sealed_recording_opens_only_whole_with_its_key_and_for_its_call() -> None:
    kept = sealed(KEY, b"hello", "recording:1:in")
    assert b"hello" not in kept and sealed(KEY, b"hello", "recording:1:in") != kept
    assert opened(KEY, kept, "recording:1:in") == b"hello"
    for key, told, about in (
        (bytes(32), kept, "recording:1:in"),
        (KEY, kept, "recording:2:in"),
        (KEY, kept[:-1] + bytes([kept[-1] ^ 1]), "recording:1:in"),
        (KEY, b"", "recording:1:in"),
    ):
        with pytest.raises(RecordingChanged):
            opened(key, told, about)
    assert fingerprint(b"a") != fingerprint(b"b")


def test_both_legs_are_heard_side_by_side_and_the_shorter_ends_in_silence() -> None:
    with wave.open(io.BytesIO(together(wav([1, 2, 3]), wav([9])))) as both:
        assert (both.getnchannels(), both.getframerate(), both.getnframes()) == (2, 8000, 3)
        assert both.readframes(3) == b"\x01\x00\x09\x00\x02\x00\x00\x00\x03\x00\x00\x00"


def test_a_recording_whose_writer_died_is_read_as_far_as_it_goes() -> None:
    whole = wav([5, 6, 7])
    unfinished = whole[:40] + bytes(4) + whole[44:] + b"\x01"
    assert list(samples_of(unfinished)) == [5, 6, 7]
    assert list(samples_of(b"")) == []


async def row_of(hotline: Hotline) -> dict[str, object]:
    async with hotline.house.database.transaction() as tx:
        row = await tx.one(select(voice_calls))
        assert row is not None
        return dict(row)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_conversation_is_recorded_on_two_legs_without_what_the_agent_left_out(hotline: Hotline) -> None:
    async with at_work(hotline) as (_, desk_phone), hotline.worker():
        caller = await hotline.phone("+8613700009999")
        call = await caller.call(HOTLINE)
        await call.heard.hear(await hotline.prompt("您好，请按键选择。", "zh-CN"))
        call.press("0")
        talk = await desk_phone.pick_up(seconds=60)

        async def talking() -> bool:
            return (await row_of(hotline))["state"] == "talking"

        await hotline.until(talking)
        contact_id = (await row_of(hotline))["interaction_id"]

        async def speaks(seconds: float) -> None:
            """Both speak at once, and each is heard by the other."""
            at, there = len(call.heard.sound), len(talk.heard.sound)
            call.media.say(tone(CALLER, seconds))
            talk.media.say(tone(AGENT, seconds))
            many = int(seconds * 8000)
            await talk.heard.until(lambda: len(talk.heard.sound) >= there + many, 60)
            await call.heard.until(lambda: len(call.heard.sound) >= at + many, 60)

        await speaks(3)
        async with hotline.house.database.transaction() as tx:
            await recordings.stop(tx, interaction_id=contact_id, on=True)  # type: ignore[arg-type]
            assert await recordings.stands(tx, contact_id) == "stopped"  # type: ignore[arg-type]
        before = {path.name: path.stat().st_size for path in spool(hotline.house).glob("rec-*")}
        assert len(before) == 2
        await speaks(3)
        await caller.close()

        async def kept() -> bool:
            async with hotline.house.database.transaction() as tx:
                many = len(await recordings.recordings_of(tx, contact_id))  # type: ignore[arg-type]
            return many == 2 and not list(spool(hotline.house).glob("rec-*"))  # nothing lies about unsealed

        await hotline.until(kept, 60)
        await desk_phone.close()
    async with hotline.house.database.transaction() as tx:
        legs = {one.leg: one for one in await recordings.recordings_of(tx, contact_id)}  # type: ignore[arg-type]
        audited = await tx.rows(text("select details from audit_entries where act = 'keep.recording'"))
    assert {row["details"]["sha256"] for row in audited} == {one.sha256 for one in legs.values()}
    sounds = {}
    for leg, one in legs.items():
        assert one.file_id is not None
        raw = await hotline.house.files.get(one.file_id)
        sound = opened(hotline.house.get(Keys).key(PURPOSE), raw, recordings.about(one.call_id, leg))
        assert fingerprint(sound) == one.sha256
        sounds[leg] = list(samples_of(sound))
        assert 2 < one.seconds < 5.5, "the second half, which the agent left out, is not in it"
    assert best_share(sounds["in"], CALLER) > 0.8 and best_share(sounds["in"], AGENT) < 0.2
    assert best_share(sounds["out"], AGENT) > 0.8
    hotline.house.clock.offset = timedelta(days=181)  # type: ignore[misc]
    await remove_outlived(hotline.house)
    async with hotline.house.database.transaction() as tx:
        assert all(one.file_id is None for one in await recordings.recordings_of(tx, contact_id))  # type: ignore[arg-type]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_stop_in_which_the_line_to_asterisk_broke_holds_as_soon_as_it_stands(hotline: Hotline) -> None:
    async with at_work(hotline) as (_, desk_phone), hotline.worker() as board:
        caller = await hotline.phone("+8613700009999")
        call = await caller.call(HOTLINE)
        await call.heard.hear(await hotline.prompt("您好，请按键选择。", "zh-CN"))
        call.press("0")
        talk = await desk_phone.pick_up(seconds=60)

        def sizes() -> dict[str, int]:
            return {path.name: path.stat().st_size for path in spool(hotline.house).glob("rec-*")}

        async def written() -> bool:
            return len(sizes()) == 2 and min(sizes().values()) > 8000

        for one in (call, talk):
            one.media.say(tone(CALLER, 60))
        await hotline.until(written, 60)
        [line] = board.lines.values()
        pause = board.ari.pause_recording
        cut: list[str] = []

        async def breaks_once(name: str, *, on: bool) -> None:
            if not cut:
                cut.append(name)
                board.ari.cut()
            await pause(name, on=on)

        board.ari.pause_recording = breaks_once  # type: ignore[method-assign]
        async with hotline.house.database.transaction() as tx:
            await recordings.stop(tx, interaction_id=line.party.interaction_id, on=True)

        async def paused() -> bool:
            return bool(cut) and board.ari.stands.is_set() and line.recorder.doing == "paused"

        await hotline.until(paused, 60)
        before, at = sizes(), len(call.heard.sound)
        await call.heard.until(lambda: len(call.heard.sound) >= at + 16_000, 60)
        assert sizes() == before, "what is said after the stop is not written"
        await caller.close()
        await desk_phone.close()


def best_share(samples: list[int], hertz: float) -> float:
    """How much of the half second with most of it is at this frequency."""
    return max(share_of(samples[at : at + 4000], hertz) for at in range(0, max(len(samples) - 4000, 1), 2000))


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_with_a_full_disk_the_call_goes_on_and_people_see_that_it_is_not_recorded(
    hotline: Hotline, programs: str, voice_folder: Path
) -> None:
    told = hotline.house.settings
    voice = told.voice.model_copy(update={"recording_room_mb": 1_000_000})
    hotline.house.settings = told.model_copy(update={"voice": voice})
    async with at_work(hotline) as (_, desk_phone), hotline.worker():
        caller = await hotline.phone("+8613700009999")
        call = await caller.call(HOTLINE)
        await call.heard.hear(await hotline.prompt("您好，请按键选择。", "zh-CN"))
        call.press("0")
        talk = await desk_phone.pick_up(seconds=60)
        since = len(call.heard.sound)
        talk.media.say(tone(AGENT, 30))
        await call.heard.until(lambda: best_share(call.heard.samples(since), AGENT) > 0.8, 60)
        contact_id = (await row_of(hotline))["interaction_id"]

        async def seen() -> bool:
            async with hotline.house.database.transaction() as tx:
                return await recordings.stands(tx, contact_id) == "no_room"  # type: ignore[arg-type]

        await hotline.until(seen)
        async with hotline.house.database.transaction() as tx:
            assert await recordings.given_up_since(tx, tx.now - timedelta(hours=1)) == (1, 0)
        assert list(spool(hotline.house).glob("rec-*")) == []
        await caller.close()
        await desk_phone.close()
