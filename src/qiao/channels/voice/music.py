"""Music for whoever waits: a slow round of chords, computed, so that it is nobody's work and needs no licence."""

import array
import math
import wave
from pathlib import Path
from typing import Final

RATE: Final = 8000
CHORD_SECONDS: Final = 4.0
CHORDS: Final = ((262, 330, 392), (220, 262, 330), (175, 220, 262), (196, 247, 294))
"""Hertz: C, A minor, F, G."""
LOUDNESS: Final = 2200


def write_music(path: Path) -> None:
    """A WAV of 16 s, 8 kHz, mono, at `path`."""
    samples = array.array("h")
    many = int(RATE * CHORD_SECONDS)
    for chord in CHORDS:
        for index in range(many):
            swell = math.sin(math.pi * index / many)
            tone = sum(math.sin(2 * math.pi * hertz * index / RATE) for hertz in chord)
            samples.append(int(LOUDNESS * swell * tone))
    with wave.open(str(path), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
