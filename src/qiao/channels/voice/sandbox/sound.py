"""G.711 A-law (ITU-T G.711) as bytes and back, and how alike two sounds are."""

import array
import math
import sys
import wave
from collections.abc import Sequence
from pathlib import Path
from typing import Final

RATE: Final = 8000
FRAME: Final = 160
"""Samples in 20 ms."""
KEYPAD: Final = "123A456B789C*0#D"
KEY_ROWS: Final = (697.0, 770.0, 852.0, 941.0)
KEY_COLUMNS: Final = (1209.0, 1336.0, 1477.0, 1633.0)
_SEGMENT_ENDS: Final = (0xFF, 0x1FF, 0x3FF, 0x7FF, 0xFFF, 0x1FFF, 0x3FFF, 0x7FFF)


def _encoded(sample: int) -> int:
    mask = 0xD5 if sample >= 0 else 0x55
    size = min(abs(sample), 0x7FFF)
    segment = next(number for number, end in enumerate(_SEGMENT_ENDS) if size <= end)
    return ((segment << 4) | ((size >> (segment + 3 if segment else 4)) & 0x0F)) ^ mask


def _decoded(code: int) -> int:
    code ^= 0x55
    segment, low = (code >> 4) & 7, code & 15
    size = (low << 4) + 8 if segment == 0 else ((low << 4) + 0x108) << (segment - 1)
    return size if code & 0x80 else -size


# Eight samples share a code (the three lowest bits are lost), told by the last of them, as Asterisk has it.
_ENCODE: Final = bytes(_encoded(((index << 3) | 7) - (0x10000 if index >= 0x1000 else 0)) for index in range(0x2000))
_DECODED: Final = [_decoded(code) & 0xFFFF for code in range(256)]
_LOW, _HIGH = bytes(one & 0xFF for one in _DECODED), bytes(one >> 8 for one in _DECODED)
SILENCE: Final = bytes([_ENCODE[0]]) * FRAME
AUDIBLE: Final = 200.0
"""Root mean square: some 44 dB below the loudest, far below any speech or music on a line."""


def encode(samples: Sequence[int]) -> bytes:
    """16-bit samples as A-law."""
    return bytes(_ENCODE[(sample & 0xFFFF) >> 3] for sample in samples)


def decode(codes: bytes) -> list[int]:
    """A-law as 16-bit samples; quickly, for whoever waits for a sound looks at all he has heard, again and again."""
    octets = bytearray(2 * len(codes))
    octets[::2], octets[1::2] = codes.translate(_LOW), codes.translate(_HIGH)
    samples = array.array("h", bytes(octets))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tolist()


def tone(hertz: float, seconds: float, loudness: int = 9000) -> bytes:
    """A sine as A-law."""
    many = int(RATE * seconds)
    return encode([int(loudness * math.sin(2 * math.pi * hertz * index / RATE)) for index in range(many)])


def key_tone(key: str, seconds: float = 0.1, loudness: int = 6000) -> bytes:
    """A key as sound: two sines at once (ITU-T Q.23), as A-law."""
    row, column = divmod(KEYPAD.index(key), 4)
    turns = [2 * math.pi * hertz / RATE for hertz in (KEY_ROWS[row], KEY_COLUMNS[column])]
    many = int(RATE * seconds)
    return encode([int(loudness * sum(math.sin(turn * index) for turn in turns)) for index in range(many)])


def wav(path: Path) -> list[int]:
    """The samples of an 8 kHz, 16-bit, mono WAV."""
    with wave.open(str(path)) as read:
        return list(array.array("h", read.readframes(read.getnframes())))


def alike(one: Sequence[int], other: Sequence[int]) -> float:
    """Normalized cross-correlation of two sounds of one length, without shifting: 1.0 is the same sound."""
    across = sum(a * b for a, b in zip(one, other, strict=True))
    power = math.sqrt(sum(a * a for a in one) * sum(b * b for b in other))
    return across / power if power else 0.0


def share_of(samples: Sequence[int], hertz: float) -> float:
    """How much of a sound's energy is at a frequency, 0 to 1 (Goertzel)."""
    turn = 2 * math.cos(2 * math.pi * hertz / RATE)
    before = earlier = 0.0
    for sample in samples:
        before, earlier = sample + turn * before - earlier, before
    power = before * before + earlier * earlier - turn * before * earlier
    whole = sum(sample * sample for sample in samples)
    return min(1.0, 2 * power / (len(samples) * whole)) if whole else 0.0


def loudness(samples: Sequence[int]) -> float:
    """Root mean square."""
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) if samples else 0.0


def loud(samples: Sequence[int]) -> int:
    """How many samples lie in pieces of 20 ms that anybody hears: digital silence and a hiss are none."""
    pieces = [samples[at : at + FRAME] for at in range(0, len(samples), FRAME)]
    return sum(len(one) for one in pieces if loudness(one) > AUDIBLE)
