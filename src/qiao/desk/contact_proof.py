"""Who the customer is: found by his number, proved by a code that only he sees and types."""

from contextlib import suppress
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import customers, interactions
from qiao.bss import OperatorAway
from qiao.desk.access import TO_ACT, TO_LOOK, contact_for, did, viewed
from qiao.desk.contact_panel import panel
from qiao.desk.forms import AnyRequest, told
from qiao.interactions import IdentityStands, ProofWithoutCustomer
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, Refused
from qiao.kernel.service_ids import NumberNotUnderstood, parse_service_id
from qiao.platform.policy import Access, Level
from qiao.platform.rate_limits import Limit, take
from qiao.platform.web import house_of, page

LOOKS: Final = {"access": Access(audience="staff", bases=TO_LOOK)}
ACTS: Final = {"access": Access(audience="staff", right="contacts.take", bases=TO_ACT)}
NAMING: Final = Limit(burst=10, refill_seconds=60)
"""Numbers an agent may try to give a name to; nobody needs more, and a search through the book does."""


class NobodyHasThisNumber(Refused):
    """The operator knows no holder of it."""

    code = "desk.nobody_has_this_number"
    text = N_("Nobody holds this number. Nothing was changed; check the digits with the customer.")


@post("/desk/contacts/{interaction_id:uuid}/code", opt=ACTS, include_in_schema=False, status_code=200)
async def send_code(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Send a one-time code to the number on record; the customer types it into his own channel.

    The operator is asked first whose number it is: a code that arrives with its next holder would open the last one's.
    """
    house = house_of(request)
    async with house.database.transaction() as tx:
        service = (await contact_for(request, tx, interaction_id, allowed=TO_ACT)).interaction.proof_service
    if service is None:
        raise ProofWithoutCustomer
    with suppress(OperatorAway):  # while he does not answer, what is known here stands
        if await customers.recognize(house, service) is None:
            raise NobodyHasThisNumber
    async with house.database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        contact = access.interaction
        if contact.proof_service is None or contact.whose_proof is None:
            raise ProofWithoutCustomer
        await interactions.ask_proof(tx, interaction_id=contact.id, method="one_time_code")
        await customers.send_code(
            tx,
            service=contact.proof_service,
            purpose=f"contact:{contact.id}",
            customer_id=contact.whose_proof,
            language=contact.language,
            origin=Origin("desk", contact.id, access.actor.reference),
        )
        await did(tx, access, "do.send_code")
    return await _panel(request, interaction_id)


@post("/desk/contacts/{interaction_id:uuid}/password", opt=ACTS, include_in_schema=False, status_code=200)
async def ask_password(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Ask the customer for his service password; he types it into his own channel, and only the operator checks it."""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        if access.interaction.proof_service is None:
            raise ProofWithoutCustomer
        await interactions.ask_proof(tx, interaction_id=access.interaction.id, method="service_password")
        await did(tx, access, "do.ask_password")
    return await _panel(request, interaction_id)


@get("/desk/contacts/{interaction_id:uuid}/identify", opt=LOOKS, include_in_schema=False)
async def ask_number(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Which number is it about?"""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id)
    return page(request, "desk/contact_identify.html", access=access, typed="", refused="")


@post("/desk/contacts/{interaction_id:uuid}/identify", opt=ACTS, include_in_schema=False, status_code=200)
async def identify(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Note which number the customer names. It opens nothing until he proves that it is his."""
    house = house_of(request)
    typed = (await told(request)).text("number")[:64]
    async with house.database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        await take(tx, f"desk.identify:{access.actor.id}", NAMING)
    if access.level >= Level.ONE_FACTOR:
        raise IdentityStands
    try:
        service = parse_service_id(typed, house.settings.region)
    except NumberNotUnderstood as refused:
        raise InputNotUnderstood({"number": refused.text}, text=typed[:40]) from refused
    customer = await customers.recognize(house, service)
    if customer is None:
        raise NobodyHasThisNumber
    async with house.database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        await interactions.claim(tx, interaction_id=access.interaction.id, customer_id=customer.id, service_id=service)
        await did(tx, access, "do.identify", subject=f"customer:{customer.id}")
    return await _panel(request, interaction_id)


async def _panel(request: AnyRequest, interaction_id: UUID) -> Response[str]:
    context: dict[str, Any]
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id)
        context = await panel(request, tx, access)
        await viewed(tx, access, "view.customer")
    return page(request, "desk/contact_panel.html", **context)


ROUTES: Final = (send_code, ask_password, ask_number, identify)
