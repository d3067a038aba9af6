"""Opening a case from a contact: the customer's own words as said, the facts apart, and nothing asked that is known."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import cases, interactions, routing, selfservice
from qiao.cases import Category, CategorySet, in_language
from qiao.desk.access import TO_ACT, ContactAccess, contact_for, did
from qiao.desk.contact_matter import matter_page
from qiao.desk.contact_panel import open_matters
from qiao.desk.contact_tried import filled_here, tried_here
from qiao.desk.forms import AnyRequest, Told, told
from qiao.desk.typed import Wrong, in_fields, sentence
from qiao.kernel.ids import AgentId, CaseId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.refused import NotAllowed, NotFound, Refused
from qiao.platform.database import Transaction
from qiao.platform.policy import Access, Level
from qiao.platform.web import house_of, language_of, page

OPENS: Final = {"access": Access(audience="staff", right="cases.open", bases=TO_ACT)}
TRIED_ROWS: Final = 3
TRIED_TAKEN: Final = 12
"""So many things that a flow tried are put into the form."""


@dataclass(frozen=True, slots=True)
class Draft:
    """The form as it stands: what was typed, or what is known already."""

    category: str = ""
    title: str = ""
    own_words: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    declarations: Sequence[str] = ()
    tried: Sequence[tuple[str, str]] = ()
    ask: Sequence[str] = ()
    severity: str = ""
    key: str = ""


@get("/desk/contacts/{interaction_id:uuid}/case", opt=OPENS, include_in_schema=False)
async def form(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """The form, filled with what the customer said and what is known of his other matters."""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        typed = Draft(own_words=await words_of(tx, access), key=str(new_id()))
        typed = await _from_flow(request, tx, access, typed)
        context = await _context(request, tx, access, typed)
    return page(request, "desk/contact_case.html", **context)


@post("/desk/contacts/{interaction_id:uuid}/case/category", opt=OPENS, include_in_schema=False, status_code=200)
async def choose_category(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """The same form for another category; what was typed stays. Changes nothing."""
    typed = _read(await told(request))
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        context = await _context(request, tx, access, await _from_flow(request, tx, access, typed))
    return page(request, "desk/contact_case.html", **context)


async def _from_flow(request: AnyRequest, tx: Transaction, access: ContactAccess, typed: Draft) -> Draft:
    """The form with what a flow of this contact filled and tried, where nothing was typed yet."""
    tried = [(one.what, one.answer) for one in await tried_here(tx, access, language_of(request))][-TRIED_TAKEN:]
    facts = {**await filled_here(tx, access), **typed.facts}
    return replace(typed, facts=facts, tried=typed.tried or tried)


@post("/desk/contacts/{interaction_id:uuid}/case", opt=OPENS, include_in_schema=False, status_code=200)
async def open_case(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Open it and ask for what is missing in the same stroke; what was refused comes back beside its field."""
    typed = _read(await told(request))
    try:
        async with house_of(request).database.transaction() as tx:
            access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
            case_id = await _open(tx, access, typed)
            await did(tx, access, "do.open_case", subject=f"case:{case_id}")
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        return await _refused(request, interaction_id, typed, refused)
    return await matter_page(request, interaction_id, case_id, fresh=True)


async def _refused(request: AnyRequest, interaction_id: UUID, typed: Draft, refused: Refused) -> Response[str]:
    wrong = in_fields(request, refused)
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        context = await _context(request, tx, access, typed)
    context |= {"wrong": wrong, "refused": sentence(request, refused)}
    answer = page(request, "desk/contact_case.html", status=refused.status, **context)
    answer.headers["X-Refusal-Code"] = refused.code
    return answer


async def _open(tx: Transaction, access: ContactAccess, typed: Draft) -> CaseId:
    contact = access.interaction
    agent_id = AgentId(access.actor.id)
    here = await routing.waiting_contact(tx, contact.id)
    case_id = await cases.open_case(
        tx,
        customer_id=access.customer_id,
        category_code=typed.category,
        own_words=typed.own_words,
        origin=Origin(contact.channel, contact.id, access.actor.reference),
        service_id=None if access.claimed else contact.service_id,
        title=typed.title,
        facts=typed.facts,
        declarations=typed.declarations,
        tried=typed.tried,
        interaction_id=contact.id,
        agent_id=agent_id,
        desk_id=here.desk_id if here is not None else None,
        unit_id=contact.unit_id,
        severity=int(typed.severity) if typed.severity in {"1", "2", "3", "4"} else None,
        language=contact.language,
        idempotency_key=f"desk:{contact.id}:{typed.key}" if typed.key else None,
    )
    wanted = [key for key in typed.ask if not typed.facts.get(key)]
    if wanted:
        with contextlib.suppress(cases.NothingLeftToAsk):  # the form was sent twice
            await cases.request_information(
                tx, case_id=case_id, items=wanted, interaction_id=contact.id, agent_id=agent_id
            )
    return case_id


async def words_of(tx: Transaction, access: ContactAccess) -> str:
    """What the customer wrote in this contact, as he wrote it; that he wants a person is no part of his matter."""
    said = await interactions.messages_before(tx, access.interaction.id)
    his = (message.text for message in said if message.author_kind == "customer" and message.text)
    return "\n".join(text for text in his if not selfservice.wants_person(text))


async def known_facts(tx: Transaction, access: ContactAccess) -> dict[str, str]:
    """What is known already from his open matters, by key: it is shown, not asked."""
    known: dict[str, str] = {}
    for matter in await open_matters(tx, access):
        whole = await cases.case(tx, matter.case.id)
        told = [fact for fact in whole.facts_standing if fact.value]
        if access.level < Level.ONE_FACTOR:  # what was seen on the account opens with proof
            told = [fact for fact in told if not fact.by.startswith("system:")]
        known |= {fact.key: fact.shown for fact in told}
    return known


async def _context(request: AnyRequest, tx: Transaction, access: ContactAccess, typed: Draft) -> dict[str, Any]:
    rules = await cases.current(tx)
    language = language_of(request)
    chosen = rules.categories.get(typed.category)
    matters = await open_matters(tx, access)
    same = [one for one in matters if chosen is not None and one.case.category_code == chosen.code]
    return {
        "access": access,
        "typed": typed,
        "groups": grouped(rules, language),
        "chosen": chosen,
        "known": await known_facts(tx, access) if chosen is not None else {},
        "same": same,
        "items": [(item, in_language(item.name, language)) for item in chosen.ask] if chosen else [],
        "declarations": _declarations(rules, chosen, language, access.interaction.language),
        "tried_rows": [*typed.tried, *[("", "")] * TRIED_ROWS][: max(TRIED_ROWS, len(typed.tried) + 1)],
        "severities": cases.SEVERITIES,
        "wrong": Wrong(),
        "refused": "",
    }


def grouped(rules: CategorySet, language: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Categories by the group they lie in, for a list to choose from: [(group, [(code, name)])]."""
    found: dict[str, list[tuple[str, str]]] = {}
    for code in sorted(rules.categories):
        parent = code.rpartition("/")[0]
        found.setdefault(rules.path(parent, language), []).append((code, rules.name(code, language)))
    return list(found.items())


def _declarations(
    rules: CategorySet, chosen: Category | None, language: str, spoken: str
) -> list[tuple[str, str, str]]:
    """(key, as staff read it, as the customer declares it)."""
    keys = chosen.declare if chosen is not None else ()
    return [
        (key, in_language(rules.declarations[key], language), in_language(rules.declarations[key], spoken))
        for key in keys
    ]


def _read(form_told: Told) -> Draft:
    steps, outcomes = form_told.fields.get("tried.step", ()), form_told.fields.get("tried.outcome", ())
    tried = [(step, outcome) for step, outcome in zip(steps, outcomes, strict=False) if step.strip()]
    key = form_told.id("key")
    return Draft(
        category=form_told.text("category"),
        title=form_told.text("title"),
        own_words=form_told.text("own_words"),
        facts={name: value for name, value in form_told.starting("facts.").items() if value.strip()},
        declarations=form_told.all("declarations"),
        tried=tried,
        ask=form_told.all("ask"),
        severity=form_told.text("severity"),
        key=str(key) if key else "",
    )


ROUTES: Final = (form, choose_category, open_case)
