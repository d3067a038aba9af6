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
from qiao.post import Arrived, TextIn

log = structlog.get_logger(__name__)
AGAIN_WITHIN: Final = timedelta(minutes=5)
"""A text equal to one that came so shortly before this link was made is that one, delivered again."""
JOIN_WITHIN: Final = timedelta(minutes=10)
"""A long text whose parts have not all come by then is taken with gaps."""
GAP: Final = "[…]"
INTERNATIONAL: Final = 1
ALPHANUMERIC: Final = 5
Whole = tuple[ServiceId, str, str]
"""Who texted, which service number, and what."""
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
    whole: list[Whole] = []
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
            if (words := await _piece(tx, source, sender, addressed(pdu), part)) is not None:
                whole.append((sender, addressed(pdu), words))
        elif (this := (pdu.sequence, sender, addressed(pdu), part.text)) not in once:
            once.add(this)  # impatient: sent again under its own number before we answered
            whole.append((sender, addressed(pdu), part.text))
    await _receive(tx, source, whole)
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


async def _receive(tx: Transaction, source: Source, came: Sequence[Whole]) -> None:
    """Keep texts. Their sequence numbers are no keys: there are centres that number all alike."""
    before: dict[ServiceId, list[TextIn]] = {}
    if came and tx.now - source.bound_at < AGAIN_WITHIN:
        senders = {sender for sender, _, _ in came}
        before = await post.texts_between(tx, senders, source.bound_at - AGAIN_WITHIN, source.bound_at)
    fresh = [
        Arrived(sender, words, f"smpp:{new_id()}", to)
        for sender, to, words in came
        if not _again(source, before.get(sender, ()), to, post.as_kept(words))
    ]
    await post.received_all(tx, fresh)


def _again(source: Source, before: Sequence[TextIn], to: str, words: str) -> bool:
    """Whether this is one that came just before the link was made; each of those is taken for a repetition once."""
    for one in before:
        if one.text == words and one.addressed_to == to and one.id not in source.known:
            source.known.add(one.id)
            return True
    return False


async def _piece(tx: Transaction, source: Source, sender: ServiceId, to: str, part: Part) -> str | None:
    """Keep a part of a long text; the whole text when this was the last that was missing."""
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
        return None  # delivered again
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
        return joined(texts[number] for number in sorted(texts))
    return None


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
