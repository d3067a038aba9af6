"""An emergency that was cut short: a matter at the emergency desk, a call back at one key, the card, a follow-up owed.

The caller may be nobody's customer, so the callback is no promise of outreach's but a contact of its own that waits at
the desk since he first called; whoever takes it has the case, and the number rings once he is there.
"""

from datetime import timedelta
from typing import Final
from uuid import UUID

import phonenumbers
from sqlalchemy import select, update

from qiao import cases, interactions, post, routing
from qiao.channels.voice import store
from qiao.channels.voice.model import Call, HungUp, Lost
from qiao.channels.voice.model_emergency import cut_short
from qiao.channels.voice.outcalls import NOBODY, PREFIX
from qiao.channels.voice.script import say
from qiao.channels.voice.store import Party, voice_calls
from qiao.interactions import Said
from qiao.kernel.ids import AgentId, CaseId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.settings import Settings
from qiao.routing import ContactAnswered, Desk

DESK: Final = "emergency"
ENTRY_POINT: Final = "emergency"
CATEGORY: Final = "inquiry/other"
SEVERITY: Final = 1
ACTOR: Final = "system:voice"
CASE: Final = "case:"
FOLLOW_UP: Final = timedelta(days=1)
PURPOSE: Final = "voice.emergency"
HOTLINE: Final = "+86 10 12308"
"""The foreign ministry's hotline for citizens abroad, as 12308 is dialled from there."""


def is_foreign(number: str, region: str) -> bool:
    """Whether a number in E.164 is of another country's network."""
    try:
        return phonenumbers.parse(number).country_code != phonenumbers.country_code_for_region(region)
    except phonenumbers.NumberParseException:
        return False


def card(settings: Settings, number: str, language: str) -> str:
    """What helps him: the hotline, the embassy where the operator has told it, and how to dial from there."""
    told = [say("emergency_card", language, hotline=HOTLINE)]
    try:
        code = str(phonenumbers.parse(number).country_code)
    except phonenumbers.NumberParseException:
        code = ""
    if (embassy := settings.voice.embassies.get(code)) is not None:
        told.append(say("emergency_embassy", language, embassy=embassy))
    return " ".join(told)


async def look(tx: Transaction, house: House, before: Call, became: Call, party: Party, event: object) -> None:
    """After a call's end, in its transaction: if an emergency was cut short, it becomes a matter, once."""
    if became.state != "over" or before.state == "over" or not party.number or not isinstance(event, HungUp | Lost):
        return
    service = ServiceId.from_text(party.number)
    talked = (tx.now - before.answered_at).total_seconds() if before.answered_at is not None else None
    if service.kind == "mobile" and cut_short(
        entry_point=party.entry_point,
        foreign=is_foreign(service.value, house.settings.region),
        known=party.customer_id is not None,
        outcome=became.outcome,
        talked_seconds=talked,
    ):
        await take_up(tx, house, became, party, service)


async def take_up(tx: Transaction, house: House, call: Call, party: Party, service: ServiceId) -> None:
    """Case, contact, call and card. Without an emergency desk there is the case alone."""
    desk = await _desk(tx, party)
    case_id = await cases.open_case(
        tx,
        customer_id=party.customer_id,
        category_code=CATEGORY,
        own_words=say("emergency_words", party.language),
        title=say("emergency_title", "zh-CN"),
        origin=Origin("voice", party.interaction_id, ACTOR),
        service_id=service,
        interaction_id=party.interaction_id,
        desk_id=desk.id if desk is not None else None,
        severity=SEVERITY,
        language=party.language,
        idempotency_key=f"emergency:{call.id}",
    )
    told = card(house.settings, service.value, party.language)
    await _text(tx, call, party, service, told)
    if desk is not None:
        await _call_back(tx, call, party, service, case_id, desk, told)


async def _desk(tx: Transaction, party: Party) -> Desk | None:
    found = next((one for one in await routing.desks(tx) if one.code == DESK), None)
    return found or await routing.desk_for(tx, entry_point=ENTRY_POINT, segment=party.segment or None)


async def _text(tx: Transaction, call: Call, party: Party, service: ServiceId, told: str) -> None:
    await post.send(
        tx,
        purpose=PURPOSE,
        recipient=service,
        text=told,
        language=party.language,
        key=str(call.id),
        origin=Origin("voice", party.interaction_id, ACTOR),
        priority="urgent",
    )


async def _call_back(
    tx: Transaction, call: Call, party: Party, service: ServiceId, case_id: CaseId, desk: Desk, told: str
) -> None:
    first_called_at = await tx.scalar(select(voice_calls.c.began_at).where(voice_calls.c.id == call.id))
    contact = await interactions.start_interaction(
        tx,
        channel="voice",
        language=party.language,
        direction="outbound",
        customer_id=party.customer_id,
        service_id=service,
        party=service.masked(),
        segment=party.segment,
        entry_point=ENTRY_POINT,
        topic=say("emergency_title", "zh-CN"),
    )
    await interactions.say_all(tx, [Said(contact.id, "bot", told, f"card:{call.id}")])
    await cases.link_interaction(tx, case_id=case_id, interaction_id=contact.id, by=ACTOR)
    await interactions.mark_queued(tx, interaction_id=contact.id)
    await routing.queue_contact(
        tx,
        interaction_id=contact.id,
        channel="voice",
        entry_point=ENTRY_POINT,
        language="",
        segment=party.segment,
        customer_id=party.customer_id,
        preferred_agent=None,
        unit_id=None,
        origin=Origin("voice", contact.id, ACTOR),
        desk_id=desk.id,
        queued_at=first_called_at,
        urgent=True,
    )
    out_id = new_id()
    out = Call(out_id, f"{PREFIX}{out_id}", state="waiting", queued_at=tx.now)
    theirs = Party(
        "", party.number, "", party.customer_id, contact.id, new_id(), ENTRY_POINT, party.language, party.segment
    )
    await store.keep_new(tx, out, theirs, NOBODY)
    await tx.execute(update(voice_calls).where(voice_calls.c.id == out.id).values(matter=f"{CASE}{case_id}"))


async def on_contact_answered(tx: Transaction, event: ContactAnswered) -> None:
    """Whoever calls him back owes a word on how it went: a promise of the case, due tomorrow."""
    mine = (voice_calls.c.interaction_id == event.interaction_id) & (voice_calls.c.entry_point == ENTRY_POINT)
    matter = await tx.scalar(select(voice_calls.c.matter).where(mine))
    if not matter:
        return
    case_id = CaseId(UUID(matter.removeprefix(CASE)))
    if (await cases.case(tx, case_id)).promises:
        return
    await cases.promise(
        tx,
        case_id=case_id,
        what=say("emergency_follow_up", "zh-CN"),
        due_at=tx.now + FOLLOW_UP,
        agent_id=AgentId(event.agent_id),
        interaction_id=event.interaction_id,
    )
