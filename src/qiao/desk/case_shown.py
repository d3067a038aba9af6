"""What the templates of a case want: names, labels, choices; read in the transaction of the view."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from qiao import cases, customers, interactions, outreach, routing, staff
from qiao.cases import NextStep, WholeCase
from qiao.desk import case_told
from qiao.desk.access import AnyConnection, CaseAccess, standing_of
from qiao.desk.forms import AnyRequest
from qiao.desk.typed import say
from qiao.interactions import Interaction
from qiao.kernel.ids import AgentId, InteractionId
from qiao.kernel.languages import N_
from qiao.platform.database import Transaction
from qiao.platform.policy import Level
from qiao.platform.web import language_of

DUE: Final = {
    "tomorrow": N_("tomorrow 18:00"),
    "1h": N_("within an hour"),
    "4h": N_("within four hours"),
    "today": N_("today 18:00"),
    "3d": N_("in three days"),
    "at": N_("at a chosen time"),
}
OF_A_BILL: Final = ("bill_", "charge_")
"""How the keys of facts begin that are read off a bill."""
Choices = list[tuple[str, str]]
"""(value, text) of a list to choose from."""


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A contact about the case; `mine` when it is the reader's own now."""

    id: InteractionId
    channel: str
    topic: str
    started_at: datetime
    agent_id: AgentId | None
    mine: bool


@dataclass(frozen=True, slots=True)
class CustomerShown:
    """What the page tells of the customer: his name (masked before proof), segment and masked number."""

    name: str
    segment: str
    number: str


async def record_context(tx: Transaction, seen: CaseAccess, whole: WholeCase, *, language: str) -> dict[str, Any]:
    """All that the record of a case shows to this reader."""
    rules = cases.built_in()
    held = await interactions.interactions_on_matter(tx, f"case:{whole.case.id}")
    contacts = _contacts(held, seen)
    refs = case_told.refs_in(whole) | {f"agent:{one.agent_id}" for one in contacts if one.agent_id}
    hidden = hidden_facts(seen, whole)
    waiting = {item.key for request in whole.requests for item in request.open_items}
    return {
        "whole": whole,
        "seen": seen,
        "names": await names_of(tx, seen, refs),
        "customer": await customer_shown(tx, seen),
        "open_acts": case_told.open_acts(whole.case, seen.actor.id),
        "category_path": _path(rules, whole, language),
        "desk_name": await _desk_name(tx, whole, language),
        "line": case_told.line(whole.states, whole.case.status),
        "next_says": (without_account(whole.next_step) if hidden else whole.next_step).say(language),
        "hidden": hidden,
        "bars": case_told.bars(whole.promises, tx.now),
        "told": case_told.told(whole, language, await outreach.notices_about(tx, f"case:{whole.case.id}")),
        "contacts": contacts,
        "held": held,
        "asked_keys": waiting,
        "item_name": lambda key: _item_name(key, language),
        "tried_name": lambda step: step,
        "words_in": lambda names: case_told.words(names, language),
        "shown": cases.for_display,
        "statuses": cases.STATUSES,
        "severities": cases.SEVERITIES,
        "promise_states": cases.PROMISE_STATES,
        "request_states": cases.REQUEST_STATES,
        "resolution_kinds": cases.RESOLUTION_KINDS,
        "history_kinds": case_told.HISTORY,
        "told_kinds": case_told.TOLD,
        "channels": interactions.CHANNELS,
    }


def account_open(seen: CaseAccess) -> bool:
    """Whether services and charges may be shown: in a live contact only once the customer has proved who he is."""
    return seen.interaction is None or seen.level >= Level.ONE_FACTOR


def hidden_facts(seen: CaseAccess, whole: WholeCase) -> frozenset[UUID]:
    """Facts that were seen on the account, while nobody has proved whose it is."""
    if account_open(seen):
        return frozenset()
    return frozenset(fact.id for fact in whole.facts if fact.by.startswith("system:"))


def without_account(step: NextStep) -> NextStep:
    """The step without what its sentence may tell of a bill."""
    told = {key: "…" if key.startswith(OF_A_BILL) else value for key, value in step.params.items()}
    return replace(step, params=told)


async def names_of(tx: Transaction, seen: CaseAccess, refs: Iterable[str]) -> dict[str, str]:
    """How everybody on the page is called; the customer by his whole name only once he has proved who he is."""
    found = await staff.agents_by_ids(tx, [AgentId(one) for one in case_told.agent_ids(refs)])
    names = {f"agent:{agent.id}": agent.name for agent in found.values()}
    if (customer := await customer_shown(tx, seen)) is not None:
        names[f"customer:{seen.customer_id}"] = customer.name
    return names


async def customer_shown(tx: Transaction, seen: CaseAccess) -> CustomerShown | None:
    """The customer as far as this reader may know him."""
    if seen.customer_id is None:
        return None
    customer = await customers.customer(tx, seen.customer_id)
    proved = seen.level >= Level.ONE_FACTOR
    number = seen.case.service_id.masked() if seen.case.service_id else ""
    return CustomerShown(customer.name if proved else customer.masked_name, customer.segment, number)


async def choices(request: AnyRequest, tx: Transaction, whole: WholeCase) -> dict[str, Any]:
    """What can be chosen from in the forms."""
    language, rules = language_of(request), cases.built_in()
    asked = {item.key for one in whole.requests for item in one.open_items}
    first = list(whole.category.ask)
    others = [item for key, item in rules.items.items() if item not in first]
    taken = {one.key for one in whole.declarations}
    declarable = dict.fromkeys((*whole.category.declare, *rules.declarations))
    step = whole.next_step
    return {
        "fact_choices": [(item.key, case_told.words(item.name, language)) for item in (*first, *others)],
        "askable": [item for item in whole.missing if item.key not in asked],
        "ticked": {item.key for item in step.items} if step.act == "request_information" else set(),
        "declaration_choices": [
            (key, case_told.words(rules.declarations[key], language)) for key in declarable if key not in taken
        ],
        "due_choices": _said(request, DUE),
        "severity_choices": [(str(one), f"{one} · {say(request, text)}") for one, text in cases.SEVERITIES.items()],
        "resolution_choices": _said(request, cases.CHOSEN_KINDS),
        "desk_choices": [(str(desk.id), desk.name(language)) for desk in await desks_to_hand_to(request, tx)],
    }


def _said(request: AnyRequest, texts: Mapping[str, str]) -> Choices:
    return [(value, say(request, text)) for value, text in texts.items()]


async def desks_to_hand_to(connection: AnyConnection, tx: Transaction) -> list[routing.Desk]:
    """Desks of the organisation units this person may see."""
    standing = await standing_of(connection, tx)
    return [desk for desk in await routing.desks(tx) if standing.sees(desk.unit_id)]


def _path(rules: cases.CategorySet, whole: WholeCase, language: str) -> str:
    """The groups' names, and the category's own of the version that the case keeps."""
    group = whole.case.category_code.rpartition("/")[0]
    return " › ".join([rules.path(group, language), case_told.words(whole.category.name, language)])


def _item_name(key: str, language: str) -> str:
    known = cases.built_in().items
    return case_told.words(known[key].name, language) if key in known else key.replace("_", " ")


async def _desk_name(tx: Transaction, whole: WholeCase, language: str) -> str:
    if whole.case.desk_id is None:
        return ""
    found = await routing.desks(tx, [whole.case.desk_id])
    return found[0].name(language) if found else ""


def _contacts(held: Iterable[Interaction], seen: CaseAccess) -> list[ContactLine]:
    return [
        ContactLine(
            one.id,
            one.channel,
            one.topic,
            one.started_at,
            one.agent_id,
            mine=one.agent_id == seen.actor.id and one.wrapped_up_at is None,
        )
        for one in held
    ]
