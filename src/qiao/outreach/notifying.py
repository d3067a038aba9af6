"""Telling a customer something: made from a template, decided by `model.decide`, sent once, on record with its why."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, cast
from uuid import UUID

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao import customers, interactions, post
from qiao.kernel.ids import CustomerId, MessageId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.outreach.consenting import locked_recipient, said_by
from qiao.outreach.events import NoticeSettled
from qiao.outreach.model import Decision, Hold, Purpose, Reason, Refuse, State, decide, zone_of
from qiao.outreach.model_templates import UNKNOWN_VARIABLE
from qiao.outreach.store import notices
from qiao.outreach.templates import template as template_of
from qiao.outreach.timeline import SENT
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint
from qiao.platform.timers import set_timer

ASKED_ALOUD: Final = "asked_aloud"
"""Stands for a template where a voice asked."""
HELD: Final = "outreach.held"
PURPOSE: Final = "outreach"
EMERGENCY_RIGHT: Final = "outreach.emergency"
NOTIFIED: Final = "outreach.notify.before_commit"
RELEASED: Final = "outreach.release.before_commit"
STILL_HERE: Final = timedelta(minutes=15)
"""How long after his contact ended a customer is surely not asleep."""
WEEK: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to a customer and what became of it. `template` and `version`: what it was made from."""

    id: UUID
    key: str
    customer_id: CustomerId
    service: ServiceId
    purpose: str
    template: str
    version: int
    language: str
    text: str
    matter: str
    asked_at: datetime
    hold_until: datetime | None
    settled_at: datetime | None
    state: State
    reason: str
    message_id: MessageId | None


async def notify(
    tx: Transaction,
    *,
    template: str,
    customer_id: CustomerId,
    service: ServiceId,
    variables: Mapping[str, str],
    key: str,
    origin: Origin,
    purpose: Purpose | None = None,
    matter: str = "",
    rights: frozenset[str] = frozenset(),
) -> Notice:
    """Tell the customer something by SMS in his language; the same key is the same message, however often asked.

    It is sent, held until his quiet time is over, or refused, with the reason; all three are on his timeline.
    `purpose` None is the template's own. An emergency passes everything for whoever has the right
    "outreach.emergency" among `rights`. Raises NotFound (customer, template), InputNotUnderstood (field "variables").
    """
    before = await _by_key(tx, customer_id, key)
    if before is not None:
        return before
    person, words = await customers.customer(tx, customer_id), await template_of(tx, template)
    text, language = _rendered(words, person.language, variables)
    await locked_recipient(tx, customer_id)
    row: dict[str, Any] = {
        "id": new_id(),
        "key": key,
        "customer_id": customer_id,
        "service": str(service),
        "channel": "sms",
        "purpose": purpose or words.purpose,
        "template": words.code,
        "version": words.version,
        "language": language,
        "text": text,
        "matter": matter,
        "origin": origin.as_json(),
        "emergency_right": EMERGENCY_RIGHT in rights,
        "asked_at": tx.now,
    }
    decided = await _decided(tx, row)
    made = insert(notices).values(row | {"state": "refused", "reason": "", "settled_at": tx.now})
    if await tx.scalar(made.on_conflict_do_nothing().returning(notices.c.id)) is None:
        known = await _by_key(tx, customer_id, key)
        assert known is not None
        return known
    told = await _carry_out(tx, row, decided)
    failpoint(NOTIFIED)
    return told


async def ask_aloud(
    tx: Transaction,
    *,
    customer_id: CustomerId,
    service: ServiceId,
    text: str,
    language: str,
    key: str,
    origin: Origin,
) -> bool:
    """Whether the customer, who is on the line, may be asked how it was; if so it counts against his budget.

    The same key is the same question, asked once. It leaves no other way than by the voice that asks.
    """
    await locked_recipient(tx, customer_id)
    if await _by_key(tx, customer_id, key) is not None:
        return False
    row: dict[str, Any] = {
        "id": new_id(),
        "key": key,
        "customer_id": customer_id,
        "service": str(service),
        "channel": "phone",
        "purpose": "survey",
        "template": ASKED_ALOUD,
        "version": 0,
        "language": language,
        "text": text,
        "matter": "",
        "origin": origin.as_json(),
        "emergency_right": False,
        "asked_at": tx.now,
    }
    zone = zone_of(service, await locked_recipient(tx, customer_id))
    told = decide(
        "survey",
        channel="phone",
        consent=await said_by(tx, customer_id),
        now=tx.now,
        zone=zone,
        sent=await _sent_lately(tx, customer_id),
        asked_at=tx.now,
        awake=True,
        emergency_right=False,
    )
    if isinstance(told, Hold | Refuse):
        return False
    await tx.execute(insert(notices).values(row | {"state": "sent", "reason": "", "settled_at": tx.now}))
    return True


def _rendered(words: Any, language: str, variables: Mapping[str, str]) -> tuple[str, str]:
    if set(variables) != set(words.variables):
        raise InputNotUnderstood({"variables": UNKNOWN_VARIABLE})
    text, tongue = words.render("sms", language, variables)
    return text, tongue


async def _decided(tx: Transaction, row: Mapping[str, Any]) -> Decision:
    """What the model says of it now; a number that is not his (any more) or takes no messages comes first."""
    customer_id, service = CustomerId(row["customer_id"]), ServiceId.from_text(row["service"])
    if service.kind != "mobile":
        return Refuse("no_channel")
    if not await customers.holds(tx, customer_id, service):
        return Refuse("not_his_number")
    zone = zone_of(service, await locked_recipient(tx, customer_id))
    return decide(
        cast(Purpose, row["purpose"]),
        channel="sms",
        consent=await said_by(tx, customer_id),
        now=tx.now,
        zone=zone,
        sent=await _sent_lately(tx, customer_id),
        asked_at=row["asked_at"],
        awake=await _awake(tx, customer_id, Origin.from_json(row["origin"])),
        emergency_right=row["emergency_right"],
    )


async def _sent_lately(tx: Transaction, customer_id: CustomerId) -> list[datetime]:
    mine = (notices.c.customer_id == customer_id) & (notices.c.state == "sent")
    lately = select(notices.c.settled_at).where(mine, notices.c.settled_at > tx.now - WEEK).limit(1000)
    return [row["settled_at"] for row in await tx.rows(lately)]


async def _awake(tx: Transaction, customer_id: CustomerId, origin: Origin) -> bool:
    """Whether it comes out of a contact of his that goes on or has just ended."""
    if origin.interaction is None:
        return False
    try:
        contact = await interactions.interaction(tx, origin.interaction)
    except NotFound:
        return False
    over = contact.ended_at is not None and tx.now - contact.ended_at > STILL_HERE
    return contact.customer_id == customer_id and contact.direction != "written" and not over


async def _carry_out(tx: Transaction, row: Mapping[str, Any], decided: Decision) -> Notice:
    changed: dict[str, Any]
    match decided:
        case Hold(until=until):
            changed = {"state": "held", "reason": "", "hold_until": until, "settled_at": None}
            await set_timer(tx, kind=HELD, ref=str(row["id"]), due_at=until)
        case Refuse(reason=reason):
            changed = {"state": "refused", "reason": reason, "settled_at": tx.now}
        case _:
            message_id = await post.send(
                tx,
                purpose=f"{PURPOSE}.{row['purpose']}",
                recipient=ServiceId.from_text(row["service"]),
                text=row["text"],
                language=row["language"],
                key=str(row["id"]),
                origin=Origin.from_json(row["origin"]),
                priority="urgent" if row["purpose"] == "emergency" else "normal",
            )
            changed = {"state": "sent", "reason": "", "settled_at": tx.now, "message_id": message_id}
    settled = update(notices).where(notices.c.id == row["id"]).values(changed).returning(notices)
    written = await tx.one(settled)
    assert written is not None
    notice = as_notice(written)
    await _on_timeline(tx, notice, Origin.from_json(row["origin"]))
    if notice.state != "held":
        whose = (notice.customer_id, notice.template, notice.purpose, notice.matter)
        await emit(tx, NoticeSettled(notice.id, *whose, notice.state, notice.reason))
    return notice


async def _on_timeline(tx: Transaction, notice: Notice, origin: Origin) -> None:
    await interactions.add_entry(
        tx,
        customer_id=notice.customer_id,
        kind=SENT,
        ref=str(notice.id),
        interaction_id=origin.interaction,
        entry_id=notice.id,
        summary={
            "state": notice.state,
            "reason": notice.reason,
            "purpose": notice.purpose,
            "template": notice.template,
            "version": notice.version,
            "matter": notice.matter,
            "text": notice.text,
        },
    )


async def release_held(tx: Transaction, refs: list[str]) -> None:
    """The timer's work: the quiet time is over; consent, budget, age and whose number it is are looked at again."""
    for ref in refs:
        held = (notices.c.id == UUID(ref)) & (notices.c.state == "held")
        customer_id = await tx.scalar(select(notices.c.customer_id).where(held))
        if customer_id is None:
            continue
        await locked_recipient(tx, CustomerId(customer_id))
        row = await tx.one(select(notices).where(held).with_for_update())
        if row is not None:
            await _carry_out(tx, dict(row), await _decided(tx, dict(row)))
            failpoint(RELEASED)


async def refuse_held(tx: Transaction, customer_id: CustomerId, reason: Reason) -> int:
    """The customer wants nothing: what was held never goes. Returns how many."""
    await locked_recipient(tx, customer_id)
    waiting = (notices.c.customer_id == customer_id) & (notices.c.state == "held")
    rows = await tx.rows(select(notices).where(waiting, notices.c.purpose != "emergency").with_for_update())
    for row in rows:
        await _carry_out(tx, dict(row), Refuse(reason))
    return len(rows)


async def notices_about(tx: Transaction, matter: str, *, limit: int = 50) -> list[Notice]:
    """What the customer was told about a matter, newest first."""
    about = select(notices).where(notices.c.matter == matter, notices.c.matter != "")
    return [as_notice(row) for row in await tx.rows(about.order_by(notices.c.asked_at.desc()).limit(limit))]


async def _by_key(tx: Transaction, customer_id: CustomerId, key: str) -> Notice | None:
    row = await tx.one(select(notices).where(notices.c.customer_id == customer_id, notices.c.key == key))
    return as_notice(row) if row is not None else None


def as_notice(row: RowMapping) -> Notice:
    """A row as the room's own value."""
    fields = {name: row[name] for name in Notice.__slots__ if name != "service"}
    return Notice(**fields, service=ServiceId.from_text(row["service"]))
