"""The feed from operations to the owner: written in the operation's transaction, taken in and deleted by the owner.

A fact says what a row has become, not what should happen: losing one loses nothing, for the owner that reads its
state from the rows reads the effect of all facts with it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, select

from qiao.kernel.ids import AgentId, DeskId, InteractionId
from qiao.platform.database import Transaction
from qiao.platform.live import ROUTING, notify
from qiao.routing import store
from qiao.routing.model_facts import ContactArrived
from qiao.routing.rules import seconds

CONTACT_KINDS: Final = frozenset({
    "arrived", "abandoned", "callback", "dropped", "accepted", "declined", "released", "wrapped_up", "transferred",
    "handed",
})  # fmt: skip
AGENT_KINDS: Final = frozenset({"signed_on", "signed_off", "status", "engaged"})
DESK: Final = "desk"
_TAKEN: Final = ("interaction_id", "desk_id", "agent_id", "state", "attempt", "rev")


@dataclass(frozen=True, slots=True)
class Told:
    """One fact row; `at`: when its operation was, in the core's seconds."""

    id: int
    kind: str
    at: float
    body: Mapping[str, Any]


async def tell_contact(tx: Transaction, kind: str, row: Mapping[Any, Any], **more: Any) -> None:
    """What a contact's row has become."""
    await _tell(tx, kind, {key: row[key] for key in _TAKEN} | more)


async def tell_arrival(tx: Transaction, row: Mapping[Any, Any]) -> None:
    """A contact's row began to wait."""
    await _tell(tx, "arrived", dict(row) | {"queued_at": seconds(row["queued_at"])})


async def tell_seat(tx: Transaction, kind: str, row: Mapping[Any, Any]) -> None:
    """What a seat's row has become."""
    keys = ("agent_id", "status", "reason", "profile", "rev")
    await _tell(tx, kind, {key: row[key] for key in keys} | {"engaged": row["engaged_in"] is not None})


async def tell_desk(tx: Transaction, desk_id: DeskId) -> None:
    """A desk is new or its rules changed."""
    await _tell(tx, DESK, {"desk_id": desk_id})


async def waiting_facts(tx: Transaction, limit: int) -> list[Told]:
    """What the owner has not taken in, in order."""
    rows = await tx.rows(select(store.facts).order_by(store.facts.c.id).limit(limit))
    return [Told(row["id"], row["kind"], row["body"]["at"], row["body"]) for row in rows]


async def forget(tx: Transaction, told: list[Told]) -> None:
    """They have been taken in."""
    if told:
        await tx.execute(delete(store.facts).where(store.facts.c.id.in_([fact.id for fact in told])))


def arrival(row: Mapping[Any, Any]) -> ContactArrived:
    """A contact's row, or the body of its arrival, as the core hears of it."""
    queued_at = row["queued_at"]
    return ContactArrived(
        contact_id=InteractionId(uuid_of(row["interaction_id"])),
        desk_id=DeskId(uuid_of(row["desk_id"])),
        channel=row["channel"],
        queued_at=queued_at if isinstance(queued_at, float | int) else seconds(queued_at),
        language=row["language"],
        segment=row["segment"],
        unit=None if row["unit_id"] is None else uuid_of(row["unit_id"]),
        skills=frozenset((skill, level) for skill, level in row["skills"]),
        preferred_agent_id=_agent(row["preferred_agent_id"]),
        avoid_agent_id=_agent(row["avoid_agent_id"]),
        urgent=row["urgent"],
    )


def uuid_of(value: UUID | str) -> UUID:
    """An id from a row, or from JSON."""
    return value if isinstance(value, UUID) else UUID(value)


def _agent(value: UUID | str | None) -> AgentId | None:
    return None if value is None else AgentId(uuid_of(value))


async def _tell(tx: Transaction, kind: str, body: dict[str, Any]) -> None:
    await tx.execute(store.facts.insert().values(kind=kind, body=body | {"at": seconds(tx.now)}))
    await notify(tx, ROUTING)
