"""A call begins: who calls as far as the network tells, which contact and flow carry it."""

import asyncio
from dataclasses import dataclass
from typing import Final
from uuid import UUID

import structlog

from qiao import customers, interactions, outreach, routing, selfservice
from qiao.bss import OperatorAway
from qiao.channels.voice import emergencies, store
from qiao.channels.voice.ari_events import Channel
from qiao.channels.voice.model import Call
from qiao.channels.voice.store import Party
from qiao.customers import Customer
from qiao.interactions import Interaction
from qiao.kernel.languages import nearest
from qiao.kernel.service_ids import NumberNotUnderstood, ServiceId, parse_service_id
from qiao.platform.database import Transaction
from qiao.platform.house import House

log = structlog.get_logger(__name__)
CHANNEL: Final = "voice"
MAIN_FLOW: Final = "main_menu"
NUMBER_MAX: Final = 32
ELDERLY_OVER_YEARS: Final = 65
"""The year of birth alone is known; whoever turns 65 in this year is not over it for certain."""
RECOGNIZE_SECONDS: Final = 1.5
"""A caller is not kept in silence for the operator's answer."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call that came in, as Asterisk tells it; nothing in it is believed but the trunk."""

    channel: Channel
    dialled: str
    trunk: str
    mark: str = ""
    """What its channel bears from before."""


class WrittenAlready(Exception):
    """This channel is a call that goes on: the database has it once, whatever else is thought of it."""


def number_of(arrival: Arrival, house: House) -> ServiceId | None:
    """The caller's number where the trunk's network vouches for numbers: a hint who calls, never a proof."""
    trunk = next((one for one in house.settings.voice.trunks if one.name == arrival.trunk), None)
    if trunk is None or not trunk.asserted:
        return None
    try:
        return parse_service_id(arrival.channel.caller.number[:NUMBER_MAX], house.settings.region)
    except NumberNotUnderstood:
        return None


async def begin(house: House, arrival: Arrival, owner: str, call_id: UUID) -> tuple[Call, Party]:
    """Write the call, its contact and its flow. Call with no transaction open. Raises WrittenAlready."""
    service = number_of(arrival, house)
    person = await _person(house, service) if service is not None else None
    call = Call(call_id, arrival.channel.id)
    async with house.database.transaction() as tx:
        entry = (await routing.entry_points(tx, channel=CHANNEL)).get(arrival.dialled)
        wanted = (person.language if person else None) or (entry.language if entry else None)
        language = nearest(wanted or house.settings.default_language)
        facts = facts_of(person, language if wanted else "", tx.now.year)
        cries_again = service is not None and await emergencies.calls_himself(tx, str(service))
        contact = await interactions.start_interaction(
            tx,
            channel=CHANNEL,
            language=language,
            unit_id=(person.unit_id if person else None) or (entry.unit_id if entry else None),
            customer_id=person.id if person else None,
            service_id=service,
            party=service.masked_with_country() if service else "",
            segment=person.segment if person else "",
            entry_point=emergencies.ENTRY_POINT if cries_again else entry.code if entry else CHANNEL,
        )
        if person is not None:
            await outreach.hold_callbacks(tx, customer_id=person.id, interaction_id=contact.id)
        code = (entry.flow if entry else "") or MAIN_FLOW
        if cries_again and wanted:
            facts["person_first"] = True  # his call for help broke off: no menu, unless he has to be asked his language
        session_id = await _flow(tx, call, contact, person, service, code=code, facts=facts)
        party = Party(
            trunk=arrival.trunk,
            number=str(service or ""),
            dialled=arrival.dialled,
            customer_id=person.id if person else None,
            interaction_id=contact.id,
            session_id=session_id,
            entry_point=contact.entry_point,
            language=language,
            segment=contact.segment,
        )
        if not await store.keep_new(tx, call, party, owner):
            raise WrittenAlready
    return call, party


async def _person(house: House, service: ServiceId) -> Customer | None:
    async with house.database.transaction() as tx:
        known = await customers.customer_of(tx, service)
    if known is not None:
        return known
    try:
        async with asyncio.timeout(RECOGNIZE_SECONDS):
            return await customers.recognize(house, service)
    except (OperatorAway, TimeoutError):
        log.warning("voice.caller_not_recognized")
        return None


def facts_of(person: Customer | None, language: str, year: int) -> dict[str, str | bool]:
    """What a flow may know of a caller; a `language` that nobody knows is no fact, and is asked for."""
    told: dict[str, str | bool] = {"language": language} if language else {}
    if person is None:
        return told
    old = person.elderly_mode or (person.born_year is not None and year - person.born_year > ELDERLY_OVER_YEARS)
    told |= {"segment": person.segment} | ({"age_band": "elderly"} if old else {})
    return told | ({"person_first": True} if person.person_first else {})


async def _flow(
    tx: Transaction,
    call: Call,
    contact: Interaction,
    person: Customer | None,
    service: ServiceId | None,
    *,
    code: str,
    facts: dict[str, str | bool],
) -> UUID:
    running = await selfservice.begin_flow(
        tx,
        code=code,
        channel=CHANNEL,
        subject=f"call:{call.id}",
        facts={**facts, "level": int(contact.level)},
        customer_id=person.id if person else None,
        service=service,
        interaction_id=contact.id,
        unit_id=contact.unit_id,
        entry_point=contact.entry_point,
    )
    return running.id
