"""Many cases at a time: lists page by page, a customer's open matters, what lies with an agent, finding by words."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select, tuple_

from qiao.cases.finding import holding
from qiao.cases.model import Status
from qiao.cases.model_records import Case, Matter
from qiao.cases.queries import case, case_row
from qiao.cases.store import case_interactions, cases
from qiao.kernel.ids import AgentId, CaseId, CustomerId, DeskId, UnitId
from qiao.platform.database import Transaction

LIST_MAX: Final = 200
MATTERS_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class CasePage:
    """One page of a list; `before` is the cursor of the next one, None at the end."""

    cases: tuple[Case, ...]
    before: str | None


async def case_list(
    tx: Transaction,
    *,
    unit_ids: Collection[UnitId],
    owner_id: AgentId | None = None,
    desk_ids: Collection[DeskId] = (),
    owner_ids: Collection[AgentId] | None = None,
    statuses: Sequence[Status] = (),
    red: bool = False,
    closed: bool = False,
    words: str = "",
    before: str | None = None,
    limit: int = 50,
) -> CasePage:
    """Cases of these units, newest first. `owner_id` and `desk_ids` widen each other: his own and his desks'.

    `owner_ids` narrows to a team. Without `closed` only what is not closed. `words` must all be found.
    """
    wanted = _filtered(
        select(cases), unit_ids, owner_id, desk_ids, owner_ids, statuses, red=red, closed=closed, words=words
    )
    place = _place(before)
    if place is not None:
        wanted = wanted.where(tuple_(cases.c.opened_at, cases.c.id) < place)
    limit = min(limit, LIST_MAX)
    rows = await tx.rows(wanted.order_by(cases.c.opened_at.desc(), cases.c.id.desc()).limit(limit + 1))
    shown = tuple(case_row(row) for row in rows[:limit])
    more = len(rows) > limit
    return CasePage(shown, f"{shown[-1].opened_at.isoformat()}_{shown[-1].id}" if more else None)


async def count_cases(
    tx: Transaction,
    *,
    unit_ids: Collection[UnitId],
    owner_id: AgentId | None = None,
    desk_ids: Collection[DeskId] = (),
    owner_ids: Collection[AgentId] | None = None,
    statuses: Sequence[Status] = (),
    red: bool = False,
    closed: bool = False,
    words: str = "",
    most: int = 1_000,
) -> int:
    """How many that are: exact up to `most`, then most + 1, which stands for "more than"."""
    some = _filtered(
        select(cases.c.id), unit_ids, owner_id, desk_ids, owner_ids, statuses, red=red, closed=closed, words=words
    )
    return int(await tx.scalar(select(func.count()).select_from(some.limit(most + 1).subquery())))


def _filtered(
    wanted: Select[Any],
    unit_ids: Collection[UnitId],
    owner_id: AgentId | None,
    desk_ids: Collection[DeskId],
    owner_ids: Collection[AgentId] | None,
    statuses: Sequence[Status],
    *,
    red: bool,
    closed: bool,
    words: str,
) -> Select[Any]:
    wanted = wanted.where(or_(cases.c.unit_id.in_(unit_ids), cases.c.unit_id.is_(None)))
    near = []
    if owner_id is not None:
        near.append(cases.c.owner_id == owner_id)
    if desk_ids:
        near.append(cases.c.desk_id.in_(desk_ids))
    if near:
        wanted = wanted.where(or_(*near))
    if owner_ids is not None:
        wanted = wanted.where(cases.c.owner_id.in_(owner_ids))
    if statuses:
        wanted = wanted.where(cases.c.status.in_(statuses))
    if red:
        wanted = wanted.where(cases.c.red_since.is_not(None))
    if not closed:
        wanted = wanted.where(cases.c.status != "closed")
    found = holding(words)
    if found is not None:
        wanted = wanted.where(found)
    return wanted


def _place(cursor: str | None) -> tuple[datetime, UUID] | None:
    try:
        at, _, last = (cursor or "").partition("_")
        return datetime.fromisoformat(at), UUID(last)
    except ValueError:
        return None


async def matters_of(tx: Transaction, customer_id: CustomerId) -> list[Matter]:
    """A customer's matters that are not closed, the broken promise first, then the one that moved last."""
    rows = await tx.rows(
        select(cases)
        .where(cases.c.customer_id == customer_id, cases.c.status != "closed")
        .order_by(cases.c.red_since.asc().nulls_last(), cases.c.moved_at.desc())
        .limit(MATTERS_MAX)
    )
    return [await _matter(tx, CaseId(row["id"])) for row in rows]


async def _matter(tx: Transaction, case_id: CaseId) -> Matter:
    whole = await case(tx, case_id)
    due = min((one.due_at for one in whole.promises if one.state == "open"), default=None)
    contacts = await tx.scalar(
        select(func.count()).select_from(case_interactions).where(case_interactions.c.case_id == case_id)
    )
    return Matter(
        case=whole.case,
        category_name=whole.category.name,
        next_step=whole.next_step,
        open_items=tuple(item for request in whole.requests for item in request.open_items),
        promised_by=due,
        late=whole.case.red,
        contacts=int(contacts),
    )


async def newest_of_agent(tx: Transaction, agent_id: AgentId, limit: int) -> list[Case]:
    """What an agent answers for, broken promises first, then what moved last."""
    rows = await tx.rows(
        select(cases)
        .where(cases.c.owner_id == agent_id, cases.c.status != "closed")
        .order_by(cases.c.red_since.asc().nulls_last(), cases.c.moved_at.desc())
        .limit(limit)
    )
    return [case_row(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many cases an agent answers for (exact to 1,000, then 1,001), and how many of them are red."""

    open: int
    red: int


async def count_of_agent(tx: Transaction, agent_id: AgentId) -> Counted:
    """The figures of an agent's own list."""
    mine = and_(cases.c.owner_id == agent_id, cases.c.status != "closed")
    some = select(cases.c.red_since).where(mine).limit(1_001).subquery()
    row = await tx.one(select(func.count().label("open"), func.count(some.c.red_since).label("red")).select_from(some))
    assert row is not None
    return Counted(row["open"], row["red"])
