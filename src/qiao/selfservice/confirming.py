"""Money inside a flow: the customer says yes with digits that were texted to the number on record, for this one order.

The catalogue makes, keeps (as a hash) and judges them; they stand in the answer only where the answer is a text to that
very number. With an agent the customer says yes to him, as everywhere at the desk.
"""

from datetime import datetime
from typing import Final

from qiao import catalogue, post
from qiao.catalogue import ConfirmationNotRight, Offer, Order, TooManyWrongAnswers
from qiao.kernel.ids import new_id
from qiao.kernel.languages import nearest
from qiao.kernel.money import Money
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.database import Transaction
from qiao.selfservice.doing import BY_TEXT, Doing
from qiao.selfservice.model_session import Answered, Effect, Input, Wanted
from qiao.selfservice.model_words import YES, plain
from qiao.selfservice.operations import note_confirming
from qiao.selfservice.queries import session_running
from qiao.selfservice.rendering import words

PURPOSE: Final = "flow_confirmation"
TRIES_MAX: Final = 3


async def ask_yes(doing: Doing, effect: Effect, *, tries: int = 0) -> Input:
    """Name what it is and what it costs now, and send the digits that confirm it.

    Raises NotEligible before anything is asked or sent where he cannot have it.
    """
    running = doing.running
    if running.customer_id is None or running.service is None:
        raise NotFound
    asked, language = catalogue.service(effect.code), running.session.language
    given = {name: value for name, value in effect.given.items() if value}
    chosen = await _chosen(doing, asked, given)
    what = chosen.name(language) if chosen else ""
    on = await catalogue.terms_now(
        doing.house, asked, customer_id=running.customer_id, target=running.service, parameters=given
    )
    on.must_hold()
    price = on.price if asked.confirm else None
    name = asked.names[nearest(language, tuple(asked.names), otherwise="en")]
    terms = {"what": f"{name}{catalogue.about(what, language)}", "price": _amount(price, language)}
    terms["final"] = catalogue.final_text(language) if asked.final else ""
    async with doing.house.database.transaction() as tx:
        noted = {"number": effect.number, "asked_at": tx.now.isoformat(), "tries": tries}
        noted["price"] = [price.minor, price.currency] if price else None
        await note_confirming(tx, running.id, noted)
        if doing.by is None:
            text = await catalogue.ask_confirmation(
                tx,
                code=effect.code,
                customer_id=running.customer_id,
                target=running.service,
                parameters=given,
                language=language,
                what=what,
                price=price,
            )
            await _tell(tx, doing, text)
    return Wanted(effect.number, "yes", terms, again=tries > 0)


def _amount(price: Money | None, language: str) -> str:
    return catalogue.money(price, language) if price is not None else ""


async def _chosen(doing: Doing, asked: catalogue.Service, given: dict[str, str]) -> Offer | None:
    """What he chose among the answers of another service, with its name and price."""
    among = next((one for one in asked.parameters if one.among and one.name in given), None)
    if among is None:
        return None
    running = doing.running
    told = await catalogue.ask(
        doing.house,
        code=among.among,
        target=running.service,
        parameters={},
        actor=doing.actor,
        customer_id=running.customer_id,
        interaction_id=running.interaction_id,
        level=doing.level,
        basis=doing.basis,
    )
    return next((one for one in catalogue.offers(told.value) if one.value == given[among.name]), None)


async def _tell(tx: Transaction, doing: Doing, text: str) -> None:
    running = doing.running
    assert running.service is not None
    if running.channel == BY_TEXT:
        doing.words = text
        return
    await post.send(
        tx,
        purpose=PURPOSE,
        recipient=running.service,
        text=text,
        language=running.session.language,
        key=str(new_id()),
        origin=doing.origin,
        priority="urgent",
        secret=True,
    )


async def hear_yes(doing: Doing, effect: Effect) -> Order | Input:
    """The order he confirmed, placed once; else what is wanted or refused now. Wrong digits are committed and count."""
    asked = asked_of(doing, effect)
    running, told = doing.running, effect.given.get("text", "")
    if running.customer_id is None or running.service is None:
        raise NotFound
    if doing.by is not None:
        return await _hear_agent(doing, asked, told)
    refused: Refused | None = None
    async with doing.house.database.transaction() as tx:
        if (order := await ordered(tx, doing, asked)) is not None:
            return order
        waiting = await catalogue.waits_for_digits(tx, running.service)
        mine = waiting is not None and (waiting.code, dict(waiting.parameters)) == (asked.code, _plain(asked))
        if mine:
            try:
                order, _ = await catalogue.confirm(
                    tx,
                    target=running.service,
                    customer_id=running.customer_id,
                    digits=plain(told),
                    origin=doing.origin_of(asked.code),
                    actor_ref=doing.actor.reference,
                    level=doing.level,
                    key=doing.key(effect.number),
                )
            except (ConfirmationNotRight, TooManyWrongAnswers) as wrong:
                refused = wrong
            else:
                await note_confirming(tx, running.id, None)
                return order
        tries = await _note_wrong(tx, doing, asked)
    if isinstance(refused, TooManyWrongAnswers):
        raise refused
    if tries >= TRIES_MAX:
        return not_confirmed(effect, running.session.language)
    if mine:
        return Wanted(effect.number, "yes", dict(running.session.wanted.get("terms", {})), again=True)
    return await ask_yes(doing, asked, tries=tries)


async def _hear_agent(doing: Doing, asked: Effect, told: str) -> Order | Input:
    if plain(told) in YES:
        noted = (doing.running.confirming or {}).get("price")
        return await place(doing, asked, confirmed=True, price=Money(*noted) if noted else None)
    async with doing.house.database.transaction() as tx:
        await note_confirming(tx, doing.running.id, None)
    return not_confirmed(asked, doing.running.session.language)


def not_confirmed(effect: Effect, language: str) -> Answered:
    """He did not say yes."""
    return Answered(effect.number, "refused", {"reason": "not_confirmed", "told": words("not_confirmed", language)})


async def _note_wrong(tx: Transaction, doing: Doing, asked: Effect) -> int:
    fresh = await session_running(tx, doing.running.id)
    noted = dict(fresh.confirming or {"number": asked.number, "asked_at": tx.now.isoformat()})
    tries = int(noted.get("tries", 0)) + 1
    await note_confirming(tx, doing.running.id, {**noted, "tries": tries})
    return tries


async def ordered(tx: Transaction, doing: Doing, asked: Effect) -> Order | None:
    """The order of this step if it was placed: under its key, or by the same digits sent as a text."""
    if (found := await catalogue.order_by_key(tx, doing.key(asked.number))) is not None:
        return found
    running = await session_running(tx, doing.running.id)
    noted = running.confirming
    if not noted or noted["number"] != asked.number or running.customer_id is None:
        return None
    since = datetime.fromisoformat(noted["asked_at"])
    for one in await catalogue.orders_of(tx, running.customer_id):
        same = (one.code, one.target, dict(one.parameters)) == (asked.code, running.service, _plain(asked))
        if same and one.placed_at >= since:
            return one
    return None


async def place(doing: Doing, effect: Effect, *, confirmed: bool = False, price: Money | None = None) -> Order:
    """Place the order of this step of this session, once, at the price that was named.

    Raises NeedsConfirmation and what `place_order` raises.
    """
    running = doing.running
    if running.customer_id is None or running.service is None:
        raise NotFound
    async with doing.house.database.transaction() as tx:
        return await catalogue.place_order(
            tx,
            code=effect.code,
            customer_id=running.customer_id,
            target=running.service,
            parameters=_plain(effect),
            actor_ref=doing.actor.reference,
            level=doing.level,
            basis=doing.basis,
            origin=doing.origin_of(effect.code),
            key=doing.key(effect.number),
            confirmed=confirmed,
            rights=doing.rights,
            price=price,
        )


def asked_of(doing: Doing, effect: Effect) -> Effect:
    """The service that a yes is about."""
    pending = doing.running.pending or {}
    return Effect(effect.number, "service", str(pending.get("code", "")), dict(pending.get("given", {})))


def _plain(effect: Effect) -> dict[str, str]:
    return {name: value for name, value in effect.given.items() if value}
