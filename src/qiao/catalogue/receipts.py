"""What customers are told of a look or an order, in nine languages: the same words on every channel. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from babel.numbers import format_currency, format_decimal

from qiao.bss import Allowance, Balance, Bill, BillSummary, Plan, Subscription, UsageSum
from qiao.catalogue.model import Order, Service
from qiao.kernel.languages import nearest
from qiao.kernel.money import Money
from qiao.platform.i18n import CustomerTexts

LINES_MAX: Final = 4
"""So many lines of a bill or list are told in a text; the rest is on his page."""
_LOCALES: Final = {"zh-CN": "zh_Hans_CN", "zh-HK": "zh_Hant_HK"}
_STOPS: Final = {"zh-CN": "；", "zh-HK": "；", "ja": "、"}
_NAMED_REASONS: Final = frozenset({"number_changed_hands", "plan_not_offered", "not_running"})


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
    return found


def answer_text(service: Service, value: Any, language: str, *, zone: str) -> str:
    """What the operator answered to a look, as it is told the customer."""
    spoken = nearest(language)
    told = _TELLS[service.code](value, spoken, zone) if value is not None and service.code in _TELLS else None
    return told or words().say("nothing", spoken, service=service.names[spoken])


def receipt_text(service: Service, order: Order, language: str, *, what: str = "") -> str:
    """What became of an order, as it is told the customer; `what` names what was chosen."""
    spoken = nearest(language)
    told = {"service": service.names[spoken], "what": about(what, spoken)}
    if order.state == "refused":
        reason = order.reason if order.reason in _NAMED_REASONS else "other"
        return words().say("refused", spoken, why=words().say(f"why_{reason}", spoken), **told)
    return words().say("done" if order.state == "done" else "unknown", spoken, **told)


def confirmation_text(
    service: Service, digits: str, language: str, *, what: str = "", price: Money | None = None
) -> str:
    """What is asked before an order by text is placed: what, at what price, and the digits that confirm it."""
    spoken = nearest(language)
    told = {"service": service.names[spoken], "what": about(what, spoken), "digits": digits}
    if price is None:
        return words().say("confirm", spoken, **told)
    return words().say("confirm_price", spoken, price=money(price, spoken), **told)


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


def _plans(value: list[Plan], language: str, zone: str) -> str | None:
    return words().say("plans_offered", language, lines=_offered(value, language)) if value else None


_TELLS: Final[dict[str, Callable[[Any, str, str], str | None]]] = {
    "balance": _balance,
    "plan": _plan,
    "bill": _bill,
    "bills": _bills,
    "usage": _usage,
    "services_list": _services,
    "plans_offered": _plans,
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


def _moment(at: datetime, language: str, zone: str) -> str:
    there, locale = at.astimezone(ZoneInfo(zone)), _LOCALES.get(language, language)
    return f"{format_skeleton('MMMd', there, locale=locale)} {format_skeleton('Hm', there, locale=locale)}"
