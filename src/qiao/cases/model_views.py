"""Saved views of cases: what a condition may ask of a case. Pure."""

from typing import Any, Final

from qiao.cases.model import KINDS, STATUSES
from qiao.kernel.conditions import Field, Fields, Kind
from qiao.kernel.languages import N_

FIELDS: Final[Fields] = {
    "status": Field(Kind.TEXT, N_("Where it stands"), frozenset(STATUSES)),
    "kind": Field(Kind.TEXT, N_("Kind"), frozenset(KINDS)),
    "category": Field(Kind.TEXT, N_("Category")),
    "severity": Field(Kind.NUMBER, N_("Severity")),
    "opened_at": Field(Kind.INSTANT, N_("Opened at")),
    "moved_at": Field(Kind.INSTANT, N_("Last moved")),
    "due_at": Field(Kind.INSTANT, N_("Promised by")),
    "red": Field(Kind.BOOL, N_("Promise broken")),
    "owned": Field(Kind.BOOL, N_("Somebody is in charge")),
    "mine": Field(Kind.BOOL, N_("I am in charge")),
    "title": Field(Kind.TEXT, N_("Title")),
}
"""`category` is its code, so that `starts_with` names a whole branch."""

NAME_MAX: Final = 60
VIEWS_MAX: Final = 50
"""Views that one person keeps."""


def problems_in_words(problems: list[Any]) -> str:
    """All that is wrong with a condition in one line of English, each with its place."""
    return "; ".join(f"{one.path or 'condition'}: {one.text.format(**one.params)}" for one in problems)
