"""What the customer is told while his case goes on: one text for each real step, in his language, and nothing else.

A step is real when it changes something for him: opened with its number, what he feared seen, the charge found and put
on hold, the work done, taken up again, closed. The question whether it is solved is asked by `asking_out`.
"""

from collections.abc import Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert

from qiao import customers, outreach
from qiao.cases.charges import HOLD
from qiao.cases.clocks import follow
from qiao.cases.events import CaseOpened, CaseReopened, CaseResolved, CustomerOfCaseKnown
from qiao.cases.events_proof import CaseClosed, CheckFailed, WatchFound
from qiao.cases.model_import import IMPORTED
from qiao.cases.model_records import Case
from qiao.cases.queries import case_alone
from qiao.cases.settling import locked
from qiao.cases.store import resolutions
from qiao.cases.store_proof import case_charges
from qiao.cases.store_work import case_texts
from qiao.catalogue import OrderDone, OrderRefused
from qiao.kernel.events import Event
from qiao.kernel.ids import CaseId, InteractionId
from qiao.kernel.money import Money
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId
from qiao.outreach import NoticeSettled
from qiao.platform.database import Transaction
from qiao.platform.live import touch
from qiao.platform.room import Hears

BY: Final = "system:cases"
QUIET_KINDS: Final = frozenset({"merged", "withdrawn"})
"""Resolutions that are no news to him: his own words, or his other case."""
"""Cases taken over from another system were told of there."""


async def on_opened(tx: Transaction, event: CaseOpened) -> None:
    """He gets the number of his case."""
    if event.channel != IMPORTED:
        await _say(tx, event.case_id, "case.opened", "opened", event.interaction_id)


async def on_customer_known(tx: Transaction, event: CustomerOfCaseKnown) -> None:
    """The same, once it is known whose case it is."""
    await _say(tx, event.case_id, "case.opened", "opened")


async def on_watch_found(tx: Transaction, event: WatchFound) -> None:
    """What he feared is there; a charge is told of when it is on hold, with its amount."""
    if event.kind != "charge":
        await _say(tx, event.case_id, "case.seen", "seen")


async def on_order_done(tx: Transaction, event: OrderDone) -> None:
    """A charge is out of collection: he is told what was found before he asks, once a bill."""
    held = await _held_by(tx, event) if event.code == HOLD else None
    if held is None:
        return
    case_id, month, currency = held
    of_bill = (case_charges.c.case_id == case_id) & (case_charges.c.month == month)
    minor = await tx.scalar(
        select(func.sum(case_charges.c.minor)).where(of_bill, case_charges.c.hold_order_id.is_not(None))
    )
    amount = str(Money(int(minor), currency))
    await _say(tx, case_id, "case.found", f"found:{month}:{amount}", amount=amount, month=month)


async def on_order_refused(tx: Transaction, event: OrderRefused) -> None:
    """The charge is there and cannot be put on hold: nothing is said of a hold."""
    held = await _held_by(tx, event) if event.code == HOLD else None
    if held is not None:
        await _say(tx, held[0], "case.seen", "seen")


async def _held_by(tx: Transaction, event: OrderDone | OrderRefused) -> tuple[CaseId, str, str] | None:
    row = await tx.one(select(case_charges).where(case_charges.c.hold_order_id == event.order_id).limit(1))
    return None if row is None else (CaseId(row["case_id"]), row["month"], row["currency"])


async def on_resolved(tx: Transaction, event: CaseResolved) -> None:
    """The work is done; what comes next is our check, then his word."""
    if event.kind not in QUIET_KINDS:
        await _say(tx, event.case_id, "case.resolved", f"resolved:{event.resolution_id}")


async def on_check_failed(tx: Transaction, event: CheckFailed) -> None:
    """It is not solved; where a charge was found, the text about the charge says so."""
    if event.minor == 0:
        await _say(tx, event.case_id, "case.reopened", f"again:{event.resolution_id}")


async def on_reopened(tx: Transaction, event: CaseReopened) -> None:
    """It is taken up again, whoever asked for it; once for each time it counted as solved."""
    newest = select(resolutions.c.id).where(resolutions.c.case_id == event.case_id)
    last = await tx.scalar(newest.order_by(resolutions.c.at.desc(), resolutions.c.id.desc()).limit(1))
    await _say(tx, event.case_id, "case.reopened", f"again:{last}")


async def on_notice(tx: Transaction, event: NoticeSettled) -> None:
    """A text about his case left: he has news of it, so the clock of the next update begins anew."""
    kind, _, told = event.matter.partition(":")
    if kind == "case" and event.state == "sent":
        case = await locked(tx, CaseId(UUID(told)))
        row = {"notice_id": event.notice_id, "case_id": case.id, "at": tx.now, "template": event.template}
        await tx.execute(insert(case_texts).values(row).on_conflict_do_nothing())
        await follow(tx, case, "texted", case.status)
        await touch(tx, f"case:{case.id}")


async def on_closed(tx: Transaction, event: CaseClosed) -> None:
    """Closed, as he confirmed."""
    await _say(tx, event.case_id, "case.closed", f"closed:{event.resolution_id}")


async def _say(
    tx: Transaction,
    case_id: CaseId,
    template: str,
    step: str,
    interaction_id: InteractionId | None = None,
    **variables: str,
) -> None:
    case = await case_alone(tx, case_id)
    service = await number_to_tell(tx, case)
    if case.customer_id is None or service is None:
        return
    await outreach.notify(
        tx,
        template=template,
        customer_id=case.customer_id,
        service=service,
        variables={"number": case.number, **variables},
        key=f"case:{case_id}:{step}",
        origin=Origin("system", interaction_id, BY),
        matter=f"case:{case_id}",
    )


async def number_to_tell(tx: Transaction, case: Case) -> ServiceId | None:
    """The number that the case is about while it is his, else one he holds now."""
    if case.customer_id is None:
        return None
    known = (await customers.customers_by_ids(tx, [case.customer_id])).get(case.customer_id)
    held = [one for one in known.numbers if one.kind == "mobile"] if known is not None else []
    return case.service_id if case.service_id in held else next(iter(held), None)


TELLS: Final[Mapping[type[Event], Hears]] = {
    CaseOpened: on_opened,
    CustomerOfCaseKnown: on_customer_known,
    WatchFound: on_watch_found,
    OrderDone: on_order_done,
    OrderRefused: on_order_refused,
    CaseResolved: on_resolved,
    CheckFailed: on_check_failed,
    CaseReopened: on_reopened,
    CaseClosed: on_closed,
    NoticeSettled: on_notice,
}
