"""The one place that decides on what basis, and at what level, a member of staff may look at somebody's matters.

Every page and verb under /desk that concerns a customer comes through here. Whatever cannot be seen does not exist:
a foreign contact, case or customer is answered exactly as a missing one (NotFound). The level is what was proved in
the present contact and is never taken from anywhere else. `viewed` writes who saw what; the transaction that calls
it is committed before the page leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from litestar.connection import ASGIConnection

from qiao import cases, customers, interactions, routing, staff
from qiao.cases import Case
from qiao.customers import Customer
from qiao.interactions import Interaction
from qiao.kernel.ids import AgentId, CaseId, CustomerId, DeskId, InteractionId, UnitId
from qiao.kernel.refused import NotFound
from qiao.platform import audit
from qiao.platform.database import Transaction
from qiao.platform.policy import Actor, Basis, IdentityNotProven, Level, decide, must_hold
from qiao.platform.web import require_actor

AnyConnection = ASGIConnection[Any, Any, Any, Any]
Caller = AnyConnection | Actor
"""Whoever asks: a request, or on the live stream the actor himself."""

SUPERVISE: Final = "team.steer"
TAKE: Final = "contacts.take"
READ_CASES: Final = "cases.read"
TO_LOOK: Final = frozenset({Basis.LIVE_CONTACT, Basis.SUPERVISION})
TO_ACT: Final = frozenset({Basis.LIVE_CONTACT})
WRITING_UP: Final = timedelta(minutes=30)
"""How long after its end a contact still opens what was proved in it."""
CASE_BASES: Final = frozenset({Basis.CASE, Basis.LIVE_CONTACT, Basis.SUPERVISION})
CASE_BASES_TO_ACT: Final = frozenset({Basis.CASE, Basis.LIVE_CONTACT})


@dataclass(frozen=True, slots=True)
class Standing:
    """What an actor is by himself: his desks, and the organisation units he may see (his own and those below).

    His desks are those named for him; where none are, those that his skills and segments serve.
    """

    actor: Actor
    desks: frozenset[DeskId]
    units: frozenset[UnitId]

    @property
    def agent_id(self) -> AgentId:
        """The actor as agent."""
        return AgentId(self.actor.id)

    def sees(self, unit_id: UnitId | None) -> bool:
        """Whether something of this unit may be seen; what belongs to no unit is everybody's."""
        return unit_id is None or unit_id in self.units


@dataclass(frozen=True, slots=True)
class ContactAccess:
    """A contact that may be seen: `level` is what was proved in it, `basis` why it may be seen.

    `units` are the organisation units whose records the actor may see.
    """

    actor: Actor
    interaction: Interaction
    basis: Basis
    level: Level
    units: frozenset[UnitId]

    @property
    def claimed(self) -> bool:
        """Whether the other side says he is somebody, and nothing was proved since."""
        return self.interaction.claimed_customer_id is not None

    @property
    def may_act(self) -> bool:
        """Whether the contact is the actor's own now; whoever supervises only looks."""
        return self.basis is Basis.LIVE_CONTACT

    @property
    def customer_id(self) -> CustomerId | None:
        """Whose contact it is, if that is known and not merely claimed."""
        return None if self.claimed else self.interaction.customer_id

    @property
    def interaction_id(self) -> InteractionId:
        """The contact itself, for audit rows."""
        return self.interaction.id


@dataclass(frozen=True, slots=True)
class CaseAccess:
    """A case that may be seen; `interaction` is the actor's live contact with its customer, if there is one."""

    actor: Actor
    case: Case
    basis: Basis
    level: Level
    interaction: Interaction | None

    @property
    def may_act(self) -> bool:
        """Whether he answers for the case or talks to its customer; whoever supervises only looks."""
        return self.basis is not Basis.SUPERVISION

    @property
    def customer_id(self) -> CustomerId | None:
        """Whose case it is."""
        return self.case.customer_id

    @property
    def interaction_id(self) -> InteractionId | None:
        """The live contact through which it is seen, for audit rows."""
        return self.interaction.id if self.interaction else None


@dataclass(frozen=True, slots=True)
class CustomerAccess:
    """A customer seen through a contact or a case."""

    actor: Actor
    customer: Customer
    basis: Basis
    level: Level
    interaction_id: InteractionId | None

    @property
    def customer_id(self) -> CustomerId:
        """Who he is."""
        return self.customer.id


Seen = ContactAccess | CaseAccess | CustomerAccess

# What gives a basis: pure, and tried as a table in tests/desk -----------------------------------------------------


def bases_of_contact(standing: Standing, contact: Interaction, agent_unit: UnitId | None) -> frozenset[Basis]:
    """Why this actor may see the contact: it is his until it is wrapped up, or he supervises whoever has it now.

    `agent_unit` is the organisation unit of the agent who has it. Whoever takes contacts no longer has none.
    """
    if contact.agent_id is None or contact.wrapped_up_at is not None:
        return frozenset()
    if contact.agent_id == standing.agent_id:
        return frozenset({Basis.LIVE_CONTACT} if TAKE in standing.actor.rights else ())
    if SUPERVISE in standing.actor.rights and agent_unit is not None and agent_unit in standing.units:
        return frozenset({Basis.SUPERVISION})
    return frozenset()


def bases_of_case(
    standing: Standing, case: Case, contact: Interaction | None, owner_unit: UnitId | None
) -> frozenset[Basis]:
    """Why this actor may see the case: he owns it, it lies on a desk of his, its customer is with him now, or he
    supervises its owner, or it is nobody's yet. `contact` is his live contact with the case's customer."""
    found = set()
    if case.owner_id == standing.agent_id or (case.desk_id is not None and case.desk_id in standing.desks):
        found.add(Basis.CASE)
    if contact is not None:
        found |= bases_of_contact(standing, contact, None) & {Basis.LIVE_CONTACT}
    his = case.owner_id is None if owner_unit is None else owner_unit in standing.units
    if SUPERVISE in standing.actor.rights and his:
        found.add(Basis.SUPERVISION)
    return frozenset(found)


def proved_now(contact: Interaction, now: datetime) -> Level:
    """What was proved in this contact, for as long as there is something to write up; afterwards nothing is.

    Else a contact that nobody writes up would keep an account open for ever.
    """
    over = contact.ended_at is not None and now - contact.ended_at > WRITING_UP
    return Level.UNKNOWN if over else Level(contact.level)


# The query layer --------------------------------------------------------------------------------------------------


async def standing_of(caller: Caller, tx: Transaction) -> Standing:
    """What the caller is by himself. Raises SignInNeeded, and NotFound for an agent who is no more."""
    actor = caller if isinstance(caller, Actor) else require_actor(caller)
    agent = await staff.agent(tx, AgentId(actor.id))
    units = frozenset(await staff.units_under(tx, agent.unit_id))
    mine = frozenset(agent.desks) or frozenset(
        desk.id for desk in await routing.desks(tx) if serves(agent, desk) and desk.unit_id in {None, *units}
    )
    return Standing(actor, mine, units)


def serves(agent: staff.Agent, desk: routing.Desk) -> bool:
    """Whether a desk's contacts may come to this agent: the skills it asks for, and one of its segments."""
    skilled = all(agent.skills.get(skill, 0) >= level for skill, level in desk.plan.core.skills)
    anyone = desk.segments is None or agent.segments is None
    return skilled and (anyone or not set(agent.segments or ()).isdisjoint(desk.segments or ()))


async def contact_for(
    caller: Caller,
    tx: Transaction,
    interaction_id: UUID,
    *,
    needs: Level = Level.UNKNOWN,
    allowed: frozenset[Basis] = TO_LOOK,
) -> ContactAccess:
    """A contact the caller has now (talking, or writing it up) or supervises. Verbs pass `allowed=TO_ACT`.

    Raises NotFound, and IdentityNotProven when it is his but too little was proved in it.
    """
    standing = await standing_of(caller, tx)
    contact = await interactions.interaction(tx, InteractionId(interaction_id))
    found = bases_of_contact(standing, contact, await _unit_of(tx, standing, contact.agent_id))
    level = proved_now(contact, tx.now)
    basis = decide(allowed=allowed, found=found, needed=needs, proved=level, same_unit=standing.sees(contact.unit_id))
    _must_be_proved(level, needs)
    return ContactAccess(standing.actor, contact, basis, level, standing.units)


async def case_for(
    caller: Caller,
    tx: Transaction,
    case_id: UUID,
    *,
    right: str = READ_CASES,
    allowed: frozenset[Basis] = CASE_BASES,
) -> CaseAccess:
    """A case the caller owns, has on a desk of his, talks about with its customer now, or supervises.

    Verbs pass their own `right` and `allowed=CASE_BASES_TO_ACT`. Raises NotFound, and NotAllowed without the right.
    """
    standing = await standing_of(caller, tx)
    case = await cases.case_alone(tx, CaseId(case_id))
    contact, level = await _live_contact_about(tx, standing, case)
    found = bases_of_case(standing, case, contact, await _unit_of(tx, standing, case.owner_id))
    basis = decide(
        allowed=allowed, found=found, needed=Level.UNKNOWN, proved=level, same_unit=standing.sees(case.unit_id)
    )
    must_hold(standing.actor, right)
    return CaseAccess(standing.actor, case, basis, level, contact)


async def customer_for(
    caller: Caller,
    tx: Transaction,
    customer_id: UUID | None,
    *,
    via: ContactAccess | CaseAccess,
    needs: Level = Level.UNKNOWN,
) -> CustomerAccess:
    """The customer of a contact or case that was let through before, and no other.

    With no customer on the line nothing above level 0 is shown through a case. Raises NotFound and IdentityNotProven.
    """
    if customer_id is None or via.customer_id != customer_id:
        raise NotFound
    standing = await standing_of(caller, tx)
    customer = await customers.customer(tx, CustomerId(customer_id))
    basis = decide(
        allowed=frozenset({via.basis}),
        found=frozenset({via.basis}),
        needed=needs,
        proved=via.level,
        same_unit=standing.sees(customer.unit_id),
    )
    _must_be_proved(via.level, needs)
    return CustomerAccess(via.actor, customer, basis, via.level, via.interaction_id)


async def earlier_for(caller: Caller, tx: Transaction, via: ContactAccess, interaction_id: UUID) -> Interaction:
    """Another contact of the same customer, to be read within the present one. Raises NotFound."""
    if via.customer_id is None:
        raise NotFound
    standing = await standing_of(caller, tx)
    other = await interactions.interaction(tx, InteractionId(interaction_id))
    if other.customer_id != via.customer_id or not standing.sees(other.unit_id):
        raise NotFound
    return other


async def viewed(
    tx: Transaction, seen: Seen, act: str, *, subject: str = "", details: Mapping[str, Any] | None = None
) -> None:
    """Write that the actor saw something of a customer ("view.contact"); commit before the page leaves."""
    await _write(tx, seen, act, subject, details, once=True)


async def did(
    tx: Transaction, seen: Seen, act: str, *, subject: str = "", details: Mapping[str, Any] | None = None
) -> None:
    """Write that the actor changed something ("do.transfer"); each time it is done."""
    await _write(tx, seen, act, subject, details, once=False)


async def _write(
    tx: Transaction, seen: Seen, act: str, subject: str, details: Mapping[str, Any] | None, *, once: bool
) -> None:
    await audit.record(
        tx,
        actor=seen.actor.reference,
        act=act,
        customer_id=seen.customer_id,
        interaction_id=seen.interaction_id,
        unit_id=seen.actor.unit_id,
        subject=subject,
        details={"basis": str(seen.basis), **(details or {})},
        once=once,
    )


def _must_be_proved(level: Level, needs: Level) -> None:
    """Whoever supervises, or reads through a case, sees no more than the customer has proved to somebody now."""
    if level < needs:
        raise IdentityNotProven


async def _unit_of(tx: Transaction, standing: Standing, agent_id: AgentId | None) -> UnitId | None:
    """The unit of whoever has it, looked up only for those who may supervise."""
    if agent_id is None or agent_id == standing.agent_id or SUPERVISE not in standing.actor.rights:
        return None
    found = await staff.agents_by_ids(tx, [agent_id])
    return found[agent_id].unit_id if agent_id in found else None


async def _live_contact_about(tx: Transaction, standing: Standing, case: Case) -> tuple[Interaction | None, Level]:
    """The caller's live contact with the case's customer, else one that was linked to the case; and its level.

    Of two the one that goes on, and begun last: an ended one lends its level to no other, nor to somebody who merely
    says now that he is that customer.
    """
    mine = await interactions.open_interactions(tx, standing.agent_id)
    known = [contact for contact in mine if contact.claimed_customer_id is None]
    if case.customer_id is not None:
        with_him = [contact for contact in mine if contact.whose_proof == case.customer_id]
        with_him.sort(key=lambda one: (one.ended_at is None, one.claimed_customer_id is None, one.started_at))
        for contact in reversed(with_him):
            if contact.claimed_customer_id is None:
                return contact, proved_now(contact, tx.now) if contact is with_him[-1] else Level.UNKNOWN
    linked = set(await cases.interactions_of(tx, case.id)) if known else set()
    nobody = next((contact for contact in known if contact.customer_id is None and contact.id in linked), None)
    return nobody, proved_now(nobody, tx.now) if nobody is not None else Level.UNKNOWN
