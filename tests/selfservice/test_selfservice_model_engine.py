"""The engine step by step: what is said, what is waited for, what is done, and always a way to a person."""

from __future__ import annotations

from typing import Any

import pytest

from qiao.selfservice.model import FRAMES_MAX, resume
from qiao.selfservice.model_session import (
    Answered,
    Begin,
    Effect,
    Told,
    Turn,
    Wanted,
    begin,
)
from tests.selfservice.talking import ENDS, MENU, Talk
from tests.selfservice.writing import NOW, choice, flow_of, said


def test_a_flow_says_asks_and_ends() -> None:
    talk = Talk(flow_of({"hello": {"say": said("hello"), "go": "menu"}, "menu": MENU, **ENDS}))
    assert talk.kinds == ["say", "menu"]
    assert [option.key for option in talk.turn.outputs[-1].options] == ["1", "2"]
    talk.say("1")
    assert (talk.kinds, talk.texts) == (["ended"], ["first"])
    assert (talk.session.over, talk.session.result, talk.session.waits) == ("ended", "solved", "over")
    assert talk.put(Told("1")).turn == Turn(talk.session)


@pytest.mark.parametrize(
    "text",
    ["1", "１", " 1. ", "bill", "BILL!", "账单", "choice 1", "我要查账单", "my bill please", "「账单」"],
)
def test_a_choice_is_known_by_its_key_its_text_and_its_words(text: str) -> None:
    assert Talk(flow_of({"menu": MENU, **ENDS})).say(text).session.result == "solved"


@pytest.mark.parametrize("text", ["", "3", "billing", "choice", "\x00", "x" * 9_000])
def test_what_is_not_understood_is_asked_again_and_then_a_person_takes_over(text: str) -> None:
    talk = Talk(flow_of({"menu": {**MENU, "again": said("again?")}, **ENDS}))
    assert talk.say(text).kinds == ["unclear", "menu"]
    assert talk.texts[0] == "again?"
    talk.say(text)
    assert talk.at == "menu"
    talk.say(text)
    assert (talk.session.over, talk.effect.kind, talk.effect.code) == ("handed", "hand", "general")


@pytest.mark.parametrize(
    "text",
    ["0", "人工", "转人工", "真人", "agent", "AGENT", "conseiller", "Mitarbeiter", "agente", "موظف", "担当者", "상담원",
     "我要找人工客服", "I want a human now"],
)  # fmt: skip
@pytest.mark.parametrize(
    "step", [MENU, {"ask": said("how much?"), "kind": "amount", "into": "sum", "go": "one"}], ids=["menu", "ask"]
)
def test_a_person_is_had_from_every_question_in_every_language(text: str, step: dict[str, Any]) -> None:
    talk = Talk(flow_of({"menu": step, **ENDS}, variables={"sum": "money"})).say(text)
    assert (talk.session.over, talk.effect.kind) == ("handed", "hand")


def test_a_free_text_that_mentions_a_person_is_a_text() -> None:
    flow = flow_of(
        {"q": {"ask": said("tell"), "kind": "text", "into": "w", "go": "one"}, **ENDS}, variables={"w": "text"}
    )
    assert Talk(flow).say("the agent was rude").session.over == "ended"
    assert Talk(flow).say("agent").session.over == "handed"


def test_whoever_asks_for_a_person_in_a_sentence_means_no_other_choice_in_it() -> None:
    choices = [choice("1", "one", words=["Bill"]), choice("2", "special", words=["human"])]
    steps = {"menu": {"menu": said("which?"), "choices": choices}, "special": {"hand": "vip"}, **ENDS}
    assert Talk(flow_of(steps)).say("what is on my bill").session.result == "solved"
    talk = Talk(flow_of(steps)).say("my bill, connect me to an agent")
    assert (talk.session.over, talk.effect.code) == ("handed", "general")
    talk = Talk(flow_of(steps)).say("I want to talk to a human about it")
    assert (talk.session.over, talk.effect.code) == ("handed", "vip")


def test_a_sentence_that_asks_for_a_person_is_no_wrong_code() -> None:
    steps = {"who": {"identify": 2, "go": "one"}, **ENDS}
    talk = Talk(flow_of(steps)).put(Wanted(1, "code")).say("I want to talk to a human about my bill")
    assert (talk.session.over, talk.effect.kind) == ("handed", "hand")
    assert Talk(flow_of(steps)).put(Wanted(1, "code")).say("12345x").effect.kind == "secret"


def test_a_person_asked_for_on_the_way_to_one_comes_at_once() -> None:
    steps = {
        "menu": MENU,
        **ENDS,
        "person": {"menu": said("now or later?"), "choices": [choice("1", "now"), choice("2", "later")]},
        "now": {"hand": "fast"},
        "later": {"callback": "slow", "text": said("we call")},
    }
    talk = Talk(flow_of(steps)).say("0")
    assert (talk.at, talk.session.over) == ("person", "")
    assert talk.say("0").effect.code == "fast"
    talk = Talk(flow_of(steps)).say("0", "x", "y", "z")
    assert talk.session.over == "handed"
    talk = Talk(flow_of(steps)).say("0", "2")
    assert (talk.effect.kind, talk.effect.code, talk.session.waits) == ("callback", "slow", "answer")
    promised = talk.put(Answered(talk.effect.number, "done", changed=True))
    assert (promised.kinds, promised.texts, promised.session.over) == (["callback"], ["we call"], "callback")


def test_a_callback_that_cannot_be_promised_leads_to_a_person_and_not_round_in_circles() -> None:
    flow = flow_of({"menu": MENU, **ENDS, "person": {"callback": "slow"}})
    talk = Talk(flow).say("0")
    assert talk.put(Answered(talk.effect.number, "refused")).effect == Effect(2, "hand", "slow")
    flow = flow_of({"ask": {"menu": said("?"), "choices": [choice("1", "call"), choice("2", "two")]}, **ENDS,
                    "call": {"callback": "slow", "refused": "ask"}})  # fmt: skip
    talk = Talk(flow).say("1")
    assert talk.put(Answered(talk.effect.number, "away")).at == "ask"


def test_back_goes_to_the_last_answer_with_what_was_known_then() -> None:
    steps = {
        "a": {"ask": said("a?"), "kind": "text", "into": "x", "go": "b"},
        "b": {"ask": said("b {x}?"), "kind": "text", "into": "x", "go": "c"},
        "c": {"ask": said("c {x}?"), "kind": "text", "into": "x", "go": "one"},
        **ENDS,
    }
    talk = Talk(flow_of(steps, variables={"x": "text"}))
    assert talk.say("back").kinds == ["no_back", "ask"]
    talk.say("first", "second")
    assert talk.texts == ["c second?"]
    assert talk.say("返回").texts == ["b first?"]
    assert talk.say("*").texts == ["a?"]
    assert [one.answer for one in talk.session.tried] == ["first", "second"]


def test_repeat_says_it_again_and_cancel_ends() -> None:
    talk = Talk(flow_of({"menu": MENU, **ENDS}))
    assert talk.say("#").kinds == ["menu"]
    assert talk.put(Begin()).kinds == ["menu"]
    assert talk.say("退出").kinds == ["cancelled"]
    assert talk.session.over == "cancelled"


def test_a_branch_asks_facts_and_variables() -> None:
    steps = {
        "b": {
            "branch": [
                {"when": {"field": "segment", "is": "elderly"}, "go": "one"},
                {
                    "when": {"all": [{"field": "owed", "more_than": "10.00"}, {"field": "n", "at_least": 2}]},
                    "go": "two",
                },
                {"when": {"any": [{"field": "flag", "is": True}, {"field": "list", "contains": "a"}]}, "go": "three"},
            ],
            "go": "four",
        },
        "three": {"end": said("third")},
        "four": {"end": said("fourth")},
        **ENDS,
    }
    kinds = {"owed": "money", "n": "number", "flag": "bool", "list": "rows", "t": "text"}
    flow = flow_of(steps, variables=kinds)

    def told(segment: str = "vip", **variables: Any) -> str:
        return Talk(flow, variables=variables, segment=segment).texts[0]

    assert told(segment="elderly") == "first"
    assert told(owed="10.01", n="2") == "second"
    assert told(owed="ten", n="2") == "fourth"
    assert told(owed="11", n="two") == "fourth"
    assert told(flag=True) == "third"
    assert told(flag="true") == "fourth"
    assert told(list=(("a", "A"),)) == "third"
    assert told(list="a") == "fourth"
    assert told(n=True, t=(("a", "A"),)) == "fourth"


def test_rows_are_chosen_by_number_or_name_beside_fixed_choices() -> None:
    steps: dict[str, Any] = {
        "list": {"menu": said("which?"), "rows": "list", "into": "ref", "named": "name", "go": "sure",
                 "choices": [choice("9", "two")]},
        "sure": {"menu": said("{ref} {name}?"), "choices": [choice("1", "one")]},
        **ENDS,
    }  # fmt: skip
    flow = flow_of(steps, variables={"list": "rows", "ref": "text", "name": "text"})
    rows = tuple((f"S{n}", f"service {n} end") for n in range(12))
    talk = Talk(flow, variables={"list": rows})
    assert [one.key for one in talk.turn.outputs[0].options] == ["1", "2", "3", "4", "5", "6", "7", "8", "9"]
    assert talk.say("2").texts == ["S1 service 1 end?"]
    talk = Talk(flow, variables={"list": rows})
    assert talk.say("please service 3 end").texts == ["S3 service 3 end?"]
    unnamed = flow_of(
        {**steps, "list": {key: one for key, one in steps["list"].items() if key != "named"}},
        variables={"list": "rows", "ref": "text", "name": "text"},
    )
    assert Talk(unnamed, variables={"list": rows}).say("1").texts == ["S0 ?"]
    assert Talk(flow).say("9").texts == ["second"]


def test_a_menu_with_nothing_to_choose_is_a_way_to_a_person() -> None:
    flow = flow_of(
        {"m": {"menu": said("?"), "choices": [choice("1", "one", when={"field": "known", "is": True})]}, **ENDS}
    )
    assert Talk(flow).session.over == "handed"
    assert Talk(flow, known=True).session.over == ""


def test_settings_change_variables_and_the_language_and_fill_the_form() -> None:
    steps = {
        "m": {"menu": said("hello", fr="bonjour"), "choices": [
            choice("1", "n", set={"language": "fr", "x": "a{x}", "flag": True}),
            choice("2", "n", set={"language": "klingon"}),
        ]},
        "n": {"menu": said("{x}", fr="{x} oui"), "set": {"x": "{x}b"}, "choices": [choice("1", "one")]},
        **ENDS,
    }  # fmt: skip
    flow = flow_of(steps, variables={"x": "text", "flag": "bool"}, fills={"x": "words", "flag": "sure"})
    talk = Talk(flow).say("1")
    assert talk.texts == ["ab oui"]
    assert talk.session.filled == {"words": "ab", "sure": True}
    assert Talk(flow).say("2").session.language == "en"


def test_another_flow_is_run_and_comes_back() -> None:
    inner = flow_of(
        {"q": {"ask": said("inner {given}?"), "kind": "text", "into": "answer", "go": "e"}, "e": {"end": True}},
        flow="inner",
        variables={"given": "text", "answer": "text"},
        fills={"answer": "answer"},
    )
    outer = flow_of(
        {
            "a": {"flow": "inner", "with": {"given": "x{v}"}, "take": {"v": "answer", "w": "nothing"}, "go": "b"},
            "b": {"menu": said("outer {v}{w}"), "choices": [choice("1", "one")]},
            **ENDS,
        },
        variables={"v": "text", "w": "text"},
    )
    talk = Talk(outer, inner, variables={"v": "1"})
    assert (talk.texts, talk.session.step) == (["inner x1?"], "inner.q")
    assert talk.say("yes").texts == ["outer yes"]
    assert talk.session.filled == {"answer": "yes"}
    assert talk.say("*").texts == ["inner x1?"]
    assert Talk(outer).session.over == "handed"
    ending = flow_of({"q": {"menu": said("?"), "choices": [choice("1", "e")]}, "e": {"end": said("bye")}}, flow="inner")
    assert Talk(outer, ending, variables={"v": "1"}).say("1").texts == ["bye", "outer "]


def test_flows_that_call_each_other_for_ever_lead_to_a_person() -> None:
    flow = flow_of({"a": {"flow": "f", "go": "one"}, **ENDS})
    talk = Talk(flow)
    assert (talk.session.over, len(talk.session.frames)) == ("handed", FRAMES_MAX)
    circle = flow_of({"a": {"say": said("a"), "go": "b"}, "b": {"say": said("b"), "go": "a"}})
    assert (Talk(circle).session.over, Talk(circle).effect.code) == ("handed", "general")


def test_an_emergency_is_heard_wherever_somebody_is() -> None:
    inner = flow_of({"q": {"ask": said("card?"), "kind": "digits", "into": "d", "go": "e"}, "e": {"end": True}},
                    flow="inner", variables={"d": "text"})  # fmt: skip
    outer = flow_of({"a": {"flow": "inner", "go": "one"}, "sos": {"end": said("call 110")}, **ENDS}, emergency="sos")
    assert Talk(outer, inner).say("SOS").texts == ["call 110"]
    assert Talk(outer, inner).say("救命！").texts == ["call 110"]
    assert Talk(outer, inner).say("999").texts == ["first"]
    who = flow_of({"a": {"identify": 2, "go": "one"}, "sos": {"end": said("call 110")}, **ENDS}, emergency="sos")
    assert Talk(who).put(Wanted(1, "code")).say("119119").effect.kind == "secret"
    assert Talk(who).put(Wanted(1, "code")).say("police").texts == ["call 110"]


def test_an_end_without_a_result_has_that_of_the_flow_run_before() -> None:
    inner = flow_of({"menu": MENU, **ENDS}, flow="inner")
    outer = flow_of({"a": {"flow": "inner", "go": "e"}, "e": {"end": True}})
    assert Talk(outer, inner).say("1").session.result == "solved"
    assert Talk(outer, inner).say("2").session.result == ""
    other = flow_of({"a": {"flow": "inner", "go": "e"}, "e": {"end": True, "result": "unsolved"}})
    assert Talk(other, inner).say("1").session.result == "unsolved"


def test_what_was_tried_is_kept_in_order_with_guides_for_whoever_follows() -> None:
    steps = {
        "do": {
            "say": said("restart"),
            "tried": said("restarted"),
            "guide": {"do": ["restart"], "look": ["bars"]},
            "go": "menu",
        },
        "menu": {**MENU, "choices": [choice("1", "one", seen={"field": "bars", "at_least": 2}), choice("2", "two")]},
        **ENDS,
    }
    talk = Talk(flow_of(steps, observations={"bars": "number"}))
    assert (talk.turn.outputs[0].do, talk.turn.outputs[0].look) == (("restart",), ("bars",))
    assert talk.turn.outputs[1].options[0].seen == {"field": "bars", "at_least": 2}
    talk.say("2")
    assert [(one.step, one.answer) for one in talk.session.tried] == [("do", ""), ("menu", "2")]
    assert talk.session.path == ("f.do", "f.menu", "f.two")


def test_a_session_of_a_flow_that_is_not_there_goes_to_a_person() -> None:
    turn = resume({}, begin("gone", {}, {}), Begin(), NOW)
    assert (turn.session.over, turn.effects[0]) == ("handed", Effect(1, "hand", ""))
    talk = Talk(flow_of({"menu": MENU, **ENDS}))
    talk.flows = {}
    assert talk.say("1").session.over == "handed"
    talk = Talk(flow_of({"menu": MENU, **ENDS}))
    talk.flows = {}
    assert talk.put(Begin()).session.over == "handed"


@pytest.mark.parametrize(
    "text", ["{x}", "{{x}}", "{x.__class__}", "{0}", "{x!r}", "%(x)s", "${x}", "{x:>9999999}", "{{7*7}}", "<script>"]
)
def test_what_a_customer_says_is_never_read_as_anything_but_text(text: str) -> None:
    steps = {
        "a": {"ask": said("a?"), "kind": "text", "into": "x", "go": "b"},
        "b": {"menu": said("<{x}>"), "set": {"y": "{x}"}, "choices": [choice("1", "c")]},
        "c": {"call": "s", "with": {"p": "{y}"}, "go": "one"},
        **ENDS,
    }
    talk = Talk(flow_of(steps, variables={"x": "text", "y": "text"})).say(text)
    assert talk.texts == [f"<{text}>"]
    assert talk.say("1").effect.given == {"p": text}


def test_an_end_of_a_talk_is_in_the_language_spoken_or_the_nearest() -> None:
    flow = flow_of({"menu": MENU, **ENDS})
    assert Talk(flow, language="xx").session.language == "zh-CN"
