"""Texts that come in: kept once each until one reader, in their order, has made something of them."""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.ids import new_id
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.failpoints import failpoint
from qiao.platform.live import TEXTS, notify
from qiao.post.store import post_texts

TEXT_MAX: Final = 4_000
WIPED: Final = "****"
RECEIVED: Final = "post.received.before_commit"
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufff9-\ufffb]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A text as an inlet brings it; the same `key` (the inlet's own) is the same text."""

    sender: ServiceId
    text: str
    key: str
    addressed_to: str = ""


async def received(tx: Transaction, sender: ServiceId, text: str, key: str, addressed_to: str = "") -> UUID:
    """Keep a text from a number to one of our service numbers; the same `key` (the inlet's own) is the same text.

    Returns its id. Whatever comes is kept, cut at TEXT_MAX characters: there is nobody at an inlet to refuse it to.
    """
    if made := await received_all(tx, [Arrived(sender, text, key, addressed_to)]):
        return made[0]
    known: UUID = await tx.scalar(select(post_texts.c.id).where(post_texts.c.key == key[:200]))
    return known


async def received_all(tx: Transaction, arrived: Sequence[Arrived]) -> list[UUID]:
    """As `received`, for many in their order; returns the ids of those that are new."""
    if not arrived:
        return []
    rows = [
        {
            "id": new_id(),
            "key": one.key[:200],
            "sender": str(one.sender),
            "text": as_kept(one.text),
            "addressed_to": one.addressed_to[:20],
            "received_at": tx.now,
        }
        for one in arrived
    ]
    made = await tx.execute(insert(post_texts).on_conflict_do_nothing().returning(post_texts.c.id), rows)
    kept: list[UUID] = list(made.scalars())
    if kept:
        await notify(tx, TEXTS)
        failpoint(RECEIVED)
    return kept


async def heard(tx: Transaction, ids: Collection[UUID], *, fault: str = "") -> None:
    """Somebody has made something of these texts, or could not because of a `fault` of ours."""
    these = update(post_texts).where(post_texts.c.id.in_(list(ids)), post_texts.c.heard_at.is_(None))
    await tx.execute(these.values(heard_at=tx.now, fault=fault[:300]))


async def wipe(tx: Transaction, ids: Collection[UUID]) -> None:
    """These texts held a code or password that was used or refused: their words go."""
    if ids:
        await tx.execute(update(post_texts).where(post_texts.c.id.in_(list(ids))).values(text=WIPED))


def as_kept(text: str) -> str:
    """A text as it can be kept: no NUL, no half characters, NFC."""
    cut = text[:TEXT_MAX].replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNSEEN.sub("", _SURROGATES.sub("\ufffd", cut))).strip()[:TEXT_MAX]
