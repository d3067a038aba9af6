"""The tests' own telephone: what it encodes, hears and recognises."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from qiao.channels.voice.music import write_music
from qiao.channels.voice.sandbox import Heard
from qiao.channels.voice.sandbox.softphone import read
from qiao.channels.voice.sandbox.sound import RATE, alike, decode, encode, share_of, tone, wav


def test_a_law_keeps_a_sound_nearly_as_it_was() -> None:
    samples = decode(tone(440, 0.2))
    again = decode(encode(samples))
    assert alike(samples, again) > 0.999 and share_of(again, 440) > 0.99 and share_of(again, 880) < 0.01


async def test_a_prompt_is_recognised_in_what_was_heard_and_another_is_not(tmp_path: Path) -> None:
    music = tmp_path / "music.wav"
    write_music(music)
    sound = encode(wav(music))
    heard, dice = Heard(), random.Random(7)
    noise = encode([dice.randrange(-500, 500) for _ in range(RATE)])
    heard.add(noise + sound[: len(sound) // 2])
    assert heard.find(music) is None  # half of it is not it
    heard.add(sound[len(sound) // 2 :])
    assert heard.find(music) == len(noise)
    assert heard.find(music, since=len(noise) + 8 * RATE) is None
    assert await heard.hear(music) == len(noise) + len(sound)


async def test_what_is_never_heard_is_waited_for_no_longer_than_told(tmp_path: Path) -> None:
    write_music(tmp_path / "m.wav")
    with pytest.raises(TimeoutError):
        await Heard().hear(tmp_path / "m.wav", seconds=0.05)


def test_what_is_no_sip_is_read_without_harm() -> None:
    assert read(b"\xff\x00no").status == 0
    message = read(b"SIP/2.0 486 Busy\r\nTo: <sip:a@b>;tag=x\r\n\r\nv=0")
    assert (message.status, message.one("to"), message.one("via"), message.body) == (486, "<sip:a@b>;tag=x", "", "v=0")
