"""What customers are told of a look or an order, in nine languages: the same words on every channel. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal

from qiao.bss import (
    Allowance,
    Balance,
    Bill,
    BillSummary,
    FamilyMember,
    Line,
    Pack,
    Plan,
    Points,
    Subscription,
    UsageSum,
)
from qiao.catalogue.model import Order, Service
from qiao.catalogue.model_terms import NotEligible, PriceHasChanged
from qiao.catalogue.registry import teller
from qiao.catalogue.services import service as catalogue_service
from qiao.kernel.languages import nearest
from qiao.kernel.money import Money
from qiao.platform.i18n import CustomerTexts

LINES_MAX: Final = 4
"""So many lines of a bill or list are told in a text; the rest is on his page."""
_LOCALES: Final = {"zh-CN": "zh_Hans_CN", "zh-HK": "zh_Hant_HK"}
_STOPS: Final = {"zh-CN": "；", "zh-HK": "；", "ja": "、"}


@dataclass(frozen=True, slots=True)
class Offer:
    """Something that may be chosen for a parameter, with its price a month if it has one."""

    value: str
    names: dict[str, str]
    price: Money | None = None

    def name(self, language: str) -> str:
        """Its name in this language, else in English, else in Chinese."""
        return self.names.get(nearest(language)) or self.names.get("en") or self.names.get("zh-CN") or self.value


@cache
def words() -> CustomerTexts:
    """Every text told of looks and orders. Raises TextsIncomplete."""
    return CustomerTexts.load("qiao.catalogue", "answers.yaml")


def offers(value: Any) -> list[Offer]:
    """What a look's answer lists to be chosen from: subscriptions by reference, plans by code."""
    found = []
    for one in value if isinstance(value, list) else []:
        if isinstance(one, Subscription):
            found.append(Offer(one.ref, dict(one.names), one.monthly_fee))
        elif isinstance(one, Plan):
            found.append(Offer(one.code, dict(one.name), one.monthly_fee))
        elif isinstance(one, Pack):
            found.append(Offer(one.code, dict(one.names), one.price))
        elif isinstance(one, FamilyMember):
            found.append(Offer(one.service.value, {"en": one.service.national, "zh-CN": one.service.national}))
    return found


def answer_text(service: Service, value: Any, language: str, *, zone: str) -> str:
    """What the operator answered to a look, as it is told the customer."""
    spoken = nearest(language)
    tells = teller(service.code) or _TELLS.get(service.code)
    told = tells(value, spoken, zone) if value is not None and tells is not None else None
    return told or words().say("nothing", spoken, service=service.names[spoken])


def receipt_text(service: Service, order: Order, language: str, *, what: str = "") -> str:
    """What became of an order, as it is told the customer; `what` names what was chosen."""
    spoken = nearest(language)
    told = {
        "service": service.names[spoken],
        "what": about(what or chosen_text(service, order.parameters, spoken), spoken),
    }
    if order.state == "refused":
        return words().say("refused", spoken, why=_why(order.reason, spoken), **told)
    if order.pay_at:
        return words().say("pay_here", spoken, service=told["service"], page=order.pay_at)
    if order.waits_for_consent:
        return words().say(f"pending_{order.code}", spoken, **told)
    if order.state == "done" and f"done_{order.code}" in words().sentences:
        return words().say(f"done_{order.code}", spoken, reference=order.reference)
    return words().say("done" if order.state == "done" else "unknown", spoken, **told)


def consent_text(service: Service, order: Order, language: str, *, state: str) -> str:
    """What whoever ordered is told of the answer of him who was asked."""
    spoken = nearest(language)
    told = {"service": service.names[spoken], "what": about(chosen_text(service, order.parameters, spoken), spoken)}
    if state == "agreed":
        return words().say("member_agreed", spoken, **told)
    return words().say("refused", spoken, why=_why(f"member_{state}", spoken), **told)


def refusal_text(service: Service, refused: NotEligible | PriceHasChanged, language: str) -> str:
    """Why he may not have it, as he is told before anything was ordered."""
    spoken = nearest(language)
    reason = refused.why if isinstance(refused, NotEligible) else "price_changed"
    return words().say("refused", spoken, service=service.names[spoken], what="", why=_why(reason, spoken))


def why_text(reason: str, language: str) -> str:
    """A reason in his language: of a rule, or of an order that was refused."""
    return _why(reason, nearest(language))


def _why(reason: str, language: str) -> str:
    known = reason if f"why_{reason}" in words().sentences else "other"
    return words().say(f"why_{known}", language)


def chosen_text(service: Service, given: Mapping[str, str], language: str) -> str:
    """What was told a service, where it says something to him: choices, numbers, amounts; no voucher, no secret."""
    spoken, shown = nearest(language), []
    for parameter in service.parameters:
        value = given.get(parameter.name, "")
        if not value:
            continue
        if parameter.kind == "choice":
            shown.append(parameter.options[value][spoken] if value in parameter.options else value)
        elif parameter.kind in ("number", "month", "email"):
            shown.append(value)
        elif parameter.kind == "amount":
            shown.append(money(Money.of(value), spoken))
    return ", ".join(shown)


def confirmation_text(
    service: Service, digits: str, language: str, *, what: str = "", price: Money | None = None
) -> str:
    """What is asked before an order by text is placed: what, at what price, and the digits that confirm it."""
    spoken = nearest(language)
    told = {"service": service.names[spoken], "what": about(what, spoken), "digits": digits}
    if price is None:
        return words().say("confirm", spoken, **told)
    name = "confirm_price_once" if service.per == "once" else "confirm_price"
    told_price = words().say(name, spoken, price=money(price, spoken), **told)
    gap = "" if spoken in _STOPS else " "
    return f"{told_price}{gap}{final_text(spoken)}" if service.final else told_price


def final_text(language: str) -> str:
    """That something cannot be taken back."""
    return words().say("final", nearest(language))


def about(what: str, language: str) -> str:
    """What was chosen, as it stands behind the name of the service."""
    return f" ({what})" if what and language not in _STOPS else f"（{what}）" if what else ""


def money(amount: Money, language: str) -> str:
    """An amount as people write it there."""
    locale = _LOCALES.get(language, language)
    return (
        str(format_currency(amount.minor / 100, amount.currency, locale=locale))
        .replace("\u00a0", " ")
        .strip("\u200e\u200f")
    )


def _balance(value: Balance, language: str, zone: str) -> str:
    return words().say(
        "balance", language, amount=money(value.amount, language), at=_moment(value.as_of, language, zone)
    )


def _plan(value: Plan, language: str, zone: str) -> str:
    left = _listed([_allowance(one, language) for one in value.allowances if one.total], language) or "–"
    return words().say(
        "plan", language, name=_name(value.name, language), fee=money(value.monthly_fee, language), left=left
    )


def _bill(value: Bill, language: str, zone: str) -> str:
    largest = sorted((line for line in value.lines if line.amount.minor), key=lambda line: -abs(line.amount.minor))
    lines = _listed([f"{_name(line.text, language)} {money(line.amount, language)}" for line in largest], language)
    name = "bill" if value.state == "issued" else "bill_open"
    return (
        words()
        .say(name, language, month=_month(value.month, language), total=money(value.total, language), lines=lines)
        .strip()
    )


def _bills(value: list[BillSummary], language: str, zone: str) -> str | None:
    lines = [f"{_month(one.month, language)} {money(one.total, language)}" for one in value]
    return words().say("bills", language, lines=_listed(lines, language)) if lines else None


def _usage(value: list[UsageSum], language: str, zone: str) -> str | None:
    lines = [_used(one, language) for one in value]
    return words().say("usage", language, lines=_listed(lines, language)) if lines else None


def _services(value: list[Subscription], language: str, zone: str) -> str | None:
    return words().say("services_list", language, count=len(value), lines=_offered(value, language)) if value else None


def _ended(value: list[Subscription], language: str, zone: str) -> str | None:
    return words().say("ended_services", language, count=len(value), lines=_offered(value, language)) if value else None


def _plans(value: list[Plan], language: str, zone: str) -> str | None:
    return words().say("plans_offered", language, lines=_offered(value, language)) if value else None


def _left(value: Plan, language: str, zone: str) -> str | None:
    left = _listed([_allowance(one, language) for one in value.allowances if one.total], language)
    return words().say("allowance", language, left=left) if left else None


def _points(value: Points, language: str, zone: str) -> str:
    told = {"total": value.total, "ending": value.ending, "date": _day(value.ends_on, language)}
    return words().say("points", language, **told)


def _packs(value: list[Pack], language: str, zone: str) -> str | None:
    return words().say("data_packs", language, lines=_offered(value, language)) if value else None


def _family(value: list[FamilyMember], language: str, zone: str) -> str | None:
    lines = _listed([one.service.national for one in value], language)
    return words().say("family", language, lines=lines) if value else None


def _forwarding(value: Line, language: str, zone: str) -> str | None:
    names = next(one for one in catalogue_service("set_forwarding").parameters if one.name == "when").options
    lines = [f"{names[when][language]} → {number}" for when, number in value.forwarding.items()]
    return words().say("forwarding", language, lines=_listed(lines, language)) if lines else None


def _line(value: Line, language: str, zone: str) -> str:
    on = [*sorted(value.features), *(["refuses_added"] if value.refuses_added else [])]
    shown = _listed([words().say(f"feature_{one}", language) for one in on or ["none"]], language)
    said = [words().say(f"line_{value.state}", language, on=shown)]
    if value.next_plan is not None and value.next_plan_from is not None:
        told = {"plan": _name(value.next_plan, language), "date": _day(value.next_plan_from, language)}
        said.append(words().say("line_next_plan", language, **told))
    if value.sim_requested_at is not None:
        said.append(words().say("line_sim", language))
    return ("" if language in _STOPS else " ").join(said)


_TELLS: Final[dict[str, Callable[[Any, str, str], str | None]]] = {
    "balance": _balance,
    "plan": _plan,
    "bill": _bill,
    "bills": _bills,
    "usage": _usage,
    "services_list": _services,
    "ended_services": _ended,
    "plans_offered": _plans,
    "allowance": _left,
    "points": _points,
    "data_packs": _packs,
    "family": _family,
    "forwarding": _forwarding,
    "line_status": _line,
}


def _offered(value: Sequence[Any], language: str) -> str:
    return _listed(
        [
            f"{one.name(language)} {money(one.price, language)}" if one.price else one.name(language)
            for one in offers(list(value))
        ],
        language,
    )


def _name(names: dict[str, str], language: str) -> str:
    return names.get(language) or names.get("en") or names.get("zh-CN") or ""


def _allowance(one: Allowance, language: str) -> str:
    return _quantity(one.kind, one.left, one.unit, language)


def _used(one: UsageSum, language: str) -> str:
    told = _quantity(one.kind, one.quantity, one.unit, language)
    return f"{told} ({money(one.charge, language)})" if one.charge.minor else told


def _quantity(kind: str, quantity: int, unit: str, language: str) -> str:
    what = words().say(f"kind_{kind}", language) if f"kind_{kind}" in words().sentences else kind
    if unit == "MB" and quantity >= 1024:
        amount = f"{format_decimal(round(quantity / 1024, 1), locale=_LOCALES.get(language, language))} GB"
    else:
        shown = words().say(f"unit_{unit}", language) if f"unit_{unit}" in words().sentences else unit
        gap = "" if language in _STOPS or not shown else " "
        amount = f"{format_decimal(quantity, locale=_LOCALES.get(language, language))}{gap}{shown}"
    return f"{what}{'' if language in _STOPS else ' '}{amount}"


def _listed(lines: Sequence[str], language: str) -> str:
    more = "…" if len(lines) > LINES_MAX else ""
    return _STOPS.get(language, "; ").join(lines[:LINES_MAX]) + more


def _month(month: str, language: str) -> str:
    year, number = month.split("-")
    return str(format_skeleton("yMMM", date(int(year), int(number), 1), locale=_LOCALES.get(language, language)))


def _day(day: date, language: str) -> str:
    return str(format_skeleton("yMMMd", day, locale=_LOCALES.get(language, language)))


def _moment(at: datetime, language: str, zone: str) -> str:
    there, locale = at.astimezone(ZoneInfo(zone)), _LOCALES.get(language, language)
    return f"{format_skeleton('MMMd', there, locale=locale)} {format_skeleton('Hm', there, locale=locale)}"
