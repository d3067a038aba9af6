"""What becomes of a contact: queued, left, released, wrapped up, transferred; each writes rows and tells the owner."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from qiao import interactions
from qiao.kernel.ids import AgentId, CustomerId, DeskId, InteractionId, UnitId
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.routing.desks import desk_for
from qiao.routing.events import ContactLeft, ContactQueued, ContactReleased, ContactTransferred, WrapUpEnded
from qiao.routing.facts import tell_arrival, tell_contact
from qiao.routing.operations_presence import set_unready
from qiao.routing.rows import (
    Row,
    change_contact,
    end_assignment,
    end_offer,
    locked_contact,
    note_release,
    rules_of_desk,
    touch_all,
)
from qiao.routing.rules import read_rules
from qiao.routing.store import HERE, contacts, desks

Skill = str | tuple[str, int]


class EntryPointUnknown(Refused):
    """No desk takes contacts from there."""

    code = "routing.entry_point_unknown"
    text = N_("No desk answers here yet. What was written is kept; an administrator has to set up a desk first.")


class ContactNotYours(Refused):
    """Only the agent who has a contact may let go of it or hand it on."""

    code = "routing.contact_not_yours"
    status = 403
    text = N_("This contact is not with you (any more). Nothing was changed.")


async def queue_contact(
    tx: Transaction,
    *,
    interaction_id: InteractionId,
    channel: str,
    entry_point: str,
    language: str,
    segment: str,
    customer_id: CustomerId | None,
    preferred_agent: AgentId | None,
    unit_id: UnitId | None,
    origin: Origin,
    skills: Iterable[Skill] = (),
    desk_id: DeskId | None = None,
    queued_at: datetime | None = None,
    urgent: bool = False,
) -> None:
    """Let a contact wait for an agent of the desk for this entry point and segment; again while it is here: nothing.

    `preferred_agent` is waited for as long as the desk's rules say, if he is there; `skills` are needed beside the
    desk's own, as names (level 1) or (name, least level). A callback names its desk by `desk_id`, and by `queued_at`
    since when its customer waits; what is `urgent`, or comes to an urgent desk, goes before all that is not, there and
    wherever it waits later. Raises EntryPointUnknown, and NotFound for a desk that is not there.
    """
    if desk_id is None:
        desk = await desk_for(tx, entry_point=entry_point, segment=segment or None, unit_id=unit_id)
        if desk is None:
            raise EntryPointUnknown
        desk_id = desk.id
    rules = await tx.scalar(select(desks.c.rules).where(desks.c.id == desk_id))
    if rules is None:
        raise NotFound
    needed = sorted({(skill, 1) if isinstance(skill, str) else skill for skill in skills})
    row: dict[str, Any] = {
        "interaction_id": interaction_id,
        "desk_id": desk_id,
        "state": "waiting",
        "agent_id": None,
        "until_at": None,
        "attempt": 0,
        "channel": channel,
        "entry_point": entry_point,
        "language": language or None,
        "segment": segment or None,
        "unit_id": unit_id,
        "customer_id": customer_id,
        "skills": needed,
        "preferred_agent_id": preferred_agent,
        "avoid_agent_id": None,
        "urgent": urgent or read_rules(desk_id, rules).urgent,
        "origin": {"channel": origin.channel, "actor": origin.actor, "flow": origin.flow},
        "queued_at": min(queued_at or tx.now, tx.now),
        "entered_at": tx.now,
        "answered_at": None,
        "left_at": None,
    }
    written = insert(contacts).values(row | {"rev": 1})
    anew = written.on_conflict_do_update(
        index_elements=["interaction_id"],
        set_=row | {"rev": contacts.c.rev + 1},
        where=contacts.c.state.not_in(HERE),
    ).returning(contacts)
    kept = await tx.one(anew)
    if kept is None:
        return
    await tell_arrival(tx, kept)
    await emit(tx, ContactQueued(interaction_id, desk_id, channel))
    await touch_all(tx, kept)


async def abandon_contact(tx: Transaction, *, interaction_id: InteractionId) -> None:
    """The customer left before anybody answered; nothing if somebody has."""
    await _leave(tx, interaction_id, "abandoned")


async def take_callback(tx: Transaction, *, interaction_id: InteractionId) -> None:
    """The waiting customer chose to be called back: he waits no longer; the promise itself is outreach's."""
    await _leave(tx, interaction_id, "callback")


async def take_any_language(tx: Transaction, *, interaction_id: InteractionId) -> None:
    """The waiting customer takes an agent of any language; he keeps his place. Offered or answered: nothing."""
    row = await locked_contact(tx, interaction_id)
    if row is None or row["state"] != "waiting" or row["language"] is None:
        return
    await wait_anew(tx, row, language=None)


async def wait_anew(tx: Transaction, row: Row, **changed: Any) -> None:
    """Have the owner let the waiting contact leave and come again, changed."""
    out = await change_contact(tx, row, state="dropped", left_at=tx.now)
    await tell_contact(tx, "dropped", out)
    became = await change_contact(tx, out, state="waiting", left_at=None, **changed)
    await tell_arrival(tx, became)
    await touch_all(tx, row)
    if became["desk_id"] != row["desk_id"]:
        await touch_all(tx, became)


async def drop_contact(tx: Transaction, *, interaction_id: InteractionId) -> None:
    """The system lost or ended the contact, wherever it stood; no wrap-up follows."""
    row = await locked_contact(tx, interaction_id)
    if row is None:
        return
    if row["state"] in ("waiting", "offered"):
        await _left(tx, row, "dropped")
        return
    became = await change_contact(tx, row, state="dropped", agent_id=None, until_at=None, left_at=tx.now)
    await end_assignment(tx, interaction_id, "dropped")
    await tell_contact(tx, "dropped", became)
    await touch_all(tx, row, row["agent_id"])


async def release_contact(tx: Transaction, *, interaction_id: InteractionId, agent_id: AgentId) -> None:
    """The conversation is over: wrap-up begins, for as long as the desk allows. Again: nothing.

    Raises ContactNotYours.
    """
    row = await _of_agent(tx, interaction_id, agent_id)
    if row is not None and row["state"] == "active":
        await released(tx, row)


async def released(tx: Transaction, row: Row) -> None:
    """Begin the wrap-up of a locked, active contact, or end it where the desk has none."""
    longest = read_rules(row["desk_id"], await rules_of_desk(tx, row["desk_id"])).core.wrap_up_max_seconds
    await note_release(tx, row["interaction_id"])
    await emit(tx, ContactReleased(row["interaction_id"], row["agent_id"]))
    if longest <= 0:
        became = await change_contact(tx, row, state="done", agent_id=None, until_at=None, left_at=tx.now)
        await end_assignment(tx, row["interaction_id"], "finished")
    else:
        became = await change_contact(tx, row, state="wrap_up", until_at=tx.now + timedelta(seconds=longest))
    await tell_contact(tx, "released", became)
    await touch_all(tx, row, row["agent_id"])


async def finish_wrap_up(tx: Transaction, *, interaction_id: InteractionId, agent_id: AgentId) -> None:
    """The agent is done with writing up (or with a conversation that he ends so). Again: nothing.

    Raises ContactNotYours.
    """
    row = await _of_agent(tx, interaction_id, agent_id)
    if row is not None and row["state"] == "active":
        await released(tx, row)
        row = await locked_contact(tx, interaction_id)
    if row is None or row["state"] != "wrap_up":
        return
    became = await change_contact(tx, row, state="done", agent_id=None, until_at=None, left_at=tx.now)
    await end_assignment(tx, interaction_id, "finished")
    await tell_contact(tx, "wrapped_up", became)
    await emit(tx, WrapUpEnded(interaction_id, agent_id, "finished"))
    await touch_all(tx, row, agent_id)


async def transfer_contact(
    tx: Transaction,
    *,
    interaction_id: InteractionId,
    agent_id: AgentId,
    desk_id: DeskId,
    to_agent: AgentId | None = None,
    avoided: bool = True,
    not_ready: str | None = None,
) -> None:
    """Hand the conversation to a desk, or through it to a colleague; it keeps the time at which its waiting began.

    The agent who hands it on is not offered it again, unless `avoided` is False: it was taken from him; `not_ready`:
    he is set so, for one of SYSTEM_REASONS, before anything else can be offered to him. Raises
    ContactNotYours, InteractionHasEnded, and NotFound for a desk that is not there.
    """
    if await tx.scalar(select(desks.c.id).where(desks.c.id == desk_id)) is None:
        raise NotFound
    mine = (contacts.c.interaction_id == interaction_id) & (contacts.c.agent_id == agent_id)
    if await tx.scalar(select(contacts.c.state).where(mine)) != "active":
        raise ContactNotYours
    freed = await interactions.unassign(tx, interaction_id=interaction_id, reason="transferred")
    if freed.ended_at is not None:
        raise interactions.InteractionHasEnded
    row = await _of_agent(tx, interaction_id, agent_id)  # the interaction is always locked before the contact
    if row is None or row["state"] != "active":
        raise ContactNotYours
    became = await change_contact(
        tx,
        row,
        desk_id=desk_id,
        state="waiting",
        agent_id=None,
        until_at=None,
        preferred_agent_id=to_agent,
        avoid_agent_id=agent_id if avoided else None,
        entered_at=tx.now,
    )
    await end_assignment(tx, interaction_id, "transferred")
    if not_ready is not None:
        await set_unready(tx, agent_id=agent_id, reason=not_ready)
    await tell_contact(tx, "transferred", became, to_agent=to_agent, avoided=avoided)
    await emit(tx, ContactTransferred(interaction_id, agent_id, desk_id, to_agent))
    await touch_all(tx, row, agent_id)
    await touch_all(tx, became)


async def _leave(tx: Transaction, interaction_id: InteractionId, why: str) -> None:
    row = await locked_contact(tx, interaction_id)
    if row is not None and row["state"] in ("waiting", "offered"):
        await _left(tx, row, why)


async def _left(tx: Transaction, row: Row, why: str) -> None:
    became = await change_contact(tx, row, state=why, agent_id=None, until_at=None, left_at=tx.now)
    await end_offer(tx, row["interaction_id"], why)
    await tell_contact(tx, why, became)
    waited_seconds = max(0.0, (tx.now - row["queued_at"]).total_seconds())
    await emit(tx, ContactLeft(row["interaction_id"], row["desk_id"], why, waited_seconds))
    await touch_all(tx, row, row["agent_id"])


async def _of_agent(tx: Transaction, interaction_id: InteractionId, agent_id: AgentId) -> Row | None:
    """The agent's contact, locked; None if it is over. Raises ContactNotYours if it is somebody else's or nobody's."""
    row = await locked_contact(tx, interaction_id)
    if row is not None and row["agent_id"] != agent_id:
        raise ContactNotYours
    return row
