"""The house's standard for cases: "three ones" and "three 100 %", each over what came before it. Pure.

The standard is that of a Beijing service centre: dealt with in the first moment, by the first person, in one go; every
question solved, every solution told to the customer, everyone who was told satisfied. Each count is a part of the one
before it, so that no share can be made better by asking fewer people.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from qiao.kernel.languages import N_

SATISFIED_FROM: Final = 4
"""Stars, of 5, from which a customer who rated counts as satisfied; who said yes and did not rate does too."""
HUNDREDS: Final[dict[str, str]] = {
    "solved": N_("asked and proved solved"),
    "told": N_("solved and told to the customer"),
    "satisfied": N_("told, and the customer is satisfied"),
}
ONES: Final[dict[str, str]] = {
    "first_moment": N_("the first answer came in time"),
    "first_person": N_("solved by whoever heard it first"),
    "one_go": N_("solved in one go"),
}


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What one case shows, each from a record of its own.

    `proved`: every condition of its newest resolution was seen to hold. `told`: an answer, a text that left, or the
    customer's own word after that resolution. `said_yes`: his own yes. `stars`: his newest rating, 0 without one.
    `answered_in_time`: its clock of the first answer was met and never breached. `by_first_person`: resolved by who
    opened it. `in_one_go`: one resolution, never taken up again.
    """

    proved: bool
    told: bool
    said_yes: bool
    stars: int
    answered_in_time: bool
    by_first_person: bool
    in_one_go: bool

    @property
    def satisfied(self) -> bool:
        """His yes, and no rating below SATISFIED_FROM."""
        return self.said_yes and (self.stars == 0 or self.stars >= SATISFIED_FROM)


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`."""

    count: int
    of: int

    @property
    def percent(self) -> float | None:
        """0 to 100; None of nothing."""
        return None if self.of == 0 else 100 * self.count / self.of


@dataclass(frozen=True, slots=True)
class Standard:
    """What so many cases come to. The hundreds are nested: asked, solved, told, satisfied."""

    solved: Share
    told: Share
    satisfied: Share
    first_moment: Share
    first_person: Share
    one_go: Share


def standard_of(facts: Mapping[CaseFacts, int]) -> Standard:
    """Count them; `facts` tells how many cases show the same.

    The first moment is counted over all that was asked, the other two ones over what was solved.
    """

    def many(fits: Callable[[CaseFacts], bool]) -> int:
        return sum(times for one, times in facts.items() if fits(one))

    asked = sum(facts.values())
    solved = many(lambda one: one.proved)
    told = many(lambda one: one.proved and one.told)
    return Standard(
        solved=Share(solved, asked),
        told=Share(told, solved),
        satisfied=Share(many(lambda one: one.proved and one.told and one.satisfied), told),
        first_moment=Share(many(lambda one: one.answered_in_time), asked),
        first_person=Share(many(lambda one: one.proved and one.by_first_person), solved),
        one_go=Share(many(lambda one: one.proved and one.in_one_go), solved),
    )
