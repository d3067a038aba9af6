"""What a customer chose about how he is served, kept with him and followed by the browser he uses."""

from typing import Any, Final

from litestar import Response, post
from litestar.datastructures import Cookie

from qiao import customers
from qiao.catalogue import Order
from qiao.customers import Customer
from qiao.kernel.ids import CustomerId
from qiao.kernel.languages import nearest
from qiao.kernel.refused import InputNotUnderstood
from qiao.platform.house import House
from qiao.platform.policy import Access
from qiao.platform.web import house_of, local_path, require_actor, see_other
from qiao.portal.signing_in import AnyRequest

CUSTOMER: Final = {"access": Access(audience="customer")}
LARGE: Final = "qiao_elderly"
LANGUAGE: Final = "qiao_language"
YEAR_SECONDS: Final = 365 * 24 * 3600


@post("/me/large", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def choose_large(request: AnyRequest) -> Response[Any]:
    """Large text, few things and a person first, or as anybody: kept with him, so on his other devices too."""
    house, actor = house_of(request), require_actor(request)
    form = await request.form()
    told = form.get("elderly")
    if told not in ("0", "1"):
        raise InputNotUnderstood
    async with house.database.transaction() as tx:
        await customers.choose_elderly_mode(tx, customer_id=CustomerId(actor.id), on=told == "1")
    response = see_other(local_path(form.get("next")))
    prefer(response, house, LARGE, str(told))
    return response


@post("/me/person-first", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def choose_person_first(request: AnyRequest) -> Response[Any]:
    """When I call: a person at once, or the menu as for anybody. It counts for every number of mine."""
    house, actor = house_of(request), require_actor(request)
    form = await request.form()
    told = form.get("person")
    if told not in ("0", "1"):
        raise InputNotUnderstood
    async with house.database.transaction() as tx:
        await customers.choose_person_first(tx, customer_id=CustomerId(actor.id), on=told == "1", by=actor.reference)
    return see_other("/me/messages?kept=1")


def prefer(response: Response[Any], house: House, name: str, value: str) -> None:
    """Let this browser know a choice."""
    secure = house.settings.address.startswith("https:")
    cookie = Cookie(key=name, value=value, path="/", max_age=YEAR_SECONDS, samesite="lax", httponly=True, secure=secure)
    response.set_cookie(cookie)


def arrive(response: Response[Any], request: AnyRequest, house: House, person: Customer) -> None:
    """A browser that knows no choice yet learns his; the elderly begin large."""
    if LARGE not in request.cookies and (person.elderly_mode or person.segment == "elderly"):
        prefer(response, house, LARGE, "1")


def follow(response: Response[Any], house: House, order: Order) -> None:
    """What he had set through the catalogue shows on the page that tells it is done."""
    if order.state != "done":
        return
    if order.code in ("elderly_mode_on", "elderly_mode_off"):
        prefer(response, house, LARGE, "1" if order.code == "elderly_mode_on" else "0")
    elif order.code == "set_language":
        prefer(response, house, LANGUAGE, nearest(order.parameters.get("spoken")))


ROUTES: Final = (choose_large, choose_person_first)
