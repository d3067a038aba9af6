"""What was tried, as people read it."""

from __future__ import annotations

from qiao.selfservice.model_session import Answered, Session, Tried, Wanted
from qiao.selfservice.model_tried import tried_lines
from tests.selfservice.talking import Talk
from tests.selfservice.writing import choice, flow_of, said

STEPS = {
    "do": {"say": said("restart it", fr="redémarrez"), "tried": said("restarted", fr="redémarré"), "go": "menu"},
    "menu": {"menu": said("bars {n}?", fr="barres {n} ?"), "choices": [choice("1", "who")], "rows": "r", "into": "n",
             "go": "who"},
    "who": {"identify": 2, "go": "call"},
    "call": {"call": "bill", "go": "ask"},
    "ask": {"ask": said("month?"), "kind": "month", "into": "n", "go": "end"},
    "end": {"end": True},
}  # fmt: skip


def test_what_was_tried_is_told_in_the_readers_language() -> None:
    flow = flow_of(STEPS, variables={"n": "text", "r": "rows"})
    talk = Talk(flow).say("1")
    talk.put(Wanted(1, "code")).say("123456").put(Answered(1, "done"))
    talk.put(Answered(2, "refused"))
    told = [(one.what, one.answer) for one in tried_lines({"f": flow}, talk.session, "fr")]
    assert told == [("redémarré", ""), ("barres … ?", "choice 1"), ("who", "done"), ("bill", "refused")]
    words = {"identify": "identité", "service:bill": "facture", "done": "fait", "refused": "non fait"}
    named = [(one.what, one.answer) for one in tried_lines({"f": flow}, talk.session, "fr", words)]
    assert named[2:] == [("identité", "fait"), ("facture", "non fait")]
    taken = Talk(flow_of({**STEPS, "menu": {**STEPS["menu"], "choices": []}}, variables={"n": "text", "r": "rows"}),
                 variables={"r": (("2", "two bars"),)}).say("1")  # fmt: skip
    assert [one.answer for one in tried_lines(taken.flows, taken.session, "en")][-1] == "two bars"


def test_steps_that_are_there_no_more_keep_their_names() -> None:
    session = Session({}, (), tried=(Tried("gone", "old", "x", "t"), Tried("f", "old", "y", "t")))
    flows = {"f": flow_of(STEPS, variables={"n": "text", "r": "rows"})}
    assert [(one.what, one.answer) for one in tried_lines(flows, session, "en")] == [("old", "x"), ("old", "y")]
