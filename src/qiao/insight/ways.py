"""Quicker ways offered and taken, and what campaigns' codes brought: a row each, written again as it stands."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from qiao.catalogue import Order
from qiao.insight.model import day_of
from qiao.insight.store import ways
from qiao.insight.zone import zone_of
from qiao.kernel.ids import UnitId
from qiao.platform.database import Transaction

CAMPAIGN: Final = "campaign:"


@dataclass(frozen=True, slots=True)
class Way:
    """How often a way was shown, taken and came to be done; `shown` of a campaign is not known here."""

    kind: str
    name: str
    service: str
    channel: str
    shown: int
    taken: int
    done: int


async def note_way(
    tx: Transaction,
    *,
    way_id: UUID,
    at: datetime,
    kind: str,
    name: str,
    service: str,
    channel: str,
    shown: int = 0,
    taken: int = 0,
    done: int = 0,
) -> None:
    """How it stands; what it once was it stays."""
    about = {"day": day_of(at, zone_of()), "kind": kind, "name": name, "service": service, "channel": channel}
    made = insert(ways).values(id=way_id, unit_id=None, shown=shown, taken=taken, done=done, **about)
    most = {name: func.greatest(getattr(ways.c, name), made.excluded[name]) for name in ("shown", "taken", "done")}
    await tx.execute(made.on_conflict_do_update(index_elements=["id"], set_=most))


async def note_campaign_order(tx: Transaction, order: Order) -> None:
    """An order that came of a campaign's code was done."""
    if order.origin.flow is not None and order.origin.flow.startswith(CAMPAIGN):
        name = order.origin.flow.removeprefix(CAMPAIGN)
        told: dict[str, Any] = {"kind": "campaign", "name": name, "service": order.code}
        await note_way(tx, way_id=order.id, at=order.placed_at, channel=order.origin.channel, done=1, **told)


async def ways_of(tx: Transaction, *, since: date, until: date, units: Collection[UnitId]) -> Sequence[Way]:
    """What was offered and answered in these days, the most taken first."""
    columns = (ways.c.kind, ways.c.name, ways.c.service, ways.c.channel)
    sums = [func.sum(getattr(ways.c, name)).label(name) for name in ("shown", "taken", "done")]
    ours = ways.c.unit_id.is_(None) | ways.c.unit_id.in_(units)
    wanted = select(*columns, *sums).where(ways.c.day.between(since, until), ours).group_by(*columns)
    rows = await tx.rows(wanted.order_by(func.sum(ways.c.taken).desc(), *columns).limit(500))
    return [
        Way(
            kind=row["kind"],
            name=row["name"],
            service=row["service"],
            channel=row["channel"],
            shown=int(row["shown"]),
            taken=int(row["taken"]),
            done=int(row["done"]),
        )
        for row in rows
    ]
