"""Taking or leaving what routing offers."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath

from qiao import interactions, routing
from qiao.desk.access import Standing, standing_of
from qiao.desk.forms import AnyRequest
from qiao.kernel.ids import AgentId, InteractionId
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, redirect, require_actor

TAKES: Final = {"access": Access(audience="staff", right="contacts.take")}
"""The basis is the offer itself: what was not offered to him does not exist."""


@post("/desk/contacts/{interaction_id:uuid}/accept", opt=TAKES, include_in_schema=False, status_code=200)
async def accept(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[Any]:
    """Take it. Raises NotFound for what is not his to take, OfferGone when he was too late."""
    async with house_of(request).database.transaction() as tx:
        await _must_be_possible(tx, await standing_of(request, tx), InteractionId(interaction_id))
        agent_id = AgentId(require_actor(request).id)
        await routing.accept_offer(tx, interaction_id=InteractionId(interaction_id), agent_id=agent_id)
    return redirect(request, f"/desk/contacts/{interaction_id}")


@post("/desk/contacts/{interaction_id:uuid}/decline", opt=TAKES, include_in_schema=False, status_code=200)
async def decline(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[Any]:
    """Leave it to somebody else; he is not ready from then on, so that it is not offered to him again."""
    async with house_of(request).database.transaction() as tx:
        await _must_be_possible(tx, await standing_of(request, tx), InteractionId(interaction_id))
        agent_id = AgentId(require_actor(request).id)
        await routing.decline_offer(tx, interaction_id=InteractionId(interaction_id), agent_id=agent_id)
    return redirect(request, "/desk")


async def _must_be_possible(tx: Transaction, standing: Standing, interaction_id: InteractionId) -> None:
    """Raises NotFound for a contact of another unit, of a colleague, and for one that was never offered to him."""
    contact = await interactions.interaction(tx, interaction_id)
    somebody_elses = contact.agent_id is not None and contact.agent_id != standing.agent_id
    if somebody_elses or not standing.sees(contact.unit_id):
        raise NotFound
    if not await routing.was_offered(tx, interaction_id, standing.agent_id):
        raise NotFound


ROUTES: Final = (accept, decline)
