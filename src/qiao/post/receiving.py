"""Texts that come in: kept once each, told by an event of ids; who reads them decides what they mean."""

import re
import unicodedata
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.ids import new_id
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint
from qiao.post.events import TextReceived
from qiao.post.store import post_texts

TEXT_MAX: Final = 4_000
RECEIVED: Final = "post.received.before_commit"
_UNSEEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff\ufff9-\ufffb]")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


async def received(tx: Transaction, sender: ServiceId, text: str, key: str) -> UUID:
    """Keep a text from a number; the same `key` (the inlet's own) is the same text. Returns its id.

    Whatever comes is kept, cut at TEXT_MAX characters: there is nobody at an inlet to refuse it to.
    """
    text_id = new_id()
    made = insert(post_texts).values(id=text_id, key=key[:200], sender=str(sender), text=_fit(text), received_at=tx.now)
    if await tx.scalar(made.on_conflict_do_nothing().returning(post_texts.c.id)) is None:
        known: UUID = await tx.scalar(select(post_texts.c.id).where(post_texts.c.key == key[:200]))
        return known
    await emit(tx, TextReceived(text_id))
    failpoint(RECEIVED)
    return text_id


def _fit(text: str) -> str:
    """The text as it can be kept: no NUL, no half characters, NFC."""
    cut = text[:TEXT_MAX].replace("\r\n", "\n").replace("\r", "\n")
    return unicodedata.normalize("NFC", _UNSEEN.sub("", _SURROGATES.sub("\ufffd", cut))).strip()[:TEXT_MAX]
