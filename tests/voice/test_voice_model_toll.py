"""What may be dialled out."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.channels.voice.model_toll import ANYWHERE, Exit, Limits, Prices, Use, choose, may_be_dialled, why_not
from qiao.platform.settings_voice import NO_COUNTRY

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
def test_a_number_is_dialled_only_within_all_limits(number: str, use: Use, why: str) -> None:
    assert why_not(number, LIMITS, use) == why


def test_a_longer_permission_opens_part_of_what_is_barred() -> None:
    limits = Limits(("+86", "+8690088"), ("+86900",), 1, Decimal(1))
    assert why_not("+869001", limits, QUIET) == "destination"
    assert why_not("+86900881", limits, QUIET) == ""


def exit_of(name: str, *named: str, use: Use = QUIET, full: bool = False, calls: int | None = None) -> Exit:
    return Exit(name, Limits(named or ANYWHERE, ("+86139",) if name == "land" else (), calls, None), use, full)


@pytest.mark.parametrize(
    ("number", "exits", "goes"),
    [
        ("+8613700000000", [exit_of("sea"), exit_of("air")], ("sea", "")),
        ("+8613700000000", [exit_of("sea", "+852"), exit_of("land", "+86")], ("land", "")),
        ("+85223456789", [exit_of("air"), exit_of("sea", "+852")], ("sea", "")),
        ("+85223456789", [exit_of("air"), exit_of("sea", "+852", full=True)], ("air", "")),
        ("+8613900000000", [exit_of("land", "+86"), exit_of("air")], ("air", "")),
        ("+8613900000000", [exit_of("land", "+86")], ("", "destination")),
        ("+8613700000000", [exit_of("sea", "+852"), exit_of("land", full=True)], ("", "trunk")),
        ("+8613700000000", [exit_of("land", full=True), exit_of("sea", "+852")], ("", "trunk")),
        ("+8613700000000", [exit_of("air", calls=1, use=Use(1, Decimal(0)))], ("", "calls")),
        ("+8613700000000", [], ("", "destination")),
        ("+19005551212", [exit_of("air")], ("", "destination")),
    ],
)
def test_a_number_goes_by_the_trunk_that_names_it_best_and_has_room_within_the_limits_of_both(
    number: str, exits: list[Exit], goes: tuple[str, str]
) -> None:
    assert choose(number, LIMITS, QUIET, exits) == goes
    assert choose(number, LIMITS, Use(2, Decimal(0)), exits)[0] == "", "the house's limits hold for all together"


def test_a_trunk_spends_no_more_in_a_day_than_its_own_limit() -> None:
    cheap = Exit("air", Limits(ANYWHERE, (), None, Decimal(3)), Use(0, Decimal(3)))
    assert choose("+8613700000000", LIMITS, QUIET, [cheap]) == ("", "spend")


PREFIX = st.text("0123456789", min_size=0, max_size=4).map(lambda digits: f"+{digits}")


@given(st.text("0123456789", min_size=1, max_size=12), st.lists(PREFIX, max_size=6), st.lists(PREFIX, max_size=6))
def test_a_number_is_in_reach_only_where_the_longest_prefix_that_fits_it_permits_it(
    digits: str, permitted: list[str], barred: list[str]
) -> None:
    number = f"+{digits}"
    fits = sorted((one for one in permitted + barred if number.startswith(one)), key=len)
    longest = {one for one in fits if len(one) == len(fits[-1])} if fits else set()
    wanted = bool(longest) and not longest & set(barred)
    assert may_be_dialled(number, tuple(permitted), tuple(barred)) is wanted


@pytest.mark.parametrize("number", ["+8816123456", "+87077312345", "+882161234", "+8835100", "+97912345", "+87810123"])
def test_ranges_that_are_no_countrys_are_not_rung_even_in_need_unless_the_operator_opens_one(number: str) -> None:
    assert not may_be_dialled(number, ("+", "+86"), NO_COUNTRY)
    assert may_be_dialled(number, ("+", number[:5]), NO_COUNTRY)
    assert may_be_dialled("+2290197123456", ("+", "+86"), NO_COUNTRY)


@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_minutes_abroad_cost_their_own_price(home: int, abroad: int) -> None:
    spent = Prices(Decimal("0.20"), Decimal(5)).spent(home, abroad)
    assert spent == Decimal("0.20") * home + 5 * abroad
