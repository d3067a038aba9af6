"""Whom our call back did not find, or lost again at once, is called again: by itself, and at one key of its agent."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select

from qiao import cases, interactions, routing
from qiao.channels.voice import store, store_emergency
from qiao.channels.voice.emergencies import CASE, ENTRY_POINT, LOCK, WORKED_ON, call_back, desk_of
from qiao.channels.voice.model import Call, HungUp, Lost
from qiao.channels.voice.model_emergency import called_again
from qiao.channels.voice.store import Party, voice_calls
from qiao.channels.voice.store_emergency import AGAIN
from qiao.interactions import Interaction
from qiao.kernel.ids import AgentId, CaseId, InteractionId
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform import audit
from qiao.platform.database import Transaction, one_at_a_time
from qiao.platform.live import touch
from qiao.platform.policy import Actor
from qiao.platform.timers import cancel_timer, set_timer

SAID_MAX: Final = 5
"""The card is the first that stands in a call back."""


@dataclass(frozen=True, slots=True)
class MayCallAgain:
    """A call back that is over and still its agent's. `waits`: the next waits at the desk already."""

    contact: Interaction
    waits: bool


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
    """After a call back's end, in its transaction: if his side ended it before he was helped, he is called again."""
    if party.entry_point != ENTRY_POINT or before.state == "over" or became.state != "over":
        return
    if not isinstance(event, HungUp | Lost):
        return
    await one_at_a_time(tx, LOCK)
    made = await store_emergency.made_back(tx, party.number)
    after = called_again(reached=reached, talked_seconds=talked_seconds, made=made)
    if after is None:
        return
    if after:
        await set_timer(tx, kind=AGAIN, ref=str(became.id), due_at=tx.now + after)
    else:
        await _call_again(tx, became.id)


async def due(tx: Transaction, refs: list[str]) -> None:
    """The timer's work: he waits at the desk again, unless his matter is done with meanwhile."""
    for ref in refs:
        await _call_again(tx, UUID(ref))


async def _call_again(tx: Transaction, call_id: UUID, *, by_hand: bool = False) -> bool:
    """Let a call wait as the one before did: same case, same desk, since he first called. False: nothing was made.

    `by_hand`: whoever wants it knows best, whatever became of the case.
    """
    await one_at_a_time(tx, LOCK)
    case_id, found = await _case_of(tx, call_id), await store.written(tx, call_id)
    if case_id is None or found is None or await store_emergency.is_called_again(tx, call_id):
        return False
    call, party = found
    desk = await desk_of(tx, party)
    if desk is None or await store_emergency.waiting_back(tx, party.number) is not None:
        return False
    if not by_hand and (await cases.case_alone(tx, case_id)).status not in WORKED_ON:
        return False
    said = await interactions.messages_after(tx, party.interaction_id, 0, SAID_MAX)
    card = next((one.text for one in said if one.author_kind == "bot"), "")
    since = await store_emergency.first_called(tx, case_id)
    service = ServiceId.from_text(party.number)
    back_id = await call_back(tx, call, party, service, case_id, desk, card, since)
    await store_emergency.keep_taken_up(
        tx, call_id=call.id, number=party.number, case_id=case_id, texted=False, back_id=back_id
    )
    return True


async def _case_of(tx: Transaction, call_id: UUID) -> CaseId | None:
    matter = await tx.scalar(select(voice_calls.c.matter).where(voice_calls.c.id == call_id))
    return CaseId(UUID(matter.removeprefix(CASE))) if matter else None


async def may_call_again(tx: Transaction, agent_id: AgentId) -> list[MayCallAgain]:
    """Calls back that he has still to write up."""
    held = [one.interaction_id for one in await routing.my_contacts(tx, agent_id)]
    found = await store_emergency.over_and_waiting(tx, held) if held else {}
    contacts = await interactions.interactions_by_ids(tx, found)
    return [MayCallAgain(contacts[one], waits) for one, waits in found.items()]


async def at_a_key(tx: Transaction, *, actor: Actor, interaction_id: InteractionId) -> None:
    """The agent wants him called again now, however often he was. Raises NotFound for what is not his to call."""
    held = {one.interaction_id for one in await routing.my_contacts(tx, AgentId(actor.id))}
    over = (voice_calls.c.interaction_id == interaction_id) & voice_calls.c.ended_at.is_not(None)
    call_id = await tx.scalar(select(voice_calls.c.id).where(over, voice_calls.c.matter != ""))
    if interaction_id not in held or call_id is None:
        raise NotFound
    if await _call_again(tx, call_id, by_hand=True):
        await cancel_timer(tx, kind=AGAIN, ref=str(call_id))
        await audit.record(tx, actor=actor.reference, act="do.call_again", interaction_id=interaction_id, once=False)
    await touch(tx, f"agent:{actor.id}")
