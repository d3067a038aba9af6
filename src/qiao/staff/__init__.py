"""Staff: agents, roles and rights, skills, organisation units, and how staff sign in."""

from qiao.staff.events import AgentChanged, AgentJoined
from qiao.staff.model import BUILT_IN, Agent, Role, Unit
from qiao.staff.operations import (
    LoginTaken,
    RoleUnknown,
    change_agent,
    create_agent,
    ensure_built_in_roles,
    ensure_role,
    ensure_unit,
    set_active,
)
from qiao.staff.queries import (
    agent,
    agent_by_login,
    agents_by_ids,
    agents_of_units,
    all_units,
    unit_by_code,
    units_under,
)
from qiao.staff.signing_in import SecondFactorNeeded, SignedIn, actor, sign_in

__all__ = [
    "BUILT_IN",
    "Agent",
    "AgentChanged",
    "AgentJoined",
    "LoginTaken",
    "Role",
    "RoleUnknown",
    "SecondFactorNeeded",
    "SignedIn",
    "Unit",
    "actor",
    "agent",
    "agent_by_login",
    "agents_by_ids",
    "agents_of_units",
    "all_units",
    "change_agent",
    "create_agent",
    "ensure_built_in_roles",
    "ensure_role",
    "ensure_unit",
    "set_active",
    "sign_in",
    "unit_by_code",
    "units_under",
]
