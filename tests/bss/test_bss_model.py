"""What an operator says, as plain values."""

from __future__ import annotations

import pytest

from qiao.bss import Allowance


@pytest.mark.parametrize(("total", "used", "left"), [(100, 30, 70), (100, 100, 0), (100, 130, 0)])
def test_what_is_left_never_falls_below_nothing(total: int, used: int, left: int) -> None:
    assert Allowance("data", total, used, "MB").left == left
