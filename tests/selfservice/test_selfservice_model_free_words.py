"""Words that are none of a menu's choices, flows that are chosen as they run, and what was heard before."""

from __future__ import annotations

from typing import Any

import pytest

from qiao.selfservice import Answered, Begin, Told, begin, is_greeting, resume
from qiao.selfservice.model_checks import Shape, Surroundings, problems
from qiao.selfservice.model_session import Heard, Option, Output, Turn
from tests.selfservice.writing import NOW, choice, flow_of, said

MENU = {
    "ask": {"menu": said("what?"), "choices": [choice("1", "e")], "else": {"into": "wish", "go": "match"}},
    "match": {
        "act": "understand",
        "with": {"words": "{wish}"},
        "take": {"found": "rows"},
        "go": "offer",
        "refused": "e",
    },
    "offer": {"menu": said("which?"), "rows": "found", "into": "chosen", "go": "run"},
    "run": {"flow": "{chosen}", "take": {"more": "more"}, "go": "e"},
    "e": {"end": said("over {more}")},
}
VARIABLES = {"wish": "text", "found": "rows", "chosen": "text", "more": "text"}
INNER = flow_of({"in": {"end": True}, "person": {"hand": "general"}}, flow="inner")


def talk(*words: str) -> Turn:
    flow = flow_of(MENU, variables=VARIABLES)
    turn = resume({"f": flow}, begin("f", {"f": 1}, {"language": "en"}), Begin(), NOW)
    for word in words:
        turn = resume({"f": flow}, turn.session, Told(word), NOW)
    return turn


def test_words_that_are_no_choice_are_kept_and_lead_on() -> None:
    effect = talk("forward my calls").effects[0]
    assert (effect.code, effect.given) == ("understand", {"words": "forward my calls"})


@pytest.mark.parametrize("word", ["7", "12"])
def test_a_number_that_is_no_choice_is_not_understood(word: str) -> None:
    assert talk(word).outputs[0].kind == "unclear"


def test_a_choice_and_a_wish_for_a_person_go_before_free_words() -> None:
    assert talk("choice 1").session.over == "ended"
    assert talk("I want to talk to an agent now").session.over == "handed"


def test_the_flow_that_was_chosen_is_run_in_the_version_the_action_allowed() -> None:
    flow = flow_of(MENU, variables=VARIABLES)
    turn = talk("forward my calls")
    rows: dict[str, Any] = {"rows": [["inner", "Inner"]]}
    turn = resume({"f": flow}, turn.session, Answered(1, "done", rows, flows={"inner": 4}), NOW)
    assert turn.session.versions == {"f": 1, "inner": 4}
    ended = resume({"f": flow, "inner": INNER}, turn.session, Told("1"), NOW)
    assert ended.session.over == "ended"


def test_what_was_chosen_may_say_what_the_flow_is_about() -> None:
    about = flow_of({"in": {"end": said("about {about}")}, "person": {"hand": "general"}}, flow="inner")
    rows: dict[str, Any] = {"rows": [["inner:a1 roaming", "Inner"]]}
    turn = resume(
        {"f": flow_of(MENU, variables=VARIABLES)},
        talk("x y").session,
        Answered(1, "done", rows, flows={"inner": 4}),
        NOW,
    )
    ended = resume({"f": flow_of(MENU, variables=VARIABLES), "inner": about}, turn.session, Told("1"), NOW)
    assert ended.outputs[0].text == "about a1 roaming"


def test_a_flow_that_was_allowed_by_nobody_leads_to_a_person() -> None:
    flow = flow_of(MENU, variables=VARIABLES)
    turn = resume({"f": flow}, talk("x y").session, Answered(1, "done", {"rows": [["inner", "Inner"]]}), NOW)
    assert resume({"f": flow}, turn.session, Told("1"), NOW).session.over == "handed"


def faults(steps: dict[str, Any], variables: dict[str, str]) -> list[str]:
    flow = flow_of(steps, variables=variables)
    shape = Shape(parameters=frozenset({"words"}), needed=frozenset({"words"}), facts=frozenset({"rows"}))
    return [one.told for one in problems(flow, Surroundings(actions={"understand": shape}, flows={"f": flow}))]


def test_free_words_and_chosen_flows_need_their_variables() -> None:
    assert faults(MENU, VARIABLES) == []
    assert "there is no variable wish" in faults(MENU, {one: VARIABLES[one] for one in VARIABLES if one != "wish"})
    assert "there is no variable chosen" in faults(MENU, {one: VARIABLES[one] for one in VARIABLES if one != "chosen"})
    told = {**MENU, "run": {"flow": "{chosen}", "with": {"a": "b"}, "take": {"nowhere": "more"}, "go": "e"}}
    wrong = faults(told, VARIABLES)
    assert "nothing can be told a flow that is not known yet" in wrong
    assert "there is no variable nowhere" in wrong


def test_what_was_heard_comes_back_as_it_was() -> None:
    option = Option("1", "one", {"field": "bars", "at_least": 1})
    output = Output("menu", "f", "ask", "what?", (option, Option("2", "two")), do=("look",), terms={"a": "b"})
    heard = Heard("key", (output,), queued=True, secret=True)
    assert Heard.from_json(heard.as_json()) == heard


@pytest.mark.parametrize("word", ["你好！", "Hello", "こんにちは。", "안녕하세요", "مرحبا", "Buenos días"])
def test_a_good_day_alone_is_a_greeting(word: str) -> None:
    assert is_greeting(word)
    assert not is_greeting(f"{word} bill")
