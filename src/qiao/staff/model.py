"""Agents as plain values, the built-in roles, and what a role opens."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from qiao.kernel.ids import AgentId, DeskId, UnitId
from qiao.kernel.languages import N_

_AGENT: Final = frozenset(
    {
        "contacts.take",
        "contacts.transfer",
        "cases.read",
        "cases.write",
        "cases.open",
        "catalogue.perform",
        "knowledge.read",
        "compensation.grant",
    }
)
_SENIOR: Final = _AGENT | {"catalogue.change_number", "cases.steps"}
_LEADER: Final = _SENIOR | {
    "team.view",
    "insight.read",
    "team.steer",
    "voice.listen",
    "voice.telephones",
    "knowledge.write",
    "customers.break_glass",
    "compensation.approve",
    "cases.archive",
    "outreach.emergency",
}


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody's part in the service centre, and the rights that go with it."""

    code: str
    name: str
    rights: frozenset[str]


BUILT_IN: Final[tuple[Role, ...]] = (
    Role("agent", N_("agent"), _AGENT),
    Role("senior_agent", N_("senior agent"), _SENIOR),
    Role("complaint_specialist", N_("complaint specialist"), _SENIOR),
    Role("team_leader", N_("team leader"), _LEADER),
    Role("planner", N_("planner"), frozenset({"team.view", "insight.read", "knowledge.read"})),
    Role(
        "administrator",
        N_("administrator"),
        frozenset(
            {
                "staff.administer",
                "voice.telephones",
                "knowledge.read",
                "knowledge.write",
                "audit.read",
                "team.view",
                "outreach.templates",
                "outreach.campaigns",
                "routing.numbers",
                "cases.administer",
                "selfservice.administer",
            }
        ),
    ),
)
"""Separate on purpose: who administers sees no customers, who sees customers administers nothing."""

SECOND_FACTOR_RIGHTS: Final = frozenset({"staff.administer", "customers.break_glass", "audit.read"})
"""Whoever holds one of these signs in with a second factor."""


@dataclass(frozen=True, slots=True)
class Agent:
    """A member of staff. `capacity` contacts of a channel that fill him; `segments` None means any.

    `shown_name` is how customers know him; `desks` empty means every desk his skills fit.
    """

    id: AgentId
    login: str
    name: str
    shown_name: str
    unit_id: UnitId
    roles: tuple[str, ...]
    rights: frozenset[str]
    languages: tuple[str, ...]
    skills: Mapping[str, int]
    segments: tuple[str, ...] | None
    capacity: Mapping[str, int]
    desks: tuple[DeskId, ...]
    language: str
    active: bool = True

    @property
    def needs_second_factor(self) -> bool:
        """Whether what he may do asks for more than a password."""
        return bool(self.rights & SECOND_FACTOR_RIGHTS)


@dataclass(frozen=True, slots=True)
class Unit:
    """An organisation unit."""

    id: UnitId
    code: str
    name: str
    parent_id: UnitId | None


@dataclass(frozen=True, slots=True)
class Tree:
    """The organisation as a tree of units."""

    units: tuple[Unit, ...]

    def under(self, unit_id: UnitId) -> frozenset[UnitId]:
        """The unit and all below it; a unit that is not there has nothing."""
        children: dict[UnitId | None, list[UnitId]] = {}
        for unit in self.units:
            children.setdefault(unit.parent_id, []).append(unit.id)
        known = {unit.id for unit in self.units}
        found: set[UnitId] = set()
        ahead = [unit_id] if unit_id in known else []
        while ahead:
            one = ahead.pop()
            if one not in found:
                found.add(one)
                ahead.extend(children.get(one, ()))
        return frozenset(found)


def rights_of(roles: Iterable[str], known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """What these roles open together; a role that is no more opens nothing."""
    return frozenset().union(*(known.get(role, frozenset()) for role in roles))
