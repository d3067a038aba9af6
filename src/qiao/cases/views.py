"""Saved views: a name and a condition that somebody keeps, for himself or for his unit."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from qiao.cases.model_views import FIELDS, NAME_MAX, VIEWS_MAX
from qiao.cases.model_words import Form
from qiao.cases.store import cases
from qiao.cases.store_work import case_views
from qiao.kernel.conditions import Tree, must_be_valid
from qiao.kernel.ids import AgentId, UnitId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.conditions_sql import condition_sql
from qiao.platform.database import Transaction


class TooManyViews(Refused):
    """One person keeps only so many."""

    code = "cases.too_many_views"
    text = N_("You keep {limit} views already. This one was not kept; delete one you no longer use.")


@dataclass(frozen=True, slots=True)
class View:
    """A saved view; `shared` with its owner's unit."""

    id: UUID
    agent_id: AgentId
    name: str
    condition: Tree
    shared: bool


async def keep_view(
    tx: Transaction, *, agent_id: AgentId, unit_id: UnitId | None, name: str, condition: Any, shared: bool = False
) -> UUID:
    """Keep a view under a name; the same name again replaces it. Returns its id.

    Raises ConditionNotUnderstood with the place, InputNotUnderstood (field "name"), TooManyViews.
    """
    form = Form()
    called = form.line("name", name, NAME_MAX)
    form.finish()
    must_be_valid(condition, FIELDS)
    kept = await tx.scalar(select(func.count()).where(case_views.c.agent_id == agent_id, case_views.c.name != called))
    if kept >= VIEWS_MAX:
        raise TooManyViews(limit=VIEWS_MAX)
    told = {"condition": condition, "shared": "unit" if shared else "no", "unit_id": unit_id, "kept_at": tx.now}
    row = insert(case_views).values(id=new_id(), agent_id=agent_id, name=called, **told)
    again = row.on_conflict_do_update(index_elements=["agent_id", "name"], set_=told)
    return UUID(str(await tx.scalar(again.returning(case_views.c.id))))


async def drop_view(tx: Transaction, *, view_id: UUID, agent_id: AgentId) -> None:
    """Delete one's own view. Raises NotFound."""
    mine = (case_views.c.id == view_id) & (case_views.c.agent_id == agent_id)
    if await tx.scalar(case_views.delete().where(mine).returning(case_views.c.id)) is None:
        raise NotFound


async def views_for(tx: Transaction, *, agent_id: AgentId, unit_ids: Collection[UnitId]) -> tuple[View, ...]:
    """One's own views and those shared with one's units, by name."""
    shared = (case_views.c.shared == "unit") & case_views.c.unit_id.in_(unit_ids)
    wanted = select(case_views).where(or_(case_views.c.agent_id == agent_id, shared))
    rows = await tx.rows(wanted.order_by(case_views.c.name, case_views.c.id).limit(200))
    return tuple(
        View(row["id"], AgentId(row["agent_id"]), row["name"], row["condition"], row["shared"] == "unit")
        for row in rows
    )


def held_by(condition: Tree, tx: Transaction, agent_id: AgentId | None) -> ColumnElement[bool]:
    """A valid condition over cases as SQL; "mine" is this agent's."""
    columns: Final[dict[str, ColumnElement[Any]]] = {
        "status": cases.c.status,
        "kind": cases.c.kind,
        "category": cases.c.category_code,
        "severity": cases.c.severity,
        "opened_at": cases.c.opened_at,
        "moved_at": cases.c.moved_at,
        "due_at": cases.c.due_at,
        "red": cases.c.red_since.is_not(None),
        "owned": cases.c.owner_id.is_not(None),
        "mine": cases.c.owner_id.is_not_distinct_from(agent_id),
        "title": cases.c.title,
    }
    return condition_sql(condition, columns, tx.now)
