"""What the catalogue's answers are to a flow: plain facts by name, in the customer's language."""

import dataclasses
from collections.abc import Mapping
from typing import Any, Final

from qiao import catalogue
from qiao.bss import Balance, Bill, BillSummary, Plan, Subscription, UsageSum
from qiao.kernel.languages import nearest
from qiao.kernel.money import Money

Facts = dict[str, Any]
ROWS_MAX: Final = 9
FACTS_TOLD: Final[Mapping[str, frozenset[str]]] = {
    "balance": frozenset({"amount", "owed", "credit_limit"}),
    "plan": frozenset({"name", "code", "fee", "data_left", "data_total", "data_used", "voice_left", "sms_left"}),
    "bill": frozenset({"month", "total", "due", "held", "lines", "rows", "list"}),
    "bills": frozenset({"rows", "list", "lines"}),
    "usage": frozenset({"lines", "list", "rows", "charge"}),
    "services_list": frozenset({"rows", "list", "lines", "fee"}),
    "data_packs": frozenset({"rows", "list", "lines"}),
    "family": frozenset({"rows", "list", "lines"}),
    "line_state": frozenset({"state", "suspended_for", "owed", "roaming", "registered", "abroad"}),
    "network_state": frozenset({"outage", "until"}),
    "broadband_line": frozenset({"found", "state", "owed", "sync", "quality", "power_dbm", "outage", "until"}),
}
"""Service -> the facts it tells; of a service that is not here, the plain fields of its answer."""


def facts_of(value: Any, language: str) -> Facts | None:
    """The facts of an answer; None when the operator knows of nothing.

    An amount of its own is a bare figure, which flows compare and put into a sentence that names the currency. In a
    row, which is shown and read aloud as it is, it bears its currency as people there write it.
    """
    match value:
        case None:
            return None
        case Balance():
            return {
                "amount": str(value.amount),
                "owed": value.amount.minor < 0,
                "credit_limit": str(value.credit_limit),
            }
        case Plan():
            return _plan(value, language)
        case Bill():
            rows = [
                (one.ref, f"{_name(one.text, language)} {catalogue.money(one.amount, language)}") for one in value.lines
            ]
            told = {"month": value.month, "total": str(value.total), "due": str(value.due), "held": str(value.held)}
            return told | _rows(rows)
        case list() | tuple():
            return _several(value, language)
    return _fields(value, language)


def _several(values: list[Any] | tuple[Any, ...], language: str) -> Facts:
    rows: list[tuple[str, str]] = []
    sums: Facts = {}
    for one in values:
        match one:
            case BillSummary():
                rows.append((one.month, f"{one.month} {catalogue.money(one.total, language)}"))
            case UsageSum():
                rows.append((one.kind, f"{one.kind} {one.quantity} {one.unit}"))
            case _ if offered := catalogue.offers([one]):
                priced = f" {catalogue.money(offered[0].price, language)}" if offered[0].price else ""
                rows.append((offered[0].value, f"{offered[0].name(language)}{priced}"))
            case _:
                fields = _fields(one, language)
                rows.append((str(fields.get("ref") or fields.get("code") or ""), str(fields.get("name") or "")))
    if values and all(isinstance(one, Subscription) for one in values):
        sums["fee"] = str(Money(sum(one.monthly_fee.minor for one in values), values[0].monthly_fee.currency))
    elif values and all(isinstance(one, UsageSum) for one in values):
        sums["charge"] = str(Money(sum(one.charge.minor for one in values), values[0].charge.currency))
    return _rows(rows) | sums


def _plan(plan: Plan, language: str) -> Facts:
    told: Facts = {"name": _name(plan.name, language), "code": plan.code, "fee": str(plan.monthly_fee)}
    for one in plan.allowances:
        told[f"{one.kind}_left"] = one.left
        if one.kind == "data":
            told |= {"data_total": one.total, "data_used": one.used}
    return told


def _rows(rows: list[tuple[str, str]]) -> Facts:
    return {"rows": rows, "lines": len(rows), "list": "\n".join(name for _, name in rows[:ROWS_MAX])}


def _fields(value: Any, language: str) -> Facts:
    """The plain fields of an answer that this room does not know."""
    if isinstance(value, Mapping):
        told = dict(value)
    elif dataclasses.is_dataclass(value):
        told = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
    else:
        return {"value": value if isinstance(value, bool | int | float) else str(value)}
    return {str(name): plain for name, one in told.items() if (plain := _plain(one, language)) is not None}


def _plain(value: Any, language: str) -> Any:
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Money):
        return str(value)
    if isinstance(value, Mapping) and value and all(isinstance(one, str) for one in value.values()):
        return _name(value, language)
    return value.isoformat() if hasattr(value, "isoformat") else None


def _name(names: Mapping[str, str], language: str) -> str:
    """A name in the nearest language there is."""
    return names.get(nearest(language, tuple(names), otherwise=next(iter(names), "")), "")
