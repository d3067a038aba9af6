"""Texts that come in: kept once each until one reader, in their order, has made something of them."""

import re
import unicodedata
from collections.abc import Collection
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


async def received(tx: Transaction, sender: ServiceId, text: str, key: str, addressed_to: str = "") -> UUID:
    """Keep a text from a number to one of our service numbers; the same `key` (the inlet's own) is the same text.

    Returns its id. Whatever comes is kept, cut at TEXT_MAX characters: there is nobody at an inlet to refuse it to.
    """
    text_id = new_id()
    kept = {"id": text_id, "key": key[:200], "sender": str(sender), "text": as_kept(text), "received_at": tx.now}
    made = insert(post_texts).values(kept | {"addressed_to": addressed_to[:20]})
    if await tx.scalar(made.on_conflict_do_nothing().returning(post_texts.c.id)) is None:
        known: UUID = await tx.scalar(select(post_texts.c.id).where(post_texts.c.key == key[:200]))
        return known
    await notify(tx, TEXTS)
    failpoint(RECEIVED)
    return text_id


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
