"""A service's parameters as the fields of a form that needs no script. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from qiao.catalogue import Offer, Parameter, Service
from qiao.kernel.languages import nearest
from qiao.kernel.money import Money

Control = Literal["month", "options", "offers", "secret", "long", "line"]
MONTHS_OFFERED: Final = 12
PREFIX: Final = "p."
"""What the name of a parameter's field begins with, so that none is taken for a field of the form's own."""
KEY_MAX: Final = 64
KEY_MIN: Final = 8
_TYPES: Final[Mapping[str, tuple[str, str]]] = {
    "digits": ("text", "numeric"),
    "amount": ("text", "decimal"),
    "number": ("tel", "tel"),
    "voucher": ("text", "numeric"),
    "email": ("email", "email"),
}
"""Kind -> the input's type and the keyboard it wants."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose, with its price if it has one."""

    value: str
    text: str
    price: Money | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One field, as the page draws it."""

    name: str
    label: str
    control: Control
    needed: bool
    value: str = ""
    choices: tuple[Choice, ...] = ()
    type: str = "text"
    input_mode: str = "text"
    example: str = ""


def fields_of(
    service: Service,
    *,
    language: str,
    today: date,
    offered: Mapping[str, Sequence[Offer]],
    given: Mapping[str, str],
) -> list[Field]:
    """A field for each parameter, in the service's order.

    `offered` holds what may be chosen for those that a look lists, `given` what is known; `today` is the date where
    the customer is.
    """
    return [
        _field(one, language, today, offered.get(one.name, ()), given.get(one.name, "")) for one in service.parameters
    ]


def _field(one: Parameter, language: str, today: date, offered: Sequence[Offer], value: str) -> Field:
    about = (PREFIX + one.name, one.label(language))
    if one.kind == "month":
        months = months_offered(today)
        chosen = value or months[1 if one.default == "last_month" else 0]
        return Field(*about, "month", one.needed, chosen, tuple(Choice(month, month) for month in months))
    if one.options:
        names = [Choice(key, _name(said, language, key)) for key, said in one.options.items()]
        return Field(*about, "options", one.needed, value or one.default, tuple(names))
    if one.among:
        listed = tuple(Choice(each.value, each.name(language), each.price) for each in offered)
        return Field(*about, "offers", one.needed, value or (listed[0].value if len(listed) == 1 else ""), listed)
    if one.kind == "secret":
        return Field(*about, "secret", one.needed)
    kind, keys = _TYPES.get(one.kind, ("text", "text"))
    control: Control = "long" if one.kind == "line" else "line"
    return Field(*about, control, one.needed, value, type=kind, input_mode=keys, example=one.example)


def months_offered(today: date) -> list[str]:
    """This month and those before it, the newest first: "2026-11"."""
    count = today.year * 12 + today.month - 1
    return [f"{month // 12:04d}-{month % 12 + 1:02d}" for month in range(count, count - MONTHS_OFFERED, -1)]


def told(pairs: Iterable[tuple[str, object]]) -> dict[str, str]:
    """The parameters among the fields of a form or an address; empty ones are as if not there."""
    return {
        name.removeprefix(PREFIX): value
        for name, value in pairs
        if name.startswith(PREFIX) and isinstance(value, str) and value.strip()
    }


def form_key(value: object) -> str | None:
    """What makes a form the same form when it is sent twice; None for what can be none."""
    if not isinstance(value, str) or not KEY_MIN <= len(value) <= KEY_MAX:
        return None
    return value if value.isascii() and value.replace("-", "").isalnum() else None


def chosen(fields: Iterable[Field], given: Mapping[str, str]) -> tuple[str, Money | None]:
    """How what was chosen among offers is called, and what it costs; "" and None where nothing was."""
    for field in fields:
        value = given.get(field.name.removeprefix(PREFIX))
        found = next((one for one in field.choices if one.value == value), None)
        if field.control == "offers" and found is not None:
            return found.text, found.price
    return "", None


def lacking(service: Service, given: Mapping[str, str]) -> bool:
    """Whether a look still has to be told something before it can be asked."""
    return any(one.needed and not given.get(one.name) and not one.default for one in service.parameters)


def with_defaults(fields: Iterable[Field], given: Mapping[str, str]) -> dict[str, str]:
    """What is given, and for a month or option that was not, the one the form shows as chosen."""
    shown = {one.name.removeprefix(PREFIX): one.value for one in fields if one.control in ("month", "options")}
    return {name: value for name, value in {**shown, **given}.items() if value}


def spelled_out(service: Service, given: Mapping[str, str], language: str) -> list[tuple[str, str]]:
    """The parameters of an order as people read them: (label, value). Secrets and references are left out."""
    shown = []
    for one in service.parameters:
        value = given.get(one.name, "")
        if value and not one.among and one.kind not in ("secret", "reference"):
            shown.append((one.label(language), _name(one.options.get(value, {}), language, value)))
    return shown


def _name(names: Mapping[str, str], language: str, otherwise: str) -> str:
    return names.get(nearest(language)) or names.get("en") or otherwise
