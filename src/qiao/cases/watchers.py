"""Colleagues who watch a case: they asked to, or a note named them ("@wang")."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.cases.events import CaseMentioned
from qiao.cases.model_records import Case
from qiao.cases.queries import case_row
from qiao.cases.settling import locked
from qiao.cases.store import cases
from qiao.cases.store_work import case_watchers
from qiao.kernel.ids import AgentId, CaseId, UnitId
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.live import touch
from qiao.staff import Agent, agent_by_login

NAMED_MAX: Final = 10
"""Colleagues that one note calls."""
_NAMED: Final = re.compile(r"(?<![\w@])@([A-Za-z0-9_.-]{2,40})")


@dataclass(frozen=True, slots=True)
class Watcher:
    """Who watches, since when, and why: "asked" or "named"."""

    agent_id: AgentId
    since: datetime
    because: Literal["asked", "named"]


async def watch(tx: Transaction, *, case_id: CaseId, agent_id: AgentId) -> None:
    """Be told when it moves; again changes nothing. Raises NotFound."""
    await locked(tx, case_id)
    row = {"case_id": case_id, "agent_id": agent_id, "since": tx.now, "because": "asked", "seen_at": tx.now}
    await tx.execute(insert(case_watchers).values(row).on_conflict_do_nothing())
    await touch(tx, f"case:{case_id}")


async def unwatch(tx: Transaction, *, case_id: CaseId, agent_id: AgentId) -> None:
    """Be told no more; again changes nothing."""
    mine = (case_watchers.c.case_id == case_id) & (case_watchers.c.agent_id == agent_id)
    await tx.execute(case_watchers.delete().where(mine))
    await touch(tx, f"case:{case_id}")


async def call_named(tx: Transaction, case: Case, text: str, *, by: AgentId) -> list[AgentId]:
    """Call the colleagues whom a note names; they watch from now on and see that they were named. Returns who they are.

    A name that nobody has, or whoever left, calls nobody: it stays a word of the note. What they may see of the case
    is decided when they open it.
    """
    called: list[AgentId] = []
    for login in dict.fromkeys(_NAMED.findall(text)):
        found = await _colleague(tx, login.rstrip("."))
        if found is None or found.id == by or found.id in called:
            continue
        called.append(found.id)
        row = {"case_id": case.id, "agent_id": found.id, "since": tx.now, "because": "named", "seen_at": None}
        again = {"because": "named", "since": tx.now, "seen_at": None}
        named = insert(case_watchers).values(row)
        await tx.execute(named.on_conflict_do_update(index_elements=["case_id", "agent_id"], set_=again))
        await emit(tx, CaseMentioned(case.id, found.id, by))
        await touch(tx, f"agent:{found.id}")
        if len(called) == NAMED_MAX:
            break
    return called


async def seen(tx: Transaction, *, case_id: CaseId, agent_id: AgentId) -> None:
    """The agent has the case before his eyes: he is called no more."""
    mine = (case_watchers.c.case_id == case_id) & (case_watchers.c.agent_id == agent_id)
    unread = mine & or_(case_watchers.c.seen_at.is_(None), case_watchers.c.seen_at < tx.now)
    await tx.execute(update(case_watchers).where(unread).values(seen_at=tx.now))


async def watchers_of(tx: Transaction, case_id: CaseId) -> tuple[Watcher, ...]:
    """Who watches a case, the longest first."""
    rows = await tx.rows(
        select(case_watchers).where(case_watchers.c.case_id == case_id).order_by(case_watchers.c.since).limit(100)
    )
    return tuple(Watcher(AgentId(row["agent_id"]), row["since"], row["because"]) for row in rows)


async def watched_by(
    tx: Transaction, agent_id: AgentId, *, units: Collection[UnitId], limit: int = 50
) -> list[tuple[Case, bool]]:
    """What an agent watches, what moved last first; with each whether it moved, or named him, since he looked."""
    fresh = or_(case_watchers.c.seen_at.is_(None), cases.c.moved_at > case_watchers.c.seen_at)
    ours = or_(cases.c.unit_id.is_(None), cases.c.unit_id.in_(units))
    rows = await tx.rows(
        select(cases, fresh.label("fresh"))
        .join(case_watchers, case_watchers.c.case_id == cases.c.id)
        .where(case_watchers.c.agent_id == agent_id, ours)
        .order_by(cases.c.moved_at.desc(), cases.c.id.desc())
        .limit(limit)
    )
    return [(case_row(row), row["fresh"]) for row in rows]


async def calls_unseen(tx: Transaction, agent_id: AgentId) -> int:
    """In how many cases he was named and has not looked since."""
    named = (case_watchers.c.agent_id == agent_id) & case_watchers.c.seen_at.is_(None)
    return int(await tx.scalar(select(func.count()).where(named)))


async def _colleague(tx: Transaction, login: str) -> Agent | None:
    found = await agent_by_login(tx, login)
    return found if found is not None and found.active else None
