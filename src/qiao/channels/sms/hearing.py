"""What is made of one text: who is asked in turn whether it is for him, and what the machine answers.

The order never changes: a stop word is obeyed; a talk with a person goes on; an open question is answered; loops are
cut; a flow goes on; digits that were asked for are taken; a person is fetched; a number chooses; a sentence
that asks for a person brings one, or a quicker way; a campaign's code, then any code, orders; words are matched.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

import structlog

from qiao import assist, cases, catalogue, interactions, outreach, post, selfservice
from qiao.channels.sms import dialogues, matching, orders, people, sessions
from qiao.channels.sms.model_hall import (
    Kind,
    Session,
    Told,
    after_answer,
    asked_at,
    chosen,
    plain,
    wants_to_go_on,
    why_cut,
)
from qiao.channels.sms.sessions import Place
from qiao.channels.sms.spoken import Answer, Caller, Silence, Step
from qiao.channels.sms.words import numbered, say
from qiao.interactions import Interaction, InteractionHasEnded, Said
from qiao.kernel.ids import InteractionId
from qiao.kernel.languages import nearest
from qiao.kernel.origin import Origin
from qiao.platform.database import Transaction
from qiao.post import Draft
from qiao.routing import EntryPointUnknown

log = structlog.get_logger(__name__)
ANSWER: Final = "sms.answer"
MISSES_MAX: Final = 2
"""After so many texts in a row that no machine understood, a person is fetched."""
_SECRET: Final = re.compile(r"(?<![0-9.])[0-9]{4}(?![0-9])")
_PROOF: Final = re.compile(r"[0-9]{6}")
HIDDEN: Final = "****"
NO_CONTACT: Final = InteractionId(UUID(int=0))
TALK_GOOD: Final = timedelta(hours=1)


async def hear(tx: Transaction, caller: Caller, *, ours: frozenset[str]) -> Step:
    """Decide on one text. Writes only what those who are asked in turn write."""
    text, session = caller.text, caller.place.session
    if await outreach.hear_text(tx, text, caller.person, caller.talk):
        return Silence("outreach")
    if session.kind == "human" and (talk := await _goes_on(tx, caller)) is not None:
        return talk
    if await cases.hear_answer(tx, text, asked_after=asked_at(session, tx.now)):
        return Silence("cases")
    why = why_cut(session, sender=text.sender.value, text=text.text, ours=ours, now=tx.now)
    if why is not None:
        log.info("sms.cut", why=why, text_id=str(text.id))
        return Silence(why)
    in_flow = session.kind == "flow" and session.stands(tx.now)
    if in_flow and (dialogue := await dialogues.go_on(tx, caller)) is not None:
        return dialogue
    if (step := await orders.take_digits(tx, caller)) is not None:
        return step
    if selfservice.wants_person(text.text) or selfservice.is_emergency(text.text):
        return await fetch_human(tx, caller)
    if (option := chosen(text.text, session.options if session.stands(tx.now) else ())) is not None:
        if option.get("offered") and caller.place.interaction_id is not None:
            await assist.take_way(tx, caller.place.interaction_id)
        if "flow" in option:
            return await dialogues.begin(tx, caller, option["flow"])
        return await _order(tx, caller, option["code"], dict(option))
    if session.resumable(tx.now) and wants_to_go_on(text.text):
        words = say(caller.language, Told("resumed", {"options": numbered(session.options, caller.language)}))
        return Answer(words, "choices", session.options)
    if selfservice.asks_for_person(text.text):
        return await _person_or_quicker(tx, caller)
    if caller.person is not None and (campaign := outreach.live_code(caller.campaigns, text.text, tx.now)) is not None:
        return await _campaign(tx, caller, campaign)
    if (found := catalogue.find_by_keyword(text.text)) is not None:
        return await _order(tx, caller, found.service.code, {"rest": found.rest})
    if caller.entry is not None and caller.entry.flow and not matching.options(text.text):
        return await dialogues.begin(tx, caller, caller.entry.flow)
    return await _matched(tx, caller)


async def _order(tx: Transaction, caller: Caller, code: str, option: dict[str, Any]) -> Step:
    """A service: in a flow of its own where it asks for more proof than a handset gives."""
    if caller.person is not None and code in dialogues.FLOW_OF:
        return await dialogues.begin(tx, caller, dialogues.FLOW_OF[code])
    return await orders.order(tx, caller, code, option)


async def _person_or_quicker(tx: Transaction, caller: Caller) -> Step:
    """A sentence asks for a person and says why: a person, unless what he wants can be done sooner without one."""
    contact = await _contact(tx, caller)
    way = None
    if caller.person is not None:
        words = caller.text.text
        way = await assist.offer_way(tx, contact=contact, words=words, chose_person=True, seat=people.SEAT)
    if way is None:
        return await fetch_human(tx, caller, contact)
    option = {**matching.option_for(way.kind, way.code), "offered": True}
    service = option["names"][nearest(caller.language)]
    return Answer(say(caller.language, Told("quicker", {"service": service})), "choices", [option], contact=contact)


async def _campaign(tx: Transaction, caller: Caller, campaign: outreach.CampaignCode) -> Step:
    """The service a campaign's code opens; what must be chosen is narrowed to what the campaign is for."""
    assert caller.person is not None
    await outreach.note_answer(
        tx, answer_id=caller.text.id, campaign=campaign, customer_id=caller.person.id, channel="sms"
    )
    return await _order(tx, caller, campaign.service, {"rest": " ".join(campaign.parameters.values())})


async def _matched(tx: Transaction, caller: Caller) -> Step:
    """Words: the services they may mean, as a numbered choice; not understood again, a person."""
    options = matching.options(caller.text.text)
    if not options and caller.place.session.misses + 1 >= MISSES_MAX:
        return await fetch_human(tx, caller)
    shown = options or orders.usual()
    told = Told("choices" if options else "menu", {"options": numbered(shown, caller.language)})
    return Answer(say(caller.language, told), "choices", shown, missed=not options)


async def fetch_human(tx: Transaction, caller: Caller, contact: Interaction | None = None) -> Step:
    """Let him wait for a person, with all he wrote before him."""
    contact = contact or await _contact(tx, caller)
    await _keep_words(tx, caller, contact)
    return Answer(await _hand_over(tx, caller, contact), "human", contact=contact)


async def _hand_over(tx: Transaction, caller: Caller, contact: Interaction) -> str:
    """Let the contact wait for a person; returns what he is told of it."""
    try:
        told = await people.hand_over(tx, contact, entry=caller.entry, zone=caller.zone)
    except EntryPointUnknown:
        log.warning("sms.no_desk", entry_point=contact.entry_point)
        told = Told("human_later")
    return say(caller.language, told)


async def _goes_on(tx: Transaction, caller: Caller) -> Step | None:
    """What he writes to the person he talks to; None when that talk is over.

    Digits that an order waits for confirm it, also here: the right ones, and what looks like a proof he was asked for,
    stand in no conversation.
    """
    place = caller.place
    if place.interaction_id is None or place.customer_id != (caller.person.id if caller.person else None):
        return None
    contact = await interactions.interaction(tx, place.interaction_id)
    if contact.ended_at is not None or not caller.text.text:
        return None
    if (step := await orders.take_digits(tx, caller, to_person=True)) is not None:
        return replace(step, kind="human") if isinstance(step, Answer) else step
    hidden = contact.proof_asked is not None and _PROOF.fullmatch(plain(caller.text.text)) is not None
    try:
        await _keep_words(tx, caller, contact, hidden=hidden)
    except InteractionHasEnded:
        return None
    until_at = tx.now + TALK_GOOD
    await sessions.keep(tx, replace(place, session=replace(place.session, until_at=until_at)))
    return Silence("talk", hidden=hidden)


async def conclude(tx: Transaction, answered: Sequence[tuple[Caller, Answer]]) -> None:
    """Say it: on record in the contacts, out through post, once for each text; and keep the sessions.

    What is said of many is written in a few statements; whoever waits for a person is queued one by one.
    """
    contacts = await _contacts(tx, answered)
    said: list[Said] = []
    drafts: list[Draft] = []
    places: list[Place] = []
    for caller, answer in answered:
        contact, words = contacts[caller.text.id], answer.words
        if answer.fetch:
            await _keep_words(tx, caller, contact, hidden=answer.hidden)
            words = f"{words}\n{await _hand_over(tx, caller, contact)}"
        shown = _without_digits(words) if answer.secret else words
        said += _exchange(caller, contact, shown, hidden=answer.hidden)
        drafts.append(_draft(caller, contact, words, secret=answer.secret))
        session = after_answer(
            caller.place.session,
            text="" if answer.hidden else caller.text.text,
            said=shown,
            now=tx.now,
            kind=answer.kind,
            options=answer.options,
            missed=answer.missed,
        )
        places.append(_place(caller, session, contact))
    await interactions.say_all(tx, said)
    await post.send_all(tx, drafts)
    await sessions.keep(tx, *places)


async def _contacts(tx: Transaction, answered: Sequence[tuple[Caller, Answer]]) -> dict[UUID, Interaction]:
    """The contact each is answered in, by the text's id: the one that goes on, or a new one."""
    open_ones = await sessions.goes_on(tx, [(caller.place, caller.person) for caller, _ in answered])
    known = {
        caller.text.id: answer.contact or open_ones.get(caller.place.interaction_id or NO_CONTACT)
        for caller, answer in answered
    }
    fresh = [caller for caller, _ in answered if known[caller.text.id] is None]
    begun = await interactions.start_all(tx, [caller.beginning() for caller in fresh])
    known |= {caller.text.id: contact for caller, contact in zip(fresh, begun, strict=True)}
    return {text_id: contact for text_id, contact in known.items() if contact is not None}


def _exchange(caller: Caller, contact: Interaction, shown: str, *, hidden: bool) -> Iterator[Said]:
    yield from _words(caller, contact, hidden=hidden)
    yield Said(contact.id, "bot", shown, f"answer:{caller.text.id}")


def _words(caller: Caller, contact: Interaction, *, hidden: bool) -> Iterator[Said]:
    text = caller.text
    if text.text:
        author_id = caller.person.id if caller.person else None
        yield Said(contact.id, "customer", HIDDEN if hidden else text.text, str(text.id), author_id)


def _draft(caller: Caller, contact: Interaction, words: str, *, secret: bool) -> Draft:
    return Draft(
        purpose=ANSWER,
        recipient=caller.text.sender,
        text=words,
        language=caller.language,
        key=str(caller.text.id),
        origin=Origin("sms", contact.id, "system:sms"),
        priority="urgent",
        sender=caller.place.number,
        secret=secret,
    )


def _place(caller: Caller, session: Session, contact: Interaction) -> Place:
    person_id = caller.person.id if caller.person else None
    return Place(caller.place.sender, caller.place.number, session, person_id, contact.id, caller.language)


async def note(tx: Transaction, heard: Sequence[tuple[Caller, Silence]]) -> None:
    """Keep what was written though no machine answers it now: its answer is the receipt of an order."""
    said: list[Said] = []
    places: list[Place] = []
    for caller, step in heard:
        assert step.contact is not None
        said += _words(caller, step.contact, hidden=step.hidden)
        text = "" if step.hidden else caller.text.text
        kind: Kind = "human" if caller.place.session.kind == "human" else "open"
        session = after_answer(caller.place.session, text=text, said="", now=tx.now, kind=kind)
        places.append(_place(caller, session, step.contact))
    await interactions.say_all(tx, said)
    await sessions.keep(tx, *places)


def _without_digits(words: str) -> str:
    """What staff may read of a text that holds a secret."""
    return _SECRET.sub(HIDDEN, words)


async def _contact(tx: Transaction, caller: Caller) -> Interaction:
    return await sessions.contact_of(tx, caller.place, caller.person, caller.beginning())


async def _keep_words(tx: Transaction, caller: Caller, contact: Interaction, *, hidden: bool = False) -> None:
    if caller.text.text:
        await interactions.say(
            tx,
            interaction_id=contact.id,
            author_kind="customer",
            author_id=caller.person.id if caller.person else None,
            text=HIDDEN if hidden else caller.text.text,
            client_key=str(caller.text.id),
        )
