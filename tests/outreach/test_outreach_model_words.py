"""Words that stop and start, and templates that hold together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.kernel.languages import LANGUAGES
from qiao.outreach.model_stop import START_WORDS, STOP_WORDS, plain_word, wish_of
from qiao.outreach.model_templates import (
    BROKEN_BRACES,
    NO_LANGUAGE,
    TOO_LONG,
    UNKNOWN_VARIABLE,
    Template,
    TemplatesNotUnderstood,
    one_line,
    problems_of,
    read_templates,
)

WHOLE = dict.fromkeys(LANGUAGES, "Case {number}")


@pytest.mark.parametrize(
    "text",
    [
        "STOP", "stop", " Stop. ", "td", "TD", "ＴＤ", "T D", "退订 ", "退订！", "不要再发",
        "不要再发了", "停止", "ARRÊT",
        "arret", "STOPP", "Abmelden", "BAJA", "إيقاف", "الغاء", "停止する", "ストップ", "ｽﾄｯﾌﾟ", "수신거부",
        "중지", "取消订阅",
    ],
)  # fmt: skip
def test_a_word_to_stop_is_heard_in_every_way_of_writing(text: str) -> None:
    assert wish_of(text) == "stop"


@pytest.mark.parametrize(
    "text", ["START", "开始", "恢复", "Reprendre", "démarrer", "alta", "بدء", "再開", "시작", "ＤＹ"]
)
def test_a_word_to_start_is_heard_too(text: str) -> None:
    assert wish_of(text) == "start"


@pytest.mark.parametrize(
    "text", ["", "1", "please do not stop my service", "退订怎么收费？", "STOP " * 20, "x" * 5000, "🙂", "td1729"]
)
def test_anything_else_is_no_such_word(text: str) -> None:
    assert wish_of(text) is None


@given(word=st.sampled_from(sorted(STOP_WORDS)), around=st.sampled_from(["", " ", "!", "。", "\n", "“"]))
def test_every_stop_word_stops_and_starts_nothing(word: str, around: str) -> None:
    assert wish_of(f"{around}{word.upper()}{around}") == "stop"


@given(word=st.sampled_from(sorted(START_WORDS)))
def test_every_start_word_starts(word: str) -> None:
    assert wish_of(word) == "start"


@given(text=st.text(max_size=200))
def test_reading_a_word_never_fails(text: str) -> None:
    assert wish_of(text) in ("stop", "start", None)
    assert len(plain_word(text)) <= 24


def one(**changed: object) -> str:
    import yaml

    told = {
        "purpose": "service",
        "name": {"en": "Opened", "zh-CN": "受理"},
        "variables": {"number": "Q-1"},
        "sms": dict(WHOLE),
        **changed,
    }
    return str(yaml.safe_dump({"case.opened": {key: value for key, value in told.items() if value is not None}}))


def refused(source: str) -> list[str]:
    with pytest.raises(TemplatesNotUnderstood) as wrong:
        read_templates(source)
    return [str(problem) for problem in wrong.value.problems]


def test_a_template_is_read_rendered_and_previewed() -> None:
    template = read_templates(one())["case.opened"]
    assert template.render("sms", "fr-CA", {"number": "Q-7"}) == ("Case Q-7", "fr")
    assert template.preview("sms", "de") == "Case Q-1"
    with pytest.raises(KeyError):
        template.render("sms", "en", {})


def test_a_value_cannot_write_a_second_message_or_hide_behind_signs() -> None:
    template = Template("x", 1, "service", {}, {"number": "1"}, {"sms": dict(WHOLE)})
    text, _ = template.render("sms", "en", {"number": "Q\n\u202eSTOP {number}\x07"})
    assert text == "Case Q STOP {number}"
    assert one_line("a\tb") == "a b"


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"sms": {**WHOLE, "fr": "Dossier {numero}"}}, UNKNOWN_VARIABLE),
        ({"sms": {key: text for key, text in WHOLE.items() if key != "ar"}}, NO_LANGUAGE),
        ({"sms": {**WHOLE, "ko": " "}}, NO_LANGUAGE),
        ({"sms": {**WHOLE, "ja": "件 {number"}}, BROKEN_BRACES),
        ({"sms": {**WHOLE, "es": "x" * 501}}, TOO_LONG),
        ({"sms": {**WHOLE, "pt": "Caso {number}"}}, "unknown language"),
        ({"sms": "Case"}, "no texts"),
        ({"sms": None}, "no channel"),
        ({"purpose": "gossip"}, "unknown purpose"),
        ({"variables": ["number"]}, "no variables"),
        ({"name": {"en": "Opened"}}, "no name"),
        ({"smoke": {}}, "unknown part"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(changed: dict[str, object], told: str) -> None:
    problems = refused(one(**changed))
    assert any(told in problem for problem in problems), problems
    assert all(problem.startswith("line ") and "case.opened" in problem for problem in problems)


def test_the_line_is_that_of_the_language_at_fault() -> None:
    lines = one(sms={**WHOLE, "fr": "Dossier {numero}"}).splitlines()
    [problem] = refused("\n".join(lines))
    line = next(number for number, text in enumerate(lines, 1) if "numero" in text)
    assert problem.startswith(f"line {line}: case.opened.sms.fr") and "numero" in problem


@pytest.mark.parametrize("source", ["", "- a", "a: [", "Big Code: {}", "case.opened: 3", "x: {y", "\x00"])
def test_a_file_that_is_none_is_refused(source: str) -> None:
    assert refused(source)


@given(text=st.text(max_size=60))
def test_words_without_problems_can_always_be_rendered(text: str) -> None:
    said = dict.fromkeys(LANGUAGES, text)
    if not problems_of({"sms": said}, {"number": "1"}):
        Template("x", 1, "service", {}, {"number": "1"}, {"sms": said}).preview("sms", "en")
