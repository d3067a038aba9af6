"""An agent's seat: taken, kept alive, left; and his own word whether he is ready."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.dialects.postgresql import insert

from qiao import staff
from qiao.kernel.ids import AgentId, UnitId
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform.database import Transaction
from qiao.platform.events import emit
from qiao.platform.live import touch
from qiao.routing.desks import desks
from qiao.routing.events import AgentSignedOff, AgentSignedOn, AgentStatusChanged
from qiao.routing.facts import tell_seat
from qiao.routing.rows import Row, change_seat, close_interval, locked_seat, open_interval
from qiao.routing.rules import Signing, profile_json, read_profile
from qiao.routing.store import seats

BEAT_EVERY: Final = timedelta(seconds=3)
REASONS: Final[dict[str, str]] = {
    "break": N_("short break"),
    "lunch": N_("meal"),
    "training": N_("training"),
    "meeting": N_("meeting"),
    "after_hard_contact": N_("a breath after a hard contact"),
}
"""Why a person is not ready, and what to call it on a screen."""

SYSTEM_REASONS: Final[dict[str, str]] = {
    "missed": N_("missed an offer"),
    "declined": N_("declined an offer"),
    "cut_off": N_("a call cut off at once"),
    "unreachable": N_("telephone not reached"),
}


class NotSignedOn(Refused):
    """He has no seat now."""

    code = "routing.not_signed_on"
    text = N_("You are not signed on any more. Sign on again to take contacts; what you typed is kept.")


class ReasonUnknown(Refused):
    """Not one of REASONS."""

    code = "routing.reason_unknown"
    status = 400
    text = N_("Choose one of the reasons on the list. Your status was not changed.")


async def sign_on(tx: Transaction, *, agent: Signing, seat: UUID, units: Iterable[UnitId] | None = None) -> None:
    """The agent takes this seat, not ready yet; an older seat of his loses it, his status and contacts stay.

    `agent` is a `staff.Agent`; `units` are those whose customers he may see, by default his own and those below it.
    Again from the same seat it is a sign of life.
    """
    profile = profile_json(agent, await staff.units_under(tx, agent.unit_id) if units is None else units)
    fresh: dict[str, Any] = {
        "unit_id": agent.unit_id,
        "seat": seat,
        "signed_on": True,
        "profile": profile,
        "status": "not_ready",
        "reason": None,
        "since": tx.now,
        "lost": False,
        "engaged_in": None,
        "beat_at": tx.now,
    }
    inserted = await tx.one(insert(seats).values(agent_id=agent.id, **fresh).on_conflict_do_nothing().returning(seats))
    if inserted is not None:
        await _signed_on(tx, inserted, begins=True)
        return
    row = await tx.one(select(seats).where(seats.c.agent_id == agent.id).with_for_update())
    assert row is not None
    if row["signed_on"] and not row["lost"]:
        if row["seat"] == seat and _as_kept(row["profile"]) == _as_kept(profile):
            await seat_seen(tx, agent_id=agent.id, seat=seat)
            return
        kept = {"unit_id": agent.unit_id, "seat": seat, "profile": profile, "beat_at": tx.now}
        await _signed_on(tx, await change_seat(tx, row, beats=row["beats"] + 1, **kept), begins=False)
        return
    if row["signed_on"]:
        fresh |= {"status": row["status"], "reason": row["reason"], "engaged_in": row["engaged_in"]}
    await _signed_on(tx, await change_seat(tx, row, beats=row["beats"] + 1, **fresh), begins=True)


async def sign_off(tx: Transaction, *, agent_id: AgentId) -> None:
    """The agent leaves; what he was offered or talks about goes to others, what he wraps up is done."""
    row = await locked_seat(tx, agent_id)
    if row is not None:
        await signed_off(tx, row, "left")


async def signed_off(tx: Transaction, row: Row, why: str) -> Row:
    """Free a locked seat; the owner sees to what the agent had."""
    became = await change_seat(
        tx, row, signed_on=False, status="not_ready", reason=None, lost=False, engaged_in=None, since=tx.now
    )
    await close_interval(tx, row["agent_id"])
    await tell_seat(tx, "signed_off", became)
    await emit(tx, AgentSignedOff(row["agent_id"], why))
    await touch_agent(tx, row)
    return became


async def set_status(tx: Transaction, *, agent_id: AgentId, status: str, reason: str | None = None) -> None:
    """The agent says "ready", or "not_ready" with one of REASONS; what he has stays with him.

    Raises NotSignedOn and ReasonUnknown.
    """
    if status not in ("ready", "not_ready") or (status == "not_ready" and reason not in REASONS):
        raise ReasonUnknown
    row = await locked_seat(tx, agent_id)
    if row is None:
        raise NotSignedOn
    reason = reason if status == "not_ready" else None
    alive = {"beats": row["beats"] + 1, "beat_at": tx.now}
    if (row["status"], row["reason"]) == (status, reason):
        await tx.execute(update(seats).where(seats.c.agent_id == agent_id).values(alive))
        return
    await _status(tx, row, status, reason, **alive)


async def set_unready(tx: Transaction, *, agent_id: AgentId, reason: str) -> None:
    """The system sets him not ready, for one of SYSTEM_REASONS; who is not signed on, or not ready, stays so."""
    assert reason in SYSTEM_REASONS
    row = await locked_seat(tx, agent_id)
    if row is not None and row["status"] == "ready":
        await _status(tx, row, "not_ready", reason)


async def _status(tx: Transaction, row: Row, status: str, reason: str | None, **more: Any) -> None:
    became = await change_seat(tx, row, status=status, reason=reason, since=tx.now, **more)
    await open_interval(tx, row["agent_id"], status, reason)
    await tell_seat(tx, "status", became)
    await emit(tx, AgentStatusChanged(row["agent_id"], status, reason))
    await touch_agent(tx, became)


async def seat_seen(tx: Transaction, *, agent_id: AgentId, seat: UUID) -> None:
    """A tab of this seat answered. Cheap: written at most every three seconds, and never for a seat taken elsewhere."""
    stale = or_(seats.c.beat_at <= tx.now - BEAT_EVERY, seats.c.beat_at > tx.now)
    await tx.execute(
        update(seats)
        .where(seats.c.agent_id == agent_id, seats.c.seat == seat, seats.c.signed_on, stale)
        .values(beats=seats.c.beats + 1, beat_at=tx.now)
    )


async def agents_seen(tx: Transaction, *, agent_ids: Iterable[AgentId]) -> None:
    """These are there whatever their browsers say: they talk. Who is not signed on stays so.

    Cheap: written at most every three seconds; never waits for a seat that is being changed, which beats as well.
    """
    stale = or_(seats.c.beat_at <= tx.now - BEAT_EVERY, seats.c.beat_at > tx.now)
    mine = seats.c.agent_id.in_(list(agent_ids)) & seats.c.signed_on & stale
    free = select(seats.c.agent_id).where(mine).with_for_update(skip_locked=True)
    await tx.execute(update(seats).where(seats.c.agent_id.in_(free)).values(beats=seats.c.beats + 1, beat_at=tx.now))


async def touch_agent(tx: Transaction, row: Row) -> None:
    """Tell the agent's tabs, and whoever watches the desks that he serves, to look again."""
    await touch(tx, f"agent:{row['agent_id']}")
    every = await desks(tx)
    profile = read_profile(row["profile"], [desk.id for desk in every])
    for desk in every:
        if desk.served_by(profile):
            await touch(tx, f"desk:{desk.id}")


async def _signed_on(tx: Transaction, row: Row, *, begins: bool) -> None:
    if begins:
        await open_interval(tx, row["agent_id"], row["status"], row["reason"])
        await emit(tx, AgentSignedOn(row["agent_id"]))
    await tell_seat(tx, "signed_on", row)
    await touch_agent(tx, row)


def _as_kept(profile: Any) -> Any:
    """With lists for tuples, as it comes back from JSON."""
    if isinstance(profile, dict):
        return {key: _as_kept(value) for key, value in profile.items()}
    return [_as_kept(value) for value in profile] if isinstance(profile, list | tuple) else profile
