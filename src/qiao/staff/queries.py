"""Reads of staff."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import RowMapping, select

from qiao.kernel.ids import AgentId, DeskId, UnitId
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.staff.model import Agent, Tree, Unit, rights_of
from qiao.staff.store import agents, roles, units


async def agent(tx: Transaction, agent_id: AgentId) -> Agent:
    """One agent, also one who has left. Raises NotFound."""
    found = (await agents_by_ids(tx, [agent_id])).get(agent_id)
    if found is None:
        raise NotFound
    return found


async def agents_by_ids(tx: Transaction, ids: Iterable[AgentId]) -> dict[AgentId, Agent]:
    """Those who are known, by id."""
    wanted = set(ids)
    if not wanted:
        return {}
    return {one.id: one for one in await _agents(tx, agents.c.id.in_(wanted))}


async def agent_by_login(tx: Transaction, login: str) -> Agent | None:
    """Whoever signs in by this name; capitals do not matter."""
    found = await _agents(tx, agents.c.login == login.strip().casefold())
    return found[0] if found else None


async def agents_of_units(tx: Transaction, unit_ids: Iterable[UnitId], *, limit: int = 1000) -> list[Agent]:
    """Everybody active in these units, by name."""
    return await _agents(tx, agents.c.unit_id.in_(set(unit_ids)), agents.c.active, limit=limit)


async def password_hash(tx: Transaction, agent_id: AgentId) -> str | None:
    """What his password is checked against."""
    found: str | None = await tx.scalar(select(agents.c.password_hash).where(agents.c.id == agent_id))
    return found


async def units_under(tx: Transaction, unit_id: UnitId) -> frozenset[UnitId]:
    """The units whose customers somebody of this unit may see: his own and those below it."""
    return Tree(tuple(await all_units(tx))).under(unit_id)


async def all_units(tx: Transaction) -> list[Unit]:
    """The organisation."""
    return [Unit(**row) for row in await tx.rows(select(units).order_by(units.c.code))]


async def unit_by_code(tx: Transaction, code: str) -> UnitId | None:
    """The unit that the operator's systems call by this code."""
    found = await tx.scalar(select(units.c.id).where(units.c.code == code))
    return UnitId(found) if found is not None else None


async def _agents(tx: Transaction, *where: Any, limit: int = 1000) -> list[Agent]:
    rows = await tx.rows(select(agents).where(*where).order_by(agents.c.name, agents.c.id).limit(limit))
    known = {row["code"]: frozenset(row["rights"]) for row in await tx.rows(select(roles))} if rows else {}
    return [_agent(row, known) for row in rows]


def _agent(row: RowMapping, known: dict[str, frozenset[str]]) -> Agent:
    return Agent(
        id=AgentId(row["id"]),
        login=row["login"],
        name=row["name"],
        shown_name=row["shown_name"],
        unit_id=UnitId(row["unit_id"]),
        roles=tuple(row["roles"]),
        rights=rights_of(row["roles"], known),
        languages=tuple(row["languages"]),
        skills=dict(row["skills"]),
        segments=tuple(row["segments"]) if row["segments"] is not None else None,
        capacity=dict(row["capacity"]),
        desks=tuple(DeskId(one) for one in row["desks"]),
        language=row["language"],
        active=row["active"],
    )
