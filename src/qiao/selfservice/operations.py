"""Writes of self-service: edits and publishing of flows, sessions begun, moved on and ended."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao.kernel.ids import CustomerId, InteractionId, UnitId, new_id
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotAllowed, NotFound, Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform import audit
from qiao.platform.database import Transaction, one_at_a_time
from qiao.platform.events import emit
from qiao.selfservice.built_in import checked
from qiao.selfservice.events import FlowBegun, FlowEnded, FlowHandedOver, FlowPublished
from qiao.selfservice.model import resume
from qiao.selfservice.model_session import Answered, Effect, Heard, Input, Learned, Output, Session, begin
from qiao.selfservice.pinning import versions_for
from qiao.selfservice.queries import (
    Running,
    as_running,
    flow_of_version,
    flow_versions_of,
    flows_in_force,
    flows_pinned,
)
from qiao.selfservice.store import flow_sessions, flow_versions, flows_published

RIGHT: Final = "selfservice.administer"
GOOD_FOR: Final[Mapping[str, timedelta]] = {"sms": timedelta(minutes=10), "voice": timedelta(minutes=5)}
"""How long a session waits for the next word on a channel."""
OTHERWISE: Final = timedelta(minutes=30)


class FlowNotUnderstood(Refused):
    """The text has faults; `problems` names them with their lines."""

    code = "selfservice.flow_not_understood"
    status = 400
    text = N_("This flow has faults: {problems}. Nothing was published; what you wrote is kept here.")


class FlowChangedMeanwhile(Refused):
    """Somebody else kept or published another version since the page was made."""

    code = "selfservice.flow_changed"
    text = N_("Somebody changed this flow meanwhile. Nothing was changed; compare yours with the newest first.")


@dataclass(frozen=True, slots=True)
class Moved:
    """A session after one input: what is said, and what the house has to do next."""

    running: Running
    outputs: tuple[Output, ...]
    effects: tuple[Effect, ...]
    before: Heard | None = None
    """This very word was taken before: what was said to it."""
    noted: bool = False
    """Which word it was, and what was said to it, is kept."""


async def keep_flow(tx: Transaction, *, code: str, text: str, by: str, rights: frozenset[str], seen: int) -> int:
    """Keep an edit as a new version, not yet in force; `seen` is the newest version its writer saw. Returns its number.

    Raises NotAllowed, FlowChangedMeanwhile, FlowNotUnderstood.
    """
    if RIGHT not in rights:
        raise NotAllowed
    await one_at_a_time(tx, f"flow:{code}")
    newest = await _newest(tx, code)
    if seen != newest:
        raise FlowChangedMeanwhile
    flow, problems = checked(text, await flows_in_force(tx, but=[code]))
    if flow is None or problems or flow.code != code:
        told = "; ".join(f"{one.line}: {one.told}" for one in problems[:50])
        raise FlowNotUnderstood(problems=told or f"1: it is called {flow.code if flow else ''}")
    values = {"code": code, "version": newest + 1, "text": text, "by": by, "kept_at": tx.now}
    await tx.execute(insert(flow_versions).values(values))
    details = {"version": newest + 1}
    await audit.record(tx, actor=by, act="do.keep_flow", subject=f"flow:{code}", details=details, once=False)
    return newest + 1


async def publish_flow(
    tx: Transaction, *, code: str, version: int, by: str, rights: frozenset[str], seen: int | None
) -> None:
    """Begin new sessions on this version; an older one (0 came with the house) rolls back. `seen` is the version that
    was in force on the publisher's page, None for a flow that never was. Sessions in flight stay on theirs.

    Raises NotAllowed, NotFound, FlowChangedMeanwhile, FlowNotUnderstood (what it names has gone meanwhile).
    """
    if RIGHT not in rights:
        raise NotAllowed
    await one_at_a_time(tx, f"flow:{code}")
    known = await flow_versions_of(tx, code)
    if version not in {one.version for one in known}:
        raise NotFound
    if seen != next((one.version for one in known if one.published), None):
        raise FlowChangedMeanwhile
    await flow_of_version(tx, code, version)
    row = {"code": code, "version": version, "by": by, "published_at": tx.now}
    changed = {name: value for name, value in row.items() if name != "code"}
    await tx.execute(insert(flows_published).values(row).on_conflict_do_update(index_elements=["code"], set_=changed))
    await emit(tx, FlowPublished(code, version, by))
    details = {"version": version, "before": seen}
    await audit.record(tx, actor=by, act="do.publish_flow", subject=f"flow:{code}", details=details, once=False)


async def _newest(tx: Transaction, code: str) -> int:
    return int(await tx.scalar(select(func.max(flow_versions.c.version)).where(flow_versions.c.code == code)) or 0)


async def begin_flow(
    tx: Transaction,
    *,
    code: str,
    channel: str,
    subject: str,
    facts: Mapping[str, Any],
    customer_id: CustomerId | None = None,
    service: ServiceId | None = None,
    interaction_id: InteractionId | None = None,
    unit_id: UnitId | None = None,
    entry_point: str = "",
    variables: Mapping[str, str | bool] | None = None,
    ways: Mapping[str, str] | None = None,
) -> Running:
    """The open session of this subject on this channel, else a new one on the versions in force, not yet begun.

    `ways`: what brought him to a service (its code -> "campaign:LX5"); an order of it names that as its way. One that
    has waited too long is ended as left. Raises NotFound for a flow that is not there.
    """
    mine = (flow_sessions.c.channel == channel) & (flow_sessions.c.subject == subject)
    open_still = select(flow_sessions).where(mine, flow_sessions.c.ended_at.is_(None)).with_for_update()
    row = await tx.one(open_still)
    if row is not None and row["expires_at"] > tx.now and row["interaction_id"] == interaction_id:
        return as_running(row)
    if row is not None:
        await _left(tx, as_running(row))
    versions = await versions_for(tx, [code])
    session = begin(code, versions, {**facts, "known": customer_id is not None, "channel": channel}, variables)
    values = {
        "id": new_id(),
        "channel": channel,
        "subject": subject,
        "flow": code,
        "version": versions[code],
        "customer_id": customer_id,
        "service": str(service) if service else None,
        "interaction_id": interaction_id,
        "unit_id": unit_id,
        "entry_point": entry_point,
        "segment": str(facts.get("segment") or ""),
        "ways": dict(ways or {}),
        "body": session.as_json(),
        "started_at": tx.now,
        "seen_at": tx.now,
        "expires_at": tx.now + GOOD_FOR.get(channel, OTHERWISE),
    }
    made = insert(flow_sessions).values(values).on_conflict_do_nothing().returning(flow_sessions)
    row = await tx.one(made)
    if row is None:  # begun by somebody else at the same moment
        row = await tx.one(open_still)
        assert row is not None
        return as_running(row)
    running = as_running(row)
    await emit(tx, FlowBegun(*_about(running)))
    return running


async def move(
    tx: Transaction,
    *,
    session_id: UUID,
    told: Input,
    facts: Mapping[str, Any] | None = None,
    zone: str = "Asia/Shanghai",
    unheard: str = "",
    held: Running | None = None,
    heard: Heard | None = None,
) -> Moved:
    """Take one input; inputs of one session are taken one after the other. Raises NotFound.

    "Last month" is that of `zone` (IANA). A word whose key `unheard` was taken before is not taken again.

    `facts` that became known beside the flow (a level proved) are learned first. Said too late, it is ended as left.
    `held`: the session, where this transaction holds it already. `heard`: which word it is and what was said to it so
    far, kept with what is said now.
    """
    running = held if held is not None else await session_held(tx, session_id)
    if unheard and running.heard is not None and running.heard.key == unheard:
        return Moved(running, (), (), before=running.heard)
    if running.over:
        return Moved(running, (), ())
    if running.expires_at <= tx.now:
        return Moved(await _left(tx, running), (), ())
    allowed = told.flows if isinstance(told, Answered) else {}
    flows = await flows_pinned(tx, {**allowed, **running.session.versions})
    outputs: tuple[Output, ...] = ()
    effects: tuple[Effect, ...] = ()
    session = running.session
    for one in ([Learned(facts)] if facts else []) + [told]:
        turn = resume(flows, session, one, tx.now.astimezone(ZoneInfo(zone)))
        session, outputs, effects = turn.session, outputs + turn.outputs, effects + turn.effects
    noted = replace(heard, outputs=heard.outputs + outputs) if heard is not None and heard.key else None
    running = await _write(tx, running, session, effects, noted)
    return Moved(running, outputs, effects, noted=noted is not None)


_HELD: Final = select(flow_sessions).where(flow_sessions.c.id == bindparam("session")).with_for_update()


async def session_held(tx: Transaction, session_id: UUID) -> Running:
    """A session, held until the transaction ends: words are taken one after the other. Raises NotFound."""
    row = await tx.one(_HELD, {"session": session_id})
    if row is None:
        raise NotFound
    return as_running(row)


async def _write(
    tx: Transaction, running: Running, session: Session, effects: tuple[Effect, ...], noted: Heard | None
) -> Running:
    asked = next((one for one in effects if one.kind in ("service", "action", "prove", "callback")), None)
    pending: Mapping[str, Any] | None = running.pending if session.waits in ("answer", "secret", "yes") else None
    if asked is not None:
        pending = {"number": asked.number, "kind": asked.kind, "code": asked.code, "given": dict(asked.given)}
    over = session.over
    values = {
        "body": session.as_json(),
        "pending": pending,
        "seen_at": tx.now,
        "expires_at": tx.now + GOOD_FOR.get(running.channel, OTHERWISE),
        "ended_at": tx.now if over else None,
        "over": over,
        "result": session.result,
        "left_step": session.step if over else "",
        **({"heard": noted.as_json()} if noted is not None else {}),
    }
    await tx.execute(update(flow_sessions).where(flow_sessions.c.id == running.id).values(values))
    moved = replace(running, session=session, pending=pending, over=over)
    if over == "handed":
        desk = next((one.code for one in effects if one.kind == "hand"), "")
        await emit(tx, FlowHandedOver(*_about(moved), desk=desk))
    elif over:
        await emit(tx, FlowEnded(*_about(moved), over=over, result=session.result))
    return moved


async def note_confirming(tx: Transaction, session_id: UUID, told: Mapping[str, Any] | None) -> None:
    """Keep what a yes must repeat, or forget it."""
    await tx.execute(update(flow_sessions).where(flow_sessions.c.id == session_id).values(confirming=told))


async def note_heard(tx: Transaction, session_id: UUID, heard: Heard) -> None:
    """Keep which word was taken last and what was said to it; it holds no code, no password and no digits."""
    await tx.execute(update(flow_sessions).where(flow_sessions.c.id == session_id).values(heard=heard.as_json()))


async def leave_flow(tx: Transaction, running: Running) -> None:
    """The customer goes another way: his open session is over as left."""
    if not running.over:
        await _left(tx, running)


async def end_left(tx: Transaction, limit: int = 500) -> int:
    """End sessions whose customer said no more; how many there were."""
    late = select(flow_sessions).where(flow_sessions.c.ended_at.is_(None), flow_sessions.c.expires_at <= tx.now)
    rows = await tx.rows(late.order_by(flow_sessions.c.expires_at).limit(limit).with_for_update(skip_locked=True))
    for row in rows:
        await _left(tx, as_running(row))
    return len(rows)


async def _left(tx: Transaction, running: Running) -> Running:
    over = {"ended_at": tx.now, "over": "left", "left_step": running.session.step, "pending": None, "confirming": None}
    if running.session.secrets:
        over["body"] = replace(running.session, secrets={}).as_json()
    await tx.execute(update(flow_sessions).where(flow_sessions.c.id == running.id).values(over))
    left = replace(running, over="left", ended_at=tx.now)
    await emit(tx, FlowEnded(*_about(left), over="left"))
    return left


def _about(one: Running) -> tuple[UUID, str, int, str, str, CustomerId | None, InteractionId | None]:
    return one.id, one.flow, one.version, one.channel, one.session.step, one.customer_id, one.interaction_id
