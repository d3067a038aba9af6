"""The services there are, read from the files of `built_in` once a process."""

from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from qiao.catalogue.model import Parameter, Service
from qiao.catalogue.model_keywords import Found, Keywords
from qiao.catalogue.model_terms import FIELDS, GROUPS, REASONS, Rule, Undo
from qiao.kernel.conditions import validate
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.money import Money
from qiao.kernel.refused import NotFound
from qiao.platform.policy import Level

_KNOWN: Final = {
    "kind",
    "level",
    "name",
    "parameters",
    "right",
    "confirm",
    "gives_money",
    "undo",
    "final",
    "sms",
    "self_service",
    "about_customer",
    "says",
    "group",
    "price",
    "per",
    "priced_by",
    "eligible",
    "by",
    "then",
}
_FOLDER: Final = "built_in"
SERVICES: Final = ("services.yaml", "network.yaml")
"""Files of services; beside them, `parameters.yaml` is what several share."""


class CatalogueIncomplete(Exception):
    """A service of the file cannot be used as it stands; the house does not start."""


@cache
def catalogue() -> dict[str, Service]:
    """Every service by code. Raises CatalogueIncomplete."""
    told: dict[str, Any] = {}
    for name in SERVICES:
        for code, entry in _file(name).items():
            if code in told:
                raise CatalogueIncomplete(f"{code}: is in {name} again")
            told[code] = entry
    return read(told, _file("parameters.yaml"))


def _file(name: str) -> Any:
    return yaml.safe_load(files("qiao.catalogue").joinpath(_FOLDER, name).read_text("utf-8"))


def read(told: Any, parameters: Any = None) -> dict[str, Service]:
    """The services of a file, with the `parameters` they share, by name.

    Raises CatalogueIncomplete naming every gap: nine names, known words, keywords once, terms that hold together.
    """
    problems: list[str] = []
    found: dict[str, Service] = {}
    keywords: dict[str, str] = {}
    shared = dict(parameters or {})
    for name, entry in shared.items():
        for what, names in {name: entry["names"], **entry.get("options", {})}.items():
            problems += [f"{name}: {what} has no name in {one}" for one in LANGUAGES if not names.get(one)]
    for code, entry in dict(told).items():
        problems += [
            f"{code}: no name in {one}" for one in LANGUAGES if not str(entry.get("name", {}).get(one, "")).strip()
        ]
        problems += [f"{code}: unknown word {one}" for one in set(entry) - _KNOWN]
        if entry.get("kind") not in ("look", "act") or entry.get("level") not in [int(level) for level in Level]:
            problems.append(f"{code}: kind is look or act, level 0 to 3")
            continue
        for word in entry.get("sms", ()):
            if keywords.setdefault(str(word).upper(), code) != code:
                problems.append(f"{code}: the keyword {word} is taken by {keywords[str(word).upper()]}")
        problems += [f"{code}: {one}" for one in _terms_wrong(entry)]
        found[code] = _service(code, entry, shared)
    problems += [one for known in found.values() for one in (*_undone_wrong(known, found), *_then_wrong(known, found))]
    if problems:
        raise CatalogueIncomplete("; ".join(problems))
    return found


def _terms_wrong(entry: dict[str, Any]) -> list[str]:
    """What does not hold together of price and rules."""
    wrong = []
    if entry.get("group", "account") not in GROUPS:
        wrong.append(f"the group {entry['group']} is not there")
    priced = "price" in entry or "priced_by" in entry
    if priced != (entry.get("per") in ("once", "month")) or (priced and not entry.get("confirm")):
        wrong.append("a price is once or a month, and is confirmed")
    if bool(entry.get("final")) != (priced and not entry.get("undo")):
        wrong.append("what costs money is undone by something, or is final")
    for rule in entry.get("eligible", ()):
        wrong += [f"rule at {one.path or 'the top'}: {one.text}" for one in validate(rule["when"], FIELDS)]
        if rule["why"] not in REASONS:
            wrong.append(f"nobody is told why: {rule['why']}")
    return wrong


def _undone_wrong(one: Service, found: dict[str, Service]) -> list[str]:
    wrong = []
    for way in one.undo:
        if way.code not in found:
            wrong.append(f"{one.code}: undone by {way.code}, which is not there")
        elif {each.name for each in found[way.code].parameters if each.needed} - set(way.parameters):
            wrong.append(f"{one.code}: {way.code} needs more to undo it")
    return wrong


def _then_wrong(one: Service, found: dict[str, Service]) -> list[str]:
    if not one.then:
        return []
    act = found.get(one.then)
    chooses = act is not None and act.kind == "act" and any(each.among == one.code for each in act.parameters)
    return [] if chooses else [f"{one.code}: {one.then} does not choose among its answer"]


def _service(code: str, entry: dict[str, Any], shared: dict[str, Any]) -> Service:
    return Service(
        code=code,
        names=dict(entry["name"]),
        kind=entry["kind"],
        level=entry["level"],
        parameters=tuple(_parameter(shared.get(one["name"], {}), one) for one in entry.get("parameters", ())),
        right=entry.get("right"),
        confirm=bool(entry.get("confirm", False)),
        final=bool(entry.get("final", False)),
        gives_money=bool(entry.get("gives_money", False)),
        undo=tuple(Undo(one["code"], dict(one.get("parameters", {}))) for one in entry.get("undo", ())),
        sms_keywords=tuple(str(word).upper() for word in entry.get("sms", ())),
        self_service=bool(entry.get("self_service", True)),
        about_customer=bool(entry.get("about_customer", True)),
        says=tuple(entry.get("says", ())),
        group=entry.get("group", "account"),
        price=Money.of(entry["price"]) if "price" in entry else None,
        per=entry.get("per", ""),
        priced_by=entry.get("priced_by", ""),
        eligible=tuple(Rule(one["when"], one["why"]) for one in entry.get("eligible", ())),
        by=entry.get("by", "operator"),
        then=entry.get("then", ""),
    )


def _parameter(shared: dict[str, Any], one: dict[str, Any]) -> Parameter:
    """A choice with a default need not be made."""
    return Parameter(**{"needed": not (one["kind"] == "choice" and "default" in one), **shared, **one})


def service(code: str) -> Service:
    """One service. Raises NotFound."""
    found = catalogue().get(code)
    if found is None:
        raise NotFound
    return found


@cache
def keywords() -> Keywords:
    """The codes and names of what customers may have themselves."""
    return Keywords(services(audience="customer"))


def find_by_keyword(text: str) -> Found | None:
    """The service a customer's text names by its code or name; None when it names none, or two."""
    return keywords().find(text)


def services(*, audience: str = "staff", rights: frozenset[str] = frozenset()) -> list[Service]:
    """What may be offered to "customer" or "staff" (with these rights), in the order of the file."""
    return [
        one
        for one in catalogue().values()
        if (one.self_service if audience == "customer" else not one.secret and _right(one, rights))
    ]


def _right(one: Service, rights: frozenset[str]) -> bool:
    return one.right is None or one.right in rights
