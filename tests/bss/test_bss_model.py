"""What an operator says, as plain values."""

from __future__ import annotations

import pytest

from qiao.bss import Allowance


@pytest.mark.parametrize(("total", "used", "left"), [(100, 30, 70), (100, 100, 0), (100, 130, 0)])
def test_what_is_left_never_falls_below_nothing(total: int, used: int, left: int) -> None:
    assert Allowance("data", total, used, "MB").left == left


def test_what_is_held_is_not_due() -> None:
    from qiao.bss import Bill
    from qiao.kernel.money import Money

    assert Bill("2026-11", (), Money(500), "issued", None, Money(200)).due == Money(300)


def test_what_is_paid_is_not_due() -> None:
    from qiao.bss import Bill
    from qiao.kernel.money import Money

    whole = Bill("2026-11", (), Money(500), "issued", None, Money(200), Money(250))
    assert whole.due == Money(50)
    assert Bill("2026-11", (), Money(500), "issued", None, Money(200), Money(400)).due == Money(0)
