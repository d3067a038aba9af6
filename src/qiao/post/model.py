"""A message on its way out, and the states it goes through: each message ends in exactly one of three."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from qiao.kernel.ids import MessageId
from qiao.kernel.origin import Origin
from qiao.kernel.service_ids import ServiceId

State = Literal["accepted", "claimed", "submitted", "delivered", "failed", "unknown"]
Ending = Literal["delivered", "failed", "unknown"]
Priority = Literal["urgent", "normal", "bulk"]

PRIORITIES: Final[dict[Priority, int]] = {"urgent": 0, "normal": 5, "bulk": 9}
"""Smaller overtakes larger."""
FOLLOWS: Final[dict[State, frozenset[State]]] = {
    "accepted": frozenset({"claimed", "failed"}),
    "claimed": frozenset({"accepted", "submitted", "delivered", "failed", "unknown"}),
    "submitted": frozenset({"delivered", "failed", "unknown"}),
    "delivered": frozenset(),
    "failed": frozenset(),
    "unknown": frozenset(),
}
"""A claimed message goes back to accepted only when it surely never left; an accepted one may be withdrawn."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message of the ledger; `text` is empty once a secret one has arrived."""

    id: MessageId
    purpose: str
    recipient: ServiceId
    text: str
    language: str
    state: State
    accepted_at: datetime
    settled_at: datetime | None
    reason: str
    urgent: bool = False
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A message to be taken into the ledger; see `post.send`."""

    purpose: str
    recipient: ServiceId
    text: str
    language: str
    key: str
    origin: Origin
    priority: Priority = "normal"
    secret: bool = False
    sender: str = ""


@dataclass(frozen=True, slots=True)
class TextIn:
    """One text that somebody sent to us; a sender is only a number seen, never proof of who writes."""

    id: UUID
    sender: ServiceId
    text: str
    received_at: datetime
    addressed_to: str = ""


def may_follow(now: State, then: State) -> bool:
    """Whether a message may go from one state to another."""
    return then in FOLLOWS[now]


def after_crash(state: State, *, repeats_safely: bool) -> State:
    """What a message is whose sender died: nobody knows whether it left, unless sending again does no harm."""
    if state != "claimed":
        return state
    return "accepted" if repeats_safely else "unknown"
