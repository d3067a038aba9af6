"""A session moved on, with all that follows: the operator is asked and orders are placed outside its transaction."""

import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from qiao import interactions, routing
from qiao.interactions import Interaction
from qiao.kernel.ids import DeskId
from qiao.kernel.refused import Refused
from qiao.platform.database import Transaction
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House
from qiao.selfservice.confirming import ask_yes, asked_of
from qiao.selfservice.doing import BY_TEXT, WAIT_SECONDS, ByAgent, Doing
from qiao.selfservice.model_session import Begin, Effect, Heard, Input, Output
from qiao.selfservice.operations import Moved, move, note_heard, session_held
from qiao.selfservice.performing import perform
from qiao.selfservice.queries import Running

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


Also = Callable[[Transaction, Advanced], Awaitable[None]]
"""What a channel writes of an answer in the transaction that makes it true."""
First = Callable[[Transaction], Awaitable[None]]
"""What a channel asks or writes in the transaction in which a word is taken; what it raises has the word not taken."""


async def advance(
    house: House,
    *,
    session_id: UUID,
    told: Input,
    key: str = "",
    wait_seconds: float = WAIT_SECONDS,
    by: ByAgent | None = None,
    first: First | None = None,
    also: Also | None = None,
) -> Advanced:
    """Take what the customer said and do what follows until he is waited for or it is over.

    Call with no transaction open. Raises NotFound. A word is taken once: heard again under the same `key` (the process
    died before its channel answered) it goes on where it stood, and all that was said to it is returned again. A
    session found waiting for an answer that never came asks for it again under the same number, so that it is done
    once. `by` is the agent who runs it with the customer. `first` comes before the session is held. `also` is written
    together with the last step, or alone where that was taken before: it must do again what it did, once.
    """
    async with house.database.transaction() as tx:
        if first is not None:
            await first(tx)
        before = await session_held(tx, session_id)
        doing = Doing(house, before, wait_seconds, by)
        heard = before.heard if key and before.heard is not None and before.heard.key == key else None
        left = _left_waiting(before) if heard is not None or isinstance(told, Begin) else None
        fresh = Heard(key, secret=before.session.hides)
        if heard is None and left is None:
            turn = await _turn(tx, doing, told, fresh, also, held=before)
    if heard is None and left is None:
        return await _go_on(doing, turn, also)
    if left is not None:
        told = await perform(doing, left)
        return await _go_on(doing, await _next_turn(doing, told, heard or fresh, also, fresh=heard is None), also)
    assert heard is not None
    again = await _said_again(doing, heard)
    await _alone(house, again, also)
    return again


async def _said_again(doing: Doing, heard: Heard) -> Advanced:
    if doing.running.session.waits == "yes" and doing.running.channel == BY_TEXT:  # the digits were kept nowhere
        pending = asked_of(doing, Effect(doing.running.session.number, "yes", ""))
        with contextlib.suppress(Refused):  # his next word is told why
            await ask_yes(doing, pending)
    return Advanced(doing.running, _with_words(heard.outputs, doing.words), heard.queued)


async def _alone(house: House, advanced: Advanced, also: Also | None) -> None:
    if also is not None:
        async with house.database.transaction() as tx:
            await also(tx, advanced)


def _left_waiting(running: Running) -> Effect | None:
    """What was asked of the house and never answered."""
    pending = running.pending
    if running.over or running.session.waits != "answer" or not pending:
        return None
    return Effect(pending["number"], pending["kind"], pending["code"], pending["given"])


@dataclass(frozen=True, slots=True)
class _Turn:
    """One step taken: what has been said to the word so far, and what the house has to do before the next."""

    heard: Heard
    effect: Effect | None
    answered: Advanced | None = None
    """Nothing is to be done: the channel's answer, which `also` has had."""


async def _turn(
    tx: Transaction, doing: Doing, told: Input, heard: Heard, also: Also | None, *, held: Running, fresh: bool = True
) -> _Turn:
    """Take one step in this transaction, which holds the session, with all that goes with it."""
    contact = await _contact(tx, held)
    moved = await move(
        tx,
        session_id=held.id,
        told=told,
        facts=_proved(held, contact),
        zone=doing.house.settings.default_zone,
        unheard=heard.key if fresh else "",
        held=held,
        heard=heard,
    )
    effect = None
    if moved.before is not None:  # somebody else took this word meanwhile
        answered = Advanced(moved.running, moved.before.outputs, moved.before.queued)
    else:
        await _note_language(tx, doing.running, moved.running)
        queued = await _hand_over(tx, doing, moved, contact) or heard.queued
        noted = moved.noted and queued == heard.queued
        heard = replace(heard, outputs=heard.outputs + moved.outputs, queued=queued)
        if heard.key and not noted:
            await note_heard(tx, held.id, heard)
        doing.running = moved.running
        effect = next((one for one in moved.effects if one.kind != "hand"), None)
        answered = Advanced(moved.running, _with_words(heard.outputs, doing.words), heard.queued)
    if effect is None and also is not None:
        await also(tx, answered)
    return _Turn(heard, effect, answered if effect is None else None)


async def _next_turn(doing: Doing, told: Input, heard: Heard, also: Also | None, *, fresh: bool) -> _Turn:
    async with doing.house.database.transaction() as tx:
        held = await session_held(tx, doing.running.id)
        return await _turn(tx, doing, told, heard, also, held=held, fresh=fresh)


async def _go_on(doing: Doing, turn: _Turn, also: Also | None) -> Advanced:
    for _ in range(TURNS_MAX - 1):
        if turn.effect is None:
            break
        failpoint(ASKED)
        turn = await _next_turn(doing, await perform(doing, turn.effect), turn.heard, also, fresh=False)
    failpoint(SAID)
    if turn.answered is not None:
        return turn.answered
    left = Advanced(doing.running, _with_words(turn.heard.outputs, doing.words), turn.heard.queued)
    await _alone(doing.house, left, also)
    return left


def _with_words(outputs: tuple[Output, ...], words: str) -> tuple[Output, ...]:
    """The last question for a yes in the words that hold its digits."""
    if not words or not outputs or outputs[-1].kind != "yes":
        return outputs
    return (*outputs[:-1], replace(outputs[-1], terms={**outputs[-1].terms, "text": words}))


async def _contact(tx: Transaction, running: Running) -> Interaction | None:
    return await interactions.interaction(tx, running.interaction_id) if running.interaction_id is not None else None


def _proved(running: Running, contact: Interaction | None) -> Mapping[str, Any] | None:
    """The level as the contact has it; a flow never believes itself."""
    if contact is None or contact.level == running.session.facts.get("level", 0):
        return None
    return {"level": int(contact.level)}


async def _note_language(tx: Transaction, before: Running, after: Running) -> None:
    """He chose his language: the contact is in it from now on, for whoever answers him."""
    chosen = after.session.facts.get("language")
    if after.interaction_id is not None and chosen and chosen != before.session.facts.get("language"):
        await interactions.change_language(tx, interaction_id=after.interaction_id, language=str(chosen))


async def _hand_over(tx: Transaction, doing: Doing, moved: Moved, contact: Interaction | None) -> bool:
    """Let the contact wait for a person of the desk that was named; one without a contact is the channel's to bring."""
    handed = next((one for one in moved.effects if one.kind == "hand"), None)
    running = moved.running
    if handed is None or contact is None or running.channel == BY_PAGE:
        return False
    if contact.agent_id is not None or contact.ended_at is not None:
        return False
    desk: DeskId | None = next((one.id for one in await routing.desks(tx) if one.code == handed.code), None)
    preferred = None
    if contact.customer_id is not None:
        preferred = await interactions.last_agent(tx, contact.customer_id, tx.now - PREFERRED)
    entry_point, segment = running.entry_point or contact.entry_point, running.segment or contact.segment
    if desk is None and await routing.desk_for(tx, entry_point=entry_point, segment=segment or None) is None:
        return False
    if not await interactions.mark_queued(tx, interaction_id=contact.id):  # held from here on, as it is by now
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
    return True
