"""A recording that cannot go on while people talk: they talk on, see it, and what was written until then is kept."""

from __future__ import annotations

from contextlib import AsyncExitStack
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest
from sqlalchemy import select, text

from qiao import interactions, routing
from qiao.bss.sandbox import CAST
from qiao.channels.voice import recordings, store
from qiao.channels.voice.ari import Ari, AriAway
from qiao.channels.voice.model import Call
from qiao.channels.voice.model_recording import LEGS, PREFIX, Lack
from qiao.channels.voice.recorder import Recorder, spool
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.channels.voice.sealing import PURPOSE, fingerprint, opened
from qiao.channels.voice.stereo import samples_of
from qiao.interactions import line_of
from qiao.kernel.ids import FileId, InteractionId, new_id
from qiao.platform.audit import audit_entries
from qiao.platform.signing import Keys
from tests.voice.centre import HOTLINE
from tests.voice.staffed import at_work

if TYPE_CHECKING:
    from qiao.channels.voice import Switchboard
    from qiao.channels.voice.sandbox import Softphone
    from qiao.channels.voice.sandbox.answering import AnsweringPhone
    from qiao.channels.voice.sandbox.softphone import PhoneCall
    from qiao.platform.database import Transaction
    from qiao.platform.house import House
    from tests.voice.centre import Hotline

CALLER, AGENT = 440.0, 1000.0
HALF_A_SECOND = 4000
ALL_THE_ROOM_MB = 1_000_000_000
MARY = CAST[4]


async def talking_with(tx: Transaction) -> Call:
    """A call that is being talked in."""
    contact = await interactions.start_interaction(tx, channel="voice", language="en", entry_point="hotline")
    call = Call(new_id(), f"ch-{new_id()}", state="talking", queued_at=tx.now, answered_at=tx.now)
    party = store.Party("sea", "", "10086", None, contact.id, new_id(), "hotline", "en", "")
    await store.keep_new(tx, call, party, "qiao-test")
    return call


async def contact_of(tx: Transaction, call: Call) -> InteractionId:
    mine = select(store.voice_calls.c.interaction_id).where(store.voice_calls.c.id == call.id)
    return InteractionId(await tx.scalar(mine))


async def audited(tx: Transaction, contact_id: UUID, act: str) -> list[dict[str, object]]:
    mine = (audit_entries.c.interaction_id == contact_id) & (audit_entries.c.act == act)
    return [row["details"] for row in await tx.rows(select(audit_entries.c.details).where(mine))]


async def kept_leg(tx: Transaction, call: Call, leg: str) -> bool:
    file_id = FileId(new_id())
    return await recordings.keep(
        tx, call_id=call.id, leg=leg, file_id=file_id, sha256=f"of {leg}", seconds=4.4, days=180
    )


@pytest.mark.parametrize("why", ["room_ended", "broke_off"])
async def test_what_was_written_before_a_recording_was_given_up_is_sealed_once_and_said_to_be_a_part(
    house: House, why: Lack
) -> None:
    async with house.database.transaction() as tx:
        call = await talking_with(tx)
        contact_id = await contact_of(tx, call)
        await recordings.give_up(tx, call_id=call.id, why=why, days=180)
        await recordings.give_up(tx, call_id=call.id, why="no_room", days=180)
        assert await recordings.stands(tx, contact_id) == why, "the first reason counts"
        assert await recordings.given_up(tx, [contact_id, new_id()]) == {contact_id: why}
        assert await audited(tx, contact_id, "do.stop_recording") == [{"why_not": why}]
        assert await recordings.known(tx, {call.id}) == set(), "nothing that lies there is thrown away"
        assert [await kept_leg(tx, call, leg) for leg in ("in", "in", "out")] == [True, False, True]
        assert await recordings.known(tx, {call.id}) == {(call.id, "in"), (call.id, "out")}
        legs = await recordings.recordings_of(tx, contact_id)
        assert [(one.sha256, one.seconds, one.why_not) for one in legs] == [
            ("of in", 4.4, why),
            ("of out", 4.4, why),
        ]
        told = await audited(tx, contact_id, "keep.recording")
        assert {(one["sha256"], one["why_not"]) for one in told} == {("of in", why), ("of out", why)}


async def test_a_call_for_which_there_was_never_room_has_nothing_to_seal(house: House) -> None:
    async with house.database.transaction() as tx:
        call = await talking_with(tx)
        await recordings.give_up(tx, call_id=call.id, why="no_room", days=180)
        assert await recordings.known(tx, {call.id}) == {(call.id, "in"), (call.id, "out")}
        assert not await kept_leg(tx, call, "in")


async def test_calls_given_up_are_counted_apart_by_room_and_by_fault(house: House) -> None:
    async with house.database.transaction() as tx:
        before = await recordings.given_up_since(tx, tx.now - timedelta(days=1))
        for why in ("no_room", "room_ended", "broke_off"):
            await recordings.give_up(tx, call_id=(await talking_with(tx)).id, why=why, days=180)  # type: ignore[arg-type]
        await recordings.give_up(tx, call_id=new_id(), why="no_room", days=180)  # of no call that we know
        for_room, faults = await recordings.given_up_since(tx, tx.now - timedelta(days=1))
        assert (for_room, faults) == (before[0] + 2, before[1] + 1)


async def nothing(*_: object) -> None:
    """No Asterisk ever answers."""


async def test_while_it_cannot_be_written_down_nothing_is_recorded_and_the_next_look_writes_it_before_all_else(
    house: House,
) -> None:
    ari = Ari(port=1, password="", app="qiao-test", on_open=nothing, on_event=lambda _: None)
    async with house.database.transaction() as tx:
        call = await talking_with(tx)
        contact_id = await contact_of(tx, call)
        await tx.execute(text("alter table voice_recordings rename to voice_recordings_away"))
    recorder = Recorder(house, ari, call.id, call.channel)

    async def look() -> None:
        """There is no room, for there is no folder."""
        await recorder.look(talking=True, secret=False, stopped=False, given_up=False)

    try:
        await look()
    finally:
        async with house.database.transaction() as tx:
            await tx.execute(text("alter table voice_recordings_away rename to voice_recordings"))
    assert recorder.doing == "off" and recorder.seen(room=True), "it is to look again"
    with pytest.raises(AriAway):  # what listens is told to go, by nobody
        await look()
    async with house.database.transaction() as tx:
        assert await recordings.given_up(tx, [contact_id]) == {contact_id: "no_room"}
    assert not recorder.given_up, "the next look tells Asterisk again"


# With Asterisk ----------------------------------------------------------------------------------------------------


def limited(hotline: Hotline, room_mb: int) -> None:
    """So much has to be free on the disk from now on."""
    told = hotline.house.settings
    voice = told.voice.model_copy(update={"recording_room_mb": room_mb})
    hotline.house.settings = told.model_copy(update={"voice": voice})


def sizes(hotline: Hotline) -> dict[str, int]:
    return {path.name: path.stat().st_size for path in spool(hotline.house).glob(f"{PREFIX}*")}


async def newest(hotline: Hotline) -> InteractionId:
    async with hotline.house.database.transaction() as tx:
        newest_first = select(store.voice_calls.c.interaction_id).order_by(store.voice_calls.c.began_at.desc())
        return InteractionId(await tx.scalar(newest_first.limit(1)))


async def stands(hotline: Hotline, contact_id: InteractionId) -> str:
    async with hotline.house.database.transaction() as tx:
        return await recordings.stands(tx, contact_id)


async def legs_of(hotline: Hotline, contact_id: InteractionId) -> list[recordings.Recording]:
    async with hotline.house.database.transaction() as tx:
        return await recordings.recordings_of(tx, contact_id)


async def talks_with(hotline: Hotline, caller: Softphone, desk_phone: AnsweringPhone) -> tuple[PhoneCall, PhoneCall]:
    """He calls and has a person, and both say something for minutes."""
    call = await caller.call(HOTLINE)
    await call.heard.hear(await hotline.prompt("Hello. Please press a key.", "en"))
    call.press("0")
    talk = await desk_phone.pick_up(seconds=60)
    for one, hertz in ((call, CALLER), (talk, AGENT)):
        one.media.say(tone(hertz, 200))
    await hears(call, AGENT)
    await hears(talk, CALLER)
    return call, talk


async def hears(call: PhoneCall, hertz: float) -> None:
    """From now on."""
    at = len(call.heard.sound)

    def clear() -> bool:
        since = max(at, len(call.heard.sound) - HALF_A_SECOND)
        return len(call.heard.sound) - since == HALF_A_SECOND and share_of(call.heard.samples(since), hertz) > 0.8

    await call.heard.until(clear, 60)


async def listeners(board: Switchboard) -> list[str]:
    return [one.id for one in await board.ari.channels() if one.id.startswith(PREFIX)]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_disk_that_fills_in_the_midst_of_a_call_ends_its_recording_alone_and_what_there_is_of_it_is_kept(
    hotline: Hotline,
) -> None:
    async with at_work(hotline) as (agent, desk_phone), AsyncExitStack() as working:
        board = await working.enter_async_context(hotline.worker())
        caller = await hotline.phone(MARY.service.value)
        call, talk = await talks_with(hotline, caller, desk_phone)
        contact_id = await newest(hotline)

        async def written() -> bool:
            return len(sizes(hotline)) == 2 and min(sizes(hotline).values()) > 16_000

        async def told() -> bool:
            return await stands(hotline, contact_id) == "room_ended" and not await listeners(board)

        await hotline.until(written, 60)
        assert await stands(hotline, contact_id) == "on"
        limited(hotline, ALL_THE_ROOM_MB)
        await hotline.until(told)
        before = sizes(hotline)
        await hears(call, AGENT)
        await hears(talk, CALLER)

        # Room comes back, and another worker: this call stays as it is shown.
        limited(hotline, 0)
        await working.aclose()
        board = await working.enter_async_context(hotline.worker())

        async def taken_over() -> bool:
            return [line.recorder.given_up for line in board.lines.values()] == [True]

        await hotline.until(taken_over, 60)
        await hears(call, AGENT)
        assert not await listeners(board) and sizes(hotline) == before, "nothing more is written"
        assert await stands(hotline, contact_id) == "room_ended"
        await caller.close()

        async def sealed() -> bool:
            return all(one.file_id for one in await legs_of(hotline, contact_id)) and not sizes(hotline)

        await hotline.until(sealed, 60)
        await a_part_is_kept(hotline, contact_id)

        # The next call is recorded to its end.
        async with hotline.house.database.transaction() as tx:
            await interactions.wrap_up(tx, interaction_id=contact_id, agent_id=agent.id, disposition="solved")
            await routing.finish_wrap_up(tx, interaction_id=contact_id, agent_id=agent.id)
        again = await hotline.phone(MARY.service.value)
        await talks_with(hotline, again, desk_phone)
        await hotline.until(written, 60)
        second = await newest(hotline)
        assert second != contact_id and await stands(hotline, second) == "on"
        await again.close()

        async def kept() -> bool:
            return [one.why_not for one in await legs_of(hotline, second) if one.file_id] == ["", ""]

        await hotline.until(kept, 60)
        await desk_phone.close()


async def a_part_is_kept(hotline: Hotline, contact_id: InteractionId) -> None:
    """Sealed, with its fingerprint in the audit, a part by its page and by the customer's timeline."""
    house = hotline.house
    async with house.database.transaction() as tx:
        contact = await interactions.interaction(tx, contact_id)
        assert contact.customer_id is not None
        timeline = await interactions.timeline(tx, contact.customer_id, level=3)
        hashes = {one["sha256"] for one in await audited(tx, contact_id, "keep.recording")}
        assert await audited(tx, contact_id, "do.stop_recording") == [{"why_not": "room_ended"}]
    legs = {one.leg: one for one in await legs_of(hotline, contact_id)}
    assert hashes == {one.sha256 for one in legs.values()} and set(legs) == set(LEGS)
    for leg, one in legs.items():
        assert one.file_id is not None and one.why_not == "room_ended"
        raw = await house.files.get(one.file_id)
        sound = opened(house.get(Keys).key(PURPOSE), raw, recordings.about(one.call_id, leg))
        assert fingerprint(sound) == one.sha256
        samples = list(samples_of(sound))
        assert len(samples) >= 8000 and share_of(samples[-4000:], CALLER if leg == "in" else AGENT) > 0.8
    [entry] = [one for one in timeline.entries if one.kind == recordings.KIND]
    assert line_of(entry, str).startswith("recorded in part, ")


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_recording_that_asterisk_cannot_write_is_seen_though_asterisk_calls_it_finished(
    hotline: Hotline,
) -> None:
    async with at_work(hotline) as (_, desk_phone), hotline.worker() as board:
        spool(hotline.house).chmod(0o500)
        caller = await hotline.phone(MARY.service.value)
        call, talk = await talks_with(hotline, caller, desk_phone)
        contact_id = await newest(hotline)

        async def told() -> bool:
            return await stands(hotline, contact_id) == "broke_off" and not await listeners(board)

        await hotline.until(told)
        await hears(call, AGENT)
        await hears(talk, CALLER)
        await caller.close()
        await desk_phone.close()
