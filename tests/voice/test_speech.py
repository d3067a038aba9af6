"""Prompts: nine languages, one loudness, spoken once, replaceable by recordings."""

from __future__ import annotations

import array
import asyncio
import math
import os
import subprocess
import wave
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

import qiao
from qiao import selfservice
from qiao.channels.voice.kana import KANJI
from qiao.channels.voice.programs import find_programs
from qiao.channels.voice.publishing import _texts, own_sentences, publish, sentences_of
from qiao.channels.voice.script import say, texts
from qiao.channels.voice.speech import (
    BREATH,
    LOUDNESS,
    RATE,
    VOICES,
    NotSpoken,
    Speaker,
    aloud,
    key_of,
    levelled,
    plain,
    trimmed,
)
from qiao.kernel.languages import LANGUAGES
from tests.voice.conftest import voice_settings

pytestmark = pytest.mark.slow


def samples_of(path: Path) -> array.array[int]:
    with wave.open(str(path)) as read:
        assert (read.getframerate(), read.getnchannels(), read.getsampwidth()) == (RATE, 1, 2)
        return array.array("h", read.readframes(read.getnframes()))


def loudness(samples: array.array[int]) -> float:
    loud = [one for one in samples if abs(one) > 200]
    return math.sqrt(sum(one * one for one in loud) / len(loud))


@pytest.fixture
def speaker(programs: str, voice_folder: Path) -> Speaker:
    return Speaker(voice_settings(programs, voice_folder))


async def test_every_language_is_spoken_at_the_same_loudness(speaker: Speaker) -> None:
    assert set(VOICES) == set(LANGUAGES)
    heard = {}
    for language in LANGUAGES:
        prompt = await speaker.prompt(say("wait_unknown", language), language)
        samples = samples_of(prompt.path)
        assert len(samples) > RATE  # a sentence lasts longer than a second
        heard[language] = loudness(samples)
    assert all(abs(20 * math.log10(level / LOUDNESS)) < 4 for level in heard.values()), heard


async def test_the_same_sentence_is_spoken_once(speaker: Speaker) -> None:
    first = await speaker.prompt("Hello", "en")
    made = first.path.stat().st_ino
    assert (await speaker.prompt("Hello", "en-GB")) == first and first.path.stat().st_ino == made
    assert (await speaker.prompt("Hello", "de")).path != first.path
    assert not list(speaker.folder.rglob("*.part"))


async def test_the_same_sentence_asked_for_by_many_calls_at_once_is_there_for_all(
    speaker: Speaker, programs: str, voice_folder: Path
) -> None:
    other = Speaker(voice_settings(programs, voice_folder))  # as another process has it
    asked = [one.prompt("Somebody will be with you.", "en") for one in (speaker, other) * 6]
    prompts = await asyncio.gather(*asked)
    assert len({one.path for one in prompts}) == 1 and len(samples_of(prompts[0].path)) > RATE
    assert not list(speaker.folder.rglob("*.part"))


async def test_a_sentence_for_which_there_is_no_room_is_not_spoken_and_ends_no_call(speaker: Speaker) -> None:
    speaker.folder.parent.mkdir(parents=True, exist_ok=True)
    speaker.folder.write_bytes(b"")  # a file stands where the folder would be
    with pytest.raises(NotSpoken):
        await speaker.prompt("Hello", "en")


async def test_what_nobody_has_heard_for_long_is_removed_and_spoken_again_when_asked_for(speaker: Speaker) -> None:
    old, fresh = await speaker.prompt("Balance 1.00", "en"), await speaker.prompt("Hello", "en")
    os.utime(old.path, (0, 0))
    assert speaker.sweep(datetime(2000, 1, 1, tzinfo=UTC)) == 1
    assert not old.path.exists() and fresh.path.exists()
    assert (await speaker.prompt("Balance 1.00", "en")).path.exists()


async def test_two_workers_of_a_host_that_sweep_at_once_remove_what_is_old_between_them(speaker: Speaker) -> None:
    folder = speaker.folder / "en"
    folder.mkdir(parents=True)
    for number in range(500):
        (folder / f"{number}.wav").touch()
        os.utime(folder / f"{number}.wav", (0, 0))
    before = datetime(2000, 1, 1, tzinfo=UTC)
    removed = await asyncio.gather(*(asyncio.to_thread(speaker.sweep, before) for _ in range(4)))
    assert sum(removed) == 500 and not list(folder.iterdir())


async def test_a_recording_takes_the_voices_place(speaker: Speaker) -> None:
    place = speaker.recorded / "en" / f"{key_of('Goodbye', 'en')}.wav"
    place.parent.mkdir(parents=True)
    tone = array.array("h", [int(900 * math.sin(2 * math.pi * 440 * n / 16_000)) for n in range(32_000)])
    with wave.open(str(place), "wb") as out:
        out.setparams((1, 2, 16_000, 0, "NONE", ""))
        out.writeframes(tone.tobytes())
    samples = samples_of((await speaker.prompt("Goodbye", "en")).path)
    assert abs(len(samples) - 16_000 - BREATH) < 2000 and abs(loudness(samples) / LOUDNESS - 1) < 0.1


async def test_words_are_never_taken_for_options_or_markup(speaker: Speaker) -> None:
    for told in ("--version", "-v de", "<speak>hello</speak>", "${EXTEN}", "a\x00b\nc", "阿" * 4000):
        assert samples_of((await speaker.prompt(told, "en")).path)
    assert plain("“Plan”: <b>{x}</b>\n") == "Plan : b x /b"


async def test_a_file_that_is_no_sound_is_refused_and_leaves_nothing(speaker: Speaker) -> None:
    place = speaker.recorded / "en" / f"{key_of('Broken', 'en')}.wav"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"no sound")
    with pytest.raises(NotSpoken):
        await speaker.prompt("Broken", "en")
    assert not list(speaker.folder.rglob("*.part"))


def test_a_long_silence_around_words_becomes_a_breath() -> None:
    quiet, loud = [0] * RATE, [5000, -5000] * 400
    assert len(trimmed(array.array("h", quiet + loud + quiet))) == BREATH // 4 + 800 + BREATH - 1
    assert len(trimmed(array.array("h", quiet))) == RATE


def test_silence_stays_silence() -> None:
    assert levelled(array.array("h", [0, 5, -3])) == array.array("h", [0, 5, -3])


def test_every_text_of_the_room_has_nine_languages() -> None:
    assert {"press", "then_hash", "wait_minutes"} <= set(texts().keys())


def test_a_flows_sentences_are_found_in_nine_languages_and_those_with_gaps_are_left() -> None:
    found = sentences_of(selfservice.built_in_texts()["main_menu"])
    assert set(found) == set(LANGUAGES) and "您好，请按键选择。" in found["zh-CN"]
    assert all(len(words) > 20 for words in found.values())
    assert not any("{" in one for words in found.values() for one in words)
    assert sentences_of("no: flow") == {language: set() for language in LANGUAGES}


def japanese() -> set[str]:
    """Every sentence of the project that has nine languages: flows, answers, sayings."""
    source = Path(qiao.__file__).parent
    trees = [yaml.safe_load(path.read_text("utf-8")) for path in sorted(source.rglob("*.yaml"))]
    return {told["ja"] for tree in trees for told in _texts(tree)}


def test_no_kanji_reaches_the_japanese_voice(programs: str) -> None:
    sentences = japanese()
    assert sum(bool(KANJI.search(one)) for one in sentences) > 300
    read = [aloud(one, "ja") for one in sorted(sentences)]
    assert not [one for one in read if KANJI.search(one)]
    mine = find_programs(programs)
    told = subprocess.run(
        [*mine.command("espeak-ng"), "-v", VOICES["ja"], "-q", "-x", "--stdin"],
        input="\n".join(read).encode(),
        capture_output=True,
        check=True,
        env=mine.environment(),
    )
    assert b"tS'aIni:z" not in told.stdout, 'the voice says "Chinese letter" of what it cannot read'
    assert len(told.stdout) > 10_000


def test_japanese_is_read_as_it_is_said() -> None:
    asked = aloud("もう一度、番号を選ぶか、ご用件をどうぞ。", "ja")
    assert asked == "もういちど、バンゴウをエラブか、ごヨウケンをどうぞ。"
    owed = aloud("残高元12.38（12月4日 18:05現在）。", "ja").split()
    assert owed == ["ザンダカ12", "げん", "38", "フェン", "12がつ", "よっか", "18じ", "5ふんゲンザイ", "。"]
    assert aloud("ひらがな だけ", "ja") == "ひらがな だけ"
    assert aloud("粵", "ja").strip() == "", "what nobody can read is left out"


async def test_what_is_published_is_spoken_before_anybody_calls(speaker: Speaker) -> None:
    flow = "name: {zh-CN: 一, zh-HK: 一, en: one, fr: un, de: eins, es: uno, ar: واحد, ja: いち, ko: 하나}"
    many, failed = await publish(speaker, {"flow": flow}, "de")
    assert many == len(own_sentences("de")) + 1 and not failed
    assert (speaker.folder / "de" / f"{key_of('eins', 'de')}.wav").exists()
