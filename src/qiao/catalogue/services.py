"""The services there are, read from `built_in/services.yaml` once a process."""

from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from qiao.catalogue.model import Parameter, Service
from qiao.catalogue.model_keywords import Found, Keywords
from qiao.kernel.languages import LANGUAGES
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
    "sms",
    "self_service",
    "about_customer",
    "says",
}


class CatalogueIncomplete(Exception):
    """A service of the file cannot be used as it stands; the house does not start."""


@cache
def catalogue() -> dict[str, Service]:
    """Every service by code. Raises CatalogueIncomplete."""
    return read(yaml.safe_load(files("qiao.catalogue").joinpath("built_in/services.yaml").read_text("utf-8")))


def read(told: Any) -> dict[str, Service]:
    """The services of a file. Raises CatalogueIncomplete naming every gap: nine names, known words, keywords once."""
    problems: list[str] = []
    found: dict[str, Service] = {}
    keywords: dict[str, str] = {}
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
        found[code] = _service(code, entry)
    problems += [
        f"{one.code}: undone by {one.undo}, which is not there"
        for one in found.values()
        if one.undo and one.undo not in found
    ]
    if problems:
        raise CatalogueIncomplete("; ".join(problems))
    return found


def _service(code: str, entry: dict[str, Any]) -> Service:
    return Service(
        code=code,
        names=dict(entry["name"]),
        kind=entry["kind"],
        level=entry["level"],
        parameters=tuple(Parameter(**one) for one in entry.get("parameters", ())),
        right=entry.get("right"),
        confirm=bool(entry.get("confirm", False)),
        gives_money=bool(entry.get("gives_money", False)),
        undo=entry.get("undo"),
        sms_keywords=tuple(str(word).upper() for word in entry.get("sms", ())),
        self_service=bool(entry.get("self_service", True)),
        about_customer=bool(entry.get("about_customer", True)),
        says=tuple(entry.get("says", ())),
    )


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
        if (one.self_service if audience == "customer" else one.right is None or one.right in rights)
    ]
