"""Reads of grants: where each stands, what waits for approval, what counts, what looks odd."""

import importlib.resources
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

import yaml
from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select

from qiao.compensation.model import Given, GivenOnce, Limits, Odd, State, limits_from, oddities, state_of
from qiao.compensation.store import decisions, grants, limits, spendings, take_backs
from qiao.kernel.ids import AgentId, CustomerId, OrderId, UnitId
from qiao.kernel.money import Money
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction

ODD_WITHIN: Final = timedelta(days=30)
LIST_MAX: Final = 200


@dataclass(frozen=True, slots=True)
class Grant:
    """One grant and where it stands. `limit`: what whoever asked could have given by himself then."""

    id: UUID
    matter: str
    severity: int
    customer_id: CustomerId
    target: ServiceId
    code: str
    charge: str
    amount: Money
    reason: str
    agent_id: AgentId
    unit_id: UnitId | None
    limit: Money
    at: datetime
    state: State
    decided_by: AgentId | None
    decided_at: datetime | None
    decided_why: str
    order_id: OrderId | None


@cache
def built_in_limits() -> dict[str, Any]:
    """The definition that comes with Qiao."""
    folder = importlib.resources.files("qiao.compensation") / "built_in"
    read: dict[str, Any] = yaml.safe_load((folder / "authority.yaml").read_text("utf-8"))
    return read


async def limit_versions(tx: Transaction) -> list[tuple[int, datetime, str]]:
    """Number, time and author (an actor's reference) of every edited version, newest first; 200 at most."""
    told = select(limits.c.version, limits.c.kept_at, limits.c.by).order_by(limits.c.version.desc()).limit(200)
    return [(row["version"], row["kept_at"], row["by"]) for row in await tx.rows(told)]


async def limit_text(tx: Transaction, version: int | None) -> tuple[str, dict[str, Any]] | None:
    """An edited version as it was written ("" where only its definition came) and its definition; None: the newest."""
    wanted = select(limits.c.text, limits.c.definition)
    newest = wanted.order_by(limits.c.version.desc()).limit(1)
    row = await tx.one(newest if version is None else wanted.where(limits.c.version == version))
    return (row["text"], row["definition"]) if row is not None else None


async def limits_in_force(tx: Transaction) -> Limits:
    """The authority of every rank as it stands."""
    edited = await limit_text(tx, None)
    return limits_from(edited[1] if edited is not None else built_in_limits())


async def grant(tx: Transaction, grant_id: UUID) -> Grant:
    """One grant. Raises NotFound."""
    found = await _grants(tx, grants.c.id == grant_id, limit=1)
    if not found:
        raise NotFound
    return found[0]


async def grants_of(tx: Transaction, matter: str) -> list[Grant]:
    """All that was asked for in one matter, newest first."""
    return await _grants(tx, grants.c.matter == matter)


async def waiting(tx: Transaction, unit_ids: Collection[UnitId], limit: int = LIST_MAX) -> list[Grant]:
    """What waits for somebody's approval in these units, newest first."""
    ours = or_(grants.c.unit_id.is_(None), grants.c.unit_id.in_(unit_ids))
    undecided = decisions.c.grant_id.is_(None) & take_backs.c.grant_id.is_(None)
    return await _grants(tx, and_(~grants.c.within, ours, undecided), limit=limit)


async def given(tx: Transaction, *, customer_id: CustomerId, agent_id: AgentId, window_days: int) -> Given:
    """What counts against an authority now: granted, asked and spent alike, whatever was refused or taken back not."""
    since = tx.now - timedelta(days=window_days)
    day = tx.now - timedelta(hours=24)
    to_customer = await _sum(tx, (grants.c.customer_id == customer_id) & (grants.c.at > since))
    by_agent = await _sum(tx, (grants.c.agent_id == agent_id) & (grants.c.at > day))
    return Given(to_customer, by_agent)


async def given_on_charge(tx: Transaction, target: ServiceId, charge: str) -> int:
    """Minor units granted so far for one line of a bill."""
    return await _sum(tx, (grants.c.target == str(target)) & (grants.c.charge == charge))


async def approved_today(tx: Transaction, agent_id: AgentId) -> int:
    """Minor units that somebody approved for others within a day: they count against his own day."""
    day = tx.now - timedelta(hours=24)
    mine = (decisions.c.agent_id == agent_id) & decisions.c.approved & (decisions.c.at > day)
    joined = grants.join(decisions, decisions.c.grant_id == grants.c.id)
    return int(await tx.scalar(select(func.coalesce(func.sum(grants.c.minor), 0)).select_from(joined).where(mine)))


async def odd_grants(tx: Transaction, unit_ids: Collection[UnitId]) -> list[Odd]:
    """Patterns of the last month worth a look."""
    ours = or_(grants.c.unit_id.is_(None), grants.c.unit_id.in_(unit_ids))
    rows = await tx.rows(select(grants).where(ours, grants.c.at > tx.now - ODD_WITHIN, _counts()).limit(20_000))
    return oddities(
        [
            GivenOnce(str(row["agent_id"]), str(row["customer_id"]), row["minor"], row["limit_minor"], row["at"])
            for row in rows
        ]
    )


def _counts() -> ColumnElement[bool]:
    """Neither refused nor taken back."""
    refused = select(decisions.c.grant_id).where(decisions.c.grant_id == grants.c.id, ~decisions.c.approved).exists()
    back = select(take_backs.c.grant_id).where(take_backs.c.grant_id == grants.c.id).exists()
    return ~refused & ~back


async def _sum(tx: Transaction, where: ColumnElement[bool]) -> int:
    wanted = select(func.coalesce(func.sum(grants.c.minor), 0)).where(where, _counts())
    return int(await tx.scalar(wanted))


async def _grants(tx: Transaction, where: ColumnElement[bool], *, limit: int = LIST_MAX) -> list[Grant]:
    joined = (
        grants.outerjoin(decisions, decisions.c.grant_id == grants.c.id)
        .outerjoin(spendings, spendings.c.grant_id == grants.c.id)
        .outerjoin(take_backs, take_backs.c.grant_id == grants.c.id)
    )
    wanted = (
        select(
            grants,
            decisions.c.approved,
            decisions.c.agent_id.label("decided_by"),
            decisions.c.at.label("decided_at"),
            decisions.c.reason.label("decided_why"),
            spendings.c.order_id,
            take_backs.c.at.label("back_at"),
        )
        .select_from(joined)
        .where(where)
        .order_by(grants.c.at.desc(), grants.c.id.desc())
    )
    rows: Sequence[RowMapping] = await tx.rows(wanted.limit(limit))
    return [_grant(row) for row in rows]


def _grant(row: RowMapping) -> Grant:
    return Grant(
        id=row["id"],
        matter=row["matter"],
        severity=row["severity"],
        customer_id=CustomerId(row["customer_id"]),
        target=ServiceId.from_text(row["target"]),
        code=row["code"],
        charge=row["charge"],
        amount=Money(row["minor"], row["currency"]),
        reason=row["reason"],
        agent_id=AgentId(row["agent_id"]),
        unit_id=row["unit_id"],
        limit=Money(row["limit_minor"], row["currency"]),
        at=row["at"],
        state=state_of(
            within=row["within"],
            approved=row["approved"],
            spent=row["order_id"] is not None,
            taken_back=row["back_at"] is not None,
        ),
        decided_by=row["decided_by"],
        decided_at=row["decided_at"],
        decided_why=row["decided_why"] or "",
        order_id=row["order_id"],
    )
