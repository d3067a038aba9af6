"""Texts: screens from each room's `texts/zh_CN.po` (customers' screens: eight files, as English is the msgid), and what
is said outside of screens from a room's YAML in nine languages."""

import importlib.resources
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
import yaml
from babel.dates import format_skeleton
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

from qiao.kernel.languages import LANGUAGES, nearest

log = structlog.get_logger(__name__)
FILES: Final = {
    "zh-CN": "zh_CN.po",
    "zh-HK": "zh_HK.po",
    "fr": "fr.po",
    "de": "de.po",
    "es": "es.po",
    "ar": "ar.po",
    "ja": "ja.po",
    "ko": "ko.po",
}
"""Languages with a file; English is the msgid itself. What only staff read has the first one alone."""
_NEXT: Final = {"zh-HK": ("zh-HK", "zh-CN")}
"""Where a sentence lacks a language, a nearer one than English."""
_LOCALES: Final = {"zh-CN": "zh_Hans_CN", "zh-HK": "zh_Hant_HK"}
_PLACEHOLDER: Final = re.compile(r"\{(\w*)[^{}]*\}|%\((\w+)\)[sd]")
_Sentences = dict[tuple[str, str], tuple[str, ...]]


class TextsIncomplete(Exception):
    """Customers' texts lack a language or disagree about their placeholders; the house does not start."""


# Screens --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Texts:
    """Screen texts of all rooms, read once at start; held by the house: `house.get(Texts)`."""

    sentences: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict, repr=False)
    """(language, msgid) -> its form, or its forms by plural."""

    @classmethod
    def load(cls, packages: Iterable[str]) -> "Texts":
        """Read the files of these packages ("qiao.cases"), lowest floor first: the first to say it decides."""
        sentences: _Sentences = {}
        for package in packages:
            for key, forms in _room_texts(package).items():
                if sentences.setdefault(key, forms) != forms:
                    log.warning("texts.said_twice", room=package, msgid=key[1])
        return cls(sentences)

    def translate(self, language: str, msgid: str, /, **params: Any) -> str:
        """The sentence in this language with {name} filled in; what has no translation stays English.

        Plain text: a template escapes it like any other value. Parameters that are missing are left as they stand.
        """
        forms = self._forms(language, msgid)
        return fill(forms[0] if forms else msgid, params)

    def translate_plural(self, language: str, one: str, many: str, n: int, /, **params: Any) -> str:
        """The form for `n` things, with {n} filled in too. Chinese has one form; English has two."""
        forms = self._forms(language, one)
        said = forms[-1] if forms else (one if n == 1 else many)
        return fill(said, {"n": n, **params})

    def _forms(self, language: str, msgid: str) -> tuple[str, ...] | None:
        spoken = nearest(language, otherwise="en")
        tried = (self.sentences.get((one, msgid)) for one in _NEXT.get(spoken, (spoken,)))
        return next((forms for forms in tried if forms), None)

    def for_language(self, language: str) -> "Speaker":
        """The pair of functions that Jinja's i18n extension and pages call."""
        return Speaker(self, language)


@dataclass(frozen=True)
class Speaker:
    """Gettext's two functions in one language, safe to put into HTML."""

    texts: Texts
    language: str

    def gettext(self, msgid: str, /, **params: Any) -> Markup:
        """The sentence as markup: the translation and every parameter that is not itself Markup are escaped.

        A msgid that is Markup (from a `{% trans %}` block) keeps its own tags, and so does its translation.
        """
        said = self.texts.translate(self.language, str(msgid))
        safe = Markup(said) if isinstance(msgid, Markup) else escape(said)  # noqa: S704 - our own files
        return fill_markup(safe, params)

    def ngettext(self, one: str, many: str, n: int, /, **params: Any) -> Markup:
        """The same for `n` things."""
        said = self.texts.translate_plural(self.language, str(one), str(many), n)
        safe = Markup(said) if isinstance(one, Markup) else escape(said)  # noqa: S704 - our own files
        return fill_markup(safe, {"n": n, **params})


def fill(text: str, params: Mapping[str, Any]) -> str:
    """Put parameters into {name}; a text that cannot be filled is shown as it is rather than not at all."""
    if not params:
        return text
    try:
        return text.format_map(_Lenient(params))
    except (ValueError, IndexError, AttributeError, KeyError):
        return text


def fill_markup(text: Markup, params: Mapping[str, Any]) -> Markup:
    """The same for HTML: parameters are escaped unless they are Markup."""
    return Markup(fill(str(text), {name: escape(value) for name, value in params.items()})) if params else text  # noqa: S704


class _Lenient(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "{" + name + "}"


def missing(package: str) -> list[str]:
    """What is wrong with a room's file: no Chinese, fuzzy, or other placeholders."""
    found = []
    for language in FILES:
        for message in _catalog(package, language):
            msgid, strings = _forms(message)
            known = placeholders(" ".join((message.id,) if isinstance(message.id, str) else message.id))
            if not msgid:
                continue
            if message.fuzzy or not all(strings):
                found.append(f"{package}: no {language} for “{msgid}”")
            elif any(placeholders(string) - known for string in strings):
                found.append(f"{package}: other placeholders in the {language} of “{msgid}”")
    return found


def placeholders(text: str) -> set[str]:
    """The names in {name} or %(name)s."""
    return {brace or percent for brace, percent in _PLACEHOLDER.findall(text)}


@cache
def _room_texts(package: str) -> _Sentences:
    sentences: _Sentences = {}
    for language in FILES:
        for message in _catalog(package, language):
            msgid, strings = _forms(message)
            if msgid and all(strings) and not message.fuzzy:
                sentences[language, msgid] = strings
    return sentences


def _forms(message: Message) -> tuple[str, tuple[str, ...]]:
    """The msgid, and its translations by plural form."""
    msgid = message.id if isinstance(message.id, str) else message.id[0]
    strings = [message.string] if isinstance(message.string, str | None) else message.string
    return msgid, tuple(string or "" for string in strings)


def _catalog(package: str, language: str) -> Catalog:
    path = importlib.resources.files(package) / "texts" / FILES[language]
    if not path.is_file():
        return Catalog(FILES[language].partition(".")[0])
    with path.open("rb") as file:
        return read_po(file, FILES[language].partition(".")[0])


# Customers ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CustomerTexts:
    """What customers read and hear: key -> the nine languages. Plain text: an SMS needs no escaping."""

    package: str
    sentences: Mapping[str, Mapping[str, str]] = field(repr=False)

    @classmethod
    def load(cls, package: str, name: str = "texts.yaml") -> "CustomerTexts":
        """Read `texts/<name>` or `<name>` of the package. Raises TextsIncomplete naming every gap."""
        folder = importlib.resources.files(package)
        path = folder / "texts" / name
        source = path if path.is_file() else folder / name
        read = yaml.safe_load(source.read_text("utf-8"))
        problems = gaps(read)
        if problems:
            raise TextsIncomplete(f"{package}/{name}: " + "; ".join(problems))
        return cls(package, {str(key): dict(said) for key, said in read.items()})

    def say(self, key: str, language: str | None, /, **params: Any) -> str:
        """The text in the language nearest to the customer's. Raises KeyError: unknown key, parameter left out."""
        return self.sentences[key][nearest(language)].format(**params)

    def keys(self) -> list[str]:
        """Every text there is."""
        return sorted(self.sentences)


def when_text(language: str, at: datetime | None, *, now: datetime, zone: str) -> str:
    """A moment as people say it in that zone: "08:00", with its weekday unless it is today; "" for None."""
    if at is None:
        return ""
    place, spoken = ZoneInfo(zone), nearest(language)
    today = at.astimezone(place).date() == now.astimezone(place).date()
    skeleton = "Hm" if today else "EEEEHm"
    return str(format_skeleton(skeleton, at, tzinfo=place, locale=_LOCALES.get(spoken, spoken)))


def gaps(read: Any) -> list[str]:
    """What a file of customers' texts lacks: languages, words, or the same placeholders in each."""
    if not isinstance(read, Mapping) or not read:
        return ["it is no mapping of keys to languages"]
    problems = []
    for key, said in read.items():
        if not isinstance(said, Mapping):
            problems.append(f"{key}: no languages")
            continue
        lacking = [language for language in LANGUAGES if not str(said.get(language) or "").strip()]
        problems += [f"{key}: no {language}" for language in lacking]
        problems += [f"{key}: unknown language {language}" for language in said if language not in LANGUAGES]
        wanted = placeholders(str(said.get("en", "")))
        problems += [
            f"{key}: other placeholders in {language}"
            for language in LANGUAGES
            if language not in lacking and placeholders(str(said[language])) != wanted
        ]
    return problems
