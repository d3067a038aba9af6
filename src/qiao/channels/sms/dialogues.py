"""A flow by text: each text is one word of it, each answer one SMS where it can be; the house does what it asks for."""

from typing import Final

from qiao import selfservice
from qiao.channels.sms import sessions
from qiao.channels.sms.model_hall import Told
from qiao.channels.sms.spoken import Answer, Caller, Dialogue
from qiao.channels.sms.words import say
from qiao.platform.database import Transaction
from qiao.platform.house import House

CHANNEL: Final = "sms"
SECRETS: Final = frozenset({"secret", "yes"})
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
        },
        customer_id=person.id if person else None,
        service=caller.text.sender,
        interaction_id=contact.id,
        unit_id=contact.unit_id,
        entry_point=contact.entry_point,
    )
    return Dialogue(running.id, selfservice.Begin(), contact=contact)


async def go_on(tx: Transaction, caller: Caller) -> Dialogue | None:
    """The next word of the flow this number is in; None when there is none any more."""
    running = await selfservice.open_session(tx, channel=CHANNEL, subject=_subject(caller))
    if running is None or running.interaction_id is None or running.interaction_id != caller.place.interaction_id:
        return None
    contact = await sessions.contact_of(tx, caller.place, caller.person, caller.beginning())
    if contact.id != running.interaction_id:
        return None
    hidden = running.session.waits in SECRETS
    return Dialogue(running.id, selfservice.Told(caller.text.text), hidden=hidden, contact=contact)


async def speak(house: House, caller: Caller, step: Dialogue) -> Answer:
    """Move the flow on, and say what it says. Call with no transaction open."""
    moved = await selfservice.advance(house, session_id=step.session_id, told=step.told)
    elderly = caller.person is not None and caller.person.segment == "elderly"
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
