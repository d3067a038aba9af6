"""The form of one service, in place of the account: what it asks for and costs now, filled from the catalogue; sent as
any order, with the price that stood on it.
"""

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from qiao import catalogue
from qiao.bss import OperatorAway
from qiao.catalogue import Offer, Service, Terms
from qiao.desk.access import TO_ACT, contact_for
from qiao.desk.contact_account import Seen, ask, seen
from qiao.desk.forms import AnyRequest
from qiao.kernel.ids import new_id
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.policy import Access, Level, must_hold
from qiao.platform.web import house_of, language_of, page

FORMS: Final = {
    "access": Access(audience="staff", right="catalogue.perform", bases=TO_ACT, level=Level.ONE_FACTOR),
}


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that comes back: what was typed, and why nothing was ordered."""

    typed: dict[str, str] = field(default_factory=dict)
    refused: Refused | None = None


def orderable(service: Service) -> bool:
    """Whether an agent may order it by its form: an act that gives no money and asks for no secret."""
    return service.kind == "act" and not service.gives_money and all(one.kind != "secret" for one in service.parameters)


@get("/desk/contacts/{interaction_id:uuid}/service", opt=FORMS, include_in_schema=False)
async def show(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """The form of the service `?code=`. Raises NotFound for what cannot be ordered here, NotAllowed."""
    service = catalogue.service(request.query_params.get("code", ""))
    if not orderable(service):
        raise NotFound
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, needs=Level.ONE_FACTOR, allowed=TO_ACT)
    if access.interaction.ended_at is not None:
        raise NotFound
    if service.right is not None:
        must_hold(access.actor, service.right)
    return await service_form(request, interaction_id, service, Filled())


async def service_form(request: AnyRequest, interaction_id: UUID, service: Service, filled: Filled) -> Response[str]:
    """The form as it stands now: prices, choices, or why the customer cannot have it."""
    about = await seen(request, interaction_id)
    language = language_of(request)
    offered: dict[str, list[Offer]] = {}
    on, away = Terms(service.price), False
    try:
        on = await terms_of(request, about, service, {})
        for one in service.parameters:
            if one.among and on.against is None:
                told: Any = await ask(house_of(request), about, one.among)
                offered[one.name] = catalogue.offers(told)
    except OperatorAway:
        away = True
    return page(
        request,
        "desk/contact_service.html",
        access=about.access,
        about=about,
        service=service,
        name=service.names.get(language) or service.names["en"],
        offered=offered,
        on=on,
        away=away,
        filled=filled,
        key=str(new_id()),
    )


async def terms_of(request: AnyRequest, about: Seen, service: Service, given: dict[str, str]) -> Terms:
    """What it costs this number now, and what is against it. Raises OperatorAway."""
    him, number = about.customer, about.service
    return await catalogue.terms_now(
        house_of(request), service, customer_id=him.id, target=number, parameters=given, person=him
    )


ROUTES: Final = (show,)
