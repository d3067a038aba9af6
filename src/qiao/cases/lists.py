"""Many cases at a time: lists page by page, a customer's open matters, what lies with an agent, finding by words."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    Uuid,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy import column as sql_column
from sqlalchemy.dialects.postgresql import ARRAY

from qiao.cases.finding import told_of
from qiao.cases.model import Status
from qiao.cases.model_records import Case
from qiao.cases.queries import case_row
from qiao.cases.store import case_interactions, cases
from qiao.kernel.ids import AgentId, CustomerId, DeskId, InteractionId, UnitId
from qiao.platform.cursors import cursor
from qiao.platform.cursors import place as place_of
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
    unowned: bool = False,
    statuses: Sequence[Status] = (),
    red: bool = False,
    closed: bool = False,
    words: str = "",
    condition: ColumnElement[bool] | None = None,
    before: str | None = None,
    limit: int = 50,
) -> CasePage:
    """Cases of these units: what came back at the head, then the newest.

    `owner_id` and `desk_ids` widen each other: his own and his desks'. `condition` is that of a saved view
    (`views.held_by`). `owner_ids` narrows to a team's, with `unowned` to the team's and what is nobody's. Without
    `closed` only what is not closed. `words` must all be found. A cursor that is none begins at the newest.
    """
    limit = max(1, min(limit, LIST_MAX))
    wanted = _Wanted(
        unit_ids, owner_id, desk_ids, owner_ids, unowned, statuses, red, closed, words, place_of(before), condition
    )
    newest = (cases.c.listed_at.desc(), cases.c.id.desc())
    rows = await tx.rows(select(cases).where(cases.c.id.in_(wanted.ids(limit + 1))).order_by(*newest).limit(limit + 1))
    shown = tuple(case_row(row) for row in rows[:limit])
    more = len(rows) > limit
    return CasePage(shown, cursor(shown[-1].listed_at, shown[-1].id) if more else None)


async def count_cases(
    tx: Transaction,
    *,
    unit_ids: Collection[UnitId],
    owner_id: AgentId | None = None,
    desk_ids: Collection[DeskId] = (),
    owner_ids: Collection[AgentId] | None = None,
    unowned: bool = False,
    statuses: Sequence[Status] = (),
    red: bool = False,
    closed: bool = False,
    words: str = "",
    condition: ColumnElement[bool] | None = None,
    most: int = 1_000,
) -> int:
    """How many that are: exact up to `most`, then most + 1, which stands for "more than"."""
    wanted = _Wanted(
        unit_ids, owner_id, desk_ids, owner_ids, unowned, statuses, red, closed, words, condition=condition
    )
    some = select(wanted.ids(most + 1).subquery()).limit(most + 1).subquery()
    return int(await tx.scalar(select(func.count()).select_from(some)))


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is looked for. Each owner, desk or unit is read along its own index, so that no list sorts all there is."""

    unit_ids: Collection[UnitId]
    owner_id: AgentId | None
    desk_ids: Collection[DeskId]
    owner_ids: Collection[AgentId] | None
    unowned: bool
    statuses: Sequence[Status]
    red: bool
    closed: bool
    words: str
    place: tuple[datetime, UUID] | None = None
    condition: ColumnElement[bool] | None = None

    def ids(self, most: int) -> Select[tuple[UUID]] | CompoundSelect[tuple[UUID]]:
        """Ids of at least the newest `most` that fit."""
        near = self._near()
        if self.words.strip():  # found by their words first, and those are few
            return self._newest(or_(*(column.in_(keys) for column, keys in near)) if near else true(), most)
        if near:
            ways = [self._along(column, keys, most) for column, keys in near]
        elif self.owner_ids is not None:
            ways = [self._along(cases.c.owner_id, list(self.owner_ids), most)]
            ways += self._in_units(most, cases.c.owner_id.is_(None)) if self.unowned else []
        else:
            ways = self._in_units(most)
        return union(*ways)

    def _near(self) -> list[tuple[ColumnElement[Any], list[UUID]]]:
        """His own and his desks'; none where a team or the units decide."""
        near: list[tuple[ColumnElement[Any], list[UUID]]] = []
        if self.owner_id is not None:
            near.append((cases.c.owner_id, [self.owner_id]))
        if self.desk_ids:
            near.append((cases.c.desk_id, list(self.desk_ids)))
        return near

    def _newest(self, whose: ColumnElement[bool], most: int) -> Select[tuple[UUID]]:
        newest = select(cases.c.id).where(whose, *self._conditions())
        return newest.order_by(cases.c.listed_at.desc(), cases.c.id.desc()).limit(most)

    def _in_units(self, most: int, *which: ColumnElement[bool]) -> list[Select[tuple[UUID]]]:
        of_no_unit = self._newest(and_(cases.c.unit_id.is_(None), *which), most).subquery()
        return [self._along(cases.c.unit_id, list(self.unit_ids), most, *which), select(of_no_unit.c.id)]

    def _along(
        self, column: ColumnElement[Any], keys: list[UUID], most: int, *which: ColumnElement[bool]
    ) -> Select[tuple[UUID]]:
        key = (
            func.unnest(literal(keys, ARRAY(Uuid))).table_valued(sql_column("key", Uuid), name="keys").render_derived()
        )
        found = self._newest(and_(column == key.c.key, *which), most).correlate(key).lateral("newest")
        return select(found.c.id).select_from(key.join(found, true()))

    def _conditions(self) -> list[ColumnElement[bool]]:
        conditions: list[ColumnElement[bool]] = [
            or_(cases.c.unit_id.in_(self.unit_ids), cases.c.unit_id.is_(None)),
        ]
        if self.owner_ids is not None:
            theirs = cases.c.owner_id.in_(self.owner_ids)
            conditions.append(or_(theirs, cases.c.owner_id.is_(None)) if self.unowned else theirs)
        if self.statuses:
            conditions.append(cases.c.status.in_(self.statuses))
        if self.red:
            conditions.append(cases.c.red_since.is_not(None))
        if not self.closed:
            conditions.append(cases.c.status != "closed")
            if "dormant" not in self.statuses:  # it rests until its customer is heard of
                conditions.append(cases.c.status != "dormant")
        if self.words.strip():
            found = told_of(self.words)
            conditions.append(false() if found is None else found)
        if self.condition is not None:
            conditions.append(self.condition)
        if self.place is not None:
            conditions.append(tuple_(cases.c.listed_at, cases.c.id) < self.place)
        return conditions


async def open_cases_of(
    tx: Transaction, customer_id: CustomerId, *, units: Collection[UnitId] | None = None, limit: int = MATTERS_MAX
) -> list[Case]:
    """A customer's cases that are not closed, the broken promise first, then the one that moved last."""
    return await _moved_last(tx, cases.c.customer_id == customer_id, units, limit)


async def open_cases_about(
    tx: Transaction,
    interaction_id: InteractionId,
    *,
    units: Collection[UnitId] | None = None,
    limit: int = MATTERS_MAX,
) -> list[Case]:
    """The cases that are not closed and that this contact was linked to, in the same order."""
    linked = select(case_interactions.c.case_id).where(case_interactions.c.interaction_id == interaction_id)
    return await _moved_last(tx, cases.c.id.in_(linked), units, limit)


async def newest_of_agent(
    tx: Transaction, agent_id: AgentId, limit: int, *, units: Collection[UnitId] | None = None
) -> list[Case]:
    """What an agent answers for, broken promises first, then what moved last."""
    awake = (cases.c.owner_id == agent_id) & (cases.c.status != "dormant")
    return await _moved_last(tx, awake, units, limit)


def _of_units(units: Collection[UnitId] | None) -> ColumnElement[bool]:
    """Cases of these organisation units and of none; all of them without `units`."""
    return true() if units is None else or_(cases.c.unit_id.is_(None), cases.c.unit_id.in_(units))


async def _moved_last(
    tx: Transaction, whose: ColumnElement[bool], units: Collection[UnitId] | None, limit: int
) -> list[Case]:
    wanted = select(cases).where(whose, cases.c.status != "closed", _of_units(units))
    order = (cases.c.red_since.asc().nulls_last(), cases.c.moved_at.desc(), cases.c.id.desc())
    return [case_row(row) for row in await tx.rows(wanted.order_by(*order).limit(limit))]


@dataclass(frozen=True, slots=True)
class Counted:
    """How many cases an agent answers for (exact to 1,000, then 1,001), and how many of them are red."""

    open: int
    red: int


async def count_of_agent(tx: Transaction, agent_id: AgentId, *, units: Collection[UnitId] | None = None) -> Counted:
    """The figures of an agent's own list."""
    awake = (cases.c.status != "closed") & (cases.c.status != "dormant")
    mine = and_(cases.c.owner_id == agent_id, awake, _of_units(units))
    some = select(cases.c.red_since).where(mine).limit(1_001).subquery()
    row = await tx.one(select(func.count().label("open"), func.count(some.c.red_since).label("red")).select_from(some))
    assert row is not None
    return Counted(row["open"], row["red"])
