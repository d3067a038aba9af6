"""The flow made from a service: proof, each thing it asks for by its kind, the service, what became of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from qiao import catalogue
from qiao.catalogue import Parameter, Service
from qiao.kernel.languages import LANGUAGES
from qiao.platform.i18n import CustomerTexts
from qiao.selfservice import Answered, Begin, Told, begin, flow_names, resume, service_texts
from qiao.selfservice.built_in import checked
from qiao.selfservice.model_flow import Flow
from qiao.selfservice.reading import build_flow
from qiao.selfservice.service_making import flow_tree
from tests.selfservice.writing import NOW, said

WORDS = CustomerTexts.load("qiao.selfservice", "generated.yaml").sentences
BARE = Service("thing", dict.fromkeys(LANGUAGES, "a thing"), "act", 0)


def made(*parameters: Parameter, **told: Any) -> Flow:
    flow, wrong = build_flow(flow_tree(replace(BARE, parameters=parameters, **told), WORDS), {})
    assert flow is not None, wrong
    return flow


def steps_of(*parameters: Parameter, **told: Any) -> dict[str, Any]:
    steps: dict[str, Any] = flow_tree(replace(BARE, parameters=parameters, **told), WORDS)["steps"]
    return steps


@pytest.mark.parametrize("code", service_texts())
def test_the_flow_of_every_service_has_no_fault_and_is_called_like_it(code: str) -> None:
    flow, problems = checked(service_texts()[code])
    assert problems == []
    assert flow is not None
    assert flow.names.by == catalogue.service(code.removeprefix("service_")).names == flow_names()[code]


def test_every_service_that_customers_may_have_themselves_has_its_flow() -> None:
    wanted = {one.code for one in catalogue.services(audience="customer")} - {"reset_service_password"}
    assert {f"service_{code}" for code in wanted} == set(service_texts())


def test_proof_is_asked_for_as_high_as_the_service_asks() -> None:
    assert "proof" not in steps_of(level=1)
    assert steps_of(level=2)["proof"]["identify"] == 2
    assert made(level=3).start == "proof"


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("digits", "digits"),
        ("number", "phone"),
        ("amount", "amount"),
        ("email", "text"),
        ("line", "text"),
        ("month", "month"),
    ],
)
def test_each_thing_is_asked_for_by_its_kind(kind: Any, asked: str) -> None:
    step = steps_of(Parameter("it", kind))["ask_it"]
    assert step["kind"] == asked
    assert step["go"] == "perform"
    assert made(Parameter("it", kind)).variables["it"] == ("money" if kind == "amount" else "text")


def test_what_it_asks_for_is_called_as_the_service_calls_it() -> None:
    named = Parameter("to", "number", names=said("the other number"))
    assert steps_of(named)["ask_to"]["ask"]["en"] == "Please tell us: the other number."


def test_a_choice_is_a_menu_of_its_options_also_when_it_has_a_usual_one() -> None:
    when = Parameter("starts", "choice", needed=False, options={"now": said("at once"), "next": said("next month")})
    choices = steps_of(when)["ask_starts"]["choices"]
    assert [(one["key"], one["text"]["en"], one["set"]) for one in choices] == [
        ("1", "at once", {"starts": "now"}),
        ("2", "next month", {"starts": "next"}),
    ]


def test_what_need_not_be_told_is_not_asked() -> None:
    assert "ask_why" not in steps_of(Parameter("why", "line", needed=False))


def test_a_secret_is_never_asked_in_a_talk() -> None:
    steps = steps_of(Parameter("new_password", "secret"))
    assert "perform" not in steps
    assert "never ask" in steps["elsewhere"]["menu"]["en"]


def test_what_is_chosen_among_the_answers_of_another_service_is_offered_by_numbers() -> None:
    flow = made(Parameter("plan_code", "code", among="plans_offered"), Parameter("note", "line"))
    turn = resume({flow.code: flow}, begin(flow.code, {}, {"language": "en"}), Begin(), NOW)
    assert turn.effects[0].code == "plans_offered"
    rows = {"rows": [["free59", "Free 59 59.00"], ["free99", "Free 99 99.00"]]}
    turn = resume({flow.code: flow}, turn.session, Answered(1, "done", rows), NOW)
    assert [one.text for one in turn.outputs[-1].options] == ["Free 59 59.00", "Free 99 99.00"]
    turn = resume({flow.code: flow}, turn.session, Told("2"), NOW)
    turn = resume({flow.code: flow}, turn.session, Told("for my son"), NOW)
    assert turn.effects[0].given == {"plan_code": "free99", "note": "for my son"}


@pytest.mark.parametrize(
    ("look", "act", "chosen"),
    [("data_packs", "buy_data_pack", "pack_code"), ("plans_offered", "change_plan", "plan_code")],
)
def test_what_a_look_lists_to_be_had_is_a_choice_and_is_had(look: str, act: str, chosen: str) -> None:
    flow, _ = checked(service_texts()[f"service_{look}"])
    assert flow is not None
    turn = resume({flow.code: flow}, begin(flow.code, {}, {"language": "en", "level": 2}), Begin(), NOW)
    while turn.effects[0].code != look:
        turn = resume({flow.code: flow}, turn.session, Answered(turn.effects[0].number, "done"), NOW)
    rows = {"rows": [["one", "The first 10.00"], ["two", "The second 30.00"]]}
    turn = resume({flow.code: flow}, turn.session, Answered(turn.effects[0].number, "done", rows), NOW)
    assert [one.text for one in turn.outputs[-1].options] == ["The first 10.00", "The second 30.00"]
    turn = resume({flow.code: flow}, turn.session, Told("2"), NOW)
    if not turn.effects:
        turn = resume({flow.code: flow}, turn.session, Told("1"), NOW)
    assert turn.effects[0].code == act
    assert turn.effects[0].given[chosen] == "two"


def test_nothing_to_choose_from_is_said() -> None:
    flow = made(Parameter("plan_code", "code", among="plans_offered"))
    turn = resume({flow.code: flow}, begin(flow.code, {}, {"language": "en"}), Begin(), NOW)
    turn = resume({flow.code: flow}, turn.session, Answered(1, "done", {"rows": []}), NOW)
    assert turn.outputs[-1].text == "There is nothing to choose from."


@pytest.mark.parametrize(
    ("outcome", "first"),
    [
        ("done", "something else"),
        ("refused", "try again"),
        ("away", "try again"),
        ("pending", "something else"),
        ("unknown", "something else"),
    ],
)
def test_what_became_of_it_is_said_in_the_words_that_came_with_it(outcome: Any, first: str) -> None:
    flow = made()
    turn = resume({flow.code: flow}, begin(flow.code, {}, {"language": "en"}), Begin(), NOW)
    turn = resume({flow.code: flow}, turn.session, Answered(1, outcome, {"told": "so it is"}), NOW)
    assert turn.outputs[-1].text == "so it is"
    assert turn.outputs[-1].options[0].text == first


def test_a_person_and_an_emergency_are_heard_at_every_question() -> None:
    flow = made(Parameter("it", "line"), group="plan")
    turn = resume({flow.code: flow}, begin(flow.code, {}, {"language": "en"}), Begin(), NOW)
    assert resume({flow.code: flow}, turn.session, Told("agent"), NOW).effects[0].code == "billing"
    helped = resume({flow.code: flow}, turn.session, Told("SOS"), NOW)
    assert helped.effects[0].code == "emergency"
    assert "112" in helped.outputs[0].text or "110" in helped.outputs[0].text
