"""Whose calls a worker takes over: its machine's at once, another machine's once that must be gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.channels.voice.model_hosts import GONE_SECONDS, Elsewhere, host_of, worker_name

NAMES = st.text("0123456789abcdef", min_size=1, max_size=8)


@given(NAMES, NAMES)
def test_a_worker_names_its_machine(host: str, mark: str) -> None:
    assert host_of(worker_name(host, mark)) == host


@pytest.mark.parametrize("name", ["", "qiao-17c0ffee", "emergency", "other-a-b"])
def test_what_names_no_machine_is_everybodys(name: str) -> None:
    assert host_of(name) == ""
    assert Elsewhere().may_take("qiao-aa-1", [name], 0.0) == [name]
    assert Elsewhere().may_take(name, ["qiao-aa-1"], 0.0) == ["qiao-aa-1"]


def test_calls_of_ones_own_machine_are_taken_at_once_and_those_of_another_once_it_must_be_gone() -> None:
    elsewhere, dead = Elsewhere(), ["qiao-aa-1", "qiao-bb-1"]
    assert elsewhere.may_take("qiao-aa-2", dead, 0.0) == ["qiao-aa-1"]
    assert elsewhere.may_take("qiao-aa-2", dead, GONE_SECONDS - 1) == ["qiao-aa-1"]
    assert elsewhere.may_take("qiao-aa-2", dead, GONE_SECONDS) == dead


def test_a_machine_whose_calls_were_taken_there_is_waited_for_anew() -> None:
    elsewhere = Elsewhere()
    assert elsewhere.may_take("qiao-aa-2", ["qiao-bb-1"], 0.0) == []
    assert elsewhere.may_take("qiao-aa-2", [], 30.0) == []
    assert elsewhere.may_take("qiao-aa-2", ["qiao-bb-1"], GONE_SECONDS) == []
