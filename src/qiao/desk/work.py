"""What an agent has on his hands: offers, conversations, cases, and how many wait at his desks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from qiao import cases, customers, interactions, outreach, routing
from qiao.customers import Customer
from qiao.desk.access import TAKE, Standing
from qiao.interactions import Interaction
from qiao.kernel.ids import AgentId, CustomerId, DeskId
from qiao.outreach import Callback
from qiao.platform.database import Transaction
from qiao.platform.policy import Level
from qiao.routing import Desk, DeskWaiting, Offer, Presence

MATTERS_SHOWN: Final = 8
CALLS_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class Offered:
    """Something to accept before `offer.until`: who it is in the few words that an offer needs."""

    offer: Offer
    contact: Interaction
    name: str
    desk: str
    urgent: bool = False
    """Offered by a desk whose contacts wait for nobody."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A contact in hand; `wrap_up_until` while it is written up."""

    contact: Interaction
    name: str
    since: datetime
    wrap_up_until: datetime | None

    @property
    def unread(self) -> int:
        """Messages not seen yet; what is over needs no look."""
        return self.contact.unread if self.contact.ended_at is None else 0


@dataclass(frozen=True, slots=True)
class Work:
    """The left column."""

    agent_id: AgentId
    offers: Sequence[Offered]
    conversations: Sequence[Conversation]
    cases: Sequence[cases.Case]
    cases_open: int
    cases_red: int
    calls: Sequence[tuple[Callback, str]] = ()
    """Calls that his desks owe, the missed first, and how each customer is called."""

    @property
    def topics(self) -> str:
        """What the column watches: the agent himself, and what was read in his conversations."""
        read = [f"read:{one.contact.id}" for one in self.conversations]
        return " ".join([f"agent:{self.agent_id}", *read])


async def my_work(tx: Transaction, standing: Standing, language: str) -> Work:
    """The left column of this agent."""
    agent_id = standing.agent_id
    offers = await routing.my_offers(tx, agent_id)
    offered = [(offer, await interactions.interaction(tx, offer.interaction_id)) for offer in offers]
    held = {one.interaction_id: one for one in await routing.my_contacts(tx, agent_id)}
    mine = await interactions.open_interactions(tx, agent_id)
    names = await names_of(tx, [*(contact for _, contact in offered), *mine])
    desks = {desk.id: desk for desk in await routing.desks(tx, {offer.desk_id for offer in offers})}
    conversations = []
    for contact in mine:
        one = held.get(contact.id)
        until = one.until if one is not None and one.state == "wrap_up" else None
        since = contact.ended_at or contact.answered_at or contact.started_at
        conversations.append(Conversation(contact, names[contact.id], since, until))
    counted = await cases.count_of_agent(tx, agent_id, units=standing.units)
    return Work(
        agent_id=agent_id,
        offers=[_offered(offer, contact, names[contact.id], desks, language) for offer, contact in offered],
        conversations=conversations,
        cases=await cases.newest_of_agent(tx, agent_id, MATTERS_SHOWN, units=standing.units),
        cases_open=counted.open,
        cases_red=counted.red,
        calls=await _calls(tx, standing),
    )


def _offered(offer: Offer, contact: Interaction, name: str, desks: Mapping[DeskId, Desk], language: str) -> Offered:
    desk = desks.get(offer.desk_id)
    return Offered(
        offer, contact, name, desk.name(language) if desk else "", urgent=bool(desk and desk.rules.get("urgent"))
    )


async def _calls(tx: Transaction, standing: Standing) -> list[tuple[Callback, str]]:
    if TAKE not in standing.actor.rights:
        return []
    owed = await outreach.callbacks_owed(tx, desk_ids=standing.desks, units=standing.units, limit=CALLS_SHOWN)
    people = await customers.customers_by_ids(tx, [CustomerId(one.customer_id) for one in owed])
    return [(one, people[one.customer_id].masked_name if one.customer_id in people else "") for one in owed]


async def names_of(tx: Transaction, contacts: Sequence[Interaction]) -> dict[object, str]:
    """How each contact's customer is called in a list: masked until he has proved who he is."""
    ids = {CustomerId(one.customer_id) for one in contacts if one.customer_id and not one.claimed_customer_id}
    known = await customers.customers_by_ids(tx, list(ids))
    names: dict[object, str] = {}
    for contact in contacts:
        found = known.get(contact.customer_id) if contact.customer_id and not contact.claimed_customer_id else None
        names[contact.id] = _called(contact, found)
    return names


def _called(contact: Interaction, customer: Customer | None) -> str:
    if customer is None:
        return contact.party or (contact.proof_service.masked_with_country() if contact.proof_service else "")
    return customer.name if contact.level >= Level.ONE_FACTOR else customer.masked_name


@dataclass(frozen=True, slots=True)
class DeskFigures:
    """How one of my desks stands."""

    desk: Desk
    figures: DeskWaiting


@dataclass(frozen=True, slots=True)
class Bar:
    """The bar at the bottom: how the agent stands, and how many wait for him and his colleagues."""

    agent_id: AgentId
    presence: Presence
    here: bool
    desks: Sequence[DeskFigures]

    @property
    def elsewhere(self) -> bool:
        """Whether he works in another browser now."""
        return self.presence.seat is not None and not self.here


async def bar(tx: Transaction, agent_id: AgentId, seat: object, desk_ids: frozenset[DeskId]) -> Bar:
    """The bar of an agent in the browser whose seat this is."""
    presence = await routing.presence_of(tx, agent_id)
    known = {desk.id: desk for desk in await routing.desks(tx, desk_ids)}
    figures = [DeskFigures(known[one.desk_id], one) for one in await routing.waiting_summary(tx, list(desk_ids))]
    return Bar(agent_id, presence, presence.seat == seat, figures)
