"""Desks: set up and found."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from qiao.kernel.ids import DeskId, UnitId, new_id
from qiao.platform.database import Transaction
from qiao.platform.live import touch
from qiao.routing.facts import tell_desk
from qiao.routing.model_rules import Profile
from qiao.routing.rules import DeskPlan, read_rules
from qiao.routing.store import desks as table

ANYWHERE = "*"


@dataclass(frozen=True, slots=True)
class Desk:
    """A desk and its rules; `names` by language; `segments` None takes all; "*" takes every entry point."""

    id: DeskId
    code: str
    names: Mapping[str, str]
    unit_id: UnitId | None
    entry_points: tuple[str, ...]
    segments: tuple[str, ...] | None
    rules: Mapping[str, Any]
    plan: DeskPlan

    def name(self, language: str) -> str:
        """Its name in this language, else in English, else its code."""
        return self.names.get(language) or self.names.get("en") or self.code

    def served_by(self, profile: Profile) -> bool:
        """Whether an agent who can do this much belongs to the desk: its skills, and one of its segments."""
        have = dict(profile.skills)
        return all(have.get(skill, 0) >= level for skill, level in self.plan.routed.skills) and (
            self.segments is None or profile.segments is None or not profile.segments.isdisjoint(self.segments)
        )


async def ensure_desk(
    tx: Transaction,
    *,
    code: str,
    names: Mapping[str, str],
    unit_id: UnitId | None,
    entry_points: Iterable[str],
    segments: Iterable[str] | None = None,
    rules: Mapping[str, Any] | None = None,
    **more: Any,
) -> DeskId:
    """Have a desk of this code; who waits there waits by its rules from now on.

    Rules are named as in `rules.read_rules`, in `rules` or as keywords. No segments: it takes all of them.

    Raises ValueError for rules that cannot be read; `rules["overflow_desk"]` is a code, of a desk set up before or
    after.
    """
    given: dict[str, Any] = {
        "names": dict(names),
        "unit_id": unit_id,
        "entry_points": sorted(set(entry_points)),
        "segments": sorted(set(segments or ())) or None,
        "rules": dict(rules or {}) | more,
    }
    row = await tx.one(select(table).where(table.c.code == code).with_for_update())
    desk_id = DeskId(row["id"]) if row is not None else DeskId(new_id())
    read_rules(desk_id, given["rules"])
    if row is None:
        await tx.execute(table.insert().values(id=desk_id, code=code, created_at=tx.now, **given))
    elif any(row[key] != value for key, value in given.items()):
        await tx.execute(update(table).where(table.c.id == desk_id).values(given))
    else:
        return desk_id
    await tell_desk(tx, desk_id)
    await touch(tx, f"desk:{desk_id}")
    return desk_id


async def desks(tx: Transaction, ids: Iterable[DeskId] | None = None) -> list[Desk]:
    """All desks, or these, by code."""
    rows = await tx.rows(select(table).order_by(table.c.code))
    desk_ids = {row["code"]: DeskId(row["id"]) for row in rows}
    wanted = None if ids is None else set(ids)
    return [
        Desk(
            id=row["id"],
            code=row["code"],
            names=row["names"],
            unit_id=row["unit_id"],
            entry_points=tuple(row["entry_points"]),
            segments=None if row["segments"] is None else tuple(row["segments"]),
            rules=row["rules"],
            plan=read_rules(row["id"], row["rules"], desk_ids),
        )
        for row in rows
        if wanted is None or row["id"] in wanted
    ]


async def desk_for(
    tx: Transaction, *, entry_point: str, segment: str | None, unit_id: UnitId | None = None
) -> Desk | None:
    """The desk for who comes this way: one that is open, made for his segment, of his unit; None if there is none."""

    def how_well(desk: Desk) -> tuple[bool, bool, bool, bool, str]:
        return (
            not desk.plan.hours.open_at(tx.now),
            desk.segments is None,
            entry_point not in desk.entry_points,
            desk.unit_id != unit_id,
            desk.code,
        )

    fitting = [
        desk
        for desk in await desks(tx)
        if (entry_point in desk.entry_points or ANYWHERE in desk.entry_points)
        and (desk.segments is None or segment in desk.segments)
    ]
    return min(fitting, key=how_well, default=None)
