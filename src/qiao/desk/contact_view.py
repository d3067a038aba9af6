"""A contact as its agent sees it: who it is, and everything that was said before and now, in one stream."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from qiao import customers, interactions, staff
from qiao.customers import Customer
from qiao.desk.access import ContactAccess
from qiao.interactions import Entry, Interaction, Message
from qiao.kernel.ids import AgentId, CustomerId, InteractionId
from qiao.platform.database import Transaction
from qiao.platform.policy import Level

CONTACT: Final = "interactions.contact"
ENTRIES: Final = 30
MESSAGES: Final = 100


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the stream: a message of this contact, or an entry of the customer's timeline."""

    at: datetime
    message: Message | None = None
    entry: Entry | None = None

    @property
    def earlier_contact(self) -> InteractionId | None:
        """The other contact that this line stands for and that can be unfolded, if it does."""
        return self.entry.interaction_id if self.entry is not None and self.entry.kind == CONTACT else None


@dataclass(frozen=True, slots=True)
class Stream:
    """What happened before this contact, then what is said and done in it; oldest first in both."""

    before: tuple[Item, ...]
    now: tuple[Item, ...]
    names: dict[UUID, str]
    older_entries: str | None
    older_messages: int | None
    last_seq: int


@dataclass(frozen=True, slots=True)
class Who:
    """How the other side is called on the screen: by his whole name only once he has proved who he is."""

    name: str
    number: str
    segment: str
    known: bool
    proven: bool


async def customer_of(tx: Transaction, access: ContactAccess) -> Customer | None:
    """Whose contact it is; None when nobody knows, or an agent only says so."""
    return await customers.customer(tx, access.customer_id) if access.customer_id else None


def who(access: ContactAccess, customer: Customer | None) -> Who:
    """The header's words. Before proof: the masked name and number; a stranger's number is his name, said once."""
    contact = access.interaction
    proven = customer is not None and access.level >= Level.ONE_FACTOR
    name = "" if customer is None else (customer.name if proven else customer.masked_name)
    service = contact.proof_service
    number = "" if service is None else service.masked() if customer else service.masked_with_country()
    called = name or contact.party or number
    return Who(
        name=called,
        number="" if number == called else number,
        segment=customer.segment if customer else contact.segment,
        known=customer is not None,
        proven=proven,
    )


async def stream(
    tx: Transaction,
    access: ContactAccess,
    *,
    customer: Customer | None,
    called: str,
    before_seq: int | None = None,
) -> Stream:
    """The newest messages (or those before a number) with what happened around them.

    `called` is how the customer is called; agents bear their own names here, staff know each other.
    """
    contact = access.interaction
    messages = await interactions.messages_before(tx, contact.id, before_seq, limit=MESSAGES)
    first_seq = messages[0].seq if messages else 0
    entries: tuple[Entry, ...] = ()
    older: str | None = None
    if access.customer_id is not None and before_seq is None:
        page = await interactions.timeline(
            tx, access.customer_id, units=access.units, limit=ENTRIES, level=int(access.level)
        )
        entries, older = page.entries, page.before
    said = [Item(message.at, message=message) for message in messages]
    here = (CONTACT, contact.id)
    others = [Item(entry.at, entry=entry) for entry in entries if (entry.kind, entry.interaction_id) != here]
    begins = contact.started_at
    return Stream(
        before=tuple(item for item in others if item.at < begins),
        now=tuple(sorted([*said, *(item for item in others if item.at >= begins)], key=_order)),
        names=await names_of(tx, messages, customer, called),
        older_entries=older,
        older_messages=first_seq if first_seq > 1 else None,
        last_seq=contact.last_seq,
    )


def _order(item: Item) -> tuple[datetime, int]:
    return item.at, item.message.seq if item.message else 0


async def names_of(
    tx: Transaction, messages: Iterable[Message], customer: Customer | None, called: str
) -> dict[UUID, str]:
    """Authors by id."""
    agents = {AgentId(m.author_id) for m in messages if m.author_kind == "agent" and m.author_id is not None}
    found = await staff.agents_by_ids(tx, list(agents))
    names: dict[UUID, str] = {agent.id: agent.name for agent in found.values()}
    if customer is not None and called:
        names[customer.id] = called
    return names


async def older_entries(tx: Transaction, access: ContactAccess, cursor: str) -> tuple[Sequence[Item], str | None]:
    """The page of the timeline above a cursor."""
    if access.customer_id is None:
        return (), None
    page = await interactions.timeline(
        tx,
        CustomerId(access.customer_id),
        units=access.units,
        before=cursor[:200],
        limit=ENTRIES,
        level=int(access.level),
    )
    shown = [Item(entry.at, entry=entry) for entry in page.entries if entry.interaction_id != access.interaction.id]
    return shown, page.before


def files_path(access: ContactAccess, other: Interaction | None = None) -> str:
    """Where files of this contact, or of an earlier one read within it, are fetched."""
    within = f"/desk/contacts/{access.interaction.id}"
    return f"{within}/files/" if other is None else f"{within}/earlier/{other.id}/files/"
