"""Amounts are whole minor units of one currency."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.kernel.money import AmountNotUnderstood, CurrenciesDiffer, Money

minors = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("text", "minor"),
    [("12.80", 1280), (" 12.8 ", 1280), ("-0.01", -1), (5, 500), (Decimal("1e2"), 10000), ("０.５", 50), ("1_0", 1000)],
)
def test_an_amount_is_read_as_minor_units(text: str | int | Decimal, minor: int) -> None:
    assert Money.of(text) == Money(minor)


@pytest.mark.parametrize(
    "text", ["", "abc", "1.234", "NaN", "Infinity", "1e40", "1e999999999", "=1+1", "12,80", "1." + "0" * 30 + "1"]
)
def test_what_is_no_amount_is_refused_with_the_text(text: str) -> None:
    with pytest.raises(AmountNotUnderstood) as refused:
        Money.of(text)
    assert refused.value.params == {"text": text[:40]}


@given(minors)
def test_an_amount_is_read_back_as_it_was_written(minor: int) -> None:
    assert Money.of(str(Money(minor))) == Money(minor)


@given(minors, minors)
def test_sums_and_order_are_those_of_whole_numbers(one: int, other: int) -> None:
    assert Money(one) + Money(other) == Money(one + other)
    assert Money(one) - Money(other) == Money(one) + -Money(other)
    assert (Money(one) < Money(other)) == (one < other)
    assert (Money(one) <= Money(other)) == (one <= other)
    assert bool(Money(one)) == (one != 0)


@pytest.mark.parametrize("operator", ["__add__", "__sub__", "__lt__", "__le__"])
def test_two_currencies_never_meet_in_one_sum(operator: str) -> None:
    with pytest.raises(CurrenciesDiffer):
        getattr(Money(1), operator)(Money(1, "HKD"))
