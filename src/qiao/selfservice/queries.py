"""Reads of self-service: flows in force, their versions, sessions, and where people leave."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

from sqlalchemy import RowMapping, func, select

from qiao import catalogue
from qiao.kernel.ids import CustomerId, InteractionId, UnitId
from qiao.kernel.languages import nearest
from qiao.kernel.refused import NotFound
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.selfservice.built_in import built_in, built_in_texts, checked
from qiao.selfservice.model import resume
from qiao.selfservice.model_flow import Flow
from qiao.selfservice.model_session import Begin, Heard, Output, Session, Told
from qiao.selfservice.model_text import FlowProblem
from qiao.selfservice.model_tried import TriedLine, tried_lines
from qiao.selfservice.reading import read_flow
from qiao.selfservice.rendering import words
from qiao.selfservice.service_flows import service_texts
from qiao.selfservice.store import flow_sessions, flow_versions, flows_published

OUTCOMES: Final = ("identify", "done", "refused", "pending", "unknown", "away", "yes", "no")


@dataclass(frozen=True, slots=True)
class FlowVersion:
    """One version of a flow; 0 came with the house, `by` is an actor's reference."""

    code: str
    version: int
    by: str
    kept_at: datetime | None
    published: bool


@dataclass(frozen=True, slots=True)
class Running:
    """A session with whom and what it is about."""

    id: UUID
    channel: str
    subject: str
    flow: str
    version: int
    customer_id: CustomerId | None
    service: ServiceId | None
    interaction_id: InteractionId | None
    unit_id: UnitId | None
    entry_point: str
    segment: str
    session: Session
    pending: Mapping[str, Any] | None
    confirming: Mapping[str, Any] | None
    started_at: datetime
    expires_at: datetime
    ended_at: datetime | None
    over: str
    heard: Heard | None = None
    ways: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Leaving:
    """How many sessions were over at a step ("flow.step"), and how."""

    step: str
    over: str
    sessions: int


async def published(tx: Transaction) -> dict[str, int]:
    """Every flow there is with the version in force."""
    rows = await tx.rows(select(flows_published.c.code, flows_published.c.version))
    ours = [*built_in_texts(), *service_texts()]
    return {**dict.fromkeys(ours, 0), **{row["code"]: row["version"] for row in rows}}


async def known_flows(tx: Transaction) -> list[str]:
    """Every flow there is, also one that was kept and never put in force."""
    kept = await tx.rows(select(flow_versions.c.code).distinct())
    return sorted({*await published(tx), *(row["code"] for row in kept)})


async def flow_versions_of(tx: Transaction, code: str) -> list[FlowVersion]:
    """The versions of a flow, newest first, the one that came with the house last. Raises NotFound."""
    in_force = (await published(tx)).get(code)
    wanted = select(flow_versions.c.version, flow_versions.c.by, flow_versions.c.kept_at)
    rows = await tx.rows(wanted.where(flow_versions.c.code == code).order_by(flow_versions.c.version.desc()).limit(200))
    found = [FlowVersion(code, row["version"], row["by"], row["kept_at"], row["version"] == in_force) for row in rows]
    if code in built_in_texts() or code in service_texts():
        found.append(FlowVersion(code, 0, "", None, in_force == 0))
    if not found:
        raise NotFound
    return found


async def flow_text(tx: Transaction, code: str, version: int) -> str:
    """A version as it was written. Raises NotFound."""
    ours = built_in_texts().get(code) or service_texts().get(code)
    if version == 0 and ours is not None:
        return ours
    mine = (flow_versions.c.code == code) & (flow_versions.c.version == version)
    text = await tx.scalar(select(flow_versions.c.text).where(mine))
    if text is None:
        raise NotFound
    return str(text)


async def flow_of_version(tx: Transaction, code: str, version: int) -> Flow:
    """A version, read. Raises NotFound."""
    if version == 0 and code in built_in():
        return built_in()[code]
    flow = _read(await flow_text(tx, code, version))
    if flow is None:
        raise NotFound
    return flow


@lru_cache(maxsize=200)
def _read(text: str) -> Flow | None:
    return read_flow(text)[0]


async def flows_pinned(tx: Transaction, versions: Mapping[str, int]) -> dict[str, Flow]:
    """The flows of a session, each in the version it began on."""
    return {code: await flow_of_version(tx, code, version) for code, version in versions.items()}


async def flows_in_force(tx: Transaction, but: Iterable[str] = ()) -> dict[str, Flow]:
    """Every flow in the version in force."""
    skipped = set(but)
    return await flows_pinned(tx, {code: at for code, at in (await published(tx)).items() if code not in skipped})


async def flows_to_try(tx: Transaction, code: str, version: int) -> dict[str, Flow]:
    """The flows in force, this one in a version of its own. Raises NotFound."""
    return {**await flows_in_force(tx, but=[code]), code: await flow_of_version(tx, code, version)}


async def look_at(tx: Transaction, code: str, text: str) -> tuple[Flow | None, list[FlowProblem]]:
    """A text with everything that is wrong with it, among the flows in force; the flow as far as it can be read."""
    return checked(text, await flows_in_force(tx, but=[code]))


async def session_running(tx: Transaction, session_id: UUID) -> Running:
    """One session. Raises NotFound."""
    row = await tx.one(select(flow_sessions).where(flow_sessions.c.id == session_id))
    if row is None:
        raise NotFound
    return as_running(row)


async def open_session(tx: Transaction, *, channel: str, subject: str) -> Running | None:
    """The session of this subject (a number, a visitor) on this channel that can still be gone on with."""
    mine = (flow_sessions.c.channel == channel) & (flow_sessions.c.subject == subject)
    alive = flow_sessions.c.ended_at.is_(None) & (flow_sessions.c.expires_at > tx.now)
    row = await tx.one(select(flow_sessions).where(mine, alive))
    return as_running(row) if row is not None else None


async def session_for(tx: Transaction, *, channel: str, subject: str, key: str) -> Running | None:
    """The session that took the word of this key already, also when it is over by now; else the open one."""
    mine = (flow_sessions.c.channel == channel) & (flow_sessions.c.subject == subject)
    took = flow_sessions.c.heard["key"].astext == key
    goes_on = flow_sessions.c.ended_at.is_(None) & (flow_sessions.c.expires_at > tx.now)
    wanted = select(flow_sessions).where(mine, took | goes_on).order_by(took.desc().nulls_last()).limit(1)
    row = await tx.one(wanted)
    return as_running(row) if row is not None else None


async def session_of_contact(tx: Transaction, interaction_id: InteractionId) -> Running | None:
    """The newest session of a contact: what was answered and tried before a person took over."""
    mine = flow_sessions.c.interaction_id == interaction_id
    row = await tx.one(select(flow_sessions).where(mine).order_by(flow_sessions.c.started_at.desc()).limit(1))
    return as_running(row) if row is not None else None


async def asked_now(tx: Transaction, running: Running) -> tuple[Output, ...]:
    """What a session waits for, as it was said last; nothing changes by it."""
    flows = await flows_pinned(tx, running.session.versions)
    waits = running.session.waits in ("input", "secret", "yes")
    return resume(flows, running.session, Begin(), tx.now).outputs if waits else ()


async def fetches_person(tx: Transaction, running: Running, text: str) -> bool:
    """Whether these words, said now, would bring a person; never where a call for help came before. Nothing changes."""
    flows, session = await flows_pinned(tx, running.session.versions), running.session
    if session.waits == "begin":
        session = resume(flows, session, Begin(), tx.now).session
    root = flows.get(session.frames[0].flow) if session.frames else None
    after = resume(flows, session, Told(text), tx.now).session
    if root is None or session.person or f"{root.code}.{root.emergency}" in after.path:
        return False
    return after.person or after.over == "handed"


async def tried_in(tx: Transaction, running: Running, language: str) -> list[TriedLine]:
    """What was tried and answered in a session, in the reader's language, oldest first."""
    flows = await flows_pinned(tx, running.session.versions)
    return tried_lines(flows, running.session, language, _tried_words(language))


@lru_cache(maxsize=20)
def _tried_words(language: str) -> dict[str, str]:
    every = [*catalogue.services(audience="customer"), *catalogue.services(rights=frozenset())]
    names = {f"service:{one.code}": one.names[nearest(language)] for one in every}
    return {**names, **{code: words(f"tried_{code}", language) for code in OUTCOMES}}


async def where_people_leave(tx: Transaction, code: str, *, since: datetime) -> list[Leaving]:
    """Where sessions of a flow were over since then, the most frequent first."""
    columns = (flow_sessions.c.left_step, flow_sessions.c.over)
    counted = select(*columns, func.count().label("sessions")).where(
        flow_sessions.c.flow == code, flow_sessions.c.ended_at >= since
    )
    rows = await tx.rows(counted.group_by(*columns).order_by(func.count().desc(), *columns).limit(200))
    return [Leaving(row["left_step"], row["over"], row["sessions"]) for row in rows]


def as_running(row: RowMapping) -> Running:
    """A row of `flow_sessions` as the room's own value."""
    return Running(
        id=row["id"],
        channel=row["channel"],
        subject=row["subject"],
        flow=row["flow"],
        version=row["version"],
        customer_id=CustomerId(row["customer_id"]) if row["customer_id"] else None,
        service=ServiceId.from_text(row["service"]) if row["service"] else None,
        interaction_id=InteractionId(row["interaction_id"]) if row["interaction_id"] else None,
        unit_id=UnitId(row["unit_id"]) if row["unit_id"] else None,
        entry_point=row["entry_point"],
        segment=row["segment"],
        session=Session.from_json(row["body"]),
        pending=row["pending"],
        confirming=row["confirming"],
        started_at=row["started_at"],
        expires_at=row["expires_at"],
        ended_at=row["ended_at"],
        over=row["over"],
        heard=Heard.from_json(row["heard"]) if row["heard"] else None,
        ways=row["ways"],
    )
