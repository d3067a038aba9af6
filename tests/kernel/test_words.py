"""Ids, origins, languages and refusals."""

import pytest

from qiao.kernel.ids import InteractionId, new_id
from qiao.kernel.languages import N_, nearest
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused


def test_ids_are_version_7_and_of_their_own() -> None:
    made = {new_id() for _ in range(1000)}
    assert len(made) == 1000
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}


@pytest.mark.parametrize("interaction", [None, InteractionId(new_id())])
def test_an_origin_comes_back_as_it_was_stored(interaction: InteractionId | None) -> None:
    origin = Origin("chat", interaction, "agent:1", "flow")
    assert Origin.from_json(origin.as_json()) == origin


def test_an_empty_origin_is_the_house_itself() -> None:
    assert Origin.from_json({}) == Origin("system")


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("zh-CN", "zh-CN"),
        ("EN_gb", "en"),
        ("fr-CA", "fr"),
        ("yue", "zh-HK"),
        ("zh-TW", "zh-HK"),
        ("zh-Hant-HK", "zh-HK"),
        ("zh", "zh-CN"),
        ("tlh", "zh-CN"),
        ("", "zh-CN"),
        (None, "zh-CN"),
    ],
)
def test_the_nearest_language_is_spoken(asked: str | None, given: str) -> None:
    assert nearest(asked) == given


def test_a_marked_text_is_itself() -> None:
    assert N_("x") == "x"


class TooMuch(Refused):
    code = "tests.too_much"
    text = N_("{count} is too much.")


def test_a_refusal_says_its_code_and_its_sentence() -> None:
    assert str(TooMuch(count=3)) == "tests.too_much: 3 is too much."
    assert str(TooMuch()) == "tests.too_much"
    assert NotFound().params == {}


def test_a_form_names_its_fields() -> None:
    assert InputNotUnderstood({"title": "x"}, kept=1).fields == {"title": "x"}
    assert InputNotUnderstood().fields == {}
