"""Calls that we make: a callback's contact becomes a call whose customer is rung once an agent is there for him.

It is a row like any other, without a telephone of the customer's until then; whichever worker finds it takes it.
"""

from collections.abc import Collection
from decimal import Decimal
from typing import Final

import phonenumbers
from sqlalchemy import func, select, text, update

from qiao import interactions, outreach, routing
from qiao.channels.voice import store, store_emergency
from qiao.channels.voice.model import Call
from qiao.channels.voice.model_caller import Service, shown_number
from qiao.channels.voice.model_toll import ANYWHERE, Exit, Limits, Prices, Use, Why, choose, may_be_dialled
from qiao.channels.voice.store import NOBODY, Party, voice_calls
from qiao.kernel.ids import InteractionId, new_id
from qiao.outreach import CallbackDue
from qiao.platform import audit, leases
from qiao.platform.database import Transaction
from qiao.platform.settings import Settings
from qiao.platform.settings_voice import VoiceSettings, VoiceTrunk

CHANNEL: Final = "voice"
PREFIX: Final = "out-"
"""Begins the name of a customer's channel that we make ourselves."""
ENTRY_POINT: Final = "callback"
ACTOR: Final = "system:voice"


def is_out(party: Party) -> bool:
    """Whether we make this call: nobody dialled a number of ours."""
    return party.dialled == ""


async def workers_live(tx: Transaction) -> bool:
    """Whether anybody serves calls now: then a callback is a call, else a text."""
    table = leases.leases.c
    owners = await tx.rows(select(table.name).where(table.name.like(store.lease_of("%"))))
    for row in owners:
        if await leases.holder(tx, row["name"]) is not None:
            return True
    return False


async def on_callback_due(tx: Transaction, event: CallbackDue) -> None:
    """A callback waits for its agent: a call of nobody's yet, which a worker finds. Told again, it is the same call."""
    contact = await interactions.interaction(tx, event.interaction_id)
    if contact.channel != CHANNEL or contact.ended_at is not None:
        return
    known = select(voice_calls.c.id).where(voice_calls.c.interaction_id == contact.id)
    if await tx.scalar(known) is not None:
        return
    owed = await outreach.callback(tx, event.callback_id)
    call_id = new_id()
    call = Call(call_id, f"{PREFIX}{call_id}", state="waiting", queued_at=tx.now)
    party = Party(
        trunk="",
        number=str(owed.service),
        dialled="",
        customer_id=owed.customer_id,
        interaction_id=contact.id,
        session_id=new_id(),
        entry_point=ENTRY_POINT,
        language=contact.language,
        segment=contact.segment,
    )
    await store.keep_new(tx, call, party, NOBODY)


def in_reach(voice: VoiceSettings, number: str, *, urgent: bool) -> bool:
    """Whether a number (E.164) is of those that may be rung at all."""
    return may_be_dialled(number, *_ranges(voice, urgent=urgent))


def _ranges(voice: VoiceSettings, *, urgent: bool) -> tuple[tuple[str, ...], tuple[str, ...]]:
    # Who is in need is called wherever he is, as he has just called from there; all other limits hold for him too.
    return (*(ANYWHERE if urgent else ()), *voice.destinations), (*voice.barred, *voice.barred_abroad)


def _own(trunk: VoiceTrunk, *, urgent: bool) -> Limits:
    """What holds for this trunk beside the limits of the house."""
    anywhere = ANYWHERE if urgent or not trunk.destinations else ()
    spend = Decimal(trunk.spend_day_max) if trunk.spend_day_max else None
    return Limits((*anywhere, *trunk.destinations), trunk.barred, trunk.calls_out_max, spend)


async def choose_trunk(
    tx: Transaction, settings: Settings, call: Call, number: str, *, urgent: bool = False, full: Collection[str] = ()
) -> tuple[VoiceTrunk | None, Why]:
    """By which trunk this number is rung now, written with the call; None, and why not on record, where by none.

    `full`: trunks that have no room. One at a time, so that no limit is passed by two calls that come together.
    """
    voice = settings.voice
    await tx.execute(text("select pg_advisory_xact_lock(hashtextextended('voice.calls_out', 0))"))
    house = Limits(*_ranges(voice, urgent=urgent), voice.calls_out_max, Decimal(voice.spend_day_max))
    exits = [
        Exit(one.name, _own(one, urgent=urgent), await _use(tx, settings, call, one.name), one.name in full)
        for one in voice.trunks
    ]
    name, why = choose(number, house, await _use(tx, settings, call), exits)
    await tx.execute(update(voice_calls).where(voice_calls.c.id == call.id).values(trunk=name))
    if why:
        told = {"why": why, "prefix": number[:4]}
        await audit.record(tx, actor=ACTOR, act="refuse.call_out", subject=f"call:{call.id}", details=told, once=False)
    return next((one for one in voice.trunks if one.name == name), None), why


async def caller_of(tx: Transaction, voice: VoiceSettings, call: Call, contact: InteractionId) -> str:
    """The number of ours that the telephone of whom we call shows."""
    dialled = await store_emergency.dialled_by(tx, call.id)
    there = await routing.entry_points(tx, channel=CHANNEL)
    services = [Service(number, entry.code, entry.display_number) for number, entry in there.items()]
    stands = await routing.waiting_contact(tx, contact)
    served = [one.entry_points for one in await routing.desks(tx) if stands is not None and one.id == stands.desk_id]
    return shown_number(voice.caller_number, services, dialled, served[0] if served else ())


async def _use(tx: Transaction, settings: Settings, mine: Call, trunk: str = "") -> Use:
    """Calls of ours that go on beside this one, by this trunk where one is named, and this day's (UTC) cost at most.

    One that was refused has no trunk: it was never dialled, and costs nothing.
    """
    out = voice_calls.c.channel.like(f"{PREFIX}%") & voice_calls.c.answered_at.is_not(None)
    out &= (voice_calls.c.trunk == trunk) if trunk else (voice_calls.c.trunk != "")
    out &= voice_calls.c.id != mine.id
    many = await tx.scalar(select(func.count()).where(out, voice_calls.c.ended_at.is_(None)))
    lasted = func.extract("epoch", func.coalesce(voice_calls.c.ended_at, tx.now) - voice_calls.c.answered_at)
    begun = tx.now.replace(hour=0, minute=0, second=0, microsecond=0)
    minutes = func.coalesce(func.sum(func.ceil(lasted / 60)), 0)
    home = voice_calls.c.number.contains(f":+{phonenumbers.country_code_for_region(settings.region)}", autoescape=True)
    today = (out, voice_calls.c.answered_at >= begun)
    prices = Prices(Decimal(settings.voice.price_minute), Decimal(settings.voice.price_minute_abroad))
    spent = prices.spent(
        int(await tx.scalar(select(minutes).where(*today, home)) or 0),
        int(await tx.scalar(select(minutes).where(*today, ~home)) or 0),
    )
    return Use(int(many or 0), spent)
