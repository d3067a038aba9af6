"""Offering the quicker way, and keeping what became of it. Channels say it and carry it; nothing here acts."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import RowMapping, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from qiao import catalogue, routing, selfservice
from qiao.assist.events import QuickerWayDone, QuickerWayShown, QuickerWayTaken
from qiao.assist.model_steering import Moment, Way, quicker_way
from qiao.assist.store import offers
from qiao.interactions import Interaction
from qiao.kernel.ids import InteractionId, new_id
from qiao.platform.database import Transaction
from qiao.platform.events import emit

EVERY_KIND: Final = frozenset({"service", "flow"})


async def offer_way(
    tx: Transaction,
    *,
    contact: Interaction,
    words: str,
    chose_person: bool,
    seat: str,
    carried: frozenset[str] = EVERY_KIND,
) -> Way | None:
    """The way to offer in this contact now, kept as shown; None where none is to be offered.

    `words` are the customer's; `seat` is the channel as routing counts it. Say it only if this transaction commits.
    """
    expected = await routing.expected_wait(
        tx, entry_point=contact.entry_point, channel=seat, language=contact.language, segment=contact.segment
    )
    moment = Moment(
        segment=contact.segment,
        chose_person=chose_person,
        emergency=selfservice.calls_for_help(words),
        offered_before=await _of_contact(tx, contact.id) is not None,
        wait_seconds=expected.wait_seconds if expected.attended else None,
    )
    way = quicker_way(moment, meant_by(words), carried)
    if way is None:
        return None
    told = {"interaction_id": contact.id, "kind": way.kind, "code": way.code, "channel": contact.channel}
    made = insert(offers).values(id=new_id(), shown_at=tx.now, **told)
    row = await tx.one(made.on_conflict_do_nothing().returning(offers))
    if row is None:
        return None
    await emit(tx, QuickerWayShown(*_about(row)))
    return way


def meant_by(words: str) -> Sequence[Way]:
    """What was asked for beside a person, by the house's one matcher."""
    return [Way(one.kind, one.code) for one in selfservice.meant(selfservice.beside_the_wish(words))]


async def take_way(tx: Transaction, interaction_id: InteractionId) -> Way | None:
    """The customer chose what was offered in this contact; None where nothing was. A question asked is done."""
    row = await _of_contact(tx, interaction_id)
    if row is None:
        return None
    way = Way(row["kind"], row["code"])
    if row["taken_at"] is None:
        await tx.execute(update(offers).where(offers.c.id == row["id"]).values(taken_at=tx.now))
        await emit(tx, QuickerWayTaken(*_about(row)))
        if way.kind == "service" and catalogue.service(way.code).kind == "look":
            await way_done(tx, interaction_id, way.code)
    return way


async def way_done(tx: Transaction, interaction_id: InteractionId, code: str) -> None:
    """What was offered in this contact was done, if this is it and he had taken it; again changes nothing."""
    await ways_done(tx, [(interaction_id, code)])


async def ways_done(tx: Transaction, done: Sequence[tuple[InteractionId, str]]) -> None:
    """As `way_done`, for many contacts in one statement."""
    if not done:
        return
    mine = tuple_(offers.c.interaction_id, offers.c.code).in_(done)
    fresh = offers.c.taken_at.is_not(None) & offers.c.done_at.is_(None)
    rows = await tx.rows(update(offers).where(mine, fresh).values(done_at=tx.now).returning(offers))
    await emit(tx, *(QuickerWayDone(*_about(row)) for row in rows))


async def _of_contact(tx: Transaction, interaction_id: InteractionId) -> RowMapping | None:
    return await tx.one(select(offers).where(offers.c.interaction_id == interaction_id))


def _about(row: RowMapping) -> tuple[Any, ...]:
    return row["id"], row["interaction_id"], row["code"], row["channel"], row["shown_at"]
