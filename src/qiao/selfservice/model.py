"""The engine: `resume(flows, session, input, now)` gives the next session, what is said and what is to be done. Pure.

A flow holds no code: `{name}` puts a variable into a text, `when` is the kernel's condition language, and what costs or
changes something is an effect that the house performs, confirms or refuses. A session always comes to rest: it waits
for somebody, or it is over; whatever goes wrong on the way leads to a person.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, Literal

from qiao.kernel.conditions import evaluate
from qiao.selfservice.model_answers import exactly, read_answer, within
from qiao.selfservice.model_flow import (
    Ask,
    Branch,
    Call,
    CallBack,
    End,
    Flow,
    Hand,
    Identify,
    Menu,
    Say,
    Step,
    SubFlow,
    Texts,
    Value,
)
from qiao.selfservice.model_session import (
    HIDDEN,
    PATH_MAX,
    UNSEEN,
    Answered,
    Begin,
    Effect,
    Frame,
    Input,
    Learned,
    Option,
    Output,
    OutputKind,
    Session,
    Told,
    Turn,
    Waits,
    Wanted,
    known_facts,
)
from qiao.selfservice.model_standing import VALUE_MAX, Standing, value_of
from qiao.selfservice.model_wishes import asks_for_person
from qiao.selfservice.model_words import EMERGENCY, plain, wish_of

CALLS: Final = "voice"
STEPS_MAX: Final = 60
"""Steps without a word from the customer; beyond it a person takes over."""
FRAMES_MAX: Final = 6
WRONG_MAX: Final = 5
"""Codes and yeses that were not right at one step; what is too many for a number, the house counts."""


def resume(flows: Mapping[str, Flow], session: Session, told: Input, now: datetime) -> Turn:
    """One step of the talk. `flows` are those of `session.versions`; `now` in the customer's zone.

    What no longer matters (an answer to a question that was left, anything after the end) changes nothing.
    """
    run = _Run(flows, session, now)
    if session.waits != "over":
        run.take(told)
    if run.session.waits == "over" and run.session.secrets:
        run.change(secrets={})
    return Turn(run.session, tuple(run.outputs), tuple(run.effects))


def first_step(flow: Flow, facts: Mapping[str, Any]) -> str:
    """Where somebody begins. Whoever calls and wants a person first takes the flow's own way to one, whatever it asks.

    Only where he calls: who writes waits for no menu to be read to him, and sees the way to a person beside it.
    """
    called = facts.get("channel") == CALLS
    return flow.human if called and facts.get("person_first") is True else flow.start


class _Run(Standing):
    """One turn."""

    # What came in ---------------------------------------------------------------------------------------------

    def take(self, told: Input) -> None:
        match told:
            case Begin() if self.session.waits == "begin":
                flow = self.flows.get(self.frame.flow)
                self.walk(first_step(flow, self.session.facts) if flow else "")
            case Begin():
                self.show()
            case Learned():
                self.change(facts={**self.session.facts, **known_facts(told.facts)})
                step = self.step
                if isinstance(step, Identify) and self.session.waits != "begin" and self.proved(step):
                    self.walk(step.go)
            case Told():
                if self.session.waits != "begin":
                    self.hear(told.text)
            case Answered() if told.number == self.session.number and self.session.waits in ("answer", "secret", "yes"):
                self.answered(told)
            case Wanted() if told.number == self.session.number and self.session.waits in ("answer", "secret", "yes"):
                self.wanted(told)

    def hear(self, text: str) -> None:
        """Emergency first, then the keys and choices of this step, then what may be said everywhere."""
        said = plain(text)
        root = self.flows.get(self.session.frames[0].flow)
        if root is not None and root.emergency and said in EMERGENCY and not self.expects(said):
            self.change(frames=self.session.frames[:1], history=())
            self.walk(root.emergency)
            return
        chosen = self.chosen(exactly, text)
        wish = wish_of(said) if chosen is None else None
        if wish is not None:
            {"human": self.to_person, "back": self.back, "repeat": self.show, "cancel": self.cancel}[wish]()
        elif self.session.waits == "answer":
            self.say("wait")
        elif self.session.waits in ("secret", "yes") and asks_for_person(text):
            self.to_person()
        elif self.session.waits in ("secret", "yes"):
            given = {"text": text[:VALUE_MAX]}
            kind: Literal["secret", "yes"] = "secret" if self.session.waits == "secret" else "yes"
            self.effects.append(Effect(self.session.number, kind, "", given))
            self.change(waits="answer")
        else:
            self.answer(text, chosen)

    def expects(self, said: str) -> bool:
        """Digits that answer the very question asked are no call for help; no code or password is as short as one."""
        step = self.step
        return isinstance(step, Ask) and step.kind != "text" and said.isdecimal()

    def answer(self, text: str, chosen: str | None) -> None:
        step = self.step
        if isinstance(step, Ask):
            value = read_answer(step, text, self.now)
            if value is not None:
                if step.kind == "secret":
                    self.understood(HIDDEN)
                    self.keep_secret(step.into, str(value))
                else:
                    self.understood(("yes" if value else "no") if isinstance(value, bool) else value)
                    self.set(step.into, value)
                self.walk(step.go)
                return
            if step.kind == "text" or not asks_for_person(text):
                self.unclear(step.again, step.tries)
                return
        if isinstance(step, Menu):
            person = asks_for_person(text)
            chosen = chosen or self.chosen(within, text)
            if chosen is not None and (not person or self.leads_to_person(step, chosen)):
                self.choose(step, chosen)
                return
            if step.free and not person and not plain(text).isdecimal() and plain(text):
                self.understood(text)
                self.set(step.free, text[:VALUE_MAX])
                self.walk(step.free_go)
                return
            if not person:
                self.unclear(step.again, step.tries)
                return
        self.to_person()

    def leads_to_person(self, step: Menu, key: str) -> bool:
        """Whether this choice fetches a person; whoever asks for one in a sentence means no other choice in it."""
        steps = self.flows[self.frame.flow].steps
        return any(one.key == key and isinstance(steps.get(one.go), Hand | CallBack) for one in self.visible(step))

    def choose(self, step: Menu, key: str) -> None:
        for choice in self.visible(step):
            if choice.key == key:
                self.understood(key)
                self.put(choice.sets)
                self.walk(choice.go)
                return
        row = dict(self.rows(step))[key]
        self.understood(row[1])
        self.set(step.into, row[0])
        if step.named:
            self.set(step.named, row[1])
        self.walk(step.go)

    def answered(self, told: Answered) -> None:
        """What was asked for has come; what was done is not gone back behind."""
        step = self.step
        self.tries_note(told.outcome)
        if told.changed:
            self.change(history=())
        if told.flows:
            self.change(versions={**told.flows, **self.session.versions})
        if isinstance(step, Identify):
            if told.outcome == "done":
                level = max(int(self.session.facts.get("level", 0)), step.level)
                self.change(facts={**self.session.facts, "level": level})
            self.walk(step.go if told.outcome == "done" else step.failed)
        elif isinstance(step, Call):
            self.change(secrets={})
            for variable, fact in step.takes.items():
                self.set(variable, value_of(told.facts.get(fact)))
            self.walk(step.go if told.outcome == "done" else step.outcomes[told.outcome])
        elif isinstance(step, CallBack) and told.outcome == "done":
            self.say("callback", step.text)
            self.change(waits="over", over="callback")
        elif isinstance(step, CallBack) and not self.session.person:
            self.change(person=True)
            self.walk(step.refused)
        else:
            self.hand_over(getattr(step, "desk", ""))

    def wanted(self, told: Wanted) -> None:
        tries = self.session.tries + 1 if told.again else 0
        waits: Waits = "yes" if told.what == "yes" else "secret"
        self.change(waits=waits, tries=tries, wanted={"what": told.what, "terms": dict(told.terms)})
        if told.again:
            self.say("wrong")
        if tries < WRONG_MAX:
            self.show()
        else:
            self.answered(Answered(told.number, "refused"))

    # Wishes that are heard everywhere -------------------------------------------------------------------------

    def to_person(self) -> None:
        """To a person by the flow's own way; asked for again on that way, at once."""
        flow = self.flows.get(self.frame.flow)
        if self.session.person or flow is None:
            self.hand_over(_desk(flow))
            return
        self.change(person=True)
        self.walk(flow.human)

    def back(self) -> None:
        if not self.session.history:
            self.say("no_back")
        else:
            frames, history = self.session.history[-1], self.session.history[:-1]
            self.change(frames=frames, history=history, waits="input", wanted={}, tries=0, person=False)
        self.show()

    def cancel(self) -> None:
        self.say("cancelled")
        self.change(waits="over", over="cancelled")

    def show(self) -> None:
        """Say again what is waited for."""
        step, flow = self.step, self.frame.flow
        if self.session.waits == "answer":
            self.say("wait")
        elif self.session.waits in ("secret", "yes"):
            kind: OutputKind = self.session.wanted["what"]
            self.outputs.append(Output(kind, flow, self.frame.step, terms=self.session.wanted["terms"]))
        elif isinstance(step, Menu):
            shown = [Option(key, row[1]) for key, row in self.rows(step)]
            shown += [
                Option(one.key, self.fill(one.text), one.seen.tree if one.seen else None) for one in self.visible(step)
            ]
            aloud = self.session.facts.get("channel") == CALLS and step.aloud
            self.say("menu", aloud or step.text, options=tuple(shown))
        elif isinstance(step, Ask):
            if step.kind == "secret":
                self.change(wanted={"what": UNSEEN})
            self.say("ask", step.text, answer=step.kind, observation=step.seen)
        else:
            self.to_person()

    def unclear(self, again: Texts | None, tries_max: int) -> None:
        tries = self.session.tries + 1
        self.change(tries=tries)
        if tries >= tries_max:
            self.to_person()
            return
        self.say("unclear", again)
        self.show()

    # Going on -------------------------------------------------------------------------------------------------

    def walk(self, target: str) -> None:
        """From step to step until somebody is waited for or it is over."""
        self.change(waits="input", tries=0, wanted={})
        for _ in range(STEPS_MAX):
            flow = self.flows.get(self.frame.flow)
            step = flow.steps.get(target) if flow is not None else None
            if step is None:
                break
            self.arrive(step)
            following = self.enter(step)
            if following is None:
                return
            target = following
        self.hand_over(_desk(self.flows.get(self.frame.flow)))

    def arrive(self, step: Step) -> None:
        path = (*self.session.path, f"{self.frame.flow}.{step.code}")[-PATH_MAX:]
        self.change(frames=(*self.session.frames[:-1], replace(self.frame, step=step.code)), path=path)
        self.put(step.sets)

    def enter(self, step: Step) -> str | None:
        """What a step does when it is come to; the next step, or None where it rests."""
        match step:
            case Say():
                self.say("say", step.text)
                if step.tried is not None:
                    self.tries_note("")
                return step.go
            case Menu() if not self.visible(step) and not self.rows(step):
                return ""
            case Menu() | Ask():
                self.show()
            case Identify():
                if self.proved(step):
                    return step.go
                self.ask_house("prove", str(step.level), {"by": step.by} if step.by else {})
            case Call():
                self.ask_house(step.what, step.name, {name: self.given(one) for name, one in step.given.items()})
            case Branch():
                values = self.values()
                return next((one.go for one in step.arms if evaluate(one.when.tree, values, self.now)), step.go)
            case Hand():
                self.hand_over(step.desk, step.text)
            case CallBack():
                self.ask_house("callback", step.desk)
            case SubFlow():
                return self.into_flow(step)
            case _:
                assert isinstance(step, End)
                return self.end(step)
        return None

    def into_flow(self, step: SubFlow) -> str:
        code, _, about = self.filled(step.flow).partition(":")
        flow = self.flows.get(code)
        if flow is None or len(self.session.frames) >= FRAMES_MAX:
            return ""
        given: dict[str, Value] = {name: self.filled(one) for name, one in step.given.items()}
        self.change(frames=(*self.session.frames, Frame(code, "")))
        for name, value in given.items() if not about else [("about", about)]:
            self.set(name, value)
        return flow.start

    def end(self, step: End) -> str | None:
        if step.text is not None:
            self.say("ended", step.text)
        self.change(result=step.result or self.session.result)
        if len(self.session.frames) == 1:
            self.change(waits="over", over="ended")
            return None
        inner = self.frame.variables
        self.change(frames=self.session.frames[:-1])
        caller = self.step
        assert isinstance(caller, SubFlow)
        for mine, its in caller.takes.items():
            self.set(mine, inner.get(its, ""))
        return caller.go

    def ask_house(self, kind: Any, code: str, given: Mapping[str, str] | None = None) -> None:
        number = self.session.number + 1
        self.effects.append(Effect(number, kind, code, given or {}))
        self.change(waits="answer", number=number)

    def hand_over(self, desk: str, text: Texts | None = None) -> None:
        number = self.session.number + 1
        self.say("handed", text)
        self.effects.append(Effect(number, "hand", desk))
        self.change(waits="over", over="handed", number=number)


def _desk(flow: Flow | None) -> str:
    """A desk of the flow, the one of its way to a person first."""
    steps = [flow.steps.get(flow.human), *flow.steps.values()] if flow is not None else []
    return next((one.desk for one in steps if isinstance(one, Hand | CallBack)), "")
