"""What flows may ask of cases: a complaint taken in the customer's own words, with all that was tried before."""

from typing import Final

from qiao import routing
from qiao.cases.operations import open_case
from qiao.cases.queries import case_alone
from qiao.platform.house import House
from qiao.selfservice import Asked, Done, register_flow_action

CATEGORIES: Final = {
    "charge": "complaint/billing/disputed_charge",
    "network": "fault/mobile/slow_internet",
    "treatment": "complaint/service/staff_conduct",
}
"""What a flow calls a matter, and its category; anything else is an inquiry that a person sorts."""
OTHERWISE: Final = "inquiry/other"
ENTRY_POINT: Final = "complaint"
TRIED_MAX: Final = 20


async def open_complaint(house: House, asked: Asked) -> Done:
    """Open a case of this customer for the desk of complaints; asked again under the same key it is the same case."""
    if asked.customer_id is None:
        return Done("refused", {"reason": "not_known"})
    given = asked.given
    async with house.database.transaction() as tx:
        desk = await routing.desk_for(tx, entry_point=ENTRY_POINT, segment=None)
        month = given.get("month", "")
        case_id = await open_case(
            tx,
            customer_id=asked.customer_id,
            category_code=CATEGORIES.get(given.get("about", ""), OTHERWISE),
            own_words=given.get("words", ""),
            origin=asked.origin,
            service_id=asked.service,
            facts={"month": month} if month else {},
            tried=[(f"{one.flow}: {one.step}", one.answer) for one in asked.tried[-TRIED_MAX:]],
            interaction_id=asked.interaction_id,
            desk_id=desk.id if desk else None,
            language=asked.language,
            idempotency_key=asked.key,
        )
        return Done("done", {"number": (await case_alone(tx, case_id)).number})


def register() -> None:
    """Let flows take complaints."""
    register_flow_action(
        "open_complaint",
        open_complaint,
        parameters=frozenset({"about", "words", "month", "provider"}),
        needed=frozenset({"words"}),
        facts=frozenset({"number"}),
    )
