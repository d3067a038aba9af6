"""The life of a contact: begun, identified, proved, answered, ended, wrapped up."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.interactions.beginning import Beginning, start_all
from qiao.interactions.events import (
    InteractionAssigned,
    InteractionEnded,
    InteractionQueued,
    InteractionUnassigned,
    InteractionWrappedUp,
)
from qiao.interactions.holding import locked, must_go_on, touched
from qiao.interactions.model import (
    DISPOSITIONS,
    NOTE_CHARACTERS_MAX,
    TOPIC_CHARACTERS_MAX,
    Direction,
    Interaction,
    clean_text,
    for_display,
)
from qiao.interactions.queries import interaction
from qiao.interactions.store import drafts, interactions, matters, participations
from qiao.kernel.ids import AgentId, CustomerId, InteractionId, UnitId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.live import touch


class InteractionHasAnotherAgent(Refused):
    """A contact has at most one agent."""

    code = "interactions.has_another_agent"
    text = N_("Another agent has this contact now. Nothing was changed; it has left your list.")


class NotYourInteraction(Refused):
    """Only the agent who has a contact may speak in it or wrap it up."""

    code = "interactions.not_yours"
    status = 403
    text = N_("This contact is not with you (any more). What you typed is kept as a draft; nothing was sent.")


class DispositionUnknown(Refused):
    """Not one of DISPOSITIONS."""

    code = "interactions.disposition_unknown"
    status = 400
    text = N_("Choose how the contact came out. Your note is kept.")


async def start_interaction(
    tx: Transaction,
    *,
    channel: str,
    language: str,
    direction: Direction = "inbound",
    unit_id: UnitId | None = None,
    customer_id: CustomerId | None = None,
    service_id: ServiceId | None = None,
    party: str = "",
    segment: str = "",
    entry_point: str = "",
    topic: str = "",
    started_at: datetime | None = None,
) -> Interaction:
    """Begin a contact at level 0; `party` is how the other side is called until it is identified."""
    beginning = Beginning(
        channel, language, direction, unit_id, customer_id, service_id, party, segment, entry_point, topic, started_at
    )
    (begun,) = await start_all(tx, [beginning])
    return begun


async def change_language(tx: Transaction, *, interaction_id: InteractionId, language: str) -> None:
    """The customer is to be spoken to in this language from now on; a contact that is over stays as it was."""
    row = await locked(tx, interaction_id)
    if row.language != language and row.ended_at is None:
        await tx.execute(update(interactions).where(interactions.c.id == interaction_id).values(language=language))
        await touched(tx, row)


async def mark_queued(tx: Transaction, *, interaction_id: InteractionId) -> bool:
    """The customer began to wait for a person; the first time counts. False for one who does not: his contact is over,
    or somebody has it."""
    row = await locked(tx, interaction_id)
    if row.queued_at is None and row.ended_at is None:
        await tx.execute(update(interactions).where(interactions.c.id == interaction_id).values(queued_at=tx.now))
        await emit(tx, InteractionQueued(interaction_id))
        await touched(tx, row)
    return row.ended_at is None and row.agent_id is None


async def leave_written(tx: Transaction, *, interaction_id: InteractionId) -> None:
    """Nobody is there: what he wrote stays to be answered, though he does not wait for it."""
    row = await locked(tx, interaction_id)
    if row.agent_id is None and row.ended_at is None:
        await tx.execute(update(interactions).where(interactions.c.id == interaction_id).values(direction="written"))
        await touched(tx, row)


async def set_topic(tx: Transaction, *, interaction_id: InteractionId, topic: str) -> None:
    """Say what the contact is about, in a few words, for its line on the timeline."""
    row = await locked(tx, interaction_id)
    told = for_display(clean_text(topic, limit=10_000))[:TOPIC_CHARACTERS_MAX]
    await tx.execute(update(interactions).where(interactions.c.id == interaction_id).values(topic=told))
    await touched(tx, row)


async def link_matter(tx: Transaction, *, interaction_id: InteractionId, matter: str) -> None:
    """Say that this contact was about a matter such as "case:<id>"; saying it twice counts once."""
    written = insert(matters).values(matter=matter, interaction_id=interaction_id, linked_at=tx.now)
    await tx.execute(written.on_conflict_do_nothing())


async def assign(tx: Transaction, *, interaction_id: InteractionId, agent_id: AgentId) -> Interaction:
    """Give the contact to an agent; again to the same one changes nothing.

    Raises InteractionHasEnded, and InteractionHasAnotherAgent while somebody else has it.
    """
    row = await locked(tx, interaction_id)
    must_go_on(row)
    if row.agent_id == agent_id:
        return row
    if row.agent_id is not None:
        raise InteractionHasAnotherAgent
    taken = {"agent_id": agent_id, "answered_at": row.answered_at or tx.now}
    await tx.execute(update(interactions).where(interactions.c.id == interaction_id).values(taken))
    await _takes_part(tx, interaction_id, agent_id, "agent")
    await emit(tx, InteractionAssigned(interaction_id, agent_id))
    await touched(tx, row)
    await touch(tx, f"agent:{agent_id}")
    return replace(row, agent_id=agent_id, answered_at=row.answered_at or tx.now)


async def unassign(tx: Transaction, *, interaction_id: InteractionId, reason: str) -> Interaction:
    """Take the contact from its agent (transfer, lost connection); it goes on and may be given to another."""
    row = await locked(tx, interaction_id)
    if row.agent_id is None or row.ended_at is not None:
        return row
    await tx.execute(update(interactions).where(interactions.c.id == interaction_id).values(agent_id=None))
    await _parts(tx, interaction_id, row.agent_id, reason)
    await emit(tx, InteractionUnassigned(interaction_id, row.agent_id, reason))
    await touched(tx, row)
    return await interaction(tx, interaction_id)


async def join(tx: Transaction, *, interaction_id: InteractionId, agent_id: AgentId) -> None:
    """Let a colleague (team leader) take part beside the agent: he reads and may speak."""
    row = await locked(tx, interaction_id)
    must_go_on(row)
    if not await is_in(tx, interaction_id, agent_id):
        await _takes_part(tx, interaction_id, agent_id, "listener")
        await touched(tx, row)


async def leave(tx: Transaction, *, interaction_id: InteractionId, agent_id: AgentId) -> None:
    """The colleague no longer takes part."""
    row = await locked(tx, interaction_id)
    if row.agent_id != agent_id:
        await _parts(tx, interaction_id, agent_id, "left")
        await touched(tx, row)


async def end_interaction(tx: Transaction, *, interaction_id: InteractionId, reason: str) -> Interaction:
    """Nothing more will be said; the first end counts. `reason` is one of END_REASONS.

    The agent keeps it until he wraps it up; whoever did not answer has nothing to wrap up.
    """
    row = await locked(tx, interaction_id)
    if row.ended_at is not None:
        return row
    return await _end(tx, row, reason)


async def _end(tx: Transaction, row: Interaction, reason: str) -> Interaction:
    await tx.execute(
        update(interactions)
        .where(interactions.c.id == row.id)
        .values(ended_at=tx.now, end_reason=reason, proof_asked=None)
    )
    await emit(tx, InteractionEnded(row.id, reason, row.channel, row.customer_id, row.agent_id))
    await touched(tx, row)
    return replace(row, ended_at=tx.now, end_reason=reason, proof_asked=None)


async def wrap_up(
    tx: Transaction,
    *,
    interaction_id: InteractionId,
    agent_id: AgentId,
    disposition: str,
    note: str = "",
    topic: str | None = None,
) -> Interaction:
    """Write down how it came out (one of DISPOSITIONS); ends the contact if it has not ended. Once.

    Raises NotYourInteraction and DispositionUnknown.
    """
    row = await locked(tx, interaction_id)
    if row.agent_id != agent_id:
        raise NotYourInteraction
    if row.wrapped_up_at is not None:
        return row
    if disposition not in DISPOSITIONS:
        raise DispositionUnknown
    if row.ended_at is None:
        await _end(tx, row, "agent_ended")
    changed: dict[str, Any] = {
        "wrapped_up_at": tx.now,
        "disposition": disposition,
        "wrap_note": clean_text(note, limit=NOTE_CHARACTERS_MAX),
    }
    if topic is not None and (told := for_display(clean_text(topic, limit=10_000))[:TOPIC_CHARACTERS_MAX]):
        changed["topic"] = told
    await tx.execute(update(interactions).where(interactions.c.id == interaction_id).values(changed))
    await tx.execute(delete(drafts).where(drafts.c.interaction_id == interaction_id))
    await tx.execute(
        update(participations)
        .where(participations.c.interaction_id == interaction_id, participations.c.until_at.is_(None))
        .values(until_at=tx.now, reason="wrapped_up")
    )
    await emit(tx, InteractionWrappedUp(interaction_id, agent_id, disposition, row.customer_id))
    await touched(tx, row)
    return await interaction(tx, interaction_id)


async def leave_word(tx: Transaction, *, interaction_id: InteractionId, note: str) -> None:
    """Keep what the next agent of a contact that goes on should know; he finds it where he writes his own word."""
    row = await locked(tx, interaction_id)
    told = clean_text(note, limit=NOTE_CHARACTERS_MAX)
    await tx.execute(update(interactions).where(interactions.c.id == interaction_id).values(wrap_note=told))
    await touched(tx, row)


async def is_in(tx: Transaction, interaction_id: InteractionId, agent_id: AgentId) -> bool:
    """Whether this agent takes part now."""
    found = await tx.scalar(
        select(participations.c.id).where(
            participations.c.interaction_id == interaction_id,
            participations.c.agent_id == agent_id,
            participations.c.until_at.is_(None),
        )
    )
    return found is not None


async def _takes_part(tx: Transaction, interaction_id: InteractionId, agent_id: AgentId, role: str) -> None:
    await _parts(tx, interaction_id, agent_id, "took_over")
    await tx.execute(
        participations.insert().values(
            id=new_id(), interaction_id=interaction_id, agent_id=agent_id, role=role, from_at=tx.now
        )
    )


async def _parts(tx: Transaction, interaction_id: InteractionId, agent_id: AgentId, reason: str) -> None:
    await tx.execute(
        update(participations)
        .where(
            participations.c.interaction_id == interaction_id,
            participations.c.agent_id == agent_id,
            participations.c.until_at.is_(None),
        )
        .values(until_at=tx.now, reason=reason)
    )
