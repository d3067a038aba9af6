"""The customer panel beside a contact: who he is, why he is here now, what comes next, and what is open for him."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from qiao import cases, catalogue, customers, interactions
from qiao.cases import Matter
from qiao.catalogue import Order
from qiao.customers import Customer, NumberPeriod
from qiao.desk import contact_view
from qiao.desk.access import TO_LOOK, ContactAccess, contact_for, viewed
from qiao.desk.case_shown import without_account
from qiao.desk.contact_gone import left_hands
from qiao.desk.contact_tried import tried_here
from qiao.desk.contact_view import Who
from qiao.desk.forms import AnyRequest
from qiao.desk.labels import LABELS
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.policy import Access, Level
from qiao.platform.web import house_of, language_of, page

LOOKS: Final = {"access": Access(audience="staff", bases=TO_LOOK)}
RECENTLY: Final = timedelta(days=30)
ORDERS_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class WhyNow:
    """How often he has been in touch: on a matter if one is open, else at all within 30 days."""

    contacts: int
    matter: Matter | None
    linked: bool


@dataclass(frozen=True, slots=True)
class NextMove:
    """The one filled button: what to do, and where that is done on this page."""

    text: str
    act: str
    case: cases.Case | None = None
    items: tuple[str, ...] = ()


async def panel(request: AnyRequest, tx: Transaction, access: ContactAccess) -> dict[str, Any]:
    """What the panel's template wants. Before proof nothing of the account is even looked up."""
    customer = await contact_view.customer_of(tx, access)
    matters = await open_matters(tx, access)
    proven = customer is not None and access.level >= Level.ONE_FACTOR
    called = contact_view.who(access, customer)
    orders: Sequence[Order] = ()
    numbers: Sequence[NumberPeriod] = ()
    if customer is not None and proven:
        orders = await catalogue.orders_of(tx, customer.id, ORDERS_SHOWN)
        numbers = [one for one in await customers.numbers_of(tx, customer.id) if one.until is None]
    linked = await linked_cases(tx, access, matters)
    return {
        "access": access,
        "who": called,
        "customer": customer,
        "proven": proven,
        "matters": matters,
        "linked": linked,
        "orders": orders,
        "tried": await tried_here(tx, access, language_of(request)),
        "numbers": numbers,
        "why": await why_now(tx, access, matters, linked),
        "next": next_move(access, called, matters, linked, language_of(request)),
        **LABELS,
    }


async def open_matters(tx: Transaction, access: ContactAccess) -> Sequence[Matter]:
    """His open cases, the one that needs us most first; of somebody unknown those that this contact is about."""
    if "cases.read" not in access.actor.rights:
        return ()
    if access.customer_id is None:
        found = await cases.matters_about(tx, access.interaction.id, units=access.units)
        return [one for one in found if one.case.customer_id is None]  # a customer's open once he is proven
    return await cases.matters_of(tx, access.customer_id, units=access.units)


async def linked_cases(tx: Transaction, access: ContactAccess, matters: Sequence[Matter]) -> frozenset[UUID]:
    """Which of them this contact is about already."""
    found = set()
    for matter in matters:
        if access.interaction.id in await cases.interactions_of(tx, matter.case.id):
            found.add(matter.case.id)
    return frozenset(found)


async def why_now(
    tx: Transaction, access: ContactAccess, matters: Sequence[Matter], linked: frozenset[UUID]
) -> WhyNow | None:
    """The third contact on this matter, or the second within 30 days; None for somebody unknown without a matter."""
    matter = in_hand(matters, linked)
    if matter is not None:
        here = matter.case.id in linked
        return WhyNow(matter.contacts + (0 if here else 1), matter, here)
    if access.customer_id is None:
        return None
    since = access.interaction.started_at - RECENTLY
    return WhyNow(await interactions.contacts_since(tx, access.customer_id, since), None, linked=False)


def in_hand(matters: Sequence[Matter], linked: frozenset[UUID]) -> Matter | None:
    """The matter this contact is about: the linked one, else the one that moved last."""
    about = [matter for matter in matters if matter.case.id in linked] or list(matters)
    return max(about, key=lambda matter: matter.case.moved_at, default=None)


def next_move(
    access: ContactAccess, who: Who, matters: Sequence[Matter], linked: frozenset[UUID], language: str
) -> NextMove | None:
    """What to do now; None for whoever only looks on, and when the conversation is over.

    Whoever is called back about a cry for help is asked how he is before who he is.
    """
    if not access.may_act or access.interaction.ended_at is not None:
        return None
    matter = in_hand(matters, linked)
    if not who.known and not access.claimed and matter is None:
        return NextMove(N_("Find out who it is"), "identify")
    if matter is not None:
        items = tuple(item.key for item in matter.next_step.items)
        step = matter.next_step if who.proven else without_account(matter.next_step)
        return NextMove(step.say(language), step.act, matter.case, items)
    if not who.proven:
        return NextMove(N_("Send a one-time code, then plan, bill and services open here"), "code")
    return NextMove(N_("Open a case, or wrap up if nothing is left to do"), "case")


@get("/desk/contacts/{interaction_id:uuid}/panel", opt=LOOKS, include_in_schema=False)
async def show(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """The whole right column, as when a form in it is closed."""
    return await _answer(request, interaction_id, "desk/contact_panel.html")


@get(
    "/desk/contacts/{interaction_id:uuid}/panel/now",
    opt=LOOKS,
    include_in_schema=False,
    exception_handlers={NotFound: left_hands},
)
async def now(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Its moving part alone: proof, why now, next step, matters, orders."""
    return await _answer(request, interaction_id, "desk/contact_panel_now.html")


async def _answer(request: AnyRequest, interaction_id: UUID, template: str) -> Response[str]:
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id)
        context = await panel(request, tx, access)
        await viewed(tx, access, "view.customer")
    return page(request, template, **context)


async def number_of(tx: Transaction, access: ContactAccess, customer: Customer, asked: str = "") -> Any:
    """The service that is talked about: the one asked for if it is his now, else the one he came with, else his first.

    None when he has none. Whoever speaks for a company has proved one of its numbers, so he is told of that one only.
    """
    mine = [period.service for period in await customers.numbers_of(tx, customer.id) if period.until is None]
    if customer.segment == "corporate":
        mine = [service for service in mine if service == access.interaction.service_id]
    for service in mine:
        if asked and str(service) == asked:
            return service
    if access.interaction.service_id in mine:
        return access.interaction.service_id
    return mine[0] if mine else None


ROUTES: Final = (show, now)
