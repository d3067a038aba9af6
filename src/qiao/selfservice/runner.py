"""A session moved on, with all that follows: the operator is asked and orders are placed outside its transaction."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal, cast
from uuid import UUID

from qiao import catalogue, interactions, routing
from qiao.bss import OperatorAway
from qiao.catalogue import NeedsConfirmation
from qiao.kernel.ids import DeskId
from qiao.kernel.languages import nearest
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.database import Transaction
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House
from qiao.platform.policy import Actor, Basis, Level
from qiao.selfservice.actions import CALLBACK, Asked, flow_action
from qiao.selfservice.facts import facts_of
from qiao.selfservice.model_session import Answered, Begin, Effect, Input, Output, Wanted
from qiao.selfservice.model_words import plain
from qiao.selfservice.operations import Moved, move, note_confirming
from qiao.selfservice.proving import ask_proof, take_secret
from qiao.selfservice.queries import Running, session_running

TURNS_MAX: Final = 20
"""Calls that follow each other on one word of the customer."""
WAIT_SECONDS: Final = 2.0
YES_GOOD: Final = timedelta(minutes=5)
YES_TRIES: Final = 3
ASKED: Final = "selfservice.asked"
"""Between a session that waits for an answer and the asking: what is asked again is done once."""


@dataclass(frozen=True, slots=True)
class Advanced:
    """The session as it stands, and what is to be said."""

    running: Running
    outputs: tuple[Output, ...]
    queued: bool = False
    """It waits for a person in routing. Handed over and not queued: no desk answers there, and the channel says so."""


async def advance(house: House, *, session_id: UUID, told: Input, wait_seconds: float = WAIT_SECONDS) -> Advanced:
    """Take what the customer said and do what follows until he is waited for or it is over.

    Call with no transaction open. Raises NotFound. A session found waiting for an answer that never came (the process
    died) asks for it again under the same number, so that it is done once.
    """
    outputs: tuple[Output, ...] = ()
    queued = False
    waiting: Input = told
    async with house.database.transaction() as tx:
        before = await session_running(tx, session_id)
    if isinstance(told, Begin) and before.session.waits == "answer" and before.pending and not before.over:
        pending = before.pending
        asked = Effect(pending["number"], pending["kind"], pending["code"], pending["given"])
        waiting = await _perform(house, before, asked, wait_seconds)
    for _ in range(TURNS_MAX):
        async with house.database.transaction() as tx:
            known, zone = await _proved(tx, session_id), house.settings.default_zone
            moved = await move(tx, session_id=session_id, told=waiting, facts=known, zone=zone)
            queued = await _hand_over(tx, moved) or queued
        outputs += moved.outputs
        effect = next((one for one in moved.effects if one.kind != "hand"), None)
        if effect is None:
            break
        failpoint(ASKED)
        waiting = await _perform(house, moved.running, effect, wait_seconds)
    return Advanced(moved.running, outputs, queued)


async def _proved(tx: Transaction, session_id: UUID) -> Mapping[str, Any] | None:
    """The level as the contact has it; a flow never believes itself."""
    running = await session_running(tx, session_id)
    if running.interaction_id is None:
        return None
    contact = await interactions.interaction(tx, running.interaction_id)
    same = contact.level == running.session.facts.get("level", 0)
    return None if same else {"level": int(contact.level)}


async def _hand_over(tx: Transaction, moved: Moved) -> bool:
    """Let the contact wait for a person of the desk that was named; one without a contact is the channel's to bring."""
    handed = next((one for one in moved.effects if one.kind == "hand"), None)
    running = moved.running
    if handed is None or running.interaction_id is None:
        return False
    contact = await interactions.interaction(tx, running.interaction_id)
    if contact.agent_id is not None or contact.ended_at is not None:
        return False
    desk: DeskId | None = next((one.id for one in await routing.desks(tx) if one.code == handed.code), None)
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
        preferred_agent=None,
        unit_id=contact.unit_id,
        origin=_origin(running),
        desk_id=desk,
    )
    await interactions.mark_queued(tx, interaction_id=contact.id)
    return True


async def _perform(house: House, running: Running, effect: Effect, wait_seconds: float) -> Input:
    """What became of an effect, as the engine's next input; a refusal is an answer like any other."""
    pending = running.pending or {}
    try:
        match effect.kind:
            case "service":
                return await _service(house, running, effect, wait_seconds)
            case "prove":
                return await ask_proof(house, running, effect)
            case "secret":
                return await take_secret(house, running, effect, int(pending.get("code") or Level.ONE_FACTOR))
            case "yes":
                return await _yes(house, running, effect, wait_seconds)
            case _:
                return await _action(house, running, effect)
    except OperatorAway:
        return Answered(effect.number, "away")
    except NotFound:
        known = effect.kind != "service" or effect.code in {one.code for one in catalogue.services(audience="customer")}
        return Answered(effect.number, "refused" if known else "away", {"reason": "not_found"})
    except Refused as refused:
        return Answered(effect.number, "refused", {"reason": refused.code})


async def _service(house: House, running: Running, effect: Effect, wait: float, *, confirmed: bool = False) -> Input:
    asked = catalogue.service(effect.code)
    if asked.kind == "act":
        return await _order(house, running, effect, wait, confirmed=confirmed)
    given = {name: value for name, value in effect.given.items() if value}
    answer = await catalogue.ask(
        house,
        code=effect.code,
        target=running.service,
        parameters=given,
        actor=_actor(running),
        customer_id=running.customer_id,
        interaction_id=running.interaction_id,
        level=int(running.session.facts.get("level", 0)),
        basis=Basis.SELF,
    )
    facts = facts_of(answer.value, running.session.language)
    if facts is None:
        return Answered(effect.number, "refused", {"reason": "nothing_there"})
    return Answered(effect.number, "done", facts)


async def _order(house: House, running: Running, effect: Effect, wait: float, *, confirmed: bool) -> Input:
    """Place an order once for this step of this session, and wait a moment for what becomes of it."""
    if running.customer_id is None or running.service is None:
        raise NotFound
    actor = _actor(running)
    try:
        async with house.database.transaction() as tx:
            placed = await catalogue.place_order(
                tx,
                code=effect.code,
                customer_id=running.customer_id,
                target=running.service,
                parameters={name: value for name, value in effect.given.items() if value},
                actor_ref=actor.reference,
                level=int(running.session.facts.get("level", 0)),
                basis=Basis.SELF,
                origin=_origin(running),
                key=f"flow:{running.id}:{effect.number}",
                confirmed=confirmed,
            )
    except NeedsConfirmation:
        return await _want_yes(house, running, effect, again=False)
    found = await catalogue.wait_for_order(house, placed.id, seconds=wait)
    state = found.state if found.state not in ("placed", "performing") else "pending"
    outcome = cast(Literal["done", "refused", "pending", "unknown"], state)
    return Answered(effect.number, outcome, {"reason": found.reason}, changed=outcome != "refused")


async def _want_yes(house: House, running: Running, effect: Effect, *, again: bool, tries: int = 0) -> Input:
    """Digits that a yes to this very order must repeat, good for five minutes."""
    digits = f"{secrets.randbelow(9_000) + 1_000}"
    async with house.database.transaction() as tx:
        until = (tx.now + YES_GOOD).isoformat()
        kept = {"number": effect.number, "digits": digits, "until": until, "tries": tries}
        await note_confirming(tx, running.id, kept)
    names = catalogue.service(effect.code).names
    what = names[nearest(running.session.language, tuple(names), otherwise="en")]
    return Wanted(effect.number, "yes", {"what": what, "digits": digits}, again=again)


async def _yes(house: House, running: Running, effect: Effect, wait: float) -> Input:
    """Whether he repeated the digits of this order; never a bare yes, and never twice."""
    async with house.database.transaction() as tx:
        fresh = await session_running(tx, running.id)
        told = fresh.confirming or {}
        in_time = bool(told) and tx.now < datetime.fromisoformat(told["until"])
        right = in_time and told["number"] == effect.number and plain(effect.given.get("text", "")) == told["digits"]
        await note_confirming(tx, running.id, None)
    pending = running.pending or {}
    asked = Effect(effect.number, "service", str(pending.get("code", "")), dict(pending.get("given", {})))
    if right:
        return await _service(house, running, asked, wait, confirmed=True)
    tries = int(told.get("tries", 0)) + 1
    if tries >= YES_TRIES:
        return Answered(effect.number, "refused", {"reason": "not_confirmed"})
    return await _want_yes(house, running, asked, again=True, tries=tries)


async def _action(house: House, running: Running, effect: Effect) -> Input:
    code = CALLBACK if effect.kind == "callback" else effect.code
    run = flow_action(code)
    if run is None:
        return Answered(effect.number, "away")
    session = running.session
    asked = Asked(
        key=f"flow:{running.id}:{effect.number}",
        given={"desk": effect.code} if effect.kind == "callback" else effect.given,
        customer_id=running.customer_id,
        service=running.service,
        interaction_id=running.interaction_id,
        level=int(session.facts.get("level", 0)),
        language=session.language,
        origin=_origin(running),
        filled=session.filled,
        tried=session.tried,
    )
    done = await run(house, asked)
    return Answered(effect.number, done.outcome, done.facts, changed=done.outcome != "refused")


def _origin(running: Running) -> Origin:
    return Origin(running.channel, running.interaction_id, _actor(running).reference, running.flow)


def _actor(running: Running) -> Actor:
    """The customer himself, with what he proved in this contact."""
    return Actor(
        kind="customer",
        id=running.customer_id or running.id,
        name="",
        unit_id=running.unit_id,
        rights=frozenset(),
        language=running.session.language,
        session_id=running.id,
        csrf="",
        level=Level(int(running.session.facts.get("level", 0))),
        service=str(running.service or ""),
    )
