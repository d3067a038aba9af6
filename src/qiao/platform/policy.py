"""Who may see and do what: words shared by all rooms, and the pure decision."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Literal
from uuid import UUID

from qiao.kernel.languages import N_
from qiao.kernel.refused import NotAllowed, NotFound, Refused


class Level(IntEnum):
    """What the customer has proved in this contact; it never carries to the next one."""

    UNKNOWN = 0
    NUMBER_SEEN = 1
    ONE_FACTOR = 2
    TWO_FACTORS = 3


class Basis(StrEnum):
    """Why somebody may look at all."""

    LIVE_CONTACT = "live_contact"
    CASE = "case"
    CALLBACK = "callback"
    EMERGENCY = "emergency"
    SUPERVISION = "supervision"
    BREAK_GLASS = "break_glass"
    SELF = "self"


class IdentityNotProven(Refused):
    """The level proved in this contact is too low for what was asked."""

    code = "platform.identity_not_proven"
    status = 403
    text = N_("Identity is not proven for this yet. Nothing was shown or changed; send a one-time code first.")


@dataclass(frozen=True)
class Access:
    """What a route asks of whoever calls it; stands on every route, or the app does not start.

    `right` None means that being signed in on that side is enough. `level` is what the route asks at least of the
    customer's proof, checked where the basis is known.
    """

    audience: Literal["staff", "customer", "public", "any"]
    right: str | None = None
    bases: frozenset[Basis] = frozenset()
    level: Level = Level.UNKNOWN


@dataclass(frozen=True)
class Actor:
    """Whoever is signed in."""

    kind: Literal["staff", "customer"]
    id: UUID
    name: str
    unit_id: UUID | None
    rights: frozenset[str]
    language: str
    session_id: UUID
    csrf: str
    level: Level = Level.UNKNOWN
    service: str = ""
    """The number a customer signed in with, as `str(ServiceId)`."""

    @property
    def reference(self) -> str:
        """As stored in audit rows and origins: "agent:<id>" or "customer:<id>"."""
        return f"{'agent' if self.kind == 'staff' else 'customer'}:{self.id}"


def decide(
    *, allowed: frozenset[Basis], found: frozenset[Basis], needed: Level, proved: Level, same_unit: bool
) -> Basis:
    """The basis on which this may go ahead.

    Raises NotFound without a basis or across organisation units (the thing does not exist for him), and
    IdentityNotProven when there is a basis but too little proof. With no customer on the line (every basis but
    a live contact) the level cannot be asked of him; the category of the case must list the act, elsewhere.
    """
    usable = allowed & found if same_unit else frozenset()
    if not usable:
        raise NotFound
    if Basis.SELF in usable or Basis.LIVE_CONTACT in usable:
        if proved < needed and not (usable - {Basis.SELF, Basis.LIVE_CONTACT}):
            raise IdentityNotProven
        if proved >= needed:
            return Basis.SELF if Basis.SELF in usable else Basis.LIVE_CONTACT
    return min(usable - {Basis.SELF, Basis.LIVE_CONTACT})


def must_hold(actor: Actor, right: str) -> None:
    """Raises NotAllowed unless the actor holds the right."""
    if right not in actor.rights:
        raise NotAllowed
