"""What was tried and answered in a session, as people read it: in a case, before a visit, at a handover. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from qiao.selfservice.model_flow import Call, Flow, Identify, Menu, Step
from qiao.selfservice.model_session import Session

_SLOT: Final = re.compile(r"\{[a-z][a-z0-9_]*\}")


@dataclass(frozen=True, slots=True)
class TriedLine:
    """One thing: what it was, and what was answered or came of it; `at` in ISO 8601."""

    what: str
    answer: str
    at: str


def tried_lines(
    flows: Mapping[str, Flow], session: Session, language: str, words: Mapping[str, str] | None = None
) -> list[TriedLine]:
    """The list in one language, oldest first; of a step that is there no more, its name.

    `words`: how a service ("service:balance"), a proof ("identify") and what came of them ("done") are called there.
    """
    known = words or {}
    found = []
    for one in session.tried:
        step = flows[one.flow].steps.get(one.step) if one.flow in flows else None
        if step is None:
            found.append(TriedLine(one.step, one.answer, one.at))
        else:
            answer = _answer(step, one.answer, language)
            found.append(TriedLine(_what(step, language, known), known.get(answer, answer), one.at))
    return found


def _what(step: Step, language: str, words: Mapping[str, str]) -> str:
    texts = step.tried or getattr(step, "text", None)
    if texts is not None:
        return _SLOT.sub("…", texts.say(language))
    if isinstance(step, Call):
        return words.get(f"{step.what}:{step.name}", step.name)
    return words.get("identify", step.code) if isinstance(step, Identify) else step.code


def _answer(step: Step, answer: str, language: str) -> str:
    if isinstance(step, Menu):
        known = {choice.key: choice.text for choice in step.choices}
        return _SLOT.sub("…", known[answer].say(language)) if answer in known else answer
    return answer
