"""An agent's seat is his browser's session: ten tabs of it are one seat, another browser takes the seat over."""

from typing import Any
from uuid import UUID

from litestar.connection import ASGIConnection

from qiao import routing, staff
from qiao.desk.access import TAKE
from qiao.kernel.ids import AgentId
from qiao.platform.database import Transaction
from qiao.platform.policy import Actor
from qiao.platform.web import require_actor


def seat_of(actor: Actor) -> UUID:
    """The seat of this browser."""
    return actor.session_id


async def take_seat(tx: Transaction, actor: Actor) -> None:
    """Sign on here: when he signs in, and when he says that he works in this browser now. The older seat is told.

    Nothing for staff who take no contacts.
    """
    if TAKE not in actor.rights:
        return
    agent = await staff.agent(tx, AgentId(actor.id))
    units = await staff.units_under(tx, agent.unit_id)
    await routing.sign_on(tx, agent=agent, seat=seat_of(actor), units=units)


async def leave_seat(tx: Transaction, actor: Actor) -> None:
    """Sign off when he signs out here; a seat that was taken elsewhere stays taken there."""
    if await routing.holds_seat(tx, AgentId(actor.id), seat_of(actor)):
        await routing.sign_off(tx, agent_id=AgentId(actor.id))


async def seat_alive(connection: ASGIConnection[Any, Any, Any, Any], tx: Transaction) -> None:
    """A tab of this browser answered."""
    actor = require_actor(connection)
    if TAKE in actor.rights:
        await routing.seat_seen(tx, agent_id=AgentId(actor.id), seat=seat_of(actor))
