"""The end of a call: its last words, while its customer is on the line, and whether it was an emergency cut short."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

import structlog
from sqlalchemy.exc import DBAPIError

from qiao import outreach, selfservice
from qiao.channels.voice import emergencies, emergency_again, store
from qiao.channels.voice.model import Call, Released
from qiao.channels.voice.model_rating import LastWords, RatingAsked
from qiao.channels.voice.script import say
from qiao.channels.voice.store import Party
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.house import House

log = structlog.get_logger(__name__)
QUESTION, THANKS = ("rating_question", "rating_last_chance"), ("rating_thanks",)


async def perhaps_rated(house: House, call: Call, party: Party, language: str) -> Released | RatingAsked:
    """Whoever is still there when his agent ends the conversation is asked how it was, if he may be asked.

    Within his fatigue budget, and on record in it; each call once.
    """
    if call.state != "talking" or party.customer_id is None or not party.number:
        return Released()
    async with house.database.transaction() as tx:
        may = await outreach.ask_aloud(
            tx,
            customer_id=party.customer_id,
            service=ServiceId.from_text(party.number),
            text=say("rating_question", language),
            language=language,
            key=f"rating:{call.id}",
            origin=Origin("voice", party.interaction_id, "system:voice"),
        )
    return RatingAsked(_all(QUESTION, language), _all(THANKS, language)) if may else Released()


async def last_words(house: House, call: Call, party: Party) -> LastWords:
    """What he was being told when its worker died: the question again, unless he has answered it."""
    async with house.database.transaction() as tx:
        language = await language_of(tx, party)
        score = await store.score_of(tx, call.id)
    if call.outcome == "callback":
        return LastWords((say("callback_promised", language),))
    if call.outcome != "answered":
        return LastWords()
    if score is not None:
        return LastWords(_all(THANKS, language))
    return LastWords(_all(QUESTION, language), _all(THANKS, language))


async def language_of(tx: Transaction, party: Party) -> str:
    """The language that he chose, or the one his call began in."""
    running = await selfservice.session_of_contact(tx, party.interaction_id)
    return running.session.language if running is not None else party.language


def _all(names: tuple[str, ...], language: str) -> tuple[str, ...]:
    return tuple(say(one, language) for one in names)


def cut_short(house: House, before: Call, became: Call, party: Party, event: object, now: datetime) -> ServiceId | None:
    """Whose emergency the end of this call has cut short, asked once of each end."""
    try:
        return emergencies.was_cut_short(house, before, became, party, event, now)
    except Exception:
        log.exception("voice.emergency_not_seen", call=str(became.id), contact=str(party.interaction_id))
        return None


async def emergency(tx: Transaction, house: House, became: Call, party: Party, service: ServiceId) -> None:
    """Its end has cut this one's emergency short: it becomes a matter, once."""
    async with _ended_all_the_same(tx, "voice.emergency_not_taken_up", became, party):
        await emergencies.take_up(tx, house, became, party, service)


async def not_helped(
    tx: Transaction,
    before: Call,
    became: Call,
    party: Party,
    event: object,
    *,
    reached: bool,
    talked_seconds: float | None,
) -> None:
    """He may have to be called again whom we called."""
    async with _ended_all_the_same(tx, "voice.not_called_again", became, party):
        await emergency_again.not_helped(
            tx, before, became, party, event, reached=reached, talked_seconds=talked_seconds
        )


@asynccontextmanager
async def _ended_all_the_same(tx: Transaction, what: str, call: Call, party: Party) -> AsyncIterator[None]:
    """Whatever is wrong with what follows a call, the call has ended, and nothing of that stays; `what` is logged."""
    try:
        async with tx.savepoint():
            yield
    except DBAPIError:
        raise
    except Exception:
        log.exception(what, call=str(call.id), contact=str(party.interaction_id))
