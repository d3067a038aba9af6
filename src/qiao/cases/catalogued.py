"""Services of the catalogue that this room performs: a complaint becomes a case; how his matters stand is told."""

from collections.abc import Sequence
from typing import Final

from qiao import customers, routing
from qiao.bss import Outcome
from qiao.cases.flow_actions import CATEGORIES, ENTRY_POINT, OTHERWISE
from qiao.cases.matters import PlainMatter, matters_for_customer
from qiao.cases.operations import open_case
from qiao.cases.queries import case_alone
from qiao.catalogue import Order, register_act, register_look
from qiao.kernel.ids import CustomerId
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.service_ids import ServiceId
from qiao.platform.house import House
from qiao.platform.i18n import CustomerTexts

TEXTS: Final = CustomerTexts.load("qiao.cases", "catalogued.yaml")
SHOWN_MAX: Final = 3
Told = dict[str, list[PlainMatter]]
"""His matters in each language; which one he reads is known only where it is told."""


async def complaint(house: House, order: Order) -> Outcome:
    """Open a case in the customer's own words; asked again for the same order it is the same case."""
    about = order.parameters.get("about", "")
    async with house.database.transaction() as tx:
        person = await customers.customer(tx, order.customer_id)
        desk = await routing.desk_for(tx, entry_point=ENTRY_POINT, segment=person.segment, unit_id=person.unit_id)
        case_id = await open_case(
            tx,
            customer_id=order.customer_id,
            category_code=CATEGORIES.get(about, OTHERWISE),
            own_words=order.parameters["words"],
            origin=order.origin,
            service_id=order.target,
            interaction_id=order.origin.interaction,
            desk_id=desk.id if desk else None,
            language=person.language,
            idempotency_key=f"order:{order.id}",
        )
        return Outcome("done", (await case_alone(tx, case_id)).number)


async def complaint_status(house: House, customer_id: CustomerId, target: ServiceId) -> Told:
    """What is open for him."""
    async with house.database.transaction() as tx:
        return {
            language: list(
                await matters_for_customer(tx, customer_id, language=language, zone=house.settings.default_zone)
            )
            for language in LANGUAGES
        }


def status_text(value: Told, language: str, zone: str) -> str | None:
    """His matters, the one that moved last first: number, what it is, how it stands."""
    found: Sequence[PlainMatter] = value[language]
    if not found:
        return None
    lines = [TEXTS.say("one", language, number=one.number, name=one.name, state=one.state_text) for one in found]
    more = TEXTS.say("more", language, count=len(found) - SHOWN_MAX) if len(found) > SHOWN_MAX else ""
    return " ".join([*lines[:SHOWN_MAX], *([more] if more else [])])


def register() -> None:
    """Make known to the catalogue what is done here."""
    register_act("complaint", complaint)
    register_look("complaint_status", complaint_status, status_text)
