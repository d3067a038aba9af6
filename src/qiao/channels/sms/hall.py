"""The SMS hall's loop: texts in their order, many at a time, by the one process that holds the lease.

A turn reads what nobody has heard, decides in one transaction, asks the operator outside any, and says what came of it
in another; killed anywhere in between, the text is heard again and answered once (each answer is keyed by its text).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import lru_cache
from typing import Final
from uuid import UUID

import structlog
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError

from qiao import catalogue, customers, outreach, post, routing
from qiao.bss import OperatorAway
from qiao.channels.sms import dialogues, hearing, orders, sessions
from qiao.channels.sms.spoken import Answer, Caller, Dialogue, Look, Silence
from qiao.customers import Customer
from qiao.kernel.ids import CustomerId, InteractionId
from qiao.kernel.languages import nearest
from qiao.kernel.service_ids import NumberNotUnderstood, ServiceId, parse_service_id
from qiao.platform.database import Transaction
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House
from qiao.platform.leases import Lease, hold
from qiao.platform.live import TEXTS
from qiao.post import TextIn
from qiao.routing import EntryPoint

log = structlog.get_logger(__name__)
LEASE: Final = "sms.hall"
BATCH: Final = 64
FLOODED: Final = 16
"""So few numbers among so many texts: somebody sends more than he is heard, and others wait behind him."""
LOOK_SECONDS: Final = 1.0
SWEEP_EVERY: Final = timedelta(seconds=30)
HEARD: Final = "sms.hall.heard"
ASKED: Final = "sms.hall.asked"


async def run(house: House) -> None:
    """Take turns at hearing texts, for ever; any number of processes may run this."""

    async def work(lease: Lease) -> None:
        async with house.hub.subscribe(TEXTS) as told:
            swept_at = None
            while True:
                if not await turn(house, lease):
                    if swept_at is None or house.clock.now() - swept_at >= SWEEP_EVERY:
                        swept_at = house.clock.now()
                        await sweep(house, lease)
                    await told.get(LOOK_SECONDS)

    await hold(house.database, LEASE, work)


async def sweep(house: House, lease: Lease | None = None) -> None:
    """Contacts whose session lapsed end; sessions nobody can take up go."""
    async with _fenced(house, lease) as tx:
        await sessions.sweep(tx)
        await sessions.forget(tx)


async def turn(house: House, lease: Lease | None = None) -> int:
    """Hear what waits, at most BATCH texts and one of each number; returns how many were heard."""
    async with house.database.transaction() as tx:
        waiting = await post.unheard(tx, limit=BATCH)
        batch = _first_of_each(waiting)
        if len(waiting) == BATCH and len(batch) <= FLOODED:
            batch = await post.unheard_of_each(tx, limit=BATCH)
    if not batch:
        return 0
    try:
        await _hear(house, lease, batch)
    except (DBAPIError, DriverError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 - each is heard alone, where its fault is told
        log.warning("sms.batch_failed", error=type(error).__name__)
        for one in batch:
            await _alone(house, lease, one)
    return len(batch)


async def _alone(house: House, lease: Lease | None, text: TextIn) -> None:
    """One text by itself, so that what cannot be heard stops nobody else."""
    try:
        await _hear(house, lease, [text])
    except (DBAPIError, DriverError, OSError):
        raise
    except Exception as error:
        log.exception("sms.text_parked", text_id=str(text.id))
        async with house.database.transaction() as tx:
            await post.heard(tx, [text.id], fault=type(error).__name__)


async def _hear(house: House, lease: Lease | None, batch: Sequence[TextIn]) -> None:
    known = await _recognize(house, batch)
    secrets: set[UUID] = set()
    looks: list[tuple[Caller, Look | Dialogue]] = []
    answers: list[tuple[Caller, Answer]] = []
    noted: list[tuple[Caller, Silence]] = []
    async with _fenced(house, lease) as tx:
        numbers = {number: entry for number, entry in (await routing.entry_points(tx)).items() if entry.is_number}
        entries = {number: entry for number, entry in numbers.items() if "sms" in entry.channels}
        ours = _ours(frozenset(numbers) | {entry.display_number for entry in numbers.values()}, house.settings.region)
        if known is None:
            known = await customers.customers_of(tx, {text.sender for text in batch})
        holders = [(person.id, text.sender) for text in batch if (person := known.get(text.sender)) is not None]
        talks = await outreach.talks_with(tx, holders)
        placed = await sessions.places(tx, {(text.sender, text.addressed_to) for text in batch})
        campaigns = await outreach.live_codes(tx)
        awaited = await orders.awaited(tx, batch)
        for text in batch:
            place, entry = placed[text.sender, text.addressed_to], entries.get(text.addressed_to)
            caller = _caller(house, text, place, known.get(text.sender), entry, talks, campaigns, awaited)
            step = await hearing.hear(tx, caller, ours=ours)
            if isinstance(step, Look | Dialogue):
                looks.append((caller, step))
            elif isinstance(step, Answer):
                answers.append((caller, step))
                secrets |= {text.id} if step.hidden else set()
            elif step.contact is not None:
                noted.append((caller, step))
                secrets |= {text.id} if step.hidden else set()
            else:
                secrets |= {text.id} if step.hidden else set()
        await hearing.note(tx, noted)
        await hearing.conclude(tx, answers)
        asked = {caller.text.id for caller, _ in looks}
        await post.heard(tx, [text.id for text in batch if text.id not in asked])
        await post.wipe(tx, secrets)
    failpoint(HEARD)
    if looks:
        said = await _outside(house, looks)
        failpoint(ASKED)
        async with _fenced(house, lease) as tx:
            await hearing.conclude(tx, [(caller, answer) for (caller, _), answer in zip(looks, said, strict=True)])
            await post.heard(tx, [caller.text.id for caller, _ in looks])
            secrets |= {caller.text.id for (caller, _), answer in zip(looks, said, strict=True) if answer.hidden}
            await post.wipe(tx, secrets)


@lru_cache(maxsize=8)
def _ours(numbers: frozenset[str], region: str) -> frozenset[str]:
    """Our own numbers in every form in which they may come as a sender."""
    found = set(numbers)
    for number in numbers:
        with contextlib.suppress(NumberNotUnderstood):  # a short code has no other form
            found.add(parse_service_id(number, region).value.removeprefix("+"))
    return frozenset(found)


@asynccontextmanager
async def _fenced(house: House, lease: Lease | None) -> AsyncIterator[Transaction]:
    """A transaction that is undone if the lease went to another meanwhile; fenced last, as it may take its time."""
    async with house.database.transaction() as tx:
        if lease is not None:
            await lease.limit(tx)
        yield tx
        if lease is not None:
            await lease.fence(tx)


async def _outside(house: House, steps: Sequence[tuple[Caller, Look | Dialogue]]) -> list[Answer]:
    """What the operator is asked, and what flows do, with no transaction open; answers in the order of the steps."""
    looks = [(caller, step) for caller, step in steps if isinstance(step, Look)]
    speaking = [dialogues.speak(house, caller, step) for caller, step in steps if isinstance(step, Dialogue)]
    told, spoken = await asyncio.gather(orders.look_all(house, looks), asyncio.gather(*speaking))
    answers, words = iter(told), iter(spoken)
    return [next(answers) if isinstance(step, Look) else next(words) for _, step in steps]


async def _recognize(house: House, batch: Sequence[TextIn]) -> dict[ServiceId, Customer] | None:
    """Who they are; None when the operator was asked who holds numbers that nobody here knew yet."""
    senders = {text.sender for text in batch}
    async with house.database.transaction() as tx:
        known = await customers.customers_of(tx, senders)
    strangers = senders - known.keys()
    await asyncio.gather(*(_ask_who(house, one) for one in strangers))
    return None if strangers else known


async def _ask_who(house: House, sender: ServiceId) -> None:
    try:
        await customers.recognize(house, sender)
    except OperatorAway:
        log.warning("sms.operator_away")


def _caller(
    house: House,
    text: TextIn,
    place: sessions.Place,
    person: Customer | None,
    entry: EntryPoint | None,
    talks: Mapping[tuple[CustomerId, ServiceId], InteractionId],
    campaigns: Sequence[outreach.CampaignCode],
    awaited: Mapping[ServiceId, catalogue.Waiting],
) -> Caller:
    wanted = (person.language if person else None) or (entry.language if entry else None)
    return Caller(
        text=text,
        place=place,
        person=person,
        entry=entry,
        language=nearest(wanted or house.settings.default_language),
        zone=house.settings.default_zone,
        link=f"{house.settings.address}/my",
        talk=talks.get((person.id, text.sender)) if person else None,
        campaigns=campaigns,
        awaited=awaited.get(text.sender),
    )


def _first_of_each(texts: Sequence[TextIn]) -> list[TextIn]:
    """The oldest of each number: what a person writes is heard in his order."""
    first: dict[ServiceId, TextIn] = {}
    for text in texts:
        first.setdefault(text.sender, text)
    return list(first.values())
