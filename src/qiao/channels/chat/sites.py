"""The places a chat may be embedded in, kept by staff; its way in is kept with the service numbers (routing)."""

from dataclasses import asdict, fields
from typing import Final

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from qiao import routing
from qiao.channels.chat.model import Embedding
from qiao.channels.chat.store import sites
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.policy import Actor
from qiao.routing import EntryPoint

SECONDS_MIN: Final = 30
SECONDS_MAX: Final = 3600
EMBEDDED: Final = tuple(one.name for one in fields(Embedding))


class SiteChanged(Refused):
    """Somebody else changed it since it was shown."""

    code = "chat.site_changed"
    status = 409
    text = N_("Somebody else changed this chat meanwhile. Yours is not kept yet; look at it anew and change it again.")


async def chats(tx: Transaction) -> list[tuple[EntryPoint, Embedding]]:
    """All chats by their keys, with where they may be embedded."""
    rows = {row["key"]: row for row in await tx.rows(select(sites))}
    ways = await routing.entry_points(tx)
    return [(way, _embedding(rows.get(key))) for key, way in sorted(ways.items()) if "chat" in way.channels]


async def chat(tx: Transaction, key: str, *, hold: bool = False) -> tuple[EntryPoint, Embedding]:
    """One chat, held until the transaction ends where it is to be changed. Raises NotFound."""
    way = await routing.entry_point(tx, key)
    if "chat" not in way.channels:
        raise NotFound
    row = select(sites).where(sites.c.key == key)
    return way, _embedding(await tx.one(row.with_for_update() if hold else row))


def _embedding(row: RowMapping | None) -> Embedding:
    if row is None:
        return Embedding()
    return Embedding(**{name: row[name] for name in EMBEDDED} | {"origins": tuple(row["origins"])})


async def keep(tx: Transaction, *, key: str, now: Embedding) -> None:
    """Write how a chat is embedded, first or anew."""
    values = {name: getattr(now, name) for name in EMBEDDED} | {"key": key, "origins": list(now.origins)}
    await tx.execute(insert(sites).values(values).on_conflict_do_update(index_elements=["key"], set_=values))


async def change_chat(tx: Transaction, *, actor: Actor, key: str, seen: str, now: Embedding) -> None:
    """Keep where it may be embedded, on record; `seen` is the mark of what was shown. Raises NotFound, SiteChanged."""
    _, before = await chat(tx, key, hold=True)
    if before.mark != seen:
        raise SiteChanged
    await keep(tx, key=key, now=now)
    await audit.record(
        tx,
        actor=actor.reference,
        act="change.chat_site",
        unit_id=actor.unit_id,
        subject=f"chat:{key}",
        details={"before": asdict(before), "after": asdict(now)},
        once=False,
    )
