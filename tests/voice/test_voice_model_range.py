"""Which bytes a Range header asks for."""

from __future__ import annotations

import pytest

from qiao.channels.voice.model_range import NoSuchPart, Part, part_of


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("bytes=0-", Part(0, 99)),
        ("bytes=0-0", Part(0, 0)),
        ("bytes=40-59", Part(40, 59)),
        ("Bytes=40-", Part(40, 99)),
        ("bytes=90-500", Part(90, 99)),
        ("bytes=-10", Part(90, 99)),
        ("bytes=-500", Part(0, 99)),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-4", None),
        ("bytes=0-1,5-6", None),
        ("lines=0-1", None),
        ("bytes=٣-", None),
        ("bytes=" + "9" * 400 + "-", None),
    ],
)
def test_one_range_is_taken_and_everything_else_passed_over(asked: str, part: Part | None) -> None:
    assert part_of(asked, 100) == part


@pytest.mark.parametrize(
    ("asked", "size"), [("bytes=100-", 100), ("bytes=100-200", 100), ("bytes=-0", 100), ("bytes=-1", 0)]
)
def test_what_lies_behind_the_end_is_refused(asked: str, size: int) -> None:
    with pytest.raises(NoSuchPart):
        part_of(asked, size)


def test_a_part_of_another_sound_is_not_mixed_with_this_one() -> None:
    assert part_of("bytes=0-1", 100, same=False) is None
