"""Contacts given to whom routing would not have chosen: handed to a colleague on the line, put before all others."""

from sqlalchemy import func, select

from qiao import interactions
from qiao.kernel.ids import AgentId, DeskId, InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.routing.events import ContactTransferred
from qiao.routing.facts import tell_contact, tell_seat
from qiao.routing.operations import ContactNotYours, wait_anew
from qiao.routing.operations_presence import touch_agent
from qiao.routing.rows import (
    Row,
    begin_assignment,
    change_contact,
    change_seat,
    end_assignment,
    locked_contact,
    locked_seat,
    touch_all,
)
from qiao.routing.rules import read_profile
from qiao.routing.store import HELD, contacts


class ColleagueNotFree(Refused):
    """He is not signed on, has contacts of his own, or is on the line with somebody else."""

    code = "routing.colleague_not_free"
    text = N_("This colleague has no room for it now. The contact stays with you; ask somebody else.")


async def engage(
    tx: Transaction, *, agent_id: AgentId, interaction_id: InteractionId, only_if_free: bool = False
) -> None:
    """Hold him back from offers while he is on the line in a colleague's contact; again for the same one: nothing.

    What was being offered to him is offered to others. Somebody without a seat needs no holding back. Raises
    ColleagueNotFree when he is on the line in another contact; with `only_if_free` also when he is not ready, not
    signed on, or has anything of his own.
    """
    seat = await locked_seat(tx, agent_id)
    if seat is None:
        if only_if_free:
            raise ColleagueNotFree
        return
    if seat["engaged_in"] == interaction_id:
        return
    if seat["engaged_in"] is not None:
        raise ColleagueNotFree
    if only_if_free and (seat["status"] != "ready" or seat["lost"] or await _held(tx, agent_id)):
        raise ColleagueNotFree
    await _tell(tx, await change_seat(tx, seat, engaged_in=interaction_id))


async def disengage(tx: Transaction, *, agent_id: AgentId, interaction_id: InteractionId) -> None:
    """He is on the line in this contact no more, and open for offers as his status says; if he never was: nothing."""
    seat = await locked_seat(tx, agent_id)
    if seat is not None and seat["engaged_in"] == interaction_id:
        await _tell(tx, await change_seat(tx, seat, engaged_in=None))


async def make_urgent(tx: Transaction, *, interaction_id: InteractionId, desk_id: DeskId | None = None) -> None:
    """The waiting contact goes before all that is not urgent, at this desk if one is named; else: nothing.

    Whoever is being offered it, or has it, keeps it.
    """
    row = await locked_contact(tx, interaction_id)
    if row is None or row["state"] != "waiting" or (row["urgent"] and desk_id in (None, row["desk_id"])):
        return
    await wait_anew(tx, row, desk_id=desk_id or row["desk_id"], urgent=True, entered_at=tx.now)


async def hand_over(tx: Transaction, *, interaction_id: InteractionId, agent_id: AgentId, to_agent: AgentId) -> None:
    """The agent leaves the contact to a colleague who is in it already: he has it from now on, without an offer.

    Whether he serves the desk or speaks the customer's language is the two colleagues' to judge, who have talked of
    it; whoever is on the line in it has room for it. Raises ContactNotYours, InteractionHasEnded, and ColleagueNotFree
    when he is not signed on or has no room.
    """
    mine = (contacts.c.interaction_id == interaction_id) & (contacts.c.agent_id == agent_id)
    if await tx.scalar(select(contacts.c.state).where(mine)) != "active":
        raise ContactNotYours
    freed = await interactions.unassign(tx, interaction_id=interaction_id, reason="transferred")
    if freed.ended_at is not None:
        raise interactions.InteractionHasEnded
    row = await locked_contact(tx, interaction_id)  # the interaction is always locked before the contact
    if row is None or row["agent_id"] != agent_id or row["state"] != "active":
        raise ContactNotYours
    seat = await locked_seat(tx, to_agent)
    if seat is None or not (seat["engaged_in"] == interaction_id or await _has_room(tx, seat, row["channel"])):
        raise ColleagueNotFree
    await interactions.assign(tx, interaction_id=interaction_id, agent_id=to_agent)
    became = await change_contact(
        tx, row, agent_id=to_agent, until_at=None, preferred_agent_id=None, avoid_agent_id=None
    )
    await begin_assignment(tx, row, to_agent, await end_assignment(tx, interaction_id, "handed"))
    await tell_contact(tx, "handed", became)
    await emit(tx, ContactTransferred(interaction_id, agent_id, row["desk_id"], to_agent))
    await touch_all(tx, row, agent_id, to_agent)


async def _held(tx: Transaction, agent_id: AgentId) -> int:
    held = (contacts.c.agent_id == agent_id) & contacts.c.state.in_(HELD)
    return int(await tx.scalar(select(func.count()).where(held)) or 0)


async def _has_room(tx: Transaction, seat: Row, channel: str) -> bool:
    """Whether one more contact of this channel fits beside what he has."""
    profile = read_profile(seat["profile"], ())
    held = await tx.rows(
        select(contacts.c.channel).where(contacts.c.agent_id == seat["agent_id"], contacts.c.state.in_(HELD))
    )
    used = sum(profile.weight(row["channel"]) for row in held)
    return used + profile.weight(channel) <= profile.whole


async def _tell(tx: Transaction, seat: Row) -> None:
    await tell_seat(tx, "engaged", seat)
    await touch_agent(tx, seat)
