"""On what terms a service is had: what it costs, who may have it, how it is undone. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, Literal

from qiao.kernel.conditions import Field, Fields, Kind, Tree, evaluate, fields_used
from qiao.kernel.languages import N_
from qiao.kernel.money import Money
from qiao.kernel.refused import Refused

Per = Literal["", "once", "month"]
Group = Literal["account", "plan", "extras", "number", "help"]
GROUPS: Final[tuple[Group, ...]] = ("account", "plan", "extras", "number", "help")
"""How menus put services together, in their order."""
FIELDS: Final[Fields] = {
    "segment": Field(Kind.TEXT, N_("Segment")),
    "customer_kind": Field(Kind.TEXT, N_("Person or company"), frozenset({"person", "company"})),
    "age": Field(Kind.NUMBER, N_("Age in years")),
    "number_kind": Field(Kind.TEXT, N_("Kind of number"), frozenset({"mobile", "broadband", "tv"})),
    "plan_kind": Field(Kind.TEXT, N_("Kind of plan"), frozenset({"personal", "business", "home"})),
    "suspended": Field(Kind.BOOL, N_("Suspended")),
    "suspended_for": Field(Kind.TEXT, N_("Why it is suspended")),
    "owed": Field(Kind.MONEY, N_("Money owed")),
    "refuses_added": Field(Kind.BOOL, N_("Refuses all value-added services")),
}
"""What a rule may ask about."""


class NotEligible(Refused):
    """He may not have this service as things stand; `why` names the sentence he is told."""

    code = "catalogue.not_eligible"
    text = N_("This customer cannot have this service as things stand. Nothing was changed.")
    why: ClassVar[str] = "other"


class NumberIsSuspended(NotEligible):
    """It is suspended."""

    text = N_("The number is suspended. Nothing was changed; resume it first.")
    why = "suspended"


class NumberIsNotSuspended(NotEligible):
    """There is nothing to resume."""

    text = N_("The number is not suspended. Nothing was changed.")
    why = "not_suspended"


class MoneyIsOwed(NotEligible):
    """Something is owed on the account."""

    text = N_("Money is owed on the account. Nothing was changed; it can be had once that is paid.")
    why = "owes"


class ForPersonsOnly(NotEligible):
    """A company cannot have it."""

    text = N_("Only persons can have this, not companies. Nothing was changed.")
    why = "persons_only"


class TooYoung(NotEligible):
    """He is not of age."""

    text = N_("The customer is not of age. Nothing was changed; a parent can ask for it in a shop.")
    why = "too_young"


class ForMobilesOnly(NotEligible):
    """It is no mobile number."""

    text = N_("Only mobile numbers can have this. Nothing was changed; choose a mobile number.")
    why = "mobile_only"


class NotWithThisPlan(NotEligible):
    """The plan does not go with it."""

    text = N_("This does not go with the customer's plan. Nothing was changed.")
    why = "plan_kind"


class AddedServicesRefused(NotEligible):
    """He has had all value-added services refused."""

    text = N_("The customer has all value-added services refused. Nothing was changed; he must allow them again first.")
    why = "refuses_added"


class NotOffered(NotEligible):
    """What he chose is no longer among what may be chosen."""

    text = N_("What was chosen is no longer offered. Nothing was changed; choose something else.")
    why = "not_offered"


class PriceHasChanged(Refused):
    """It costs something else by now than was agreed."""

    code = "catalogue.price_has_changed"
    text = N_("The price has changed since the customer agreed. Nothing was done; tell the new price and ask again.")


REASONS: Final[Mapping[str, type[NotEligible]]] = {
    one.why: one
    for one in (
        NumberIsSuspended,
        NumberIsNotSuspended,
        MoneyIsOwed,
        ForPersonsOnly,
        TooYoung,
        ForMobilesOnly,
        NotWithThisPlan,
        AddedServicesRefused,
    )
}
"""Every reason that a rule may give."""


@dataclass(frozen=True, slots=True)
class Rule:
    """He may have it only while `when` holds; otherwise he is told `why`."""

    when: Tree
    why: str


@dataclass(frozen=True, slots=True)
class Undo:
    """The service that takes an order back. A value "$name" is that parameter, "$before.name" what was so before."""

    code: str
    parameters: Mapping[str, str]


def why_not(rules: Iterable[Rule], facts: Mapping[str, Any], now: datetime) -> str | None:
    """The first reason against it, or None. A rule that asks for what is not among `facts` does not speak yet."""
    for rule in rules:
        if fields_used(rule.when) <= facts.keys() and not evaluate(rule.when, facts, now):
            return rule.why
    return None


def operators_word_needed(rules: Iterable[Rule], facts: Mapping[str, Any]) -> bool:
    """Whether some rule asks for what is not among these facts."""
    return any(not fields_used(rule.when) <= facts.keys() for rule in rules)


def must_be_eligible(rules: Iterable[Rule], facts: Mapping[str, Any], now: datetime) -> None:
    """Raises the NotEligible that names the first reason against it."""
    why = why_not(rules, facts, now)
    if why is not None:
        raise REASONS[why]


def age_of(born_year: int | None, now: datetime) -> int | None:
    """Full years for certain: who is born in a year has them at its end. None for a company."""
    return now.year - born_year - 1 if born_year is not None else None


def must_cost(agreed: Money | None, now_costs: Money | None) -> None:
    """Raises PriceHasChanged when something was agreed and it is no longer the price."""
    if agreed is not None and agreed != now_costs:
        raise PriceHasChanged


def way_back(
    ways: Iterable[Undo], given: Mapping[str, str], before: Mapping[str, str]
) -> tuple[str, dict[str, str]] | None:
    """The first way to take an order back for which all that it needs is known: (service, parameters)."""
    for one in ways:
        filled = {name: _filled(value, given, before) for name, value in one.parameters.items()}
        if all(filled.values()):
            return one.code, filled
    return None


def _filled(value: str, given: Mapping[str, str], before: Mapping[str, str]) -> str:
    if value.startswith("$before."):
        return before.get(value.removeprefix("$before."), "")
    return given.get(value[1:], "") if value.startswith("$") else value
