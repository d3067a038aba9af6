"""What was submitted and what became of it: batches, each a handful of statements however many messages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import text

from qiao import post
from qiao.channels.smpp.model_receipt import Fate
from qiao.kernel.ids import MessageId
from qiao.platform.database import Transaction
from qiao.post import Ending

KEPT: Final = timedelta(days=7)
"""Longer than any centre tries to deliver; later receipts tell nobody anything."""
EARLY_KEPT: Final = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Submitted:
    """A part that a centre took."""

    message_id: MessageId
    number: int
    of: int
    centre: str
    centre_id: str


@dataclass(frozen=True, slots=True)
class Came:
    """A receipt as it came; `centre_id` in the form in which parts are kept."""

    centre: str
    centre_id: str
    fate: Fate
    error: str


_WRITE: Final = text(
    """
    insert into smpp_parts (message_id, number, "of", centre, centre_id, at)
    select *, cast(:now as timestamptz) from unnest(
        cast(:message_ids as uuid[]), cast(:numbers as int[]), cast(:ofs as int[]),
        cast(:centres as text[]), cast(:centre_ids as text[])
    )
    on conflict do nothing
    """
)
_EARLY: Final = text(
    """
    delete from smpp_receipts r
    using unnest(cast(:centres as text[]), cast(:centre_ids as text[])) told (centre, centre_id)
    where r.centre = told.centre and r.centre_id = told.centre_id
    returning r.centre, r.centre_id, r.fate, r.error
    """
)
_MARK: Final = text(
    """
    update smpp_parts p set fate = told.fate, error = told.error
    from unnest(
        cast(:centres as text[]), cast(:centre_ids as text[]), cast(:fates as text[]), cast(:errors as text[])
    ) told (centre, centre_id, fate, error)
    where p.centre = told.centre and p.centre_id = told.centre_id and p.fate = 'under way'
    returning p.message_id
    """
)
_UNKNOWN_PARTS: Final = text(
    """
    insert into smpp_receipts (centre, centre_id, fate, error, at)
    select told.centre, told.centre_id, told.fate, told.error, cast(:now as timestamptz)
    from unnest(
        cast(:centres as text[]), cast(:centre_ids as text[]), cast(:fates as text[]), cast(:errors as text[])
    ) told (centre, centre_id, fate, error)
    where not exists (
        select from smpp_parts p where p.centre = told.centre and p.centre_id = told.centre_id
    )
    """
)
_STANDING: Final = text(
    """
    select message_id, max("of") = count(*) as whole, bool_and(fate <> 'under way') as told,
           bool_or(fate = 'failed') as failed, bool_or(fate = 'unknown') as unclear, max(error) as error
    from smpp_parts where message_id = any(:ids) group by message_id
    """
)
_WAITING: Final = text(
    """
    select r.centre, r.centre_id from smpp_receipts r
    join smpp_parts p on p.centre = r.centre and p.centre_id = r.centre_id limit 1000
    """
)


async def write(tx: Transaction, parts: Sequence[Submitted]) -> None:
    """Centres took these parts: write them down, and what receipts told of them before."""
    if not parts:
        return
    told = {
        "now": tx.now,
        "message_ids": [part.message_id for part in parts],
        "numbers": [part.number for part in parts],
        "ofs": [part.of for part in parts],
        "centres": [part.centre for part in parts],
        "centre_ids": [part.centre_id for part in parts],
    }
    await tx.execute(_WRITE, told)


async def overtaken(tx: Transaction, parts: Sequence[Submitted]) -> None:
    """Receipts that came before these parts were written down. Call it once their messages are submitted."""
    await _apply_early(tx, [(part.centre, part.centre_id) for part in parts])


async def _apply_early(tx: Transaction, named: Sequence[tuple[str, str]]) -> None:
    if named:
        keys = {"centres": [centre for centre, _ in named], "centre_ids": [one for _, one in named]}
        early = await tx.rows(_EARLY, keys)
        await came(tx, [Came(row["centre"], row["centre_id"], row["fate"], row["error"]) for row in early])


async def came(tx: Transaction, receipts: Sequence[Came]) -> None:
    """Receipts: messages whose parts are all told end; what is of no part known is kept until its part is."""
    final = list(
        {(one.centre, one.centre_id): one for one in receipts if one.fate != "under way" and one.centre_id}.values()
    )
    if not final:
        return
    told = {
        "now": tx.now,
        "centres": [one.centre for one in final],
        "centre_ids": [one.centre_id for one in final],
        "fates": [one.fate for one in final],
        "errors": [one.error[:20] for one in final],
    }
    marked = await tx.rows(_MARK, told)
    if len(marked) < len(final):
        await tx.execute(_UNKNOWN_PARTS, told)
    ids = {row["message_id"] for row in marked}
    if not ids:
        return
    endings: dict[MessageId, tuple[Ending, str]] = {}
    for row in await tx.rows(_STANDING, {"ids": list(ids)}):
        if row["failed"]:
            endings[MessageId(row["message_id"])] = ("failed", f"smpp {row['error']}".strip())
        elif row["whole"] and row["told"]:
            ending: Ending = "unknown" if row["unclear"] else "delivered"
            endings[MessageId(row["message_id"])] = (ending, "")
    await post.settle_all(tx, endings)


async def sweep(tx: Transaction) -> None:
    """Match receipts and parts that passed each other in two processes; forget what is too old to matter."""
    await _apply_early(tx, [(row["centre"], row["centre_id"]) for row in await tx.rows(_WAITING)])
    await tx.execute(text("delete from smpp_receipts where at < :before"), {"before": tx.now - EARLY_KEPT})
    await tx.execute(text("delete from smpp_parts where at < :before"), {"before": tx.now - KEPT})
