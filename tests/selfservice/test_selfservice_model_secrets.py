"""A secret that a flow asks for goes into the call it is for and stands in no text and no list of what was tried."""

from __future__ import annotations

import json
from typing import Any

import pytest

from qiao.selfservice.model_session import Answered, Begin, Learned, Told, Wanted
from tests.selfservice.talking import Talk
from tests.selfservice.writing import choice, flow_of, said

VOUCHER = "1111222233334444"
STEPS: dict[str, Any] = {
    "ask": {
        "ask": said("voucher?"),
        "kind": "secret",
        "least": 12,
        "into": "voucher",
        "again": said("no!"),
        "go": "more",
    },
    "more": {"menu": said("with {voucher}?"), "choices": [choice("1", "use"), choice("2", "e")]},
    "use": {
        "call": "top_up_voucher",
        "with": {"voucher": "{voucher}"},
        "take": {"told": "told"},
        "go": "e",
        "refused": "no",
    },
    "no": {"menu": said("again?"), "choices": [choice("1", "ask"), choice("2", "use")]},
    "e": {"end": True},
}


def talk() -> Talk:
    return Talk(flow_of(STEPS, variables={"voucher": "text", "told": "text"}))


def kept(of: Talk) -> str:
    """All that is kept of it but the place for secrets."""
    return json.dumps(of.session.as_json() | {"secrets": None})


def test_it_goes_into_its_call_and_is_gone_with_the_answer() -> None:
    he = talk()
    assert he.session.hides
    he.say("1111 2222")
    assert (he.kinds, he.session.hides) == (["unclear", "ask"], True)
    he.say("1111-2222 3333 4444")
    assert not he.session.hides
    assert he.texts == ["with ?"], "no text says it"
    assert he.session.tried[-1].answer == "****"
    assert VOUCHER not in kept(he)
    he.say("1")
    assert dict(he.effect.given) == {"voucher": VOUCHER}
    assert he.session.secrets == {"f.voucher": VOUCHER}
    he.put(Answered(1, "refused", {"told": "used before"}))
    assert he.session.secrets == {}
    he.say("2")
    assert dict(he.effect.given) == {"voucher": ""}, "another time it is told again"


@pytest.mark.parametrize("ends", ["2", "0", "cancel"])
def test_it_is_gone_when_the_talk_is_over(ends: str) -> None:
    he = talk().say(VOUCHER, ends)
    assert he.session.over
    assert VOUCHER not in json.dumps(he.session.as_json())


def test_going_back_asks_for_it_as_a_secret_again() -> None:
    he = talk().say(VOUCHER, "*")
    assert (he.at, he.session.hides) == ("ask", True)
    assert VOUCHER not in kept(he)


def test_codes_and_yeses_are_hidden_and_a_menu_is_not() -> None:
    he = talk().say(VOUCHER, "1")
    assert not he.session.hides, "a word while an answer is waited for"
    he.put(Wanted(1, "yes", {"price": "10.00"}))
    assert he.session.hides
    he.put(Learned({"level": 2})).put(Begin())
    assert he.put(Told("4821")).session.secrets == {"f.voucher": VOUCHER}, "until it is used"
