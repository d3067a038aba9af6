"""Codes people text: from what was written to the service and what was written behind the code. Pure."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from qiao.catalogue.model import Parameter, Service, readable
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood

TEXT_MAX: Final = 160
_EDGES: Final = " \t\n.。,，!！?？#*()（）[]【】'\"“”「」:：;；、+"
_MONTH: Final = re.compile(r"(?:(20[0-9]{2})[-./年 ]?)?(0?[1-9]|1[0-2])月?(?:份)?")
_NOT_READ: Final = N_("The month cannot be read.")
_SPLIT: Final = re.compile(r"[\s,，;；、]+")
_NOT_UNDERSTOOD: Final = N_("This cannot be read; check it and try again.")
_NEEDED: Final = N_("Something is missing.")


@dataclass(frozen=True, slots=True)
class Found:
    """A service, and what was written behind its code, as it was written but in compatible forms."""

    service: Service
    rest: str = ""


def folded(text: str) -> str:
    """Compatible forms, no case, no punctuation around it, single spaces."""
    return " ".join(unicodedata.normalize("NFKC", text[:TEXT_MAX]).casefold().split()).strip(_EDGES)


class Keywords:
    """Every code and name of the services, ready to be looked for."""

    def __init__(self, services: Iterable[Service]) -> None:
        self._whole: dict[str, Service] = {}
        self._codes: list[tuple[str, Service]] = []
        for service in services:
            for word in (*service.sms_keywords, *service.names.values()):
                self._whole.setdefault(folded(word).replace(" ", ""), service)
            self._codes += [(folded(word), service) for word in service.sms_keywords]
        self._codes.sort(key=lambda one: (-len(one[0]), one[0]))

    def find(self, text: str) -> Found | None:
        """The service this text names by its code or its name, alone or with something behind it.

        Letters may be spaced out ("Y E"), wide or small. A code of letters must end where they end: "yesterday" is no
        "YE". Two codes in one text name nothing: nobody knows which was meant.
        """
        told = folded(text)
        compact = told.replace(" ", "")
        if not compact:
            return None
        if compact in self._whole:
            return Found(self._whole[compact])
        for code, service in self._codes:
            if not told.startswith(code):
                continue
            rest = told[len(code) :]
            if code.isascii() and not code.isdecimal() and rest[0].isalpha() and rest[0].isascii():
                continue
            if code.isdecimal() and rest[0].isalnum():
                continue
            rest = rest.strip(_EDGES)
            return None if self.find(rest) is not None else Found(service, rest)
        return None


def read_rest(service: Service, rest: str, today: date) -> dict[str, str]:
    """What was written behind a code as the service's parameters; what is left out takes its default.

    Of several parameters each takes the first word that can be one; a "line" takes what is left. `today` is the date
    where the customer is. Raises InputNotUnderstood naming what is missing or cannot be read.
    """
    given: dict[str, str] = {}
    wrong: dict[str, str] = {}
    only = len(service.parameters) == 1
    words = [rest] if only and rest else _SPLIT.sub(" ", rest).split()
    for parameter in service.parameters:
        value = _take(parameter, words, today, only=only)
        if value:
            given[parameter.name] = value
        elif value is None:
            wrong[parameter.name] = _NOT_READ
        elif parameter.needed:
            wrong[parameter.name] = _NEEDED
    if words and service.parameters and not wrong:
        wrong[service.parameters[-1].name] = _NOT_UNDERSTOOD
    if wrong:
        raise InputNotUnderstood(wrong)
    return given


def read_choices(service: Service, rest: str) -> tuple[dict[str, str], str]:
    """The choices among what was written behind a code, and what is left: a plan's name and "next month"."""
    given: dict[str, str] = {}
    words = _SPLIT.sub(" ", rest).split()
    for parameter in service.parameters:
        if parameter.kind == "choice" and (value := _taken(parameter, words, date.min)):
            given[parameter.name] = value
    return given, " ".join(words) if given else rest


def _take(parameter: Parameter, words: list[str], today: date, *, only: bool) -> str | None:
    """The parameter's value, taken out of the words; "" for none, None for a month that cannot be read."""
    if parameter.kind in ("line", "text") or (only and parameter.kind not in ("month", "choice")):
        taken, words[:] = " ".join(words), []
        return taken
    if parameter.kind == "month" and only:
        return month_of(words.pop() if words else "", parameter, today)
    if value := _taken(parameter, words, today):
        return value
    return month_of("", parameter, today) if parameter.kind == "month" and parameter.default else ""


def _taken(parameter: Parameter, words: list[str], today: date) -> str | None:
    """The value of the first word, or pair of words, that can be it; taken out of the words."""
    for place in range(len(words)):
        for many in (2, 1) if parameter.kind == "choice" else (1,):
            value = _as_value(parameter, " ".join(words[place : place + many]), today)
            if value:
                del words[place : place + many]
                return value
    return None


def _as_value(parameter: Parameter, word: str, today: date) -> str | None:
    if parameter.kind == "month":
        return month_of(word, parameter, today)
    if parameter.kind == "choice":
        told = folded(word)
        options = parameter.options.items()
        return next((value for value, names in options if told in {value, *map(folded, names.values())}), None)
    return word if readable(parameter, word) else None


def example_of(service: Service, today: date) -> str:
    """How it may be written: its first code and an example of what it needs behind it."""
    words = [service.sms_keywords[0] if service.sms_keywords else service.names["en"]]
    for parameter in service.parameters:
        if parameter.kind == "month" and len(service.parameters) == 1:
            words.append(f"{today:%Y-%m}")
        elif parameter.needed and parameter.kind != "month" and not parameter.default and parameter.example:
            words.append(parameter.example)
    return " ".join(words)


def month_of(rest: str, parameter: Parameter, today: date) -> str | None:
    """A month as people write it: 2026-10, 202610, 10, 10月; nothing written: the parameter's default.

    A month without a year is the last one of that name that has begun. None when it cannot be read.
    """
    if not rest:
        back = 1 if parameter.default == "last_month" else 0
        year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
        return f"{year:04d}-{month + 1:02d}"
    found = _MONTH.fullmatch(rest)
    if found is None:
        return None
    month = int(found[2])
    year = int(found[1]) if found[1] else today.year - (month > today.month)
    return f"{year:04d}-{month:02d}"


def options_named(rest: str, offered: Mapping[str, Iterable[str]]) -> list[str]:
    """Of things offered (value -> its names), those that the words behind a code name, by a whole name or a part."""
    told = folded(rest).replace(" ", "")
    if not told:
        return []
    plain = {value: [folded(name).replace(" ", "") for name in names] for value, names in offered.items()}
    whole = [value for value, names in plain.items() if told in names]
    return whole or [value for value, names in plain.items() if any(told in name for name in names)]
