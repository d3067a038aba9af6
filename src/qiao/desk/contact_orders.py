"""Acts on the operator's systems from a contact: each through the catalogue, its outcome shown, unknown said so."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath

from qiao import cases, catalogue
from qiao.cases import Matter
from qiao.catalogue import NotEligible, Order, PriceHasChanged, Service
from qiao.customers import Customer
from qiao.desk.access import TO_ACT, ContactAccess, contact_for, customer_for
from qiao.desk.contact_account import account_of, account_page, seen
from qiao.desk.contact_panel import linked_cases, number_of, open_matters
from qiao.desk.contact_service import Filled, orderable, service_form
from qiao.desk.forms import AnyRequest, Told, told
from qiao.kernel.ids import CaseId
from qiao.kernel.languages import N_
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.policy import Access, Level, must_hold
from qiao.platform.web import house_of

PERFORMS: Final = {"access": Access(audience="staff", right="catalogue.perform", bases=TO_ACT)}
OFFERED: Final[dict[str, tuple[str, ...]]] = {
    "cancel_subscription": ("subscription_ref",),
    "cancel_all_subscriptions": (),
    "change_plan": ("plan_code",),
    "reset_service_password": (),
    "correct_address": ("address",),
    "person_first_on": (),
    "person_first_off": (),
}
"""What the account's own part offers, and the parameters each takes; other services come by their own form."""
WAIT_SECONDS: Final = 2.0
PRICE: Final = re.compile(r"(0|[1-9][0-9]{0,11}) ([A-Z]{3})")
"""A price as a form carries it: minor units and currency."""
VALUE_CHARACTERS_MAX: Final = 300


class AgreementMissing(Refused):
    """It costs something and nobody said that the customer agreed."""

    code = "desk.agreement_missing"
    status = 400
    text = N_("This changes what the customer pays. Nothing was done; ask him, then tick that he agreed.")


@post("/desk/contacts/{interaction_id:uuid}/orders", opt=PERFORMS, include_in_schema=False, status_code=200)
async def place(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Do it, wait for the outcome for two seconds, and show the account as it is then.

    What the customer cannot have, or what costs something else by now than stood on the form, brings its form again.
    """
    form = await told(request)
    code = form.text("code")
    _asks(code)
    house = house_of(request)
    async with house.database.transaction() as tx:
        wanted = await _wanted(request, tx, interaction_id, code, form)
        before = await catalogue.order_by_key(tx, wanted.key)
    if before is None:
        try:
            await _must_stand(house, wanted)
        except (NotEligible, PriceHasChanged) as refused:
            filled = Filled({name: form.text(name) for name in _asks(code)}, refused)
            return await service_form(request, interaction_id, wanted.service, filled)
    async with house.database.transaction() as tx:
        order = await _place(request, tx, interaction_id, code, form)
    order = await catalogue.wait_for_order(house, order.id, seconds=WAIT_SECONDS)
    async with house.database.transaction() as tx:
        await _note_tried(request, tx, interaction_id, order, form)
    return account_page(request, await account_of(house, await seen(request, interaction_id)), order=order)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be ordered, for whom, and the price that stood on the form."""

    access: ContactAccess
    customer: Customer
    service: Service
    target: ServiceId
    given: dict[str, str]
    price: Money | None
    key: str


async def _wanted(request: AnyRequest, tx: Transaction, interaction_id: UUID, code: str, form: Told) -> Wanted:
    """Raises NotFound, NotAllowed, IdentityNotProven, AgreementMissing, InputNotUnderstood."""
    service = catalogue.service(code)
    needs = Level(max(service.level, Level.ONE_FACTOR))
    access = await contact_for(request, tx, interaction_id, needs=needs, allowed=TO_ACT)
    if service.right is not None:
        must_hold(access.actor, service.right)
    found = await customer_for(request, tx, access.customer_id, via=access, needs=needs)
    target = await number_of(tx, access, found.customer, form.text("service"))
    if target is None:
        raise NotFound
    if service.confirm and form.text("agreed") != "yes":
        raise AgreementMissing
    given = _parameters(code, form)
    key = _key(form, access.interaction.id)
    return Wanted(access, found.customer, service, target, given, _price_told(service, given, form), key)


async def _must_stand(house: House, wanted: Wanted) -> None:
    """Raises NotEligible, PriceHasChanged, OperatorAway: nothing is ordered that cannot be had at the price agreed."""
    him = wanted.customer
    on = await catalogue.terms_now(
        house, wanted.service, customer_id=him.id, target=wanted.target, parameters=wanted.given, person=him
    )
    on.must_hold()
    if wanted.service.confirm and on.price != wanted.price:
        raise PriceHasChanged


async def _place(request: AnyRequest, tx: Transaction, interaction_id: UUID, code: str, form: Told) -> Order:
    """Raises what `_wanted` raises, and what the catalogue refuses."""
    wanted = await _wanted(request, tx, interaction_id, code, form)
    access = wanted.access
    return await catalogue.place_order(
        tx,
        code=code,
        customer_id=wanted.customer.id,
        target=wanted.target,
        parameters=wanted.given,
        actor_ref=access.actor.reference,
        level=access.level,
        basis=access.basis,
        origin=Origin("desk", access.interaction.id, access.actor.reference),
        key=wanted.key,
        confirmed=form.text("agreed") == "yes",
        rights=access.actor.rights,
        price=wanted.price,
    )


def _price_told(service: Service, given: dict[str, str], form: Told) -> Money | None:
    """The price that stood on the form, of what was chosen where the choice has it. Raises InputNotUnderstood."""
    if not service.confirm:
        return None
    typed = form.text(f"price.{given.get(service.priced_by, '')}" if service.priced_by else "price")
    if not typed:
        return None
    found = PRICE.fullmatch(typed)
    if found is None:
        raise InputNotUnderstood
    return Money(int(found[1]), found[2])


def _asks(code: str) -> tuple[str, ...]:
    """The parameters that a form sends for this service. Raises NotFound for what no agent may order."""
    service = catalogue.service(code)
    if not orderable(service):
        raise NotFound
    return OFFERED.get(code) or tuple(one.name for one in service.parameters)


def _parameters(code: str, form: Told) -> dict[str, str]:
    needed = {one.name for one in catalogue.service(code).parameters if one.needed and not one.default}
    typed = {name: form.text(name).strip() for name in _asks(code)}
    given = {name: value for name, value in typed.items() if value or name in needed}
    wrong = {
        name: N_("Please fill this in.") if not value else N_("This is too long; please shorten it.")
        for name, value in given.items()
        if not 0 < len(value) <= VALUE_CHARACTERS_MAX
    }
    if wrong:
        raise InputNotUnderstood(wrong)
    return given


def _key(form: Told, interaction_id: UUID) -> str:
    """One click is one order, however often the form is sent; the key is the form's own, bound to this contact."""
    typed = form.id("key")
    if typed is None:
        raise InputNotUnderstood
    return f"desk:{interaction_id}:{typed}:{form.text('code')}:{form.text('subscription_ref')[:80]}"


async def _note_tried(request: AnyRequest, tx: Transaction, interaction_id: UUID, order: Order, form: Told) -> None:
    """What was done belongs to the matter this contact is about, so that the next agent does not try it again."""
    access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
    if "cases.write" not in access.actor.rights:
        return
    matters = await open_matters(tx, access)
    linked = await linked_cases(tx, access, matters)
    about = _about(form.id("case_id"), matters, linked, order.code)
    if about is None:
        return
    await cases.add_tried(
        tx,
        case_id=about,
        step=order.code,
        outcome=f"{order.state}: {order.reason}" if order.reason else order.state,
        by=access.actor.reference,
        interaction_id=access.interaction.id,
    )


def _about(chosen: UUID | None, matters: Sequence[Matter], linked: frozenset[UUID], code: str) -> CaseId | None:
    """The matter it was done for: the one chosen, the one this contact is about, or the one whose next step it was."""
    if chosen is not None:
        return next((one.case.id for one in matters if one.case.id == chosen), None)
    here = [one.case.id for one in matters if one.case.id in linked]
    if len(here) == 1:
        return here[0]
    return next((one.case.id for one in matters if one.next_step.service == code), None)


ROUTES: Final = (place,)
