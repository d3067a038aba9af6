"""The form of one service, in place of the account: what it asks for, filled from the catalogue; sent as any order."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from qiao import catalogue
from qiao.catalogue import Service
from qiao.desk.access import TO_ACT, contact_for
from qiao.desk.contact_account import Seen, ask, seen
from qiao.desk.forms import AnyRequest
from qiao.kernel.ids import new_id
from qiao.kernel.refused import NotFound
from qiao.platform.policy import Access, Level, must_hold
from qiao.platform.web import house_of, language_of, page

FORMS: Final = {
    "access": Access(audience="staff", right="catalogue.perform", bases=TO_ACT, level=Level.ONE_FACTOR),
}


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
    about = await seen(request, interaction_id)
    language = language_of(request)
    return page(
        request,
        "desk/contact_service.html",
        access=about.access,
        about=about,
        service=service,
        name=service.names.get(language) or service.names["en"],
        choices={one.name: await _choices(request, about, one.among) for one in service.parameters if one.among},
        key=str(new_id()),
    )


async def _choices(request: AnyRequest, about: Seen, look: str) -> list[tuple[str, str]]:
    """What may be chosen, as the operator tells it now: (what is sent, how it is called)."""
    language = language_of(request)
    told: Any = await ask(house_of(request), about, look)
    return [(one.value, one.name(language)) for one in catalogue.offers(told)]


ROUTES: Final = (show,)
