"""An agent's answer to an offer."""

from sqlalchemy import func, select

from qiao import interactions
from qiao.kernel.ids import AgentId, InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint
from qiao.routing.events import AgentStatusChanged, ContactAnswered, OfferDeclined
from qiao.routing.facts import tell_contact, tell_seat
from qiao.routing.operations_presence import SYSTEM_REASONS
from qiao.routing.rows import (
    Row,
    begin_assignment,
    change_contact,
    change_seat,
    end_offer,
    locked_contact,
    locked_seat,
    open_interval,
    touch_all,
)
from qiao.routing.rules import read_profile
from qiao.routing.store import HELD, contacts, offers

ACCEPT_WRITTEN = "routing.accept.written"


class OfferGone(Refused):
    """The offer ended before it was accepted: its time was over, the customer left, or it went elsewhere."""

    code = "routing.offer_gone"
    text = N_("This contact is no longer offered to you. Nobody was cut off: it waits for the next free colleague.")


async def accept_offer(tx: Transaction, *, interaction_id: InteractionId, agent_id: AgentId) -> None:
    """The agent takes the contact: offer, contact and interaction change together. Twice: nothing more.

    Raises OfferGone.
    """
    mine = (offers.c.interaction_id == interaction_id) & (offers.c.agent_id == agent_id)
    until_at = await tx.scalar(select(offers.c.until_at).where(mine, offers.c.state == "live"))
    if until_at is None and await _has(tx, interaction_id, agent_id):
        return
    if until_at is None or until_at <= tx.now:
        raise OfferGone
    try:  # the interaction is always locked before the contact, so that no two wait for each other
        await interactions.assign(tx, interaction_id=interaction_id, agent_id=agent_id)
    except (interactions.InteractionHasEnded, interactions.InteractionHasAnotherAgent):
        raise OfferGone from None
    row = await locked_contact(tx, interaction_id)
    if row is None or row["agent_id"] != agent_id or row["state"] not in ("offered", "active"):
        raise OfferGone
    if row["state"] == "active":
        return  # his screen and his telephone said so at the same moment
    seat = await locked_seat(tx, agent_id)
    offer = await end_offer(tx, interaction_id, "accepted")
    if offer is None or offer["until_at"] <= tx.now or seat is None or await _above_capacity(tx, seat):
        raise OfferGone
    answered_at = row["answered_at"] or tx.now
    became = await change_contact(tx, row, state="active", until_at=None, answered_at=answered_at)
    waited_seconds = await begin_assignment(tx, row, agent_id)
    await tell_contact(tx, "accepted", became)
    await emit(tx, ContactAnswered(interaction_id, agent_id, row["desk_id"], waited_seconds))
    await touch_all(tx, row, agent_id)
    failpoint(ACCEPT_WRITTEN)


async def decline_offer(
    tx: Transaction, *, interaction_id: InteractionId, agent_id: AgentId, reason: str = "declined"
) -> None:
    """The agent refuses the contact; it is at the head again and he is set not ready.

    `reason` is one of SYSTEM_REASONS: it may have been his telephone that was not there. Raises OfferGone.
    """
    assert reason in SYSTEM_REASONS
    row = await _offered(tx, interaction_id, agent_id)
    seat = await locked_seat(tx, agent_id)
    offer = await end_offer(tx, interaction_id, "declined")
    if offer is None or seat is None:
        raise OfferGone
    became = await change_contact(tx, row, state="waiting", agent_id=None, until_at=None)
    unready = await change_seat(tx, seat, status="not_ready", reason=reason, since=tx.now)
    await open_interval(tx, agent_id, "not_ready", reason)
    await tell_seat(tx, "status", unready)
    await tell_contact(tx, "declined", became, from_agent=agent_id)
    await emit(tx, OfferDeclined(interaction_id, agent_id), AgentStatusChanged(agent_id, "not_ready", reason))
    await touch_all(tx, row, agent_id)


async def _offered(tx: Transaction, interaction_id: InteractionId, agent_id: AgentId) -> Row:
    row = await locked_contact(tx, interaction_id)
    if row is None or row["state"] != "offered" or row["agent_id"] != agent_id:
        raise OfferGone
    return row


async def _has(tx: Transaction, interaction_id: InteractionId, agent_id: AgentId) -> bool:
    mine = (contacts.c.interaction_id == interaction_id) & (contacts.c.agent_id == agent_id)
    return bool(await tx.scalar(select(contacts.c.state).where(mine)) == "active")


async def _above_capacity(tx: Transaction, seat: Row) -> bool:
    """Whether what the agent has, this offer included, is more than he can carry: the last wall behind the core."""
    profile = read_profile(seat["profile"], ())
    held = await tx.rows(
        select(contacts.c.channel, func.count().label("many"))
        .where(contacts.c.agent_id == seat["agent_id"], contacts.c.state.in_(HELD))
        .group_by(contacts.c.channel)
    )
    return sum(profile.weight(row["channel"]) * int(row["many"]) for row in held) > profile.whole
