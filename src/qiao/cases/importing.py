"""Cases taken over from another system: opened by the same verb as any other, and none is ever closed by it.

What the old system said of a case (when it was opened there, that it was closed) is kept as a note, word for word.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from sqlalchemy import select

from qiao.cases.categories import CategoryUnknown
from qiao.cases.model_import import IMPORTED, Wanted
from qiao.cases.model_words import LONG_MAX, Form
from qiao.cases.operations import open_case
from qiao.cases.settling import happened, locked
from qiao.cases.store import case_notes, cases
from qiao.customers import customer_of, numbers_of
from qiao.kernel.ids import CaseId, CustomerId, DeskId, UnitId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, Refused
from qiao.kernel.service_ids import ServiceId, parse_service_id
from qiao.platform import audit
from qiao.platform.database import Transaction

BY: Final = "system:import"
OLD: Final = "From the system before this one (line {line} of its file)."

Result = Literal["opened", "known", "refused"]


class OpenedInTheFuture(Refused):
    """The file says that the case was opened later than now: a date read in the wrong order, as a rule."""

    code = "cases.opened_in_the_future"
    text = N_(
        "Line {line} says the case was opened in the future. It was not imported; look at the order of its dates."
    )


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one row: a case that was opened, one that was opened by an earlier run, or why there is none."""

    line: int
    result: Result
    case_id: CaseId | None = None
    code: str = ""
    told: str = ""


async def take_over_rows(
    tx: Transaction, rows: Sequence[Wanted], *, unit_id: UnitId | None, desk_id: DeskId | None, region: str, zone: str
) -> list[Taken]:
    """Open what the rows ask for; a row that is refused leaves nothing behind and stops no other one.

    The same row again is the same case (Wanted.key). A number makes a case somebody's only if he has held it since
    before the case was opened in the old system, and the file says when that was; else the case is about the number
    and nobody's yet. A row from the future is refused.
    """
    told = []
    for row in rows:
        try:
            async with tx.savepoint():
                told.append(await _take_over(tx, row, unit_id, desk_id, region, zone))
        except InputNotUnderstood as refused:
            fields = "; ".join(f"{name}: {text}" for name, text in refused.fields.items())
            told.append(Taken(row.line, "refused", code=refused.code, told=fields))
        except Refused as refused:
            said = f"{refused} ({row.category})" if isinstance(refused, CategoryUnknown) else str(refused)
            told.append(Taken(row.line, "refused", code=refused.code, told=said))
    opened = sum(one.result == "opened" for one in told)
    if opened:
        act = {"actor": BY, "act": "do.import_cases", "subject": f"rows:{rows[0].line}-{rows[-1].line}"}
        await audit.record(tx, **act, details={"opened": opened}, once=False)  # type: ignore[arg-type]
    return told


async def _take_over(
    tx: Transaction, row: Wanted, unit_id: UnitId | None, desk_id: DeskId | None, region: str, zone: str
) -> Taken:
    known = await tx.scalar(select(cases.c.id).where(cases.c.idempotency_key == row.key))
    if known is not None:
        return Taken(row.line, "known", CaseId(known))
    if row.opened_at is not None and row.opened_at > tx.now:
        raise OpenedInTheFuture(line=row.line)
    service = parse_service_id(row.number, region) if row.number else None
    case_id = await open_case(
        tx,
        customer_id=await _whose(tx, service, row.opened_at),
        category_code=row.category,
        own_words=row.own_words,
        origin=Origin(IMPORTED, None, BY),
        service_id=service,
        facts=dict(row.facts),
        unit_id=unit_id,
        desk_id=desk_id,
        severity=row.severity,
        idempotency_key=row.key,
        zone=zone,
    )
    await _keep_note(tx, case_id, row)
    return Taken(row.line, "opened", case_id)


async def _whose(tx: Transaction, service: ServiceId | None, opened_at: datetime | None) -> CustomerId | None:
    person = await customer_of(tx, service) if service is not None and opened_at is not None else None
    if person is None or opened_at is None:
        return None
    held = [one.since for one in await numbers_of(tx, person.id) if one.service == service and one.until is None]
    return person.id if any(since <= opened_at for since in held) else None


async def _keep_note(tx: Transaction, case_id: CaseId, row: Wanted) -> None:
    form = Form()
    text = form.words("notes", _note(row), LONG_MAX)
    form.finish()
    note = {"id": new_id(), "case_id": case_id, "at": tx.now, "by": BY, "interaction_id": None, "text": text}
    await tx.execute(case_notes.insert().values(note))
    await happened(tx, await locked(tx, case_id), "note", by=BY)


def _note(row: Wanted) -> str:
    lines = [OLD.format(line=row.line)]
    if row.opened_at is not None:
        lines.append(f"Opened there at {row.opened_at.isoformat(timespec='minutes')}.")
    if row.old_state:
        lines.append(f"State there: “{row.old_state}”. Here it is open until it is proved and the customer confirms.")
    return "\n".join([*lines, row.notes] if row.notes else lines)
