"""A password keyed at the agent's asking: nobody hears it, no recording has it, and nothing tells it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select

from qiao import interactions
from qiao.bss.sandbox import CAST
from qiao.channels.voice import recordings
from qiao.channels.voice.sandbox import PhoneCall
from qiao.channels.voice.sandbox.sound import decode, key_tone, share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import InteractionId
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.processes import qiao
from tests.voice.staffed import at_work
from tests.voice.telling import choose_password, kept_sounds, keys_in, nothing_tells

MARY = CAST[4]
PASSWORD = "482915"
BEFORE, AFTER = (440.0, 1000.0), (560.0, 1750.0)
"""Hertz of customer and agent, none of a key's."""
MEANWHILE = 2100.0
"""What the agent says while she keys."""


def test_a_listener_who_decodes_keys_finds_them() -> None:
    sound = b"".join(key_tone(one) + bytes([0xD5]) * 800 for one in PASSWORD)
    assert keys_in(decode(tone(440, 0.5) + sound + tone(1000, 0.5))) == PASSWORD


def hears(call: PhoneCall, hertz: float) -> bool:
    """Whether this was all that it heard in the last second."""
    return share_of(call.heard.samples(max(len(call.heard.sound) - 8000, 0)), hertz) > 0.8


def has(samples: Sequence[int], hertz: float) -> bool:
    """Whether a quarter of a second of this can be heard anywhere in it."""
    return any(share_of(samples[at : at + 2000], hertz) > 0.8 for at in range(0, len(samples), 500))


async def both_speak(customer: PhoneCall, agent: PhoneCall, hertz: tuple[float, float]) -> None:
    """Each says something for two seconds, and hears a second of the other."""
    for call, one in ((customer, hertz[0]), (agent, hertz[1])):
        call.media.say(tone(one, 2))
    await customer.heard.until(lambda: hears(customer, hertz[1]), 30)
    await agent.heard.until(lambda: hears(agent, hertz[0]), 30)


@pytest.fixture
async def with_password(hotline: Hotline) -> Hotline:
    await choose_password(hotline.house, MARY.service, PASSWORD)
    return hotline


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("tones", [False, True], ids=["as events", "as tones"])
async def test_the_recording_has_what_was_said_before_and_after_and_nothing_of_the_password(
    with_password: Hotline, capfd: pytest.CaptureFixture[str], voice_folder: Path, tones: bool
) -> None:
    hotline = with_password
    async with qiao(hotline, "worker"), at_work(hotline) as (_, desk_phone), hotline.worker():
        phone = await hotline.phone(MARY.service.value, tones=tones)
        hers = await phone.call(HOTLINE)
        await hers.heard.hear(await hotline.prompt("Hello. Please press a key.", "en"))
        hers.press("0")
        theirs = await desk_phone.pick_up(seconds=60)
        await hotline.talks()
        async with hotline.house.database.transaction() as tx:
            contact = InteractionId(await tx.scalar(select(voice_calls.c.interaction_id)))
        await both_speak(hers, theirs, BEFORE)
        since = len(hers.heard.sound)
        async with hotline.house.database.transaction() as tx:
            await interactions.ask_proof(tx, interaction_id=contact, method="service_password")
        asked = await hers.heard.hear(await hotline.own("password_key", "en"), since=since)
        deaf_since = len(theirs.heard.sound)
        theirs.media.say(tone(MEANWHILE, 2))
        hers.press(f"{PASSWORD}#")
        told = await hers.heard.hear(await hotline.own("password_right", "en"), since=asked)
        while_keyed, heard_of_agent = theirs.heard.samples(deaf_since), hers.heard.samples(since)[: told - since]
        assert keys_in(while_keyed) == theirs.heard.digits == "", "the agent hears silence"
        assert not has(heard_of_agent, MEANWHILE), "and nobody hears the agent"
        await both_speak(hers, theirs, AFTER)
        await hers.hang_up()

        async def kept() -> bool:
            async with hotline.house.database.transaction() as tx:
                return len(await recordings.recordings_of(tx, contact)) == 2

        await hotline.until(kept, 60)
        async with hotline.house.database.transaction() as tx:
            assert (await interactions.interaction(tx, contact)).level == 2, "what she keyed was right"
        await phone.close()
        sounds = await kept_sounds(hotline)
    for leg, customer, agent in (("in", 0, 1), ("out", 1, 0)):
        sound = sounds[leg]
        assert has(sound, BEFORE[customer]) and has(sound, AFTER[customer]), "both halves of the conversation"
        assert not has(sound, BEFORE[agent]) and not has(sound, MEANWHILE) and keys_in(sound) == ""
    await nothing_tells(hotline, PASSWORD, said="".join(capfd.readouterr()))
