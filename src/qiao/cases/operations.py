"""The life of a case: opened, judged, taken over, resolved, reopened. There is no verb that closes one."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import RowMapping, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao import routing
from qiao.cases.categories import pinned
from qiao.cases.causes import keep_cause, read_cause
from qiao.cases.events import (
    CaseOpened,
    CaseReopened,
    CaseResolved,
    CaseSeverityChanged,
    CaseTakenOver,
)
from qiao.cases.facts import keep_fact
from qiao.cases.model import CHOSEN_KINDS, first_severity, number_of
from qiao.cases.model_category import Category
from qiao.cases.model_records import Case
from qiao.cases.model_words import TITLE_MAX, Form, first_line
from qiao.cases.queries import case_row
from qiao.cases.recording import declare, keep_tried, keep_words, read_facts
from qiao.cases.settling import happened, locked, must_be_live
from qiao.cases.staging import must_resolve
from qiao.cases.stepping import no_step_left
from qiao.cases.store import case_numbers, cases, reopenings, resolutions
from qiao.cases.timeline import tell
from qiao.cases.verifying import schedule_checks
from qiao.customers import customers_by_ids
from qiao.interactions import interaction
from qiao.kernel.ids import AgentId, CaseId, CustomerId, DeskId, InteractionId, UnitId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.origin import Origin
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.failpoints import failpoint
from qiao.platform.live import touch

ZONE: Final = "Asia/Shanghai"
"""The centre's zone unless it is told: a case's number bears the day it was opened there."""
KEY_MAX: Final = 200
CLOCKS_BY: Final = "system:clocks"
OPEN_WRITTEN: Final = "cases.open.before_commit"


class KeyUsedForAnotherCase(Refused):
    """The same idempotency key came with another customer or category."""

    code = "cases.key_used_for_another_case"
    text = N_("This form was sent before for another matter ({number}). Nothing was opened; reload and try again.")


class CaseIsResolved(Refused):
    """It is considered solved already."""

    code = "cases.resolved_already"
    text = N_("Case {number} is resolved and waits for its proof. Nothing was changed; reopen it if it is not solved.")


class CaseIsOpen(Refused):
    """What was never resolved cannot be reopened."""

    code = "cases.not_resolved"
    text = N_("Case {number} is still open, so there is nothing to reopen. Nothing was changed.")


async def open_case(
    tx: Transaction,
    *,
    customer_id: CustomerId | None,
    category_code: str,
    own_words: str,
    origin: Origin,
    service_id: ServiceId | None = None,
    title: str = "",
    facts: Mapping[str, str | Sequence[str]] | None = None,
    declarations: Sequence[str] = (),
    tried: Sequence[tuple[str, str]] = (),
    interaction_id: InteractionId | None = None,
    agent_id: AgentId | None = None,
    unit_id: UnitId | None = None,
    desk_id: DeskId | None = None,
    severity: int | None = None,
    language: str = "",
    idempotency_key: str | None = None,
    zone: str = ZONE,
) -> CaseId:
    """Take up a customer's matter; the agent who opens it owns it (first-contact ownership). Returns its id.

    `facts`: key -> value or values; `declarations`: keys of the category or sentences; `tried`: (step, outcome). The
    same `idempotency_key` for the same customer and category is the same case. Whose it is the caller says: that of a
    contact may only be claimed so far, and becomes known to the case with its proof. Raises CategoryUnknown,
    InputNotUnderstood with every field that needs another look, KeyUsedForAnotherCase, ContactOfSomebodyElse.
    """
    rules = await pinned(tx, category_code)
    contact = await interaction(tx, interaction_id) if interaction_id else None
    form, by = Form(), f"agent:{agent_id}" if agent_id else origin.actor
    words = form.words("own_words", own_words)
    named = form.line("title", title, TITLE_MAX, needed=False) or first_line(words)
    known = read_facts(form, _said(facts or {}))
    form.few(declarations=declarations, tried=tried, facts=known)
    form.finish()
    row: dict[str, Any] = {
        **_under(rules, severity),
        "id": new_id(),
        "unit_id": unit_id or (contact.unit_id if contact else None) or await _unit_of(tx, customer_id),
        "customer_id": customer_id,
        "service_id": str(service_id) if service_id else None,
        "title": named,
        "opened_at": tx.now,
        "opened_by": by,
        "origin": origin.as_json(),
        "owner_id": agent_id,
        "desk_id": desk_id,
        "idempotency_key": _key(idempotency_key),
        "status": "open",
        "moved_at": tx.now,
    }
    kept = await _opened_before(tx, row) or await _written(tx, row, zone)
    if kept["id"] != row["id"]:
        return CaseId(kept["id"])
    case = case_row(kept)
    spoken = language or (contact.language if contact else "")
    record: dict[str, Any] = {"by": by, "said_by": _said_by(customer_id), "interaction_id": interaction_id}
    await keep_words(tx, case, text=words, language=spoken, **record)
    for key, value in known:
        await keep_fact(tx, case, key=key, value=value, watched=rules.watch, **record)
    for told in declarations:
        await declare(tx, case, told, language=spoken, rules=rules, **record)
    for step, outcome in tried:
        await keep_tried(tx, case, step=step, outcome=outcome, by=by, interaction_id=interaction_id)
    await happened(tx, case, "opened", by=by, interaction_id=interaction_id)
    await tell(tx, case, "case.opened", interaction_id=interaction_id, category=rules.code)
    await emit(tx, _opened(case, origin, interaction_id))
    failpoint(OPEN_WRITTEN)
    return case.id


def _under(rules: Category, severity: int | None) -> dict[str, Any]:
    """What the category puts into the row."""
    return {
        "category_code": rules.code,
        "category_version": rules.version,
        "kind": rules.kind,
        "severity": first_severity(severity, rules.severity),
    }


def _said_by(customer_id: CustomerId | None) -> str:
    return f"customer:{customer_id}" if customer_id else "customer"


def _opened(case: Case, origin: Origin, interaction_id: InteractionId | None) -> CaseOpened:
    return CaseOpened(
        case.id,
        case.category_code,
        case.category_version,
        case.kind,
        case.severity,
        origin.channel,
        case.opened_by,
        case.customer_id,
        case.unit_id,
        interaction_id,
        case.owner_id,
    )


def _said(facts: Mapping[str, str | Sequence[str]]) -> dict[str, list[str]]:
    """Without what was left empty in the form."""
    told = {key: [given] if isinstance(given, str) else list(given) for key, given in facts.items()}
    return {key: [value for value in values if value.strip()] for key, values in told.items()}


def _key(given: str | None) -> str | None:
    """A key of a length to keep; one that is longer, or cannot be written down, stands by its digest."""
    if not given or (len(given) <= KEY_MAX and given.isprintable()):
        return given or None
    return hashlib.sha256(given.encode("utf-8", "surrogatepass")).hexdigest()


async def _unit_of(tx: Transaction, customer_id: CustomerId | None) -> UnitId | None:
    """The unit of the customer, for a case that no contact opened."""
    if customer_id is None:
        return None
    found = (await customers_by_ids(tx, [customer_id])).get(customer_id)
    return found.unit_id if found else None


async def _next_number(tx: Transaction, zone: str) -> str:
    """The day's next number. The day's row stays locked until the end, so it is taken late."""
    day = tx.now.astimezone(ZoneInfo(zone)).date()
    counted = insert(case_numbers).values(day=day, last=1)
    counted = counted.on_conflict_do_update(index_elements=["day"], set_={"last": case_numbers.c.last + 1})
    return number_of(f"{day:%y%m%d}", await tx.scalar(counted.returning(case_numbers.c.last)))


async def _written(tx: Transaction, row: Mapping[str, Any], zone: str) -> RowMapping:
    """The new row; if another with the same key was quicker, that one."""
    numbered = insert(cases).values(**row, number=await _next_number(tx, zone))
    written = numbered.on_conflict_do_nothing(index_elements=["idempotency_key"]).returning(cases)
    kept = await tx.one(written) or await _opened_before(tx, row)
    assert kept is not None
    return kept


async def _opened_before(tx: Transaction, row: Mapping[str, Any]) -> RowMapping | None:
    """The case that the same key opened, if one did. Raises KeyUsedForAnotherCase."""
    if row["idempotency_key"] is None:
        return None
    earlier = await tx.one(select(cases).where(cases.c.idempotency_key == row["idempotency_key"]))
    if earlier is None:
        return None
    if any(earlier[name] != row[name] for name in ("customer_id", "category_code", "opened_by")):
        raise KeyUsedForAnotherCase(number=earlier["number"])
    return earlier


async def set_severity(
    tx: Transaction, *, case_id: CaseId, severity: int, agent_id: AgentId, seen_version: int | None = None
) -> None:
    """Judge anew how bad it is, 1 (highest) to 4. Raises CaseIsClosed, CaseChangedMeanwhile."""
    case = await locked(tx, case_id, seen_version=seen_version)
    must_be_live(case)
    severity = first_severity(severity, case.severity)
    if severity == case.severity:
        return
    await tx.execute(update(cases).where(cases.c.id == case_id).values(severity=severity))
    by = f"agent:{agent_id}"
    await happened(tx, case, "severity", by=by, details={"severity": severity, "previous": case.severity})
    await emit(tx, CaseSeverityChanged(case_id, severity, case.severity, by))


async def raise_by_clock(tx: Transaction, *, case_id: CaseId) -> None:
    """A clock's step: one severity higher, unless it is the highest or the case is closed."""
    case = await locked(tx, case_id)
    if case.status == "closed" or case.severity == 1:
        return
    await tx.execute(update(cases).where(cases.c.id == case_id).values(severity=case.severity - 1))
    details = {"severity": case.severity - 1, "previous": case.severity}
    await happened(tx, case, "severity", by=CLOCKS_BY, details=details)
    await emit(tx, CaseSeverityChanged(case_id, case.severity - 1, case.severity, CLOCKS_BY))


async def hand_by_clock(tx: Transaction, *, case_id: CaseId, desk: str) -> None:
    """A clock's step: give the case to the desk with this code, if there is one; its owner stays."""
    case = await locked(tx, case_id)
    found = next((one for one in await routing.desks(tx) if one.code == desk), None)
    if case.status != "closed" and found is not None and found.id != case.desk_id:
        await _hand(tx, case, owner_id=case.owner_id, desk_id=found.id, by=CLOCKS_BY)


async def take_over(tx: Transaction, *, case_id: CaseId, agent_id: AgentId, seen_version: int | None = None) -> None:
    """Answer for the case from now on; taking one's own changes nothing. Raises CaseIsClosed, CaseChangedMeanwhile."""
    case = await locked(tx, case_id, seen_version=seen_version)
    must_be_live(case)
    if case.owner_id != agent_id:
        await _hand(tx, case, owner_id=agent_id, desk_id=case.desk_id, by=f"agent:{agent_id}")


async def hand_to_desk(
    tx: Transaction, *, case_id: CaseId, desk_id: DeskId, agent_id: AgentId, seen_version: int | None = None
) -> None:
    """Give the case to a desk; its owner stays until somebody there takes it over."""
    case = await locked(tx, case_id, seen_version=seen_version)
    must_be_live(case)
    if case.desk_id != desk_id:
        await _hand(tx, case, owner_id=case.owner_id, desk_id=desk_id, by=f"agent:{agent_id}")


async def _hand(tx: Transaction, case: Case, *, owner_id: AgentId | None, desk_id: DeskId | None, by: str) -> None:
    await tx.execute(update(cases).where(cases.c.id == case.id).values(owner_id=owner_id, desk_id=desk_id))
    details = {"owner_id": owner_id, "previous_id": case.owner_id, "desk_id": desk_id}
    plain = {name: str(value) if value else None for name, value in details.items()}
    await happened(tx, case, "taken_over", by=by, details=plain)
    for topic in (f"agent:{owner_id}" if owner_id else "", f"desk:{desk_id}" if desk_id else ""):
        if topic:
            await touch(tx, topic)
    await emit(tx, CaseTakenOver(case.id, owner_id, case.owner_id, desk_id, by))


RESOLVED: Final = frozenset({"resolved", "verified", "dormant", "closed"})


async def resolve_case(
    tx: Transaction,
    *,
    case_id: CaseId,
    kind: str,
    what: str,
    agent_id: AgentId,
    cause: str = "",
    system: str = "",
    interaction_id: InteractionId | None = None,
    seen_version: int | None = None,
) -> None:
    """Say how it was solved (one of CHOSEN_KINDS); it waits for its proof then, and is not closed.

    `cause` and `system`: why it came about and what is answerable for it, where the kind of case asks for them. Raises
    CaseIsResolved, StageDoesNotResolve, StepLeftToDo, CaseChangedMeanwhile, InputNotUnderstood.
    """
    case = await locked(tx, case_id, seen_version=seen_version)
    if case.status in RESOLVED:
        raise CaseIsResolved(number=case.number)
    form = Form()
    chosen = form.choice("kind", kind, CHOSEN_KINDS)
    told = form.words("what", what)
    why = read_cause(form, case.kind, chosen, cause=cause, system=system)
    form.finish()
    if chosen == "remedied":
        await must_resolve(tx, case)
        await no_step_left(tx, case)
    resolution_id = await resolve_as(
        tx, case, kind=chosen, what=told, by=f"agent:{agent_id}", interaction_id=interaction_id
    )
    if why is not None:
        await keep_cause(tx, resolution_id=resolution_id, cause=why, by=f"agent:{agent_id}")


async def resolve_as(
    tx: Transaction, case: Case, *, kind: str, what: str, by: str, interaction_id: InteractionId | None
) -> UUID:
    """Put the resolution of a locked case on record; returns its id. Raises CaseIsResolved."""
    if case.status in RESOLVED:
        raise CaseIsResolved(number=case.number)
    resolution_id = new_id()
    await tx.execute(
        resolutions.insert().values(
            id=resolution_id,
            case_id=case.id,
            at=tx.now,
            by=by,
            interaction_id=interaction_id,
            kind=kind,
            what=what,
        )
    )
    await schedule_checks(tx, case=case, resolution_id=resolution_id, kind=kind)
    await happened(tx, case, "resolved", by=by, interaction_id=interaction_id, details={"kind": kind})
    await tell(tx, case, "case.resolved", interaction_id=interaction_id, words=what, outcome=kind)
    await emit(tx, CaseResolved(case.id, resolution_id, kind, by, case.customer_id))
    return resolution_id


async def reopen_case(
    tx: Transaction,
    *,
    case_id: CaseId,
    reason: str,
    by: str,
    interaction_id: InteractionId | None = None,
    seen_version: int | None = None,
) -> None:
    """Take it up again; `by` is "agent:<id>" or the customer himself. Raises CaseIsOpen, CaseChangedMeanwhile."""
    case = await locked(tx, case_id, seen_version=seen_version, customer=by)
    if case.status not in RESOLVED:
        raise CaseIsOpen(number=case.number)
    form = Form()
    told = form.words("reason", reason)
    form.finish()
    await tx.execute(
        reopenings.insert().values(
            id=new_id(), case_id=case_id, at=tx.now, by=by, interaction_id=interaction_id, reason=told
        )
    )
    await happened(tx, case, "reopened", by=by, interaction_id=interaction_id)
    await tell(tx, case, "case.reopened", interaction_id=interaction_id, words=told)
    await emit(tx, CaseReopened(case_id, by, case.customer_id, case.owner_id, case.desk_id))
