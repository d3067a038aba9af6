"""Events travel as JSON and come back the same."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Optional
from uuid import UUID, uuid4

import pytest

from qiao.kernel.events import Event
from qiao.kernel.ids import CaseId
from qiao.kernel.money import Money


class Mood(StrEnum):
    CALM = "calm"


@dataclass(frozen=True)
class EverythingHappened(Event):
    case_id: CaseId
    at: datetime
    amount: Money
    ids: tuple[UUID, ...]
    words: list[str]
    marks: frozenset[int]
    mood: Mood
    share: float
    count: int
    sure: bool
    text: str
    other: Optional[UUID] = None  # noqa: UP045 - both ways of writing it are read
    until: datetime | None = None
    counted: dict[str, int] | None = None

    @property
    def aggregate(self) -> str:
        return f"case:{self.case_id}"


@dataclass(frozen=True)
class Nameless(Event):
    thing: object = None


def happened(**changed: Any) -> EverythingHappened:
    values: dict[str, Any] = {
        "case_id": CaseId(uuid4()),
        "at": datetime(2026, 11, 23, 2, tzinfo=UTC),
        "amount": Money(1000, "HKD"),
        "ids": (uuid4(), uuid4()),
        "words": ["a", "b"],
        "marks": frozenset({1}),
        "mood": Mood.CALM,
        "share": 0.5,
        "count": 3,
        "sure": True,
        "text": "x",
    }
    return EverythingHappened(**values | changed)


@pytest.mark.parametrize(
    "event",
    [happened(), happened(other=uuid4(), until=datetime(2026, 11, 24, tzinfo=UTC), counted={"calls": 3})],
)
def test_an_event_comes_back_as_it_left(event: EverythingHappened) -> None:
    assert EverythingHappened.from_json(json.loads(json.dumps(event.as_json()))) == event


def test_a_key_of_a_newer_version_is_ignored_and_a_missing_one_takes_its_default() -> None:
    body = happened().as_json() | {"added_later": 1}
    del body["other"]
    assert EverythingHappened.from_json(body).other is None


def test_what_is_no_plain_value_cannot_travel() -> None:
    with pytest.raises(TypeError, match="cannot carry object"):
        Nameless(object()).as_json()


def test_an_event_without_an_aggregate_is_an_error_of_ours() -> None:
    with pytest.raises(TypeError, match="Nameless names no aggregate"):
        _ = Nameless().aggregate


def test_the_wire_name_is_the_room_and_the_class() -> None:
    class CaseOpened(Event):
        __module__ = "qiao.cases.events"

    class Typed(Event):
        __module__ = "qiao.channels.chat.events"

    assert (CaseOpened.wire_name(), Typed.wire_name()) == ("cases.CaseOpened", "channels.chat.Typed")
    assert Nameless.wire_name() == "test_events.Nameless"
