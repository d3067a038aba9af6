"""Faults of rules in the reader's language: every sentence of the models is known here, and nothing is lost of it."""

from __future__ import annotations

from typing import Any

import pytest

from qiao import compensation
from qiao.cases.categories import all_problems
from qiao.cases.model_clocks import book_problems
from qiao.desk.rule_faults import FAULTS, HEADS, in_words
from qiao.platform.i18n import Texts

TEXTS = Texts.load(["qiao.kernel", "qiao.cases", "qiao.desk"])
UNWANTED = "complaint/billing/unwanted_value_added_service"


def chinese(text: str) -> str:
    return TEXTS.translate("zh-CN", text)


@pytest.mark.parametrize("pattern", [*FAULTS, *HEADS])
def test_each_sentence_is_read_back_and_said_in_chinese(pattern: str) -> None:
    filled = pattern.format(code="x_y", n="7", what="a b")
    assert in_words(filled, lambda text: text) == filled
    assert chinese(pattern) != pattern


@pytest.mark.parametrize(
    "definition",
    [
        {}, {"severity": 7}, {"severity": 2, "ask": ["nothing"], "watch": ["x"], "declare": ["y"]},
        {"severity": 2, "prove": [{"code": "A", "check": "none", "bill": "never", "expires_days": 0}, 7]},
        {"severity": 2, "lifecycle": {"stages": [{"code": "a"}, {"code": "b", "resolves": 1}], "moves": [{}]}},
        {"severity": 2, "steps": [{"code": "s", "act": "dance", "when": {"field": "x"}}]}, {"colour": 1}, [],
    ],
)  # fmt: skip
def test_what_the_models_say_of_a_category_is_said_in_chinese(definition: Any) -> None:
    for told in all_problems(UNWANTED, definition):
        assert in_words(told, chinese) != told, told


@pytest.mark.parametrize(
    "definition",
    [
        [], {}, {"calendars": {"A": 1}, "rules": [1]},
        {"calendars": {"a": {"zone": "Mars", "week": {"xyz": []}}}, "rules": [{}]},
        {"calendars": {"a": {"zone": "UTC", "week": {"mon": ["9"]}, "holidays": ["x"]}}, "rules": [{"code": "r"}]},
    ],
)  # fmt: skip
def test_what_the_models_say_of_clocks_and_limits_is_said_in_chinese(definition: Any) -> None:
    for told in [*book_problems(definition), *compensation.limit_problems(definition)]:
        assert in_words(told, chinese) != told, told


def test_every_part_of_where_a_fault_is_is_said_in_chinese() -> None:
    said = in_words("calendar office: week mon: 12:30-12:00 ends before it begins or after midnight", chinese)
    assert said.split(": ")[:2] == [
        chinese("calendar {code}").format(code="office"),
        chinese("week {code}").format(code="mon"),
    ]
    assert chinese("{what} ends before it begins or after midnight").format(what="12:30-12:00") in said
