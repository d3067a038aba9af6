"""What is an emergency that was cut short."""

from __future__ import annotations

import pytest

from qiao.channels.voice.model_emergency import cut_short


@pytest.mark.parametrize(
    ("entry", "foreign", "known", "outcome", "talked", "is_one"),
    [
        ("hotline", True, False, "abandoned", None, True),
        ("hotline", True, False, "left", None, True),
        ("hotline", True, False, "dropped", None, True),
        ("hotline", True, False, "answered", 3.0, True),
        ("hotline", True, False, "answered", 300.0, False),
        ("hotline", True, False, "answered", None, False),
        ("hotline", True, False, "served", None, False),
        ("hotline", True, True, "abandoned", None, False),
        ("hotline", False, False, "abandoned", None, False),
        ("roaming", False, True, "abandoned", None, True),
    ],
)
def test_what_is_an_emergency_cut_short(
    entry: str, foreign: bool, known: bool, outcome: str, talked: float | None, is_one: bool
) -> None:
    told = cut_short(entry_point=entry, foreign=foreign, known=known, outcome=outcome, talked_seconds=talked)
    assert told is is_one
