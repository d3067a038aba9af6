"""What is charged on a bill by whoever the matter is about, and what of it still stands. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from qiao.bss import Bill, BillLine, Subscription
from qiao.kernel.money import Money

ADJUSTMENT: Final = "adjustment"
NAME_MIN: Final = 2
"""Characters of a charge's name that are enough to find it by."""


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge as it stood on a bill; `left` is what of it is not given back."""

    month: str
    line: BillLine
    left: Money
    issued: bool


def matches(codes: Iterable[str], *, short: Iterable[str | None], names: Iterable[str]) -> bool:
    """Whether something with these short codes and names is meant by one of `codes` (codes, or names of a charge)."""
    known = {one for one in short if one}
    told = [name.casefold() for name in names]
    return any(code in known or _names(code.strip().casefold(), told) for code in codes)


def _names(code: str, told: Sequence[str]) -> bool:
    if len(code) < NAME_MIN or code.isdecimal():
        return False
    return any(code in name for name in told)


def subscriptions_of(found: Iterable[Subscription], codes: Sequence[str]) -> list[Subscription]:
    """Of what runs on a number, what is meant by the codes."""
    return [
        one
        for one in found
        if matches(
            codes, short=(one.short_code, one.provider_code, one.code), names=(*one.names.values(), one.provider_name)
        )
    ]


def charges_on(bill: Bill, codes: Sequence[str]) -> list[Charge]:
    """The lines of a bill that are meant by the codes, each with what adjustments of it leave standing.

    An adjustment belongs to the line it names (its reference ends with that line's); one that names none goes against
    the provider's lines in order. Nothing is left below zero.
    """
    mine = [
        line
        for line in bill.lines
        if line.kind != ADJUSTMENT
        and line.amount.minor > 0
        and matches(codes, short=(line.provider_code,), names=line.text.values())
    ]
    left = {line.ref: line.amount.minor for line in mine}
    loose: dict[str | None, int] = {}
    for one in bill.lines:
        if one.kind == ADJUSTMENT and one.amount.minor < 0:
            of = next((ref for ref in left if one.ref.endswith(ref)), None)
            if of is not None:
                left[of] += one.amount.minor
            else:
                loose[one.provider_code] = loose.get(one.provider_code, 0) - one.amount.minor
    for line in mine:
        given = min(max(left[line.ref], 0), loose.get(line.provider_code, 0) if line.provider_code else 0)
        left[line.ref] -= given
        loose[line.provider_code] = loose.get(line.provider_code, 0) - given
    issued = bill.state == "issued"
    return [Charge(bill.month, line, Money(max(left[line.ref], 0), line.amount.currency), issued) for line in mine]


def standing(charges: Iterable[Charge]) -> list[Charge]:
    """Those of which something is left."""
    return [charge for charge in charges if charge.left.minor > 0]
