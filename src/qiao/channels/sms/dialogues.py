"""A flow by text: each text is one word of it, each answer one SMS where it can be; the house does what it asks for."""

from dataclasses import replace
from typing import Final

from qiao import outreach, selfservice
from qiao.channels.sms import sessions
from qiao.channels.sms.model_hall import GOOD, Told
from qiao.channels.sms.spoken import Answer, Caller, Dialogue
from qiao.channels.sms.words import say
from qiao.platform.database import Transaction
from qiao.platform.house import House

CHANNEL: Final = "sms"
FLOW_OF: Final = {"reset_service_password": "password_reset"}
"""Services that ask for more proof than a handset, and the flow in which it is given."""


async def begin(tx: Transaction, caller: Caller, code: str) -> Dialogue:
    """Begin a flow in the contact that goes on."""
    person = caller.person
    contact = await sessions.contact_of(tx, caller.place, person, caller.beginning())
    running = await selfservice.begin_flow(
        tx,
        code=code,
        channel=CHANNEL,
        subject=_subject(caller),
        facts={
            "language": caller.language,
            "segment": person.segment if person else "",
            "level": int(contact.level),
            **({"age_band": "elderly"} if person is not None and person.elderly_mode else {}),
        },
        customer_id=person.id if person else None,
        service=caller.text.sender,
        interaction_id=contact.id,
        unit_id=contact.unit_id,
        entry_point=contact.entry_point,
        ways=await outreach.campaigns_behind(tx, person.id) if person else None,
    )
    session = replace(caller.place.session, kind="flow", until_at=tx.now + GOOD)
    customer_id = person.id if person else None
    place = replace(caller.place, session=session, customer_id=customer_id, interaction_id=contact.id)
    await sessions.keep(tx, replace(place, language=caller.language))
    return Dialogue(running.id, selfservice.Begin(), contact=contact)


async def go_on(tx: Transaction, caller: Caller) -> Dialogue | None:
    """The next word of the flow this number is in; None when there is none any more.

    One that the flow took before the process died is its word again, also when that ended it.
    """
    running = await selfservice.session_for(tx, channel=CHANNEL, subject=_subject(caller), key=str(caller.text.id))
    if running is None or running.interaction_id is None or running.interaction_id != caller.place.interaction_id:
        return None
    contact = await sessions.contact_of(tx, caller.place, caller.person, caller.beginning())
    if contact.id != running.interaction_id:
        return None
    if running.session.waits == "begin":
        return Dialogue(running.id, selfservice.Begin(), contact=contact)
    hidden = running.session.hides or _was_secret(running, str(caller.text.id))
    return Dialogue(running.id, selfservice.Told(caller.text.text), hidden=hidden, contact=contact)


def _was_secret(running: selfservice.Running, key: str) -> bool:
    """Whether the word this key stands for was a code, digits or a password."""
    return running.heard is not None and running.heard.key == key and running.heard.secret


async def speak(house: House, caller: Caller, step: Dialogue) -> Answer:
    """Move the flow on, and say what it says. Call with no transaction open."""
    key = str(caller.text.id)
    moved = await selfservice.advance(house, session_id=step.session_id, told=step.told, key=key)
    person = caller.person
    elderly = person is not None and (person.elderly_mode or person.segment == "elderly")
    words = selfservice.as_sms(moved.outputs, moved.running.session.language, elderly=elderly)
    secret = any(one.kind == "yes" for one in moved.outputs)
    handed = any(one.kind == "handed" for one in moved.outputs)
    return Answer(
        words or say(caller.language, Told("human_later")),
        "human" if handed else "open" if moved.running.session.over else "flow",
        secret=secret,
        hidden=step.hidden,
        fetch=handed and not moved.queued,
        contact=step.contact,
    )


def _subject(caller: Caller) -> str:
    return f"{caller.text.sender}@{caller.place.number}"
