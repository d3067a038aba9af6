"""A session talked with in tests: pure, its last turn at hand."""

from __future__ import annotations

import json
from typing import Any

from qiao.selfservice.model import resume
from qiao.selfservice.model_flow import Flow
from qiao.selfservice.model_session import Begin, Effect, Input, Session, Told, Turn, begin
from tests.selfservice.writing import NOW, choice, said


class Talk:
    """A session with its last turn."""

    def __init__(self, *flows: Flow, variables: dict[str, Any] | None = None, **facts: Any) -> None:
        self.flows = {one.code: one for one in flows}
        facts = {"language": "en", "channel": "text", **facts}
        self.turn = Turn(begin(flows[0].code, dict.fromkeys(self.flows, 0), facts, variables))
        self.put(Begin())

    def put(self, told: Input) -> Talk:
        self.turn = resume(self.flows, self.session, told, NOW)
        kept = json.loads(json.dumps(self.session.as_json()))
        assert Session.from_json(kept) == self.session
        return self

    def say(self, *texts: str) -> Talk:
        for text in texts:
            self.put(Told(text))
        return self

    @property
    def session(self) -> Session:
        return self.turn.session

    @property
    def kinds(self) -> list[str]:
        return [one.kind for one in self.turn.outputs]

    @property
    def texts(self) -> list[str]:
        return [one.text for one in self.turn.outputs]

    @property
    def effect(self) -> Effect:
        return self.turn.effects[-1]

    @property
    def at(self) -> str:
        return self.session.step.rpartition(".")[2]


MENU = {"menu": said("which?"), "choices": [choice("1", "one", words=["Bill", "账单"]), choice("2", "two")]}
ENDS = {"one": {"end": said("first"), "result": "solved"}, "two": {"end": said("second")}}
