"""Roles, rights and the tree of units: pure."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.kernel.ids import AgentId, UnitId, new_id, unit_id_of
from qiao.staff.model import BUILT_IN, Agent, Tree, Unit, rights_of

ROLES = {role.code: role.rights for role in BUILT_IN}
CENTRE, NORTH, SOUTH, TOWN = (Unit(unit_id_of(code), code, code, None) for code in ("centre", "north", "south", "town"))
TREE = Tree(
    (
        CENTRE,
        Unit(NORTH.id, "north", "north", CENTRE.id),
        Unit(SOUTH.id, "south", "south", CENTRE.id),
        Unit(TOWN.id, "town", "town", NORTH.id),
    )
)


def test_somebody_sees_his_own_unit_and_those_below_and_no_other() -> None:
    assert TREE.under(CENTRE.id) == {CENTRE.id, NORTH.id, SOUTH.id, TOWN.id}
    assert TREE.under(NORTH.id) == {NORTH.id, TOWN.id}
    assert TREE.under(TOWN.id) == {TOWN.id}
    assert TREE.under(UnitId(new_id())) == frozenset()


def test_a_circle_of_units_ends_all_the_same() -> None:
    one, other = UnitId(new_id()), UnitId(new_id())
    assert Tree((Unit(one, "a", "a", other), Unit(other, "b", "b", one))).under(one) == {one, other}


def test_who_administers_sees_no_customers_and_who_sees_customers_administers_nothing() -> None:
    for role, rights in ROLES.items():
        assert not ("staff.administer" in rights and "contacts.take" in rights), role


@given(st.lists(st.sampled_from([*ROLES, "gone"])))
def test_rights_are_those_of_all_roles_together_and_a_role_that_is_gone_opens_nothing(roles: list[str]) -> None:
    assert rights_of(roles, ROLES) == {right for role in roles for right in ROLES.get(role, ())}


@pytest.mark.parametrize(("role", "asked"), [("agent", False), ("administrator", True), ("team_leader", True)])
def test_whoever_may_do_much_signs_in_with_a_second_factor(role: str, asked: bool) -> None:
    agent = Agent(
        AgentId(new_id()), "x", "X", "X", CENTRE.id, (role,), ROLES[role], ("en",), {}, None, {"chat": 1}, (), "en"
    )
    assert agent.needs_second_factor is asked
