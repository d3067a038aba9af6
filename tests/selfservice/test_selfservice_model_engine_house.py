"""What the engine asks of the house: calls, money, proof; what became of them leads on, and is never gone behind."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qiao.selfservice.model import resume
from qiao.selfservice.model_session import (
    Answered,
    Effect,
    Learned,
    Told,
    Turn,
    Wanted,
    begin,
)
from tests.selfservice.talking import ENDS, MENU, Talk
from tests.selfservice.writing import NOW, choice, flow_of, said

CALL = {
    "call": "bill",
    "with": {"month": "{m}"},
    "take": {"total": "total", "paid": "paid", "list": "rows"},
    "go": "told",
}
CALLS = {
    "ask": {"ask": said("month?"), "kind": "month", "into": "m", "go": "call"},
    "call": {**CALL, "refused": "no", "unknown": "no"},
    "told": {"menu": said("{m}: {total} {paid} {list}"), "choices": [choice("1", "two")]},
    "no": {"end": said("no")},
    **ENDS,
}
CALL_VARIABLES = {"m": "text", "total": "money", "paid": "bool", "list": "rows"}


def test_a_call_carries_its_parameters_and_brings_back_facts() -> None:
    talk = Talk(flow_of(CALLS, variables=CALL_VARIABLES)).say("上个月")
    assert talk.effect == Effect(1, "service", "bill", {"month": "2026-10"})
    assert talk.say("hello?").kinds == ["wait"]
    assert talk.say("#").kinds == ["wait"]
    facts = {"total": "128.00", "paid": False, "rows": [["L1", "Plan"], ["L2", "Data"], "odd"]}
    talk.put(Answered(1, "done", facts))
    assert talk.texts == ["2026-10: 128.00 false Plan, Data"]
    assert talk.put(Answered(1, "done", facts)).turn == Turn(talk.session)


@pytest.mark.parametrize(
    ("outcome", "step", "over"),
    [
        ("refused", "no", "ended"),
        ("unknown", "no", "ended"),
        ("pending", "person", "handed"),
        ("away", "person", "handed"),
    ],
)
def test_each_outcome_of_a_call_leads_on(outcome: Any, step: str, over: str) -> None:
    talk = Talk(flow_of(CALLS, variables=CALL_VARIABLES)).say("10")
    talk.put(Answered(1, outcome))
    assert (talk.at, talk.session.over) == (step, over)


def test_a_person_is_had_while_a_service_is_at_work_and_its_late_answer_changes_nothing() -> None:
    talk = Talk(flow_of({**CALLS, "person": MENU}, variables=CALL_VARIABLES)).say("10", "0")
    assert talk.at == "person"
    assert talk.put(Answered(1, "done")).turn == Turn(talk.session)
    assert talk.put(Wanted(1, "yes")).turn == Turn(talk.session)


def test_nothing_goes_back_behind_what_was_done() -> None:
    talk = Talk(flow_of(CALLS, variables=CALL_VARIABLES)).say("10")
    talk.put(Answered(1, "done", {"total": 3, "paid": True, "rows": 4.5}, changed=True))
    assert talk.texts == ["2026-10: 3 true 4.5"]
    assert talk.say("*").kinds == ["no_back", "menu"]
    looked = Talk(flow_of(CALLS, variables=CALL_VARIABLES)).say("10")
    looked.put(Answered(1, "done", {"total": object()}))
    assert looked.texts == ["2026-10:   "]
    assert looked.say("*").kinds == ["ask"]


def test_what_costs_money_waits_for_a_yes_that_the_house_judges() -> None:
    talk = Talk(flow_of(CALLS, variables=CALL_VARIABLES)).say("10")
    talk.put(Wanted(1, "yes", {"price": "10.00", "digits": "4821"}))
    assert (talk.kinds, talk.session.waits) == (["yes"], "yes")
    assert talk.say("#").turn.outputs[0].terms == {"price": "10.00", "digits": "4821"}
    talk.say("Y")
    assert talk.effect == Effect(1, "yes", "", {"text": "Y"})
    assert talk.session.waits == "answer"
    assert talk.put(Wanted(1, "yes", {"digits": "4821"}, again=True)).kinds == ["wrong", "yes"]
    assert talk.put(Answered(1, "refused")).texts == ["no"]


def test_identity_is_proved_by_what_nobody_keeps() -> None:
    steps = {"who": {"identify": 2, "go": "one", "failed": "two"}, **ENDS}
    talk = Talk(flow_of(steps), level=1)
    assert talk.effect == Effect(1, "prove", "2")
    assert talk.put(Wanted(1, "code")).kinds == ["code"]
    talk.say("918273")
    assert talk.effect == Effect(1, "secret", "", {"text": "918273"})
    assert "918273" not in json.dumps(talk.session.as_json())
    talk.put(Answered(1, "done"))
    assert (talk.session.facts["level"], talk.session.result) == (2, "solved")
    assert Talk(flow_of(steps), level=3).session.result == "solved"
    refused = Talk(flow_of(steps))
    assert refused.put(Answered(1, "refused")).texts == ["second"]
    assert refused.session.facts.get("level") is None


def test_after_too_many_wrong_codes_it_goes_where_a_failed_proof_goes() -> None:
    talk = Talk(flow_of({"who": {"identify": 2, "go": "one", "failed": "two"}, **ENDS}))
    for _ in range(4):
        talk.put(Wanted(1, "code", again=True))
        assert talk.session.waits == "secret"
    assert talk.put(Wanted(1, "code", again=True)).texts[-1] == "second"


def test_a_level_proved_beside_the_flow_carries_it_on() -> None:
    talk = Talk(flow_of({"who": {"identify": 2, "go": "one"}, **ENDS}))
    assert talk.put(Learned({"level": 1})).session.waits == "answer"
    assert talk.put(Learned({"level": 2, "nonsense": 1})).session.over == "ended"
    early = Turn(begin("f", {}, {}))
    flows = {"f": flow_of({"who": {"identify": 2, "go": "one"}, **ENDS})}
    learned = resume(flows, early.session, Learned({"level": 2}), NOW)
    assert learned.session.waits == "begin"
    assert resume(flows, learned.session, Told("1"), NOW) == Turn(learned.session)
