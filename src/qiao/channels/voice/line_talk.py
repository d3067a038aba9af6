"""A line's side of a conversation: what happens to colleagues' telephones, and what that means for the customer."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from qiao import customers, interactions
from qiao.bss import OperatorAway
from qiao.channels.voice.model import Answered, Asked, AskedNoMore, Call, Event, Parted, Released
from qiao.channels.voice.model_ending import heard as has_heard
from qiao.channels.voice.model_ending import unheard
from qiao.channels.voice.model_talk import Meet, Over, Part, Talk
from qiao.channels.voice.people import People
from qiao.channels.voice.script import say
from qiao.kernel.ids import InteractionId
from qiao.kernel.refused import Refused
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.policy import Level

log = structlog.get_logger(__name__)
GIVEN_UP: Final = frozenset({"", "0", "*", "#"})
"""What is no password: he wants the agent back, or was silent twice."""
AWAY: Final = 0
"""The cause of a leg that nobody saw going."""


@dataclass(frozen=True, slots=True)
class Look:
    """Something in rows may have changed."""


@dataclass(frozen=True, slots=True)
class Up:
    """A colleague's telephone was picked up, at this instant of Asterisk's clock."""

    leg_id: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class Gone:
    """It is gone, with a cause of Q.850, at this instant of Asterisk's clock."""

    leg_id: UUID
    cause: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Unreached:
    """It could not be rung: it is not signed on."""

    leg_id: UUID


@dataclass(frozen=True, slots=True)
class SpyUp:
    """What a team leader listens by is there."""

    leader_id: UUID
    spy: str


@dataclass(frozen=True, slots=True)
class TakeOver:
    """Another worker had this conversation; these channels there are, None where Asterisk is still to be asked."""

    there: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Anew:
    """We were away from Asterisk and are back; these channels there are."""

    there: frozenset[str]


TalkEvent = Look | Up | Gone | Unreached | SpyUp | TakeOver | Anew


async def meaning(people: People, event: TalkEvent, call: Call) -> list[Event]:
    """Write down what happened, and say what it means for the customer."""
    match event:
        case Up(leg_id, at):
            told = await people.up(leg_id, at)
        case Gone(leg_id, cause, at):
            told = await people.gone(leg_id, cause, at)
        case Unreached(leg_id):
            told = await people.unreached(leg_id)
        case SpyUp(leader_id, spy):
            await people.spy_up(leader_id, spy)
            return []
        case Anew(there):
            told = await people.anew(set(there))
        case TakeOver(there):
            told = []
            for leg_id in await people.take_over(there):
                told = await people.gone(leg_id, AWAY)
            told = told or await people.look()
        case _:
            told = await people.look()
    return [one for deed in told if (one := _for_customer(deed, call)) is not None]


def _for_customer(deed: Meet | Part | Over, call: Call) -> Event | None:
    if call.state == "waiting":
        return Answered() if isinstance(deed, Meet) else None
    if isinstance(deed, Part):
        return Parted()
    return Released() if isinstance(deed, Over) else None


def asks(language: str, *, wrong: bool = False) -> Asked:
    """Have him key his service password."""
    first = (say("password_wrong", language),) if wrong else ()
    return Asked((*first, say("password_key", language)))


async def judge(house: House, people: People, contact_id: InteractionId, keyed: str, language: str) -> Event:
    """Have the operator judge what was keyed; it is kept nowhere. Wrong, it is asked again."""
    said = await _judged(house, contact_id, keyed)
    if said == "password_wrong":
        return asks(language, wrong=True)
    await people.look(_asked_no_more)
    return AskedNoMore((say(said, language),))


async def _judged(house: House, contact_id: InteractionId, keyed: str) -> str:
    if keyed in GIVEN_UP:
        return "password_left"
    async with house.database.transaction() as tx:
        contact = await interactions.interaction(tx, contact_id)
    service = contact.proof_service
    if service is None or contact.ended_at is not None:
        return "password_left"
    try:
        checked = await customers.check_password(house, service=service, password=keyed)
    except OperatorAway:
        return "password_left"
    if not checked.ok:
        return "password_left" if checked.blocked_until is not None else "password_wrong"
    level = Level(interactions.level_with(contact, "service_password"))
    try:
        async with house.database.transaction() as tx:
            await interactions.prove_level(
                tx, interaction_id=contact_id, level=level, method="service_password", customer_id=contact.whose_proof
            )
    except Refused:  # the contact has ended while the operator looked
        return "password_left"
    return "password_right"


def _asked_no_more(talk: Talk) -> Talk:
    return replace(talk, asking=False)


async def notice_over(house: House, people: People, *, heard: bool) -> None:
    """The notice of an end was heard to its end, which goes on record with it, or could not be played."""
    now = house.clock.now()
    act = "do.call_notice_heard" if heard else "do.call_notice_not_played"

    async def record(tx: Transaction) -> None:
        await audit.record(tx, actor="system:voice", act=act, interaction_id=people.interaction_id, once=False)

    await people.look((lambda talk: has_heard(talk, now)) if heard else unheard, record)
