"""The owner's memory: the core's state beside what each row was when last heard of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from qiao.kernel.ids import AgentId, DeskId, InteractionId
from qiao.routing import model_facts as say
from qiao.routing.facts import AGENT_KINDS, CONTACT_KINDS, Told, arrival, uuid_of
from qiao.routing.model import RoutingState, decide
from qiao.routing.model_rules import DeskRules, Profile
from qiao.routing.model_state import ACTIVE, OFFERED, STRANDED, WAITING, WRAP_UP
from qiao.routing.rules import read_profile
from qiao.routing.store import HERE

STATES = {WAITING: "waiting", OFFERED: "offered", ACTIVE: "active", STRANDED: "active", WRAP_UP: "wrap_up"}


class RowMovedOn(Exception):
    """Rows and memory have parted: what was decided must not be written, and the memory is to be read anew."""


@dataclass(slots=True)
class ContactRow:
    """A contact's row as last heard of."""

    rev: int
    state: str
    desk_id: DeskId
    agent_id: AgentId | None
    attempt: int


@dataclass(slots=True)
class SeatRow:
    """A signed-on seat's row as last heard of."""

    rev: int
    ready: bool
    reason: str | None
    lost: bool
    profile: Mapping[str, Any]


@dataclass(slots=True)
class Memory:
    """The core, the rows as they are known to be, and what has been decided but not yet written."""

    core: RoutingState = field(default_factory=RoutingState)
    contacts: dict[InteractionId, ContactRow] = field(default_factory=dict)
    seats: dict[AgentId, SeatRow] = field(default_factory=dict)
    outcomes: list[say.Outcome] = field(default_factory=list)
    touched: set[InteractionId] = field(default_factory=set)
    seats_touched: set[AgentId] = field(default_factory=set)
    heard: set[int] = field(default_factory=set)
    """Ids of facts whose effect came with the rows."""

    def tell(self, fact: say.Fact, now: float) -> list[say.Outcome]:
        """Let the core decide, and note what it changed."""
        came = decide(self.core, fact, now)
        for outcome in came:
            if isinstance(outcome, say.StatusSetBySystem):
                self.seats_touched.add(AgentId(outcome.agent_id))  # type: ignore[arg-type]
            else:
                self.touched.add(InteractionId(outcome.contact_id))  # type: ignore[arg-type]
        self.outcomes += came
        return came

    def set_desks(self, rules: Iterable[DeskRules], now: float) -> None:
        """Have these desks with these rules."""
        before = set(self.core.desks)
        for one in rules:
            known = self.core.desks.get(one.desk_id)
            if known is None or known.rules != one:
                self.tell(say.DeskSet(one), now)
        if before != self.core.desks.keys():
            for agent_id, seat in self.seats.items():
                self.tell(say.AgentSignedOn(agent_id, self.profile(seat.profile)), now)

    def profile(self, given: Mapping[str, Any]) -> Profile:
        """What an agent of this kept profile can do at the desks there are."""
        return read_profile(given, self.core.desks)

    def hear(self, told: Told, now: float) -> None:
        """Take in one fact row, as of its own time: an offer accepted in time is not missed because word came late.

        Raises RowMovedOn when the core cannot follow, for facts of one moment may come in another order.
        """
        if told.id in self.heard:
            return
        now = min(told.at, now)
        if told.kind in CONTACT_KINDS:
            self._hear_contact(told.kind, told.body, now)
        elif told.kind in AGENT_KINDS:
            self._hear_seat(told.kind, told.body, now)

    def forget_written(self) -> None:
        """All that was decided is in rows now."""
        for interaction_id in self.touched:
            if interaction_id not in self.core.contacts:
                self.contacts.pop(interaction_id, None)
        self.outcomes = []
        self.touched = set()
        self.seats_touched = set()

    def _hear_contact(self, kind: str, body: Mapping[str, Any], now: float) -> None:
        interaction_id = InteractionId(uuid_of(body["interaction_id"]))
        self.contacts[interaction_id] = contact_row(body)
        self.touched.add(interaction_id)
        self.tell(contact_fact(kind, interaction_id, body), now)
        if body["state"] not in HERE and interaction_id in self.core.contacts:
            self.tell(say.ContactDropped(interaction_id), now)  # whatever it was to the core: it is over
        contact = self.core.contacts.get(interaction_id)
        here = None if contact is None else STATES[contact.state]
        his = None if contact is None or contact.agent is None else contact.agent.agent_id
        if (
            (kind == "accepted" and here != "active")
            or (kind == "released" and here not in (None, "wrap_up"))
            or (kind == "handed" and (here != "active" or his != self.contacts[interaction_id].agent_id))
        ):
            raise RowMovedOn

    def _hear_seat(self, kind: str, body: Mapping[str, Any], now: float) -> None:
        agent_id = AgentId(uuid_of(body["agent_id"]))
        self.seats_touched.add(agent_id)
        if kind == "signed_off":
            self.seats.pop(agent_id, None)
            self.tell(say.AgentSignedOff(agent_id), now)
            return
        known = self.seats.get(agent_id)
        ready, reason = body["status"] == "ready", body["reason"]
        lost = known is not None and known.lost and kind != "signed_on"
        profile = body["profile"] if known is None or kind == "signed_on" else known.profile
        self.seats[agent_id] = SeatRow(body["rev"], ready, reason, lost, profile)
        if kind == "signed_on":
            self.tell(say.AgentSignedOn(agent_id, self.profile(profile)), now)
            self.tell(say.AgentBack(agent_id), now)
        self.tell(say.AgentEngaged(agent_id, body["engaged"]), now)
        self.tell(say.AgentStatusSet(agent_id, ready, reason), now)


def contact_fact(kind: str, interaction_id: InteractionId, body: Mapping[str, Any]) -> say.Fact:
    """A contact's fact row as the core hears it."""
    match kind:
        case "arrived":
            return arrival(body)
        case "accepted":
            return say.OfferAccepted(interaction_id, uuid_of(body["agent_id"]))
        case "declined":
            return say.OfferDeclined(interaction_id, uuid_of(body["from_agent"]))
        case "released":
            return say.ContactReleased(interaction_id)
        case "wrapped_up":
            return say.WrapUpFinished(interaction_id)
        case "transferred":
            to_agent = None if body["to_agent"] is None else uuid_of(body["to_agent"])
            return say.ContactTransferred(interaction_id, uuid_of(body["desk_id"]), to_agent, body["avoided"])
        case "handed":
            return say.ContactHanded(interaction_id, uuid_of(body["agent_id"]))
        case "abandoned":
            return say.ContactAbandoned(interaction_id)
        case "callback":
            return say.CallbackTaken(interaction_id)
        case _:
            return say.ContactDropped(interaction_id)


def contact_row(row: Mapping[Any, Any]) -> ContactRow:
    """What is to be remembered of a row, or of a fact's body."""
    agent_id = row["agent_id"]
    return ContactRow(
        row["rev"],
        row["state"],
        DeskId(uuid_of(row["desk_id"])),
        None if agent_id is None else AgentId(uuid_of(agent_id)),
        row["attempt"],
    )
