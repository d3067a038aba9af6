"""Who texted, and what may come of it: plain values of the hall's turn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from qiao.catalogue import Waiting
from qiao.channels.sms.model_hall import Kind
from qiao.channels.sms.sessions import Place
from qiao.customers import Customer
from qiao.interactions import Beginning, Interaction
from qiao.kernel.ids import InteractionId
from qiao.outreach import CampaignCode
from qiao.post import TextIn
from qiao.routing import EntryPoint
from qiao.selfservice import Input


@dataclass(frozen=True, slots=True)
class Caller:
    """Who texted, where, and in which language he is answered; `link` is where his own page is."""

    text: TextIn
    place: Place
    person: Customer | None
    entry: EntryPoint | None
    language: str
    zone: str
    link: str
    talk: InteractionId | None = None
    """The talk of a callback in which an agent writes with him now."""
    campaigns: Sequence[CampaignCode] = ()
    """The reply codes of campaigns that are live."""
    awaited: Waiting | None = None
    """What waits for digits from his number, if that is what he wrote."""

    def beginning(self) -> Beginning:
        """A contact with him as it begins."""
        person, entry = self.person, self.entry
        return Beginning(
            channel="sms",
            language=self.language,
            unit_id=(person.unit_id if person else None) or (entry.unit_id if entry else None),
            customer_id=person.id if person else None,
            service_id=self.text.sender,
            party=person.masked_name if person else self.text.sender.masked_with_country(),
            segment=person.segment if person else "",
            entry_point=entry.code if entry else "sms",
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said; numbered `options` open a choice. A `secret` one goes to the handset and is nowhere to be read."""

    words: str
    kind: Kind = "open"
    options: Sequence[Mapping[str, Any]] = ()
    missed: bool = False
    secret: bool = False
    hidden: bool = False
    """What he wrote is a secret and stands in no conversation."""
    fetch: bool = False
    """A person is to be fetched, too."""
    contact: Interaction | None = None


@dataclass(frozen=True, slots=True)
class Silence:
    """The machine says nothing now: it was for somebody else, is cut, or is answered by the receipt of its order."""

    why: str = ""
    hidden: bool = False
    contact: Interaction | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A question to be put to the operator once this transaction is over.

    With `about`, what he answers is offered to be chosen as that service's `parameter`; `rest` narrows the choice, and
    `given` are its other parameters. With `weigh` it is an act, and asked is on what terms he can have it: then digits
    are sent for `what` he chose, or why he cannot have it is said.
    """

    code: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    about: str = ""
    parameter: str = ""
    rest: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    weigh: bool = False
    what: str = ""


@dataclass(frozen=True, slots=True)
class Dialogue:
    """A flow to be moved on by one word once this transaction is over."""

    session_id: UUID
    told: Input
    hidden: bool = False
    contact: Interaction | None = None


Step = Answer | Silence | Look | Dialogue
