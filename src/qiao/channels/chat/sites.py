"""The places a chat may be embedded in, kept by staff; its way in is kept with the service numbers (routing)."""

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Final

from sqlalchemy import RowMapping, select
from sqlalchemy.dialects.postgresql import insert

from qiao import routing
from qiao.channels.chat.store import sites
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.policy import Actor
from qiao.routing import EntryPoint

SECONDS_MIN: Final = 30
SECONDS_MAX: Final = 3600


class SiteChanged(Refused):
    """Somebody else changed it since it was shown."""

    code = "chat.site_changed"
    status = 409
    text = N_("Somebody else changed this chat meanwhile. Yours is not kept yet; look at it anew and change it again.")


@dataclass(frozen=True, slots=True)
class Embedding:
    """Where a chat may be framed, and how long its silences are; seconds."""

    origins: tuple[str, ...] = ()
    warn_seconds: int = 300
    """Of the customer's silence until he is asked whether he is still there."""
    end_seconds: int = 300
    """From then until the conversation ends."""
    gone_seconds: int = 180
    """From his page's going until it ends."""
    active: bool = True

    @property
    def mark(self) -> str:
        """The same for the same."""
        return sha256(repr(asdict(self)).encode()).hexdigest()[:16]


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
    return Embedding(**{name: row[name] for name in asdict(Embedding())} | {"origins": tuple(row["origins"])})


async def change_chat(tx: Transaction, *, actor: Actor, key: str, seen: str, now: Embedding) -> None:
    """Keep where it may be embedded, on record; `seen` is the mark of what was shown. Raises NotFound, SiteChanged."""
    _, before = await chat(tx, key, hold=True)
    if before.mark != seen:
        raise SiteChanged
    values = asdict(now) | {"key": key, "origins": list(now.origins)}
    await tx.execute(insert(sites).values(values).on_conflict_do_update(index_elements=["key"], set_=values))
    await audit.record(
        tx,
        actor=actor.reference,
        act="change.chat_site",
        unit_id=actor.unit_id,
        subject=f"chat:{key}",
        details={"before": asdict(before), "after": asdict(now)},
        once=False,
    )
