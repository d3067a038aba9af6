"""A case and its records as values: what they say of themselves."""

import dataclasses
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from qiao.cases.categories import built_in
from qiao.cases.model_records import AddedStep, Answer, Asked, Case, Fact, InformationRequest, WholeCase, Words

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def case(**changed: Any) -> Case:
    return Case(**{**{field.name: None for field in dataclasses.fields(Case)}, "id": uuid4(), **changed})


def fact(**changed: Any) -> Fact:
    whole = {"id": uuid4(), "at": AT, "by": "agent:1", "interaction_id": None, "case_id": uuid4(), "file_id": None}
    return Fact(**{**whole, "key": "short_code", "value": "3737", "said_by": "customer", **changed})


def request(state: str, *items: Asked) -> InformationRequest:
    return InformationRequest(uuid4(), AT, "agent:1", None, uuid4(), items, state)


def test_a_case_with_a_broken_promise_is_red() -> None:
    assert case(red_since=AT).red
    assert not case().red


def test_what_came_back_is_listed_by_when_it_did() -> None:
    later = AT.replace(hour=9)
    assert case(opened_at=AT).listed_at == AT
    assert case(opened_at=AT, returned_at=later).listed_at == later


def test_an_added_step_is_open_until_it_is_done_or_dropped() -> None:
    step = AddedStep(uuid4(), AT, "agent:1", None, "Ask the provider")
    assert step.open
    assert not dataclasses.replace(step, how="dropped").open


def test_words_and_facts_are_shown_without_direction_tricks_and_kept_with_them() -> None:
    said = Words(uuid4(), AT, "agent:1", None, "a\u202eb", "en", "customer")
    assert (said.text, said.shown) == ("a\u202eb", "ab")
    assert fact(value="3\u202e7").shown == "37"


def test_an_item_is_called_as_the_category_calls_it_and_a_question_by_its_wording() -> None:
    item = built_in().items["short_code"]
    assert Asked("short_code", item, "", ()).names["en"] == "code the text came from"
    assert Asked("question_1", None, "Which town?", ()).names == {"en": "Which town?"}


def test_what_is_open_of_a_request_is_what_has_no_answer_and_nothing_once_withdrawn() -> None:
    answered = Asked("a", None, "A?", (Answer(AT, "customer:1", None, "yes", None),))
    waiting = Asked("b", None, "B?", ())
    assert request("partly_answered", answered, waiting).open_items == (waiting,)
    assert request("withdrawn", answered, waiting).open_items == ()


def test_withdrawn_facts_stand_no_more() -> None:
    standing, gone = fact(), fact(withdrawn_at=AT)
    whole = {field.name: None for field in dataclasses.fields(WholeCase)} | {"facts": (standing, gone)}
    assert WholeCase(**whole).facts_standing == (standing,)
