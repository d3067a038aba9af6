"""Entry points: the service numbers of the centre as data, one place for texts now and calls later."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.ids import UnitId
from qiao.platform.database import Transaction
from qiao.routing.hours import Hours, read_hours
from qiao.routing.store import entry_points as table

CHANNELS: Final = frozenset({"sms", "voice"})


@dataclass(frozen=True, slots=True)
class EntryPoint:
    """A service number such as 10086: whom it serves, in which language, when, and by which flow it greets.

    `code` is what desks name to serve it. `display_number` is what customers see of what leaves from it. `language`
    None: the customer's own, asked of strangers only. `hours` are those in which people answer; machines always do.
    """

    number: str
    code: str
    names: Mapping[str, str]
    channels: frozenset[str]
    brand: str
    language: str | None
    display_number: str
    flow: str
    hours: Hours
    unit_id: UnitId | None
    rev: int = 1

    def open_at(self, at: datetime) -> bool:
        """Whether its people are there by its own hours; the desk it leads to may have others."""
        return self.hours.open_at(at)


async def ensure_entry_point(
    tx: Transaction,
    *,
    number: str,
    code: str,
    names: Mapping[str, str],
    channels: Collection[str] = ("sms", "voice"),
    brand: str = "",
    language: str | None = None,
    display_number: str = "",
    flow: str = "",
    hours: Mapping[str, Any] | None = None,
    unit_id: UnitId | None = None,
) -> None:
    """Have this service number, as told; what is the same stays. Raises ValueError for hours or channels unknown."""
    if unknown := set(channels) - CHANNELS:
        raise ValueError(f"no such channel: {', '.join(sorted(unknown))}")
    read_hours(hours)
    told = {
        "code": code,
        "names": dict(names),
        "channels": sorted(channels),
        "brand": brand,
        "language": language,
        "display_number": display_number or number,
        "flow": flow,
        "hours": dict(hours) if hours is not None else None,
        "unit_id": unit_id,
    }
    made = insert(table).values(number=number, **told)
    await tx.execute(made.on_conflict_do_update(index_elements=["number"], set_=told | {"rev": table.c.rev + 1}))


async def entry_points(tx: Transaction, *, channel: str | None = None) -> dict[str, EntryPoint]:
    """All service numbers, or those of one channel, by number."""
    rows = await tx.rows(select(table).order_by(table.c.number))
    return {row["number"]: _entry_point(row) for row in rows if channel is None or channel in row["channels"]}


def _entry_point(row: RowMapping) -> EntryPoint:
    return EntryPoint(
        number=row["number"],
        code=row["code"],
        names=row["names"],
        channels=frozenset(row["channels"]),
        brand=row["brand"],
        language=row["language"],
        display_number=row["display_number"],
        flow=row["flow"],
        hours=read_hours(row["hours"]),
        unit_id=row["unit_id"],
        rev=row["rev"],
    )
