"""How calls stand now and how today's went, by service number: what people are shown who run the floor."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, RowMapping, and_, func, or_, select

from qiao.channels.voice.store import voice_calls
from qiao.platform.database import Transaction

QUICKLY_SECONDS: Final = (15, 20)
"""Answered within: the two service levels that a floor is run by."""


@dataclass(frozen=True, slots=True)
class CallFigures:
    """Calls to one service number. `menu`, `waiting` and `talking` are as it stands, the rest is of this day.

    offered = answered + abandoned + overflowed + callback + waiting + dropped, at every moment; who talks is answered.
    A number's own calls never overflow: one that goes on to another desk is still this number's (`stays` has desks).
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

    @property
    def adds_up(self) -> bool:
        """Whether every call that was offered to people is in exactly one place."""
        places = (self.answered, self.abandoned, self.overflowed, self.callback, self.waiting, self.dropped)
        return self.offered == sum(places)

    def share(self, within: int) -> int | None:
        """Percent of those offered and not waiting any more that were answered in so many seconds; None for none."""
        over = self.offered - self.waiting
        return round(100 * within / over) if over else None


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
    return [_figures(row) for row in rows]


def _many(such: ColumnElement[bool], name: str) -> ColumnElement[int]:
    return func.count().filter(such).label(name)


def _figures(row: RowMapping) -> CallFigures:
    return CallFigures(**{name: row[name] for name in CallFigures.__slots__})
