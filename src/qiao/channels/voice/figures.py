"""How calls stand now and how today's went, by service number and by desk: what people are shown who run the floor."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, func, or_, select

from qiao.channels.voice.stays import voice_stays
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import DeskId
from qiao.platform.database import Transaction

QUICKLY_SECONDS: Final = (15, 20)
"""Answered within: the two service levels that a floor is run by."""


class _InOnePlace:
    """Figures of which each call that was offered stands in one."""

    __slots__ = ()
    offered: int
    answered: int
    abandoned: int
    overflowed: int
    callback: int
    waiting: int
    dropped: int

    @property
    def adds_up(self) -> bool:
        """Whether every call that was offered is in exactly one place."""
        places = (self.answered, self.abandoned, self.overflowed, self.callback, self.waiting, self.dropped)
        return self.offered == sum(places)


@dataclass(frozen=True, slots=True)
class CallFigures(_InOnePlace):
    """Calls to one service number. `menu`, `waiting` and `talking` are as it stands, the rest is of this day.

    offered = answered + abandoned + overflowed + callback + waiting + dropped, at every moment; who talks is answered.
    A number's own calls never overflow: one that goes on to another desk is still its own (`DeskFigures` has desks).
    """

    dialled: str
    menu: int
    waiting: int
    talking: int
    longest_since: datetime | None
    calls: int
    offered: int
    answered: int
    within_15s: int
    within_20s: int
    abandoned: int
    overflowed: int
    callback: int
    dropped: int

    def share(self, within: int) -> int | None:
        """Percent of those offered and not waiting any more that were answered in so many seconds; None for none."""
        over = self.offered - self.waiting
        return round(100 * within / over) if over else None


@dataclass(frozen=True, slots=True)
class DeskFigures(_InOnePlace):
    """Calls that came in and were offered to one desk: of this day, and those that go on.

    offered = answered + abandoned + overflowed + callback + waiting + dropped; who talks is answered.
    """

    desk_id: DeskId
    waiting: int
    longest_since: datetime | None
    offered: int
    came_over: int
    """Of those offered: from another desk where they had waited too long."""
    answered: int
    abandoned: int
    overflowed: int
    callback: int
    dropped: int


async def call_figures(
    tx: Transaction, *, since: datetime, numbers: Collection[str] | None = None
) -> list[CallFigures]:
    """Figures of calls that began since then, or go on; of these service numbers only, where any are named."""
    call = voice_calls.c
    asked = or_(call.began_at >= since, call.ended_at.is_(None)) & (call.dialled != "")
    if numbers is not None:
        asked &= call.dialled.in_(list(numbers))
    offered = call.queued_at.is_not(None)
    answered = offered & or_(call.state == "talking", and_(call.state == "over", call.outcome == "answered"))
    waited = func.extract("epoch", call.answered_at - call.queued_at)
    rows = await tx.rows(
        select(
            call.dialled,
            _many(call.state == "menu", "menu"),
            _many(call.state == "waiting", "waiting"),
            _many(call.state == "talking", "talking"),
            func.min(call.queued_at).filter(call.state == "waiting").label("longest_since"),
            func.count().label("calls"),
            _many(offered, "offered"),
            _many(answered, "answered"),
            _many(answered & (waited <= QUICKLY_SECONDS[0]), "within_15s"),
            _many(answered & (waited <= QUICKLY_SECONDS[1]), "within_20s"),
            *(
                _many(offered & (call.state == "over") & (call.outcome == one), one)
                for one in ("abandoned", "overflowed", "callback", "dropped")
            ),
        )
        .where(asked)
        .group_by(call.dialled)
        .order_by(call.dialled)
    )
    return [CallFigures(**row) for row in rows]


async def desk_figures(tx: Transaction, *, since: datetime, desks: Collection[DeskId]) -> dict[DeskId, DeskFigures]:
    """By desk: calls that came to it since then, or that are there and go on."""
    stay, call = voice_stays.c, voice_calls.c
    here = stay.left_at.is_(None)
    over = here & (call.state == "over")
    answered = (stay.left_as == "answered") | (here & (call.state == "talking")) | (over & (call.outcome == "answered"))
    waiting = here & (call.state == "waiting")
    overflowed = (stay.left_as == "overflowed") | (over & (call.outcome == "overflowed"))
    found = await tx.rows(
        select(
            stay.desk_id,
            _many(waiting, "waiting"),
            func.min(stay.came_at).filter(waiting).label("longest_since"),
            func.count().label("offered"),
            _many(_came_over(), "came_over"),
            _many(answered, "answered"),
            _many(overflowed, "overflowed"),
            *(_many(over & (call.outcome == one), one) for one in ("abandoned", "callback", "dropped")),
        )
        .join(voice_calls, call.id == stay.call_id)
        .where(stay.desk_id.in_(list(desks)), call.dialled != "", call.queued_at.is_not(None))
        .where(or_(stay.came_at >= since, here & call.ended_at.is_(None)))
        .group_by(stay.desk_id)
    )
    return {row["desk_id"]: DeskFigures(**row) for row in found}


def _came_over() -> ColumnElement[bool]:
    before = voice_stays.alias()
    earlier = select(before.c.id).where(
        before.c.call_id == voice_stays.c.call_id,
        before.c.left_as == "overflowed",
        before.c.left_at == voice_stays.c.came_at,
    )
    return earlier.exists()


def _many(such: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.count().filter(such).label(name)
