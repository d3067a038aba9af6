"""Ids lie in the order they were made, a unit's id is the same everywhere, and an origin survives its column."""

import pytest

from qiao.kernel.ids import InteractionId, new_id, unit_id_of
from qiao.kernel.origin import Origin


def test_ids_are_of_version_7_and_lie_in_the_order_of_their_milliseconds() -> None:
    made = [new_id() for _ in range(1_000)]
    assert len(set(made)) == 1_000
    assert {(one.version, one.variant) for one in made} == {(7, "specified in RFC 4122")}
    milliseconds = [one.int >> 80 for one in made]
    assert milliseconds == sorted(milliseconds)


def test_a_unit_has_the_same_id_wherever_it_is_called_by_its_code() -> None:
    assert unit_id_of("beijing") == unit_id_of("beijing")
    assert unit_id_of("beijing") != unit_id_of("hebei")


@pytest.mark.parametrize(
    "origin",
    [Origin("system"), Origin("chat", InteractionId(new_id()), "customer:1", "menu")],
)
def test_an_origin_reads_back_as_it_was_written(origin: Origin) -> None:
    assert Origin.from_json(origin.as_json()) == origin


def test_an_origin_of_nothing_is_the_house_itself() -> None:
    assert Origin.from_json({}) == Origin("system", None, "system:qiao", None)
