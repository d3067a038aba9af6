"""What may be dialled out."""

from __future__ import annotations

from decimal import Decimal

import pytest

from qiao.channels.voice.model_toll import Limits, Use, why_not

LIMITS = Limits(("+86", "+8522"), ("+8690", "+86400"), calls_max=2, spend_day_max=Decimal(10))
QUIET = Use(0, Decimal(0))


@pytest.mark.parametrize(
    ("number", "use", "why"),
    [
        ("+8613900000000", QUIET, ""),
        ("+85223456789", QUIET, ""),
        ("+85212345678", QUIET, "destination"),
        ("+8690012345", QUIET, "destination"),
        ("+19005551212", QUIET, "destination"),
        ("8613900000000", QUIET, "destination"),
        ("+8613900000000", Use(2, Decimal(0)), "calls"),
        ("+8613900000000", Use(1, Decimal(10)), "spend"),
        ("+8613900000000", Use(1, Decimal("9.99")), ""),
    ],
)
def test_a_number_is_dialled_only_within_all_three_limits(number: str, use: Use, why: str) -> None:
    assert why_not(number, LIMITS, use) == why


def test_a_longer_permission_opens_part_of_what_is_barred() -> None:
    limits = Limits(("+86", "+8690088"), ("+86900",), 1, Decimal(1))
    assert why_not("+869001", limits, QUIET) == "destination"
    assert why_not("+86900881", limits, QUIET) == ""
