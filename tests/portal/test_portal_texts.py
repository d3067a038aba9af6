"""Every sentence of a customer's page exists in nine languages, its placeholders with it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from babel.messages.pofile import read_po

from qiao import bss, cases, catalogue, interactions, outreach, routing
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.kernel.service_ids import NumberNotUnderstood
from qiao.platform.i18n import FILES, placeholders
from qiao.platform.rate_limits import TooManyRequests
from qiao.platform.signing import LinkExpired, LinkNotValid
from qiao.platform.web.answers import NotPossibleHere, SomethingBroke, TooLarge, TryAgainSoon
from qiao.platform.web.calling import FormTooOld, SignInNeeded
from tools.texts import HOUSE, said_in

SHELL = ("portal", "plain", "choices", "head", "foot", "error", "large")
"""Templates of the kit that stand on customers' pages."""
MET: tuple[type[Refused], ...] = (
    *(Refused, NotFound, InputNotUnderstood, NumberNotUnderstood, TooManyRequests, LinkExpired, LinkNotValid),
    *(NotPossibleHere, SomethingBroke, TooLarge, TryAgainSoon, FormTooOld, SignInNeeded),
    *(bss.OperatorAway, catalogue.ProofTooLow, catalogue.ConfirmationNotRight, catalogue.TooManyWrongAnswers),
    *(catalogue.KeyUsedForAnotherOrder, catalogue.NumberNoLongerHis, routing.EntryPointUnknown),
    *(cases.AnsweredBefore, cases.NothingAsked, interactions.TextTooLong, interactions.TextIsEmpty),
)
"""What a customer may be refused on his pages, whichever room does."""


def said() -> set[str]:
    kit = {msgid for msgid, where in said_in(HOUSE / "ui").items() if any(f"ui/{one}.html" in where for one in SHELL)}
    purposes = {str(outreach.PURPOSES[one]) for one in outreach.CHOSEN}
    return {*said_in(HOUSE / "portal"), *kit, *purposes, *(one.text for one in MET)}


def translated(language: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in sorted(HOUSE.rglob(f"texts/{FILES[language]}")):
        with path.open("rb") as file:
            found |= {_first(one.id): _first(one.string) for one in read_po(file) if one.id and not one.fuzzy}
    return found


def _first(told: Any) -> str:
    return told if isinstance(told, str) else str(told[0])


@pytest.mark.parametrize("language", sorted(FILES))
def test_every_sentence_has_its_translation(language: str) -> None:
    known = translated(language)
    assert sorted(msgid for msgid in said() if not known.get(msgid)) == []
    assert [msgid for msgid in said() if placeholders(known[msgid]) != placeholders(msgid)] == []


def test_all_languages_but_english_have_a_file() -> None:
    assert {*FILES, "en"} == set(LANGUAGES)


@pytest.mark.slow
@pytest.mark.parametrize("language", ["ar", "ja", "ko", "zh-HK", "zh-CN"])
def test_no_sentence_is_left_in_english_where_letters_differ(language: str) -> None:
    latin = [
        msgid
        for msgid in said()
        if re.search(r"[a-z]{3}", msgid) and not re.search(r"[^\x00-\u024f\u2000-\u206f]", translated(language)[msgid])
    ]
    assert [one for one in latin if one not in {"Qiao", "Text messages"}] == []
