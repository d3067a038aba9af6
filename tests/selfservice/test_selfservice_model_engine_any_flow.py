"""Any flow, any customer, any order of answers: a session is plain data, comes to rest, and a person can be had."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from qiao.selfservice.model import STEPS_MAX, resume
from qiao.selfservice.model_flow import Flow
from qiao.selfservice.model_session import (
    HISTORY_MAX,
    PATH_MAX,
    Answered,
    Begin,
    Effect,
    Input,
    Learned,
    Output,
    Session,
    Told,
    Turn,
    Wanted,
    begin,
)
from qiao.selfservice.rendering import as_chat, as_form, as_script, as_sms, as_text
from tests.selfservice.writing import NOW, choice, flow_of, said

CODES = [f"s{n}" for n in range(7)]
STEP_CODES = st.sampled_from([*CODES, "person"])
KINDS = {"t": "text", "a": "money", "b": "bool", "r": "rows", "m": "text"}
ANSWER_KINDS = st.sampled_from(
    [("text", "t"), ("digits", "t"), ("month", "m"), ("amount", "a"), ("yes_no", "b"), ("phone", "t")]
)
WHENS = st.sampled_from([
    {"field": "segment", "is": "elderly"}, {"field": "b", "is": True}, {"field": "level", "at_least": 2},
    {"not": {"field": "t", "is_set": True}}, {"field": "a", "more_than": "5"}, {"field": "r", "is_set": True},
])  # fmt: skip
OUTCOMES = st.sampled_from(["done", "refused", "pending", "unknown", "away"])
SECRET = "secret-918273"


@st.composite
def _steps(draw: st.DrawFn) -> dict[str, Any]:
    """One step of any kind, going anywhere."""
    go = {"go": draw(STEP_CODES)}
    text = said(draw(st.sampled_from(["hello", "{t} and {a}", "list {r}{b}"])))
    kind = draw(
        st.sampled_from(["say", "menu", "menu", "ask", "ask", "identify", "call", "act", "branch", "flow", "end"])
    )
    sets = {"set": draw(st.fixed_dictionaries({}, optional={"t": st.just("x{t}"), "language": st.just("fr")}))}
    match kind:
        case "menu":
            keys = draw(st.lists(st.sampled_from(["1", "2", "3"]), unique=True, min_size=1))
            choices = [choice(key, draw(STEP_CODES), when=draw(st.none() | WHENS)) for key in keys]
            rows = {"rows": "r", "into": "t", **go} if draw(st.booleans()) else {}
            return {"menu": text, "choices": choices, **rows, **sets}
        case "ask":
            answer, into = draw(ANSWER_KINDS)
            return {"ask": text, "kind": answer, "into": into, **go, **sets}
        case "identify":
            return {"identify": draw(st.sampled_from([2, 3])), "failed": draw(STEP_CODES), **go}
        case "call" | "act":
            return {kind: "some", "with": {"p": "{t}"}, "take": {"r": "rows", "a": "sum"}, **go,
                    "refused": draw(STEP_CODES), "otherwise": draw(STEP_CODES)}  # fmt: skip
        case "branch":
            return {"branch": [{"when": draw(WHENS), "go": draw(STEP_CODES)}], **go}
        case "flow":
            return {
                "flow": draw(st.sampled_from(["f", "g", "nowhere"])),
                "with": {"t": "{t}"},
                "take": {"t": "t"},
                **go,
            }
        case "end":
            return {"end": text, **sets}
    return {"say": text, **go, **sets}


@st.composite
def _flows(draw: st.DrawFn, code: str) -> Flow:
    steps = {one: draw(_steps()) for one in CODES}
    steps["person"] = draw(
        st.sampled_from(
            [{"hand": "general"}, {"callback": "later"}, {"menu": said("?"), "choices": [choice("1", "s0")]}]
        )
    )
    return flow_of(
        steps, flow=code, variables=KINDS, fills={"t": "words"}, emergency=draw(st.sampled_from(["s1", "s2"]))
    )


class AnyTalk(RuleBasedStateMachine):
    """A customer, a house and an agent who do whatever comes to mind."""

    flows: dict[str, Flow]
    turn: Turn
    effect: Effect | None
    numbers: set[int]

    @initialize(f=_flows("f"), g=_flows("g"), segment=st.sampled_from(["elderly", "vip"]), level=st.integers(0, 3))
    def begins(self, f: Flow, g: Flow, segment: str, level: int) -> None:
        self.flows, self.numbers, self.effect = {"f": f, "g": g}, set(), None
        facts = {"language": "en", "segment": segment, "level": level, "channel": "sms"}
        self.turn = Turn(begin("f", {"f": 1, "g": 2}, facts))
        self.put(Begin())

    def put(self, told: Input) -> None:
        before = self.turn.session
        self.turn = resume(self.flows, before, told, NOW)
        assert resume(self.flows, before, told, NOW) == self.turn
        if before.waits == "over":
            assert self.turn == Turn(before)
        for effect in self.turn.effects:
            if effect.kind not in ("secret", "yes"):
                assert effect.number not in self.numbers
                self.numbers.add(effect.number)
            self.effect = effect

    @property
    def session(self) -> Session:
        return self.turn.session

    @rule(
        text=st.sampled_from(["1", "2", "3", "bill", "上个月", "12.50", "13901007763", "yes", "{t}", ""])
        | st.text(max_size=20)
    )
    def says(self, text: str) -> None:
        self.put(Told(text))

    @rule(wish=st.sampled_from(["*", "返回", "#", "repeat", "SOS"]))
    def wishes(self, wish: str) -> None:
        self.put(Told(wish))

    @precondition(lambda self: self.effect is not None)
    @rule(outcome=OUTCOMES, changed=st.booleans(), rows=st.integers(0, 12), late=st.booleans())
    def house_answers(self, outcome: Any, changed: bool, rows: int, late: bool) -> None:
        assert self.effect is not None
        facts = {"rows": [[f"R{n}", f"row {n}"] for n in range(rows)], "sum": "7.50"}
        number = self.effect.number - 1 if late else self.effect.number
        history = self.session.history
        taken = not late and self.session.waits in ("answer", "secret", "yes")
        self.put(Answered(number, outcome, facts, changed=changed))
        if taken and changed:
            assert self.session.history == ()
        elif not taken:
            assert self.session.history == history

    @precondition(lambda self: self.effect is not None)
    @rule(what=st.sampled_from(["code", "password", "yes"]), again=st.booleans())
    def house_wants(self, what: Any, again: bool) -> None:
        assert self.effect is not None
        self.put(Wanted(self.effect.number, what, {"digits": "4821"}, again=again))

    @precondition(lambda self: self.session.waits == "secret")
    @rule()
    def tells_a_secret(self) -> None:
        self.put(Told(SECRET))
        assert self.turn.effects[-1].given == {"text": SECRET}

    @rule(level=st.integers(0, 3))
    def is_proved_beside(self, level: int) -> None:
        self.put(Learned({"level": max(level, self.session.facts.get("level", 0))}))

    @rule()
    def comes_back_later(self) -> None:
        self.put(Begin())

    @invariant()
    def is_plain_data_without_secrets(self) -> None:
        kept = json.dumps(self.session.as_json())
        assert SECRET not in kept
        assert Session.from_json(json.loads(kept)) == self.session

    @invariant()
    def has_come_to_rest(self) -> None:
        assert self.session.waits in ("input", "answer", "secret", "yes", "over")
        assert (self.session.waits == "over") == (self.session.over != "")
        assert len(self.session.history) <= HISTORY_MAX
        assert len(self.session.path) <= PATH_MAX
        assert len(self.turn.outputs) <= 2 * STEPS_MAX
        if self.session.waits == "input":
            assert self.shown()[-1].waits

    @invariant()
    def a_person_is_two_wishes_away(self) -> None:
        session = self.session
        for _ in range(2):
            session = resume(self.flows, session, Told("人工"), NOW).session
        promised = session.waits == "answer" and session.person
        assert session.waits == "over" or promised

    @invariant()
    def is_said_in_every_way(self) -> None:
        for language in ("en", "ar"):
            outputs = self.shown()
            assert as_text(outputs, language, elderly=True) or not outputs
            assert as_sms(outputs, language) or not outputs
            assert as_chat(outputs, language) or not outputs
            assert as_form(outputs, language).person
            assert as_script(outputs, language).say or not outputs

    def shown(self) -> tuple[Output, ...]:
        return resume(self.flows, self.session, Begin(), NOW).outputs


MANY = settings(
    max_examples=60,
    stateful_step_count=30,
    deadline=None,
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)


def test_any_talk_keeps_the_promises() -> None:
    run_state_machine_as_test(AnyTalk, settings=MANY)


@pytest.mark.slow
def test_very_many_talks_keep_the_promises() -> None:
    run_state_machine_as_test(AnyTalk, settings=settings(MANY, max_examples=1_500, stateful_step_count=50))
