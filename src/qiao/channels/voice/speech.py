"""Text to speech: each sentence is spoken once, kept by its content, and may be replaced by a recording of somebody.

espeak-ng speaks, sox brings it to the telephone's 8 kHz, and every prompt gets the same loudness.
"""

import array
import asyncio
import contextlib
import hashlib
import math
import os
import re
import shutil
import subprocess
import wave
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from uuid import uuid4

import structlog

from qiao.channels.voice.kana import kana
from qiao.channels.voice.model_spoken import spoken
from qiao.channels.voice.programs import Programs, find_programs
from qiao.channels.voice.server import asterisk_account, voice_folder
from qiao.kernel.languages import nearest
from qiao.platform.postgres.account import Account
from qiao.platform.settings import Settings

log = structlog.get_logger(__name__)
VOICES: Final = {
    "zh-CN": "cmn-latn-pinyin",  # "cmn" reads its own pinyin as English, with tones as numbers
    "zh-HK": "yue",
    "en": "en",
    "fr": "fr",
    "de": "de",
    "es": "es",
    "ar": "ar",
    "ja": "ja",
    "ko": "ko",
}
SPEED: Final = {"zh-CN": 150, "zh-HK": 150}
SPEED_OTHERWISE: Final = 155
"""Words a minute."""
RATE: Final = 8000
LOUDNESS: Final = 3300.0
"""Root mean square of what is not silence: about -20 dB below full scale, as telephone networks expect."""
PEAK: Final = 30_000
QUIET: Final = 200
FRAME: Final = RATE // 50
BREATH: Final = RATE // 5
"""Samples of silence after a sentence."""
TEXT_MAX: Final = 1500
SECONDS_MAX: Final = 20
MADE: Final = "3"
"""Raised when the same text would sound otherwise: then everything is spoken anew."""


class NotSpoken(Exception):
    """The voice could not say it; the text has what the program said."""


@dataclass(frozen=True)
class Prompt:
    """A sentence as a sound; `media` is what Asterisk plays."""

    path: Path

    @property
    def media(self) -> str:
        return f"sound:{self.path.with_suffix('')}"


class Speaker:
    """Speaks and keeps. Any number of processes may share one folder."""

    def __init__(self, settings: Settings, *, gently: bool = False) -> None:
        """`gently`: whatever else this machine does goes before."""
        folder = voice_folder(settings)
        nice = shutil.which("nice") if gently else None
        self._after_others = [nice, "-n", "10"] if nice else []
        self.folder = folder / "prompts"
        self.recorded = folder / "recorded"
        self._programs: Programs = find_programs(settings.asterisk)
        folder.mkdir(parents=True, exist_ok=True)
        self._account: Account = asterisk_account(folder)
        self._at_once = asyncio.Semaphore(1 if gently else 2)

    async def prompt(self, text: str, language: str) -> Prompt:
        """The sound of one sentence. Raises NotSpoken."""
        spoken = nearest(language)
        path = self.folder / spoken / f"{key_of(text, spoken)}.wav"
        if not used(path):
            async with self._at_once:
                if not used(path):  # somebody else may have waited for the same words
                    await self._made(text, spoken, path)
        return Prompt(path)

    async def _made(self, text: str, language: str, path: Path) -> None:
        try:
            await asyncio.to_thread(self._make, text, language, path)
        except OSError as error:  # no room, say: a call goes on without a sentence, but never ends for one
            raise NotSpoken(f"{type(error).__name__}: {error}") from error

    def sweep(self, before: datetime) -> int:
        """Remove what nobody has heard since then, such as the balances of one day, and what a killed process left."""
        removed = 0
        for path in self.folder.glob("*/*"):
            with contextlib.suppress(FileNotFoundError):  # it was made whole meanwhile, or somebody else removed it
                if path.stat().st_mtime < before.timestamp():
                    path.unlink()
                    removed += 1
        return removed

    def _make(self, text: str, language: str, path: Path) -> None:
        for folder in (self.folder, path.parent):
            if not folder.exists():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._account.own(folder)
        recording = self.recorded / language / path.name
        part = path.with_suffix(f".{uuid4().hex}.part")  # the same words may be spoken twice at once
        try:
            source = recording.read_bytes() if recording.exists() else self._speak(aloud(text, language), language)
            samples = in_frames(levelled(trimmed(self._for_telephones(source))))
            with wave.open(str(part), "wb") as out:
                out.setnchannels(1)
                out.setsampwidth(2)
                out.setframerate(RATE)
                out.writeframes(samples.tobytes())
            self._account.own(part)
            part.rename(path)
        finally:
            part.unlink(missing_ok=True)

    def _speak(self, text: str, language: str) -> bytes:
        speed = str(SPEED.get(language, SPEED_OTHERWISE))
        # Read from standard input, so that no text is ever taken for an option; -m is not given, so for no markup.
        return self._run(["espeak-ng"], ["-v", VOICES[language], "-s", speed, "--stdin", "--stdout"], text.encode())

    def _for_telephones(self, source: bytes) -> "array.array[int]":
        raw = ["-t", "raw", "-r", str(RATE), "-c", "1", "-b", "16", "-e", "signed-integer", "-L", "-"]
        samples = array.array("h")
        told = self._run(["sox"], ["-G", "-t", "wav", "-", *raw, "highpass", "120"], source)
        samples.frombytes(told[: len(told) // 2 * 2])
        return samples

    def _run(self, program: list[str], words: list[str], given: bytes) -> bytes:
        command = [*self._after_others, *self._programs.command(program[0]), *words]
        env = self._programs.environment()
        try:
            done = subprocess.run(  # noqa: S603
                command, input=given, capture_output=True, check=False, timeout=SECONDS_MAX, env=env
            )
        except subprocess.TimeoutExpired:
            raise NotSpoken(f"{program[0]} took longer than {SECONDS_MAX} s") from None
        if done.returncode != 0 or not done.stdout:
            raise NotSpoken(f"{program[0]}: {done.stderr.decode('utf-8', 'replace')[-300:]}")
        return done.stdout


def used(path: Path) -> bool:
    """Whether it is there; if so it was used now, and the sweep leaves it."""
    try:
        os.utime(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def key_of(text: str, language: str) -> str:
    """What names the sound of a sentence: its words, its voice and how it is made."""
    told = f"{MADE}|{VOICES[language]}|{SPEED.get(language, SPEED_OTHERWISE)}|{plain(text)}"
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def plain(text: str) -> str:
    """A text as it is spoken: one line, bounded, without marks that a voice reads out."""
    told = re.sub(r"[“”«»„‘’「」『』（）()\[\]<>{}_|*#\x00-\x1f]+", " ", text)
    return re.sub(r"\s+", " ", told).strip()[:TEXT_MAX]


def aloud(text: str, language: str) -> str:
    """What the voice is given for a text: numbers as they are said, and what it can read alone."""
    told = spoken(plain(text), language)
    return kana(told) if language == "ja" else told


def trimmed(samples: "array.array[int]") -> "array.array[int]":
    """The same with a breath at its end instead of the voice's long silence, whole when all of it is silence."""
    loud = [index for index, one in enumerate(samples) if abs(one) > QUIET]
    return samples[max(loud[0] - BREATH // 4, 0) : loud[-1] + BREATH] if loud else samples


def in_frames(samples: "array.array[int]") -> "array.array[int]":
    """The same in whole packets of 20 ms, filled up with silence: what is left of a packet is never sent."""
    return samples + array.array("h", bytes(2 * (-len(samples) % FRAME)))


def levelled(samples: "array.array[int]") -> "array.array[int]":
    """The same at our loudness, never cut off at the peaks; silence stays silence."""
    loud = [one for one in samples if abs(one) > QUIET]
    if not loud:
        return samples
    gain = LOUDNESS / math.sqrt(sum(one * one for one in loud) / len(loud))
    gain = min(gain, PEAK / max(abs(one) for one in loud))
    return array.array("h", [int(one * gain) for one in samples])
