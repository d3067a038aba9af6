"""Texts and receipts that come: kept in one transaction, then acknowledged; what is not acknowledged comes again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import structlog
from sqlalchemy import RowMapping, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert

from qiao import post
from qiao.channels.smpp import receipts
from qiao.channels.smpp.model_pdu import Pdu
from qiao.channels.smpp.model_receipt import IdForm, one_form, receipt_of
from qiao.channels.smpp.model_text import Alphabet, Part, joined, part_of
from qiao.channels.smpp.store import smpp_pieces
from qiao.kernel.ids import new_id
from qiao.kernel.service_ids import NumberNotUnderstood, ServiceId, parse_service_id
from qiao.platform.database import Transaction

log = structlog.get_logger(__name__)
AGAIN_WITHIN: Final = timedelta(minutes=5)
"""A text equal to one that came so shortly before this link was made is that one, delivered again."""
JOIN_WITHIN: Final = timedelta(minutes=10)
"""A long text whose parts have not all come by then is taken with gaps."""
GAP: Final = "[…]"
INTERNATIONAL: Final = 1
ALPHANUMERIC: Final = 5
_NUMBER: Final = re.compile(r"\+?[0-9]{1,20}")


@dataclass
class Source:
    """One bound link as a place where texts come from."""

    centre: str
    bound_at: datetime
    alphabet: Alphabet
    ids: IdForm
    region: str
    known: set[UUID] = field(default_factory=set)


async def take(tx: Transaction, source: Source, pdus: Sequence[Pdu]) -> None:
    """Keep what a batch of deliver_sm says, each once."""
    came: list[receipts.Came] = []
    once = set[tuple[object, ...]]()
    for pdu in pdus:
        receipt = receipt_of(pdu)
        if receipt is not None:
            centre_id = one_form(receipt.id, source.ids, in_receipt=True)
            came.append(receipts.Came(source.centre, centre_id, receipt.fate, receipt.error))
            continue
        sender = sender_of(pdu, source.region)
        part = part_of(pdu, source.alphabet)
        if sender is None or part.text is None:
            log.info("smpp.not_a_text", centre=source.centre, from_person=sender is not None)
            continue
        if part.of > 1:
            await _piece(tx, source, sender, addressed(pdu), part)
        elif (this := (pdu.sequence, sender, addressed(pdu), part.text)) not in once:
            once.add(this)  # impatient: sent again under its own number before we answered
            await _receive(tx, source, sender, addressed(pdu), part.text)
    await receipts.came(tx, came)


def sender_of(pdu: Pdu, region: str) -> ServiceId | None:
    """Who texts, or None for who cannot be answered: names, short codes, nonsense."""
    words = pdu.text("source").strip()
    if pdu.number("source_ton") == ALPHANUMERIC or not _NUMBER.fullmatch(words):
        return None
    international = pdu.number("source_ton") == INTERNATIONAL and not words.startswith("+")
    for told in (f"+{words}", words) if international else (words,):  # "00" or no country code in spite of the type
        try:
            return parse_service_id(told, region)
        except NumberNotUnderstood:
            continue
    return None


def addressed(pdu: Pdu) -> str:
    """The service number that was texted, in digits."""
    return pdu.text("destination").strip().removeprefix("+")[:20]


async def _receive(tx: Transaction, source: Source, sender: ServiceId, to: str, words: str) -> None:
    """Keep a text. Its sequence number is no key: there are centres that number all alike."""
    if tx.now - source.bound_at < AGAIN_WITHIN:
        kept = post.as_kept(words)
        for one in await post.texts_from(tx, sender, limit=10):
            before = source.bound_at - AGAIN_WITHIN < one.received_at < source.bound_at
            if before and one.text == kept and one.addressed_to == to and one.id not in source.known:
                source.known.add(one.id)
                return
    await post.received(tx, sender, words, f"smpp:{new_id()}", to)


async def _piece(tx: Transaction, source: Source, sender: ServiceId, to: str, part: Part) -> None:
    group = (
        (smpp_pieces.c.centre == source.centre)
        & (smpp_pieces.c.sender == str(sender))
        & (smpp_pieces.c.addressed_to == to)
        & (smpp_pieces.c.reference == part.reference)
        & (smpp_pieces.c.of == part.of)
    )
    there = {row["number"]: row for row in await tx.rows(select(smpp_pieces).where(group).with_for_update())}
    known, words = there.get(part.number), (part.text or "").replace("\0", "")
    if known is not None and known["text"] == words:
        return  # delivered again
    if known is not None or any(row["joined_at"] is not None for row in there.values()):
        await _give_up(tx, list(there.values()))  # the reference is used anew
        await tx.execute(delete(smpp_pieces).where(group))
        there = {}
    kept = {
        "centre": source.centre, "sender": str(sender), "addressed_to": to, "reference": part.reference, "of": part.of,
        "number": part.number, "text": words, "at": tx.now,
    }  # fmt: skip
    await tx.execute(insert(smpp_pieces).values(kept))
    if len(there) + 1 == part.of:
        texts = {number: row["text"] for number, row in there.items()} | {part.number: words}
        await tx.execute(update(smpp_pieces).where(group).values(joined_at=tx.now))
        await _receive(tx, source, sender, to, joined(texts[number] for number in sorted(texts)))


async def _give_up(tx: Transaction, rows: Sequence[RowMapping]) -> None:
    """Take what there is of a long text, with gaps where parts are missing."""
    waiting = [row for row in rows if row["joined_at"] is None]
    if not waiting:
        return
    texts = {row["number"]: row["text"] for row in waiting}
    words = joined(texts.get(number, GAP) for number in range(1, waiting[0]["of"] + 1))
    while GAP + GAP in words:
        words = words.replace(GAP + GAP, GAP)
    first = waiting[0]
    await post.received(tx, ServiceId.from_text(first["sender"]), words, f"gaps:{new_id()}", first["addressed_to"])


async def sweep(tx: Transaction) -> None:
    """Long texts that stayed incomplete are taken as they are; joined ones are forgotten."""
    late = await tx.rows(
        text(
            """
            delete from smpp_pieces where (centre, sender, addressed_to, reference, "of") in (
                select centre, sender, addressed_to, reference, "of" from smpp_pieces
                group by 1, 2, 3, 4, 5 having max(at) < :before limit 1000
            ) returning *
            """
        ),
        {"before": tx.now - JOIN_WITHIN},
    )
    groups: dict[tuple[object, ...], list[RowMapping]] = {}
    for row in late:
        groups.setdefault(
            tuple(row[name] for name in ("centre", "sender", "addressed_to", "reference", "of")), []
        ).append(row)
    for rows in groups.values():
        await _give_up(tx, rows)
