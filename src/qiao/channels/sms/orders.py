"""From a code or a chosen number to the service: a look is asked and answered, an act waits for its digits.

What must be chosen among (a subscription, a plan) is asked of the operator first and offered as a numbered choice.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from qiao import catalogue, outreach
from qiao.bss import OperatorAway
from qiao.catalogue import NotEligible, Offer, Question, Service
from qiao.channels.sms import sessions
from qiao.channels.sms.model_hall import Told
from qiao.channels.sms.spoken import Answer, Look, Silence, Step
from qiao.channels.sms.words import numbered, say, with_person
from qiao.kernel.languages import nearest
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, Refused
from qiao.platform.policy import Actor, Basis, Level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from qiao.catalogue import Waiting
    from qiao.channels.sms.spoken import Caller
    from qiao.kernel.service_ids import ServiceId
    from qiao.platform.database import Transaction
    from qiao.platform.house import House
    from qiao.post import TextIn

USUAL: Final = ("balance", "usage", "bill", "services_list", "change_plan")
"""What is offered to whoever wrote something that means nothing to us."""
OFFERED_MAX: Final = 9
NOBODY: Final = UUID(int=0)
BY_CODE: Final = "sms"


async def order(tx: Transaction, caller: Caller, code: str, option: dict[str, Any]) -> Step:
    """Do or ask what was ordered by code or by a number of a choice.

    `option` holds "rest", what was written behind the code, or what was chosen: "parameters" and "what". Nothing is
    done on a number that was only seen: the digits texted to it prove the handset for the order. What a look lists to
    be had is a choice at once.
    """
    asked = catalogue.service(code)
    if asked.then:
        asked = catalogue.service(asked.then)
    if caller.person is None:
        return Answer(say(caller.language, Told("not_ours")))
    if asked.kind == "act" and asked.level > Level.ONE_FACTOR:
        return _needs_proof(caller, asked)
    if "parameters" in option:
        return Look(asked.code, option["parameters"], weigh=True, what=option.get("what", ""))
    rest = option.get("rest", "")
    among = next((one for one in asked.parameters if one.among), None)
    if among is not None:
        chosen, rest = catalogue.read_choices(asked, rest)
        return Look(among.among, {}, about=asked.code, parameter=among.name, rest=rest, given=chosen)
    try:
        given = catalogue.read_rest(asked, rest, tx.now.astimezone(ZoneInfo(caller.zone)).date())
    except InputNotUnderstood:
        return unclear(tx, caller, asked)
    return Look(asked.code, given, weigh=asked.kind == "act")


def unclear(tx: Transaction, caller: Caller, asked: Service) -> Answer:
    """What was written behind the code cannot be read: how it may be written."""
    example = catalogue.example_of(asked, tx.now.astimezone(ZoneInfo(caller.zone)).date())
    told = Told("unclear_value", {"service": asked.names[nearest(caller.language)], "example": example})
    return Answer(say(caller.language, told), hidden=any(one.spent for one in asked.parameters))


def _needs_proof(caller: Caller, asked: Service) -> Answer:
    told = {"service": asked.names[nearest(caller.language)], "link": caller.link}
    return Answer(say(caller.language, Told("proof", told)))


async def awaited(tx: Transaction, texts: Sequence[TextIn]) -> dict[ServiceId, Waiting]:
    """What waits for digits from those of these numbers that texted digits."""
    return await catalogue.await_digits(tx, {text.sender for text in texts if catalogue.digits_of(text.text)})


async def take_digits(tx: Transaction, caller: Caller, *, to_person: bool = False) -> Step | None:
    """Place the order that waits for these digits; None when nothing waits or the text is no such digits.

    What is no answer to an order of his own may be his answer to what somebody else ordered about his number. A number
    told a person that is not the digits is refused all the same, and stands as he told it.
    """
    digits, waiting = catalogue.digits_of(caller.text.text), caller.awaited
    heard = waiting is None and (digits or not to_person)  # a "no" to a person is for the person
    if heard and await catalogue.hear_consent(tx, caller.text.sender, caller.text.text):
        contact = await sessions.contact_of(tx, caller.place, caller.person, caller.beginning())
        return Silence("consent", hidden=True, contact=contact)
    if not digits or waiting is None or caller.person is None or waiting.customer_id != caller.person.id:
        return None
    contact = await sessions.contact_of(tx, caller.place, caller.person, caller.beginning())
    by = f"customer:{caller.person.id}"
    way = await outreach.campaign_behind(tx, caller.person.id, waiting.code) or BY_CODE
    try:
        await catalogue.confirm(
            tx,
            target=caller.text.sender,
            customer_id=caller.person.id,
            digits=digits,
            origin=Origin("sms", contact.id, by, way),
            actor_ref=by,
        )
    except Refused as refused:
        shown = to_person and isinstance(refused, catalogue.ConfirmationNotRight)
        return Answer(refusal(caller, refused), hidden=not shown, contact=contact)
    return Silence("ordered", hidden=True, contact=contact)


async def look_all(house: House, looks: Sequence[tuple[Caller, Look]]) -> list[Answer]:
    """Put many questions to the operator, and say what he answered; or offer the choice he names, or send digits."""
    asking = [(caller, step) for caller, step in looks if not step.weigh]
    told, weighed = await asyncio.gather(
        catalogue.ask_all(house, [_question(caller, step) for caller, step in asking]),
        weigh_all(house, [(caller, step) for caller, step in looks if step.weigh]),
    )
    said = iter([_said(caller, step, answer) for (caller, step), answer in zip(asking, told, strict=True)])
    sent = iter(weighed)
    return [next(sent) if step.weigh else next(said) for _, step in looks]


async def weigh_all(house: House, acts: Sequence[tuple[Caller, Look]]) -> list[Answer]:
    """Ask on what terms each act can be had now; then the digits for it at what it costs now, or why he cannot have it.

    Heard again after a crash it is all asked again: newer digits replace those that nobody was sent.
    """
    if not acts:
        return []
    terms = await asyncio.gather(*(_terms(house, caller, step) for caller, step in acts))
    async with house.database.transaction() as tx:
        return [await _ask_digits(tx, caller, step, told) for (caller, step), told in zip(acts, terms, strict=True)]


async def _terms(house: House, caller: Caller, step: Look) -> catalogue.Terms | OperatorAway:
    person, asked = caller.person, catalogue.service(step.code)
    assert person is not None
    try:
        return await catalogue.terms_now(
            house,
            asked,
            customer_id=person.id,
            target=caller.text.sender,
            parameters=step.parameters,
            person=person,
        )
    except OperatorAway as away:
        return away


async def _ask_digits(tx: Transaction, caller: Caller, step: Look, terms: catalogue.Terms | OperatorAway) -> Answer:
    asked = catalogue.service(step.code)
    hidden = any(one.spent for one in asked.parameters)
    assert caller.person is not None
    if isinstance(terms, OperatorAway):
        return Answer(say(caller.language, Told("away")), hidden=hidden)
    try:
        terms.must_hold()
        words = await catalogue.ask_confirmation(
            tx,
            code=asked.code,
            customer_id=caller.person.id,
            target=caller.text.sender,
            parameters=step.parameters,
            language=caller.language,
            what=step.what,
            price=terms.price if asked.confirm else None,
        )
    except InputNotUnderstood:
        return unclear(tx, caller, asked)
    except NotEligible as refused:
        return _refused(caller, asked, refused, hidden=hidden)
    except Refused as refused:
        return Answer(refusal(caller, refused), hidden=hidden)
    return Answer(words, secret=True, hidden=hidden)


def _question(caller: Caller, step: Look) -> Question:
    assert caller.person is not None
    actor = Actor(
        kind="customer",
        id=caller.person.id,
        name=caller.person.name,
        unit_id=caller.person.unit_id,
        rights=frozenset(),
        language=caller.language,
        session_id=NOBODY,
        csrf="",
        level=Level.NUMBER_SEEN,
        service=str(caller.text.sender),
    )
    return Question(
        code=step.code,
        target=caller.text.sender,
        parameters=step.parameters,
        actor=actor,
        customer_id=caller.person.id,
        interaction_id=caller.place.interaction_id,
        level=Level.NUMBER_SEEN,
        basis=Basis.SELF,
        to_own_number=True,
    )


def _said(caller: Caller, step: Look, told: catalogue.Answer | Refused) -> Answer:
    if isinstance(told, OperatorAway):
        return Answer(say(caller.language, Told("away")))
    if isinstance(told, NotEligible):
        return _refused(caller, catalogue.service(step.code), told)
    if isinstance(told, Refused):
        return Answer(refusal(caller, told))
    if step.about:
        return _offer(caller, step, catalogue.offers(told.value))
    return Answer(catalogue.answer_text(catalogue.service(step.code), told.value, caller.language, zone=caller.zone))


def _offer(caller: Caller, step: Look, offered: list[Offer]) -> Answer:
    """A numbered choice of what the operator has: of those he named if he named some."""
    named = catalogue.options_named(step.rest, {one.value: one.names.values() for one in offered}) if step.rest else []
    exactly = [one for one in offered if one.value == step.rest]  # a campaign says which by its code
    shown = exactly or [one for one in offered if not named or one.value in named][:OFFERED_MAX]
    asked = catalogue.service(step.about)
    if not shown:
        return Answer(catalogue.answer_text(catalogue.service(step.code), None, caller.language, zone=caller.zone))
    options = [_option(asked, step, one, caller.language) for one in shown]
    looked, told = catalogue.service(step.code), {"options": numbered(options, caller.language)}
    if looked.then:
        told["service"] = looked.names[nearest(caller.language)]
    return Answer(say(caller.language, Told("offer" if looked.then else "choices", told)), "choices", options)


def _option(asked: Service, step: Look, one: Offer, language: str) -> dict[str, Any]:
    """One thing to choose, as it is kept in the session: what it costs is asked again when he has chosen."""
    names = {spoken: _with_price(one, spoken) for spoken in asked.names}
    return {
        "code": asked.code,
        "parameters": {**step.given, step.parameter: one.value},
        "what": one.name(language),
        "names": names,
    }


def _refused(caller: Caller, asked: Service, refused: NotEligible, *, hidden: bool = False) -> Answer:
    words = catalogue.refusal_text(asked, refused, caller.language)
    return Answer(with_person(words, caller.language), hidden=hidden)


def _with_price(one: Offer, language: str) -> str:
    return f"{one.name(language)} {catalogue.money(one.price, language)}" if one.price else one.name(language)


def refusal(caller: Caller, refused: Refused) -> str:
    """A refusal in his language; what nobody translated for him gets the general sentence."""
    known = _REFUSALS.get(refused.code, "away")
    return say(caller.language, Told(known))


_REFUSALS: Final = {
    "catalogue.confirmation_not_right": "digits_wrong",
    "catalogue.too_many_wrong_answers": "blocked",
    "catalogue.number_no_longer_his": "not_ours",
    "kernel.not_found": "not_ours",
}


def usual() -> list[dict[str, Any]]:
    """The numbered choice for whoever does not know what to write."""
    return [option_of(code) for code in USUAL]


def option_of(code: str, rest: str = "") -> dict[str, Any]:
    """A service as an option of a numbered choice."""
    return {"code": code, "rest": rest, "names": dict(catalogue.service(code).names)}
