"""Setting up staff: units, roles, agents, and what they may do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.ids import AgentId, DeskId, UnitId, new_id, unit_id_of
from qiao.kernel.languages import N_, STAFF_LANGUAGES
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.platform import sessions
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.live import touch
from qiao.staff.events import AgentChanged, AgentJoined
from qiao.staff.model import BUILT_IN
from qiao.staff.store import agents, roles, units

NAME_MAX = 80


class LoginTaken(Refused):
    """Somebody else signs in by this name."""

    code = "staff.login_taken"
    text = N_("Somebody else signs in as “{login}” already. Nothing was saved; choose another name.")


class RoleUnknown(Refused):
    """No such role."""

    code = "staff.role_unknown"
    status = 400
    text = N_("There is no role “{role}”. Nothing was saved; choose one of the list.")


async def ensure_unit(tx: Transaction, *, code: str, name: str, parent_code: str | None = None) -> UnitId:
    """The unit of this code, made or renamed. Raises NotFound for a parent that is not there."""
    parent_id: UUID | None = None
    if parent_code is not None:
        parent_id = await tx.scalar(select(units.c.id).where(units.c.code == parent_code))
        if parent_id is None:
            raise NotFound
    written = insert(units).values(id=unit_id_of(code), code=code, name=name, parent_id=parent_id)
    kept = written.on_conflict_do_update(index_elements=["code"], set_={"name": name, "parent_id": parent_id})
    return UnitId(await tx.scalar(kept.returning(units.c.id)))


async def ensure_role(tx: Transaction, *, code: str, name: str, rights: Iterable[str], built_in: bool = False) -> None:
    """The role of this code with exactly these rights."""
    values = {"name": name, "rights": sorted(rights), "built_in": built_in}
    written = insert(roles).values(code=code, **values)
    await tx.execute(written.on_conflict_do_update(index_elements=["code"], set_=values))


async def ensure_built_in_roles(tx: Transaction) -> None:
    """The roles every service centre has; done whenever a database is brought up to date."""
    for role in BUILT_IN:
        await ensure_role(tx, code=role.code, name=role.name, rights=role.rights, built_in=True)


async def create_agent(
    tx: Transaction,
    *,
    login: str,
    name: str,
    password_hash: str,
    unit_id: UnitId,
    shown_name: str = "",
    roles: Sequence[str] = ("agent",),
    languages: Sequence[str] = ("zh-CN",),
    skills: Mapping[str, int] | None = None,
    segments: Sequence[str] | None = None,
    capacity: Mapping[str, int] | None = None,
    desks: Sequence[DeskId] = (),
    language: str = "zh-CN",
) -> AgentId:
    """Somebody new; `password_hash` from platform.sign_in.hash_password. Raises LoginTaken, RoleUnknown."""
    await _must_be_roles(tx, roles)
    _must_be_names(login, name)
    agent_id = AgentId(new_id())
    made = insert(agents).values(
        id=agent_id,
        login=login.strip().casefold(),
        name=name.strip(),
        shown_name=(shown_name or name).strip()[:NAME_MAX],
        password_hash=password_hash,
        unit_id=unit_id,
        roles=list(roles),
        languages=list(languages),
        skills=dict(skills or {}),
        segments=list(segments) if segments is not None else None,
        capacity=dict(capacity or {"chat": 3, "voice": 1}),
        desks=list(desks),
        language=language if language in STAFF_LANGUAGES else "en",
        created_at=tx.now,
    )
    made_id = await tx.scalar(made.on_conflict_do_nothing(index_elements=["login"]).returning(agents.c.id))
    if made_id is None:
        raise LoginTaken(login=login)
    await emit(tx, AgentJoined(agent_id, unit_id))
    return agent_id


async def change_agent(tx: Transaction, *, agent_id: AgentId, **changed: Any) -> None:
    """Other roles, skills, languages, segments, capacity, desks, shown name; what he opens elsewhere ends with it.

    Raises NotFound and RoleUnknown.
    """
    allowed = {"roles", "skills", "languages", "segments", "capacity", "desks", "shown_name", "password_hash", "active"}
    if unknown := set(changed) - allowed:
        raise TypeError(f"an agent has no {', '.join(sorted(unknown))} to change")
    if "roles" in changed:
        await _must_be_roles(tx, changed["roles"])
    values = {name: list(value) if isinstance(value, tuple) else value for name, value in changed.items()}
    row = await tx.one(update(agents).where(agents.c.id == agent_id).values(values).returning(agents.c.active))
    if row is None:
        raise NotFound
    if {"roles", "password_hash", "active"} & set(changed):
        await sessions.end_all(tx, audience="staff", subject_id=agent_id)
    await emit(tx, AgentChanged(agent_id, row["active"]))
    await touch(tx, f"agent:{agent_id}")


async def set_active(tx: Transaction, *, agent_id: AgentId, active: bool) -> None:
    """Let somebody in again, or out for good; out means out everywhere at once. Raises NotFound."""
    await change_agent(tx, agent_id=agent_id, active=active)


async def _must_be_roles(tx: Transaction, wanted: Sequence[str]) -> None:
    known = {row["code"] for row in await tx.rows(select(roles.c.code))}
    for role in wanted:
        if role not in known:
            raise RoleUnknown(role=role)


def _must_be_names(login: str, name: str) -> None:
    wrong = {}
    if not 0 < len(login.strip()) <= NAME_MAX or not login.isprintable():
        wrong["login"] = N_("A name of 1 to 80 characters is expected here.")
    if not 0 < len(name.strip()) <= NAME_MAX or not name.isprintable():
        wrong["name"] = N_("A name of 1 to 80 characters is expected here.")
    if wrong:
        raise InputNotUnderstood(wrong)
