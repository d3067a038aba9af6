"""Promising the customer a call: a day and a time by his own clock, how long it may take, and who calls."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from qiao import cases, outreach, routing
from qiao.cases import Case
from qiao.desk.access import ContactAccess
from qiao.desk.case_acts import CHOOSE, WHEN, Doing, one_of
from qiao.desk.typed import Typed
from qiao.kernel.ids import AgentId, CaseId, CustomerId, DeskId
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood
from qiao.kernel.service_ids import ServiceId
from qiao.outreach import Callback
from qiao.platform.database import Transaction

HOURS: Final[dict[str, str]] = {
    "1": N_("within an hour"),
    "2": N_("within two hours"),
    "4": N_("within four hours"),
    "8": N_("within eight hours"),
}
WHO: Final[dict[str, str]] = {
    "me": N_("me if I am ready, else any colleague of the desk"),
    "any": N_("any colleague of the desk"),
}
WHAT: Final = N_("Call back")
NOBODY: Final = N_("There is no number of the customer to call.")
NO_NUMBER: Final = ServiceId("broadband", "home")


@dataclass(frozen=True, slots=True)
class CallOfCase:
    """What the page of a case shows of its calls: those owed and over, and by whose clock times are read."""

    calls: tuple[Callback, ...]
    zone: str


async def calls_of(tx: Transaction, case: Case) -> CallOfCase:
    """The calls promised about a case."""
    return CallOfCase(tuple(await outreach.callbacks_about(tx, f"case:{case.id}")), str(await zone_for(tx, case)))


async def zone_for(tx: Transaction, case: Case) -> ZoneInfo:
    """The customer's zone."""
    chosen = await outreach.zone_chosen_by(tx, case.customer_id) if case.customer_id else None
    return outreach.zone_of(case.service_id or NO_NUMBER, chosen)


def window_in(typed: Typed, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The window that was typed, by the customer's clock. Raises InputNotUnderstood (fields "from_at", "hours")."""
    if typed["hours"] not in HOURS:
        raise InputNotUnderstood({"hours": CHOOSE})
    try:
        read = datetime.fromisoformat(typed["from_at"][:16])
        begins = read.replace(tzinfo=zone)
        return begins, begins + timedelta(hours=int(typed["hours"]))
    except (ValueError, OverflowError):
        raise InputNotUnderstood({"from_at": WHEN}) from None


async def promise_call(tx: Transaction, do: Doing) -> None:
    """The act on a case's page."""
    case = await cases.case_alone(tx, do.case_id)
    window = window_in(do.typed, await zone_for(tx, case))
    desk_id = one_of(do, "desk_id")
    if desk_id not in do.may_hand_to:
        raise InputNotUnderstood({"desk_id": CHOOSE})
    await cases.promise_call(
        tx,
        case_id=do.case_id,
        window=window,
        what=do.typed["what"],
        agent_id=do.agent_id,
        desk_id=DeskId(desk_id),
        same_agent=do.typed["who"] != "any",
        interaction_id=do.interaction_id,
    )


async def zone_of_contact(tx: Transaction, access: ContactAccess) -> ZoneInfo:
    """The zone of whoever the contact is with."""
    chosen = await outreach.zone_chosen_by(tx, access.customer_id) if access.customer_id else None
    return outreach.zone_of(access.interaction.service_id or NO_NUMBER, chosen)


async def promise_in_contact(tx: Transaction, access: ContactAccess, typed: Typed) -> None:
    """A call promised while a contact is written up: about the case it was linked to, else about the contact itself.

    Raises InputNotUnderstood, DeskClosedThen.
    """
    contact, customer_id = access.interaction, access.customer_id
    here = await routing.waiting_contact(tx, contact.id)
    if customer_id is None or contact.service_id is None or here is None:
        raise InputNotUnderstood({"from_at": NOBODY})
    window = window_in(typed, await zone_of_contact(tx, access))
    agent_id, same = AgentId(access.actor.id), typed["who"] != "any"
    case_id = await _case_of(tx, access, customer_id)
    if case_id is not None:
        given = {"agent_id": agent_id, "desk_id": here.desk_id, "same_agent": same, "interaction_id": contact.id}
        what = typed["topic"].strip() or contact.topic or WHAT
        await cases.promise_call(tx, case_id=case_id, window=window, what=what, **given)  # type: ignore[arg-type]
        return
    await outreach.promise_callback(
        tx,
        customer_id=customer_id,
        service=contact.service_id,
        window=window,
        matter="",
        desk_id=here.desk_id,
        preferred_agent_id=agent_id if same else None,
        origin=Origin(contact.channel, contact.id, access.actor.reference),
        key=f"contact:{contact.id}",
    )


async def _case_of(tx: Transaction, access: ContactAccess, customer_id: CustomerId) -> CaseId | None:
    """The open case that this contact was linked to last."""
    for matter in await cases.matters_of(tx, customer_id, units=access.units):
        if access.interaction.id in await cases.interactions_of(tx, matter.case.id):
            return matter.case.id
    return None


def call_choices(say: Any) -> dict[str, Any]:
    """What there is to choose from, in the reader's language: `say` translates."""
    return {
        "hours_choices": [(key, say(text)) for key, text in HOURS.items()],
        "who_choices": [(key, say(text)) for key, text in WHO.items()],
        "call_states": outreach.STATES,
    }
