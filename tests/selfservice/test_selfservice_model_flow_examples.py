"""The flows that come with the house: checked, their examples played, said in every language and on every channel."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qiao.kernel.languages import LANGUAGES
from qiao.selfservice import Begin, as_chat, as_form, as_script, as_sms, as_text, begin, built_in, built_in_texts
from qiao.selfservice.built_in import checked
from qiao.selfservice.dialogues import play
from qiao.selfservice.model import resume
from qiao.selfservice.model_flow import Example, Flow
from qiao.selfservice.rendering import one_sms
from tests.selfservice.writing import NOW

FLOWS = built_in()
EXAMPLES = [(flow, example) for flow in FLOWS.values() for example in flow.examples]


@pytest.mark.parametrize("code", built_in_texts())
def test_a_flow_of_the_house_has_no_fault(code: str) -> None:
    flow, problems = checked(built_in_texts()[code])
    assert problems == []
    assert flow is not None
    assert len(flow.examples) >= 2


@pytest.mark.parametrize(("flow", "example"), EXAMPLES, ids=[f"{flow.code}: {one.name}" for flow, one in EXAMPLES])
def test_an_example_comes_out_as_written(flow: Flow, example: Example) -> None:
    assert play(FLOWS, flow, example, datetime(2026, 11, 24, 10, tzinfo=UTC)) == []


def test_an_example_that_comes_out_otherwise_is_named_with_its_line() -> None:
    text = built_in_texts()["satisfaction"].replace("- is: {ended: rated}", "- is: {ended: unhappy}", 1)
    flow, _ = checked(text)
    assert flow is not None
    line = next(number for number, one in enumerate(text.splitlines(), 1) if "unhappy" in one)
    faults = [fault for example in flow.examples for fault in play(FLOWS, flow, example, NOW)]
    assert [(one.line, "unhappy" in one.told) for one in faults] == [(line, True)]


@pytest.mark.parametrize("segment", ["elderly", "vip", "standard", "corporate"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_first_word_is_said_on_every_channel(language: str, segment: str) -> None:
    for flow in FLOWS.values():
        facts = {"language": language, "segment": segment, "level": 0, "channel": "sms"}
        outputs = resume(FLOWS, begin(flow.code, {}, facts), Begin(), NOW).outputs
        for output in outputs:
            assert "{" not in output.text
        assert as_text(outputs, language) or not outputs
        assert as_sms(outputs, language) or not outputs
        assert as_script(outputs, language).say or not outputs
        assert as_form(outputs, language).person
        if outputs and outputs[-1].waits:
            assert as_chat(outputs, language)[-1].quick_replies[-1].key == "0"


def test_the_short_menu_of_the_elderly_fits_one_sms_with_a_person_first() -> None:
    facts = {"language": "zh-CN", "segment": "elderly", "channel": "sms"}
    outputs = resume(FLOWS, begin("main_menu", {}, facts), Begin(), NOW).outputs
    assert outputs[0].options[0].text == "人工服务"
    assert one_sms(as_sms(outputs, "zh-CN"))
    assert as_text(outputs, "zh-CN", elderly=True).splitlines()[1] == "0  人工"
