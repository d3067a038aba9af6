"""A session moved on, with all that follows: the operator is asked and orders are placed outside its transaction."""

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from qiao import interactions, routing
from qiao.kernel.ids import DeskId
from qiao.kernel.refused import Refused
from qiao.platform.database import Transaction
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House
from qiao.selfservice.confirming import ask_yes, asked_of
from qiao.selfservice.doing import BY_TEXT, WAIT_SECONDS, ByAgent, Doing
from qiao.selfservice.model_session import Begin, Effect, Heard, Input, Output
from qiao.selfservice.operations import Moved, move, note_heard
from qiao.selfservice.performing import perform
from qiao.selfservice.queries import Running, session_running

TURNS_MAX: Final = 20
"""Calls that follow each other on one word of the customer."""
ASKED: Final = "selfservice.asked"
"""Between a session that waits for an answer and the asking: what is asked again is done once."""
PREFERRED: Final = timedelta(days=7)
"""So long he rather gets whoever answered him last."""
BY_PAGE: Final = "web"
"""A page has no seat that somebody could be called to: it offers a chat or a call itself."""
SAID: Final = "selfservice.said"
"""Between a session that has moved and its channel's answer: the same word gets the same answer."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """The session as it stands, and what is to be said."""

    running: Running
    outputs: tuple[Output, ...]
    queued: bool = False
    """It waits for a person in routing. Handed over and not queued: no desk answers there, and the channel says so."""


async def advance(
    house: House,
    *,
    session_id: UUID,
    told: Input,
    key: str = "",
    wait_seconds: float = WAIT_SECONDS,
    by: ByAgent | None = None,
) -> Advanced:
    """Take what the customer said and do what follows until he is waited for or it is over.

    Call with no transaction open. Raises NotFound. A word is taken once: heard again under the same `key` (the process
    died before its channel answered) it goes on where it stood, and all that was said to it is returned again. A
    session found waiting for an answer that never came asks for it again under the same number, so that it is done
    once. `by` is the agent who runs it with the customer.
    """
    async with house.database.transaction() as tx:
        before = await session_running(tx, session_id)
    doing = Doing(house, before, wait_seconds, by)
    heard = before.heard if key and before.heard is not None and before.heard.key == key else None
    if heard is not None:
        return await _heard_again(doing, heard)
    if isinstance(told, Begin) and (left := _left_waiting(before)) is not None:
        told = await perform(doing, left)
    secret = before.session.hides
    return await _go_on(doing, told, Heard(key, secret=secret), fresh=True)


async def _heard_again(doing: Doing, heard: Heard) -> Advanced:
    left = _left_waiting(doing.running)
    if left is not None:
        return await _go_on(doing, await perform(doing, left), heard)
    if doing.running.session.waits == "yes" and doing.running.channel == BY_TEXT:  # the digits were kept nowhere
        pending = asked_of(doing, Effect(doing.running.session.number, "yes", ""))
        with contextlib.suppress(Refused):  # his next word is told why
            await ask_yes(doing, pending)
    return Advanced(doing.running, _with_words(heard.outputs, doing.words), heard.queued)


def _left_waiting(running: Running) -> Effect | None:
    """What was asked of the house and never answered."""
    pending = running.pending
    if running.over or running.session.waits != "answer" or not pending:
        return None
    return Effect(pending["number"], pending["kind"], pending["code"], pending["given"])


async def _go_on(doing: Doing, told: Input, heard: Heard, *, fresh: bool = False) -> Advanced:
    house, session_id, waiting = doing.house, doing.running.id, told
    for _ in range(TURNS_MAX):
        async with house.database.transaction() as tx:
            known, zone = await _proved(tx, session_id), house.settings.default_zone
            unheard = heard.key if fresh else ""
            moved = await move(tx, session_id=session_id, told=waiting, facts=known, zone=zone, unheard=unheard)
            if moved.before is not None:  # somebody else took this word meanwhile
                return Advanced(moved.running, moved.before.outputs, moved.before.queued)
            await _note_language(tx, doing.running, moved.running)
            queued = await _hand_over(tx, doing, moved) or heard.queued
            heard = replace(heard, outputs=heard.outputs + moved.outputs, queued=queued)
            if heard.key:
                await note_heard(tx, session_id, heard)
        fresh = False
        doing.running = moved.running
        effect = next((one for one in moved.effects if one.kind != "hand"), None)
        if effect is None:
            break
        failpoint(ASKED)
        waiting = await perform(doing, effect)
    failpoint(SAID)
    return Advanced(doing.running, _with_words(heard.outputs, doing.words), heard.queued)


def _with_words(outputs: tuple[Output, ...], words: str) -> tuple[Output, ...]:
    """The last question for a yes in the words that hold its digits."""
    if not words or not outputs or outputs[-1].kind != "yes":
        return outputs
    return (*outputs[:-1], replace(outputs[-1], terms={**outputs[-1].terms, "text": words}))


async def _proved(tx: Transaction, session_id: UUID) -> Mapping[str, Any] | None:
    """The level as the contact has it; a flow never believes itself."""
    running = await session_running(tx, session_id)
    if running.interaction_id is None:
        return None
    contact = await interactions.interaction(tx, running.interaction_id)
    same = contact.level == running.session.facts.get("level", 0)
    return None if same else {"level": int(contact.level)}


async def _note_language(tx: Transaction, before: Running, after: Running) -> None:
    """He chose his language: the contact is in it from now on, for whoever answers him."""
    chosen = after.session.facts.get("language")
    if after.interaction_id is not None and chosen and chosen != before.session.facts.get("language"):
        await interactions.change_language(tx, interaction_id=after.interaction_id, language=str(chosen))


async def _hand_over(tx: Transaction, doing: Doing, moved: Moved) -> bool:
    """Let the contact wait for a person of the desk that was named; one without a contact is the channel's to bring."""
    handed = next((one for one in moved.effects if one.kind == "hand"), None)
    running = moved.running
    if handed is None or running.interaction_id is None or running.channel == BY_PAGE:
        return False
    contact = await interactions.interaction(tx, running.interaction_id)
    if contact.agent_id is not None or contact.ended_at is not None:
        return False
    desk: DeskId | None = next((one.id for one in await routing.desks(tx) if one.code == handed.code), None)
    preferred = None
    if contact.customer_id is not None:
        preferred = await interactions.last_agent(tx, contact.customer_id, tx.now - PREFERRED)
    entry_point, segment = running.entry_point or contact.entry_point, running.segment or contact.segment
    if desk is None and await routing.desk_for(tx, entry_point=entry_point, segment=segment or None) is None:
        return False
    await routing.queue_contact(
        tx,
        interaction_id=contact.id,
        channel=routing.SEATS.get(running.channel, running.channel),
        entry_point=entry_point,
        language=running.session.language,
        segment=segment,
        customer_id=contact.customer_id,
        preferred_agent=preferred,
        unit_id=contact.unit_id,
        origin=doing.origin,
        desk_id=desk,
    )
    await interactions.mark_queued(tx, interaction_id=contact.id)
    return True
