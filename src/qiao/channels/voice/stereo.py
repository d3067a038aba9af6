"""Two legs as one sound for the ear: the customer on the left, what he heard on the right (RIFF WAVE, 16 bit)."""

import array
import io
import struct
import wave
from itertools import zip_longest
from typing import Final

RATE: Final = 8000
HEADER_BYTES: Final = 44


def samples_of(wav: bytes) -> "array.array[int]":
    """The samples of an 8 kHz, 16-bit, mono WAV, also of one whose writer died before its header was finished."""
    at = wav.find(b"data", 12, 512)
    body = wav[at + 8 :] if at >= 0 else wav[HEADER_BYTES:]
    told = struct.unpack_from("<I", wav, at + 4)[0] if at >= 0 and len(wav) >= at + 8 else 0
    body = body[:told] if 0 < told < len(body) else body
    found = array.array("h")
    found.frombytes(body[: len(body) // 2 * 2])
    return found


def together(said: bytes, heard: bytes) -> bytes:
    """A stereo WAV of both legs; the shorter one ends in silence."""
    both = array.array("h", bytes(0))
    for pair in zip_longest(samples_of(said), samples_of(heard), fillvalue=0):
        both.extend(pair)
    out = io.BytesIO()
    with wave.open(out, "wb") as written:
        written.setnchannels(2)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(both.tobytes())
    return out.getvalue()
