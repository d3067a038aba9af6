"""What one contact counts as, and what many come to: pure.

Containment is "self-service ends without a human within 24 h" (KPI definitions of contact centres, as COPC and vendors
use them); a person asked for on any channel counts, answered or not, so that a long queue makes no figure better.
Sums only: a share is made of two sums at the end, and stands beside its denominator.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, Literal
from uuid import UUID

By = Literal["day", "channel", "service", "language", "segment"]
BYS: Final[tuple[By, ...]] = ("service", "channel", "language", "segment", "day")
WITHIN: Final = timedelta(hours=24)
RIPE_AFTER: Final = WITHIN + timedelta(hours=1)
"""After a day's end: its last contacts have ended by then, and had their 24 hours."""
VISIT: Final = timedelta(minutes=30)
"""Orders of one customer on one page's channel within the same half hour are one contact (the usual web session)."""


@dataclass(frozen=True, slots=True)
class Contact:
    """One contact as it stands; see the room's README for the words. `person_at`: when he first asked for a person."""

    id: UUID
    day: date
    channel: str
    service: str
    language: str
    segment: str
    unit_id: UUID | None
    customer_id: UUID | None
    started_at: datetime
    ended_at: datetime | None
    machine: bool
    person_at: datetime | None
    answered: bool
    done: bool
    followed_at: datetime | None = None
    guessed: bool = False
    """`service` is what his words seemed to mean: an order or a flow tells it better."""

    @property
    def over(self) -> bool:
        """Whether it counts yet: it has ended, or a person was asked for."""
        return self.ended_at is not None or self.person_at is not None

    @property
    def alone(self) -> bool:
        """The machine served from beginning to end."""
        return self.machine and self.person_at is None

    @property
    def until(self) -> datetime:
        """Its end, as far as that is known."""
        return self.ended_at or self.started_at


@dataclass(frozen=True, slots=True)
class Key:
    """What a day row is about."""

    day: date
    channel: str
    service: str
    language: str
    segment: str
    unit_id: UUID | None


@dataclass(frozen=True, slots=True)
class Counts:
    """How many contacts; `answered` had a person, `asked` wanted one, `machine` were served by one at least at first.

    Of `machine`: `handed` went to a person in the same contact, `followed` asked for one within 24 hours after,
    `unknown` are of nobody known, so that nobody can tell. `done`: an order in it was carried out.
    """

    contacts: int = 0
    machine: int = 0
    handed: int = 0
    followed: int = 0
    unknown: int = 0
    asked: int = 0
    answered: int = 0
    done: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, one.name) + getattr(other, one.name) for one in fields(self)))

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, one.name) - getattr(other, one.name) for one in fields(self)))

    @property
    def contained(self) -> int:
        """Served by the machine alone, and no person was asked for within 24 hours."""
        return self.machine - self.handed - self.followed - self.unknown

    @property
    def containment(self) -> "Share":
        """Contained of those served by the machine of whom it can be known."""
        return Share(self.contained, self.machine - self.unknown)

    @property
    def straight(self) -> int:
        """Asked for a person with no machine before."""
        return self.asked - self.handed


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `of`."""

    count: int
    of: int

    @property
    def percent(self) -> float | None:
        """0 to 100; None of nothing."""
        return None if self.of == 0 else 100 * self.count / self.of


@dataclass(frozen=True, slots=True)
class Prices:
    """What a contact costs the house, in minor units of its currency, by channel and whether a person had it.

    `told` has "sms" for the machine and "person.sms" for a person; "" and "person" are for channels that are not named.
    """

    told: Mapping[str, Decimal]
    currency: str

    def machine(self, channel: str) -> Decimal:
        """One contact served by the machine."""
        return self.told.get(channel, self.told.get("", Decimal(0)))

    def person(self, channel: str) -> Decimal:
        """One contact that a person had."""
        return self.told.get(f"person.{channel}", self.told.get("person", Decimal(0)))


@dataclass(frozen=True, slots=True)
class Cost:
    """What contacts cost, and what those that stayed with the machine would have cost more with a person."""

    spent: Decimal = Decimal(0)
    spared: Decimal = Decimal(0)

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.spent + other.spent, self.spared + other.spared)


def counted(contact: Contact) -> tuple[Key, Counts] | None:
    """The day row this contact belongs to, and what it adds there; None while it still goes on by machine."""
    if not contact.over:
        return None
    key = Key(contact.day, contact.channel, contact.service, contact.language, contact.segment, contact.unit_id)
    unknown = contact.alone and contact.customer_id is None
    return key, Counts(
        contacts=1,
        machine=int(contact.machine),
        handed=int(contact.machine and contact.person_at is not None),
        followed=int(contact.alone and not unknown and contact.followed_at is not None),
        unknown=int(unknown),
        asked=int(contact.person_at is not None),
        answered=int(contact.answered),
        done=int(contact.done),
    )


def changes(before: Contact | None, after: Contact | None) -> dict[Key, Counts]:
    """What must be added to day rows when a contact changes so; nothing where nothing changes."""
    found: dict[Key, Counts] = {}
    for contact, sign in ((before, -1), (after, 1)):
        told = counted(contact) if contact is not None else None
        if told is not None:
            key, counts = told
            known = found.get(key, Counts())
            found[key] = known + counts if sign > 0 else known - counts
    return {key: counts for key, counts in found.items() if counts != Counts()}


def followed(contacts: Iterable[Contact]) -> dict[UUID, datetime | None]:
    """For each contact of one customer that the machine served alone: when he first asked for a person, if he did so
    within 24 hours of its end, in whichever other contact."""
    known = list(contacts)
    asked = sorted(one.person_at for one in known if one.person_at is not None)
    return {
        one.id: next((at for at in asked if one.until <= at <= one.until + WITHIN), None) for one in known if one.alone
    }


def merged(known: Contact, fresh: Contact) -> Contact:
    """A contact worked out anew, with what only earlier events told: what it was about, and that an order was done."""
    best = known if known.service and not (known.guessed and fresh.service and not fresh.guessed) else fresh
    ends = [at for at in (known.ended_at, fresh.ended_at) if at is not None]
    return replace(
        fresh,
        ended_at=max(ends, default=None),
        service=best.service,
        guessed=best.guessed,
        done=known.done or fresh.done,
        machine=known.machine or fresh.machine,
        followed_at=known.followed_at,
    )


def day_of(at: datetime, zone: tzinfo) -> date:
    """The day of the centre in which this is."""
    return at.astimezone(zone).date()


def ripe(day: date, now: datetime, zone: tzinfo) -> bool:
    """Whether all contacts of this day have had their 24 hours."""
    return now >= datetime.combine(day + timedelta(days=1), time(), zone) + RIPE_AFTER


def visit_at(at: datetime) -> datetime:
    """The beginning of the half hour in which this is."""
    seconds = VISIT.total_seconds()
    return datetime.fromtimestamp(at.timestamp() // seconds * seconds, at.tzinfo)


def summed(rows: Iterable[tuple[Key, Counts]], by: Callable[[Key], str]) -> dict[str, Counts]:
    """Sums by whatever `by` tells of a row."""
    found: dict[str, Counts] = {}
    for key, counts in rows:
        found[by(key)] = found.get(by(key), Counts()) + counts
    return found


def part_of(key: Key, by: By) -> str:
    """What a row is under in a table by this."""
    return str(getattr(key, by))


def cost_of(channel: str, counts: Counts, prices: Prices) -> Cost:
    """What contacts of one channel cost: each that a machine served its price, each that a person had that price, too.

    Spared: for each contained one what a person costs there and the machine does not.
    """
    machine, person = prices.machine(channel), prices.person(channel)
    spent = counts.machine * machine + counts.answered * person
    return Cost(spent, counts.contained * max(Decimal(0), person - machine))


def whole(amount: Decimal) -> int:
    """Minor units, rounded once, at the end."""
    return int(amount.to_integral_value(ROUND_HALF_EVEN))
