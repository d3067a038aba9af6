"""An emergency that was cut short: a matter at the emergency desk, a call back at one key, the card, a follow-up owed.

The caller may be nobody's customer, so the callback is no promise of outreach's but a contact of its own that waits at
the desk since he first called; whoever takes it has the case, and the number rings once he is there.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import phonenumbers
from sqlalchemy import select, update

from qiao import cases, interactions, post, routing
from qiao.channels.voice import outcalls, store, store_emergency
from qiao.channels.voice.model import Call, HungUp, Lost
from qiao.channels.voice.model_emergency import Earlier, cut_short, taken_up
from qiao.channels.voice.outcalls import PREFIX
from qiao.channels.voice.script import say
from qiao.channels.voice.store import NOBODY, Party, voice_calls
from qiao.interactions import Said
from qiao.kernel.ids import AgentId, CaseId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction, one_at_a_time
from qiao.platform.house import House
from qiao.platform.live import touch
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
MINUTE: Final = timedelta(minutes=1)
LOCK: Final = "voice.emergencies"
WORKED_ON: Final = frozenset({"open", "waiting_for_customer", "waiting_for_us"})
"""What a case is to which a further call belongs; one that was said to be solved is another matter."""
HOTLINE: Final = "+86 10 12308"
"""The foreign ministry's hotline for citizens abroad, as 12308 is dialled from there."""


def is_foreign(number: str, region: str) -> bool:
    """Whether a number in E.164 is of another country's network."""
    try:
        return phonenumbers.parse(number).country_code != phonenumbers.country_code_for_region(region)
    except phonenumbers.NumberParseException:
        return False


def card(settings: Settings, number: str, language: str, *, calls: bool) -> str:
    """What helps him: the hotline, the embassy where the operator has told it, and how to dial from there.

    `calls`: whether we call him back, which is promised only then.
    """
    told = [say("emergency_card" if calls else "emergency_card_alone", language, hotline=HOTLINE)]
    try:
        code = str(phonenumbers.parse(number).country_code)
    except phonenumbers.NumberParseException:
        code = ""
    if (embassy := settings.voice.embassies.get(code)) is not None:
        told.append(say("emergency_embassy", language, embassy=embassy))
    return " ".join(told)


def was_cut_short(
    house: House, before: Call, became: Call, party: Party, event: object, now: datetime
) -> ServiceId | None:
    """Whose emergency the end of this call has cut short: it becomes a matter."""
    if became.state != "over" or before.state == "over" or not party.number or not isinstance(event, HungUp | Lost):
        return None
    service = ServiceId.from_text(party.number)
    talked = (now - before.answered_at).total_seconds() if before.answered_at is not None else None
    short = service.kind == "mobile" and cut_short(
        entry_point=party.entry_point,
        foreign=is_foreign(service.value, house.settings.region),
        known=party.customer_id is not None,
        outcome=became.outcome,
        talked_seconds=talked,
        words=became.words,
    )
    return service if short else None


async def take_up(tx: Transaction, house: House, call: Call, party: Party, service: ServiceId) -> None:
    """Case, contact, call and card; of a number whose matter is open, no more than what is missing.

    Without an emergency desk there is the case alone, as for a number that may not be rung, or was too often.
    """
    await one_at_a_time(tx, LOCK)
    before, known = await _earlier(tx, party)
    others = await store_emergency.numbers_lately(tx, party.number, MINUTE)
    became = taken_up(before, others, tx.now)
    if not outcalls.in_reach(house.settings.voice, service.value, urgent=True):
        became = replace(became, text=False, call=False)
    desk = await desk_of(tx, party)
    calls = (became.call and desk is not None) or await store_emergency.waiting_back(tx, party.number) is not None
    told = card(house.settings, service.value, party.language, calls=calls)
    if known is not None and became.adds:
        case_id = known
        await cases.link_interaction(tx, case_id=case_id, interaction_id=party.interaction_id, by=ACTOR)
    else:
        case_id = await _open(tx, call, party, service, desk, told if became.text else "")
    if became.text:
        await _text(tx, call, party, service, told)
    back_id = None
    if became.call and desk is not None:
        since = await store_emergency.first_called(tx, case_id)
        back_id = await call_back(tx, call, party, service, case_id, desk, told, since)
    await store_emergency.keep_taken_up(
        tx, call_id=call.id, number=party.number, case_id=case_id, texted=became.text, back_id=back_id
    )


async def _earlier(tx: Transaction, party: Party) -> tuple[list[Earlier], CaseId | None]:
    """What was taken up of his number before, and the case that this call may be added to."""
    found = await store_emergency.earlier(tx, party.number)
    if not found:
        return [], None
    case_id, newest = found[-1]
    case = await cases.case_alone(tx, case_id)
    if party.customer_id is not None and case.customer_id not in {None, party.customer_id}:
        return [one for _, one in found], None  # the case has become another's, who called from the same number
    newest = replace(newest, case_open=case.status in WORKED_ON)
    return [*(one for _, one in found[:-1]), newest], case_id


async def _open(
    tx: Transaction, call: Call, party: Party, service: ServiceId, desk: Desk | None, texted: str
) -> CaseId:
    """The case, with the card that he gets, for whoever opens it beside the one who calls."""
    return await cases.open_case(
        tx,
        customer_id=party.customer_id,
        category_code=CATEGORY,
        own_words=say("emergency_words", party.language),
        title=say("emergency_title", "zh-CN"),
        tried=((say("emergency_texted", "zh-CN"), texted),) if texted else (),
        origin=Origin("voice", party.interaction_id, ACTOR),
        service_id=service,
        interaction_id=party.interaction_id,
        desk_id=desk.id if desk is not None else None,
        severity=SEVERITY,
        language=party.language,
        idempotency_key=f"emergency:{call.id}",
    )


async def first_in_line(tx: Transaction, party: Party) -> None:
    """Whose call for help broke off waits at the emergency desk, before all who wait for something else."""
    desk = await desk_of(tx, party)
    await routing.make_urgent(tx, interaction_id=party.interaction_id, desk_id=desk.id if desk is not None else None)


async def calls_himself(tx: Transaction, number: str) -> bool:
    """He calls again: a call back that waits, or would soon, is taken away: he is not rung while he is on the line.

    Whether one was. Should this call break off too, it waits again, since he first called.
    """
    contact = await store_emergency.waiting_back(tx, number) if number else None
    if contact is None:
        return bool(number) and await store_emergency.again_no_more(tx, number)
    stands = await routing.waiting_contact(tx, contact)
    if stands is None or stands.state not in {"waiting", "offered"}:
        return False
    await interactions.end_interaction(tx, interaction_id=contact, reason="replaced")
    await routing.drop_contact(tx, interaction_id=contact)
    await store_emergency.take_away(tx, contact)
    return True


async def desk_of(tx: Transaction, party: Party) -> Desk | None:
    """Where his call back waits; None where no desk is for it."""
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


async def call_back(
    tx: Transaction,
    call: Call,
    party: Party,
    service: ServiceId,
    case_id: CaseId,
    desk: Desk,
    told: str,
    since: datetime | None,
) -> UUID:
    """Let a call to him wait at the desk; returns its id.

    `call`: the one that broke off. `told`: the card. `since`: when he first called, unless this is the first time.
    """
    began_at = await tx.scalar(select(voice_calls.c.began_at).where(voice_calls.c.id == call.id))
    contact = await interactions.start_interaction(
        tx,
        channel="voice",
        language=party.language,
        direction="outbound",
        customer_id=party.customer_id,
        service_id=service,
        party=service.masked_with_country(),
        segment=party.segment,
        entry_point=ENTRY_POINT,
        topic=say("emergency_title", "zh-CN"),
    )
    if told:
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
        queued_at=since or began_at,
        urgent=True,
    )
    out_id = new_id()
    out = Call(out_id, f"{PREFIX}{out_id}", state="waiting", queued_at=tx.now)
    theirs = Party(
        "", party.number, "", party.customer_id, contact.id, new_id(), ENTRY_POINT, party.language, party.segment
    )
    await store.keep_new(tx, out, theirs, NOBODY)
    await tx.execute(update(voice_calls).where(voice_calls.c.id == out.id).values(matter=f"{CASE}{case_id}"))
    return out.id


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
    await touch(tx, f"interaction:{event.interaction_id}")  # his own screen shows what he owes
