"""Who may see what: the bases as a table of hand-written rules, without a database."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from qiao.desk.access import (
    CASE_BASES_TO_ACT,
    TO_ACT,
    TO_LOOK,
    ContactAccess,
    Standing,
    bases_of_case,
    bases_of_contact,
    proved_now,
)
from qiao.interactions import Interaction
from qiao.kernel.ids import AgentId, CaseId, CustomerId, DeskId, InteractionId, UnitId
from qiao.kernel.refused import NotFound
from qiao.platform.policy import Actor, Basis, IdentityNotProven, Level, decide

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
ME, OTHER = AgentId(uuid4()), AgentId(uuid4())
HERE, BELOW, ELSEWHERE = UnitId(uuid4()), UnitId(uuid4()), UnitId(uuid4())
MY_DESK, HIS_DESK = DeskId(uuid4()), DeskId(uuid4())
CUSTOMER = CustomerId(uuid4())


def standing(*rights: str) -> Standing:
    actor = Actor("staff", ME, "Wang", HERE, frozenset(rights), "en", uuid4(), "token")
    return Standing(actor, frozenset({MY_DESK}), frozenset({HERE, BELOW}))


def contact(**changed: object) -> Interaction:
    values: dict[str, object] = dict.fromkeys(Interaction.__slots__)
    values |= {"id": InteractionId(uuid4()), "unit_id": HERE, "customer_id": CUSTOMER, "level": 0, "agent_id": ME}
    return Interaction(**{**values, **changed})


AGENT: tuple[str, ...] = ("contacts.take",)
LEADER: tuple[str, ...] = ("contacts.take", "team.view", "team.steer")
PLANNER: tuple[str, ...] = ("team.view",)


@pytest.mark.parametrize(
    ("rights", "changed", "agent_unit", "found"),
    [
        (AGENT, {}, None, {Basis.LIVE_CONTACT}),
        (AGENT, {"ended_at": NOW}, None, {Basis.LIVE_CONTACT}),
        (AGENT, {"ended_at": NOW, "wrapped_up_at": NOW}, None, set()),
        (AGENT, {"agent_id": OTHER}, HERE, set()),
        (AGENT, {"agent_id": None}, None, set()),
        (LEADER, {"agent_id": OTHER}, BELOW, {Basis.SUPERVISION}),
        (LEADER, {"agent_id": OTHER}, ELSEWHERE, set()),
        (LEADER, {"agent_id": OTHER}, None, set()),
        (LEADER, {"agent_id": OTHER, "wrapped_up_at": NOW}, HERE, set()),
        (LEADER, {"agent_id": None}, None, set()),
        (PLANNER, {"agent_id": OTHER}, HERE, set()),
    ],
)
def test_a_contact_opens_only_to_its_agent_and_to_whoever_leads_him(
    rights: tuple[str, ...], changed: dict[str, object], agent_unit: UnitId | None, found: set[Basis]
) -> None:
    assert bases_of_contact(standing(*rights), contact(**changed), agent_unit) == found


class Case:
    """As much of a case as its bases look at."""

    def __init__(self, owner_id: AgentId | None = OTHER, desk_id: DeskId | None = None) -> None:
        self.id = CaseId(uuid4())
        self.owner_id = owner_id
        self.desk_id = desk_id
        self.customer_id = CUSTOMER


@pytest.mark.parametrize(
    ("rights", "case", "with_him", "owner_unit", "found"),
    [
        (AGENT, Case(ME), None, None, {Basis.CASE}),
        (AGENT, Case(OTHER, MY_DESK), None, None, {Basis.CASE}),
        (AGENT, Case(OTHER, HIS_DESK), None, None, set()),
        (AGENT, Case(None, None), None, None, set()),
        (AGENT, Case(), contact(), None, {Basis.LIVE_CONTACT}),
        (AGENT, Case(ME), contact(), None, {Basis.CASE, Basis.LIVE_CONTACT}),
        (AGENT, Case(), contact(agent_id=OTHER), None, set()),
        (AGENT, Case(), contact(wrapped_up_at=NOW), None, set()),
        (LEADER, Case(), None, BELOW, {Basis.SUPERVISION}),
        (LEADER, Case(), None, ELSEWHERE, set()),
        (LEADER, Case(None, HIS_DESK), None, None, {Basis.SUPERVISION}),
        (LEADER, Case(OTHER), None, None, set()),
        (PLANNER, Case(), None, HERE, set()),
        (PLANNER, Case(None, None), None, None, set()),
    ],
)
def test_a_case_opens_to_its_owner_its_desk_the_contact_about_it_and_the_leader(
    rights: tuple[str, ...], case: Case, with_him: Interaction | None, owner_unit: UnitId | None, found: set[Basis]
) -> None:
    assert bases_of_case(standing(*rights), case, with_him, owner_unit) == found


def test_what_is_of_no_unit_is_everybodys_and_another_units_nobodys() -> None:
    me = standing()
    assert me.sees(None)
    assert me.sees(BELOW)
    assert not me.sees(ELSEWHERE)


@pytest.mark.parametrize("basis", [Basis.SUPERVISION, Basis.CASE])
def test_whoever_only_looks_on_may_not_act_in_a_contact(basis: Basis) -> None:
    with pytest.raises(NotFound):
        decide(allowed=TO_ACT, found=frozenset({basis}), needed=Level.UNKNOWN, proved=Level.UNKNOWN, same_unit=True)


def test_a_leader_looks_at_a_case_and_does_not_write_in_it() -> None:
    assert Basis.SUPERVISION not in CASE_BASES_TO_ACT
    assert Basis.SUPERVISION in TO_LOOK


def test_my_own_contact_in_another_unit_does_not_exist_for_me() -> None:
    with pytest.raises(NotFound):
        decide(
            allowed=TO_LOOK,
            found=frozenset({Basis.LIVE_CONTACT}),
            needed=Level.UNKNOWN,
            proved=Level.TWO_FACTORS,
            same_unit=False,
        )


def test_a_basis_without_proof_is_told_to_prove_not_that_it_is_missing() -> None:
    with pytest.raises(IdentityNotProven):
        decide(
            allowed=TO_LOOK,
            found=frozenset({Basis.LIVE_CONTACT}),
            needed=Level.ONE_FACTOR,
            proved=Level.NUMBER_SEEN,
            same_unit=True,
        )


def test_what_was_proved_ends_half_an_hour_after_the_contact() -> None:
    assert proved_now(contact(level=2), NOW) is Level.ONE_FACTOR
    assert proved_now(contact(level=2, ended_at=NOW - timedelta(minutes=29)), NOW) is Level.ONE_FACTOR
    assert proved_now(contact(level=2, ended_at=NOW - timedelta(minutes=31)), NOW) is Level.UNKNOWN


def test_a_claimed_contact_names_no_customer() -> None:
    known = ContactAccess(standing().actor, contact(), Basis.LIVE_CONTACT, Level.UNKNOWN, standing().units)
    assert known.customer_id == CUSTOMER
    says = replace(known, interaction=replace(known.interaction, claimed_customer_id=CustomerId(uuid4())))
    assert says.customer_id is None
    assert isinstance(says.interaction_id, UUID)
