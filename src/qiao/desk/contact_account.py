"""What the operator knows of the customer, once he has proved who he is: plan, balance, bill, services, usage."""

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from qiao import catalogue, customers
from qiao.bss import OperatorAway
from qiao.customers import Customer, Snapshot
from qiao.desk import contact_view
from qiao.desk.access import TO_LOOK, ContactAccess, contact_for, customer_for
from qiao.desk.contact_panel import number_of
from qiao.desk.forms import AnyRequest
from qiao.desk.labels import LABELS
from qiao.kernel.ids import new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound, Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House
from qiao.platform.policy import Access, Level
from qiao.platform.web import house_of, page

PROVEN: Final = {"access": Access(audience="staff", bases=TO_LOOK, level=Level.ONE_FACTOR)}
LOOKS: Final = {"access": Access(audience="staff", bases=TO_LOOK)}
GLANCE: Final = ("plan", "balance", "bills", "services_list")
MONTH: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
SHORT_CODE: Final = re.compile(r"[0-9]{3,12}")


class NoNumberToAskAbout(Refused):
    """The customer holds no number (any more)."""

    code = "desk.no_number"
    text = N_("This customer holds no number now, so there is nothing to look up. Ask him which number it is about.")


@dataclass(frozen=True, slots=True)
class Seen:
    """Whom and which number the account is about."""

    access: ContactAccess
    customer: Customer
    service: ServiceId
    snapshot: Snapshot | None


@dataclass(frozen=True, slots=True)
class Account:
    """The account at one glance; what could not be asked is missing, and `away` says so."""

    seen: Seen
    told: Mapping[str, Any] = field(default_factory=dict)
    away: bool = False


async def seen(request: AnyRequest, interaction_id: UUID) -> Seen:
    """The customer behind a contact in which he has proved who he is. Raises NotFound, IdentityNotProven."""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, needs=Level.ONE_FACTOR)
        found = await customer_for(request, tx, access.customer_id, via=access, needs=Level.ONE_FACTOR)
        service = await number_of(tx, access, found.customer, request.query_params.get("service", ""))
        if service is None:
            raise NoNumberToAskAbout
        kept = await customers.snapshot(tx, found.customer.id, service)
    return Seen(access, found.customer, service, kept)


async def ask(house: House, about: Seen, code: str, **parameters: str) -> Any:
    """One question to the operator; who asked is on record before it is answered."""
    answer = await catalogue.ask(
        house,
        code=code,
        target=about.service,
        parameters=parameters,
        actor=about.access.actor,
        customer_id=about.customer.id,
        interaction_id=about.access.interaction.id,
        level=about.access.level,
        basis=about.access.basis,
    )
    return answer.value


async def account_of(house: House, about: Seen) -> Account:
    """Plan, balance, bills and services, asked at the same time; a part that does not answer does not hide the rest."""
    told = await asyncio.gather(*(ask(house, about, code) for code in GLANCE), return_exceptions=True)
    known: dict[str, Any] = {}
    for code, answer in zip(GLANCE, told, strict=True):
        if isinstance(answer, OperatorAway):
            continue
        if isinstance(answer, BaseException):
            raise answer
        known[code] = answer
    away = len(known) < len(GLANCE)
    if not away:
        told_now = customers.account_as_told(known["plan"], known["balance"], known["bills"], known["services_list"])
        async with house.database.transaction() as tx:
            await customers.keep_snapshot(tx, about.customer.id, about.service, told_now)
    return Account(about, known, away=away)


@get("/desk/contacts/{interaction_id:uuid}/account", opt=PROVEN, include_in_schema=False)
async def account(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Plan, balance, what is left of it, bills, and value-added services."""
    found = await account_of(house_of(request), await seen(request, interaction_id))
    return account_page(request, found)


def account_page(request: AnyRequest, found: Account, **more: Any) -> Response[str]:
    """The fragment, with the outcome of an order above it where there is one."""
    return page(
        request,
        "desk/contact_account.html",
        account=found,
        access=found.seen.access,
        key=str(new_id()),
        **{"order": None, **more, **LABELS},
    )


@get("/desk/contacts/{interaction_id:uuid}/bill", opt=PROVEN, include_in_schema=False)
async def bill(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """The bill of `?month=` line by line."""
    month = request.query_params.get("month", "")
    if not MONTH.fullmatch(month):
        raise NotFound
    about = await seen(request, interaction_id)
    found = await ask(house_of(request), about, "bill", month=month)
    return page(request, "desk/contact_bill.html", bill=found, month=month, access=about.access)


@get("/desk/contacts/{interaction_id:uuid}/usage", opt=PROVEN, include_in_schema=False)
async def usage(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """What was used in `?month=`, by kind."""
    month = request.query_params.get("month", "")
    if not MONTH.fullmatch(month):
        raise NotFound
    about = await seen(request, interaction_id)
    found = await ask(house_of(request), about, "usage", month=month)
    return page(request, "desk/contact_usage.html", usage=found, month=month, access=about.access, **LABELS)


@get("/desk/contacts/{interaction_id:uuid}/plans", opt=PROVEN, include_in_schema=False)
async def plans(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Plans to change to, and which one runs now."""
    about = await seen(request, interaction_id)
    house = house_of(request)
    on = await catalogue.terms_now(
        house,
        catalogue.service("change_plan"),
        customer_id=about.customer.id,
        target=about.service,
        parameters={},
        person=about.customer,
    )
    offered, runs = await asyncio.gather(ask(house, about, "plans_offered"), ask(house, about, "plan"))
    return page(
        request,
        "desk/contact_plans.html",
        plans=offered,
        now_on=runs.code if runs else "",
        against=on.against,
        access=about.access,
        service=about.service,
        key=str(new_id()),
    )


@get("/desk/contacts/{interaction_id:uuid}/provider", opt=LOOKS, include_in_schema=False)
async def provider(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Who is behind `?short_code=`: nobody's secret, so it needs no proof."""
    house = house_of(request)
    async with house.database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id)
        customer = await contact_view.customer_of(tx, access)
    typed = request.query_params.get("short_code", "").strip()
    short_code = typed if SHORT_CODE.fullmatch(typed) else ""
    found, away = None, False
    if short_code:
        try:
            answer = await catalogue.ask(
                house,
                code="provider",
                target=access.interaction.service_id,
                parameters={"short_code": short_code},
                actor=access.actor,
                customer_id=customer.id if customer else None,
                interaction_id=access.interaction.id,
                level=access.level,
                basis=access.basis,
            )
            found = answer.value
        except OperatorAway:
            away = True
    return page(request, "desk/contact_provider.html", access=access, provider=found, short_code=short_code, away=away)


ROUTES: Final = (account, bill, usage, plans, provider)
