"""An open matter beside the conversation: everything on record about it, and what may be added while he is there."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import cases
from qiao.desk.access import TO_ACT, TO_LOOK, CaseAccess, ContactAccess, case_for, contact_for, did, viewed
from qiao.desk.case_acts import ACTS, Doing
from qiao.desk.case_shown import choices, record_context
from qiao.desk.contact_panel import linked_cases, open_matters
from qiao.desk.forms import AnyRequest, told
from qiao.desk.labels import ORDER_STATES, ORDERS
from qiao.desk.notes import leave_note
from qiao.desk.typed import Typed, Wrong, in_fields, sentence
from qiao.desk.typed import say as said
from qiao.kernel.ids import AgentId, CaseId
from qiao.kernel.refused import InputNotUnderstood, NotAllowed, NotFound, Refused
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page

READS: Final = {"access": Access(audience="staff", right="cases.read", bases=TO_LOOK)}
WRITES: Final = {"access": Access(audience="staff", right="cases.write", bases=TO_ACT)}
NOTES: Final = {"access": Access(audience="staff", right="contacts.take", bases=TO_ACT)}
HERE: Final = ("link", "facts", "ask", "note", "words", "tried", "promise", "told", "declare", "read")
"""What may be done to a matter from the contact; the rest has its place on the case's own page."""
FORM_OF: Final = {"request_information": "ask", "promise": "promise", "say_answer": "told", "add_tried": "tried"}
"""The act of a next step -> the form that does it here."""


@get("/desk/contacts/{interaction_id:uuid}/matter/{case_id:uuid}", opt=READS, include_in_schema=False)
async def show(request: AnyRequest, interaction_id: FromPath[UUID], case_id: FromPath[UUID]) -> Response[str]:
    """The matter, in the right column."""
    return await matter_page(request, interaction_id, case_id)


async def matter_page(
    request: AnyRequest,
    interaction_id: UUID,
    case_id: UUID,
    *,
    fresh: bool = False,
    done: str = "",
    refused: tuple[str, Typed, Refused] | None = None,
) -> Response[str]:
    """The fragment; `fresh` right after it was opened, `done` the act just done, `refused` (act, typed, why)."""
    async with house_of(request).database.transaction() as tx:
        access, seen = await _both(request, tx, interaction_id, case_id)
        language = language_of(request)
        whole = await cases.case(tx, seen.case.id)
        context = await record_context(tx, seen, whole, language=language)
        context |= await choices(request, tx, whole)
        await viewed(tx, seen, "view.case", subject=f"case:{case_id}")
    may_write = access.may_act and "cases.write" in access.actor.rights
    context |= {"access": access, "fresh": fresh, "done": done, "act": "", "typed": Typed(), "wrong": Wrong()}
    context |= {
        "opened": FORM_OF.get(whole.next_step.act, "") if request.query_params.get("open") else "",
        "tried_name": lambda step: said(request, ORDERS.get(step) or step),
        "outcome_name": lambda outcome: said(request, ORDER_STATES.get(outcome) or outcome),
    }
    context |= {"refused": "", "may_write": may_write, "zone": house_of(request).settings.default_zone}
    status = 200
    if refused is not None:
        act, typed, why = refused
        context |= {"act": act, "typed": typed, "wrong": in_fields(request, why), "refused": sentence(request, why)}
        status = why.status
    return page(request, "desk/contact_matter.html", status=status, **context)


async def _both(
    request: AnyRequest, tx: Transaction, interaction_id: UUID, case_id: UUID, *, act: bool = False
) -> tuple[ContactAccess, CaseAccess]:
    """The contact, and a case of the very customer it is with. Raises NotFound."""
    access = await contact_for(request, tx, interaction_id, allowed=TO_ACT if act else TO_LOOK)
    seen = await case_for(request, tx, case_id, right="cases.write" if act else "cases.read")
    linked = access.interaction.id in await cases.interactions_of(tx, seen.case.id)
    if not linked and (access.customer_id is None or access.customer_id != seen.customer_id):
        raise NotFound
    if act and not seen.may_act:
        raise NotFound
    return access, seen


@post(
    "/desk/contacts/{interaction_id:uuid}/matter/{case_id:uuid}/{act:str}",
    opt=WRITES,
    include_in_schema=False,
    status_code=200,
)
async def do(
    request: AnyRequest, interaction_id: FromPath[UUID], case_id: FromPath[UUID], act: FromPath[str]
) -> Response[str]:
    """Put something on record; the matter comes back as it stands then, with what was refused beside its field."""
    if act not in HERE:
        raise NotFound
    form = await told(request)
    typed = Typed(form.fields)
    try:
        async with house_of(request).database.transaction() as tx:
            access, seen = await _both(request, tx, interaction_id, case_id, act=True)
            if act == "facts":
                await _facts(tx, access, seen.case.id, form.starting("facts."))
            else:
                await ACTS[act](tx, _doing(request, access, seen.case.id, typed))
            await did(tx, seen, f"do.case.{act}", subject=f"case:{case_id}")
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        return await matter_page(request, interaction_id, case_id, refused=(act, typed, refused))
    return await matter_page(request, interaction_id, case_id, done=act)


def _doing(request: AnyRequest, access: ContactAccess, case_id: CaseId, typed: Typed) -> Doing:
    return Doing(
        case_id=case_id,
        agent_id=AgentId(access.actor.id),
        interaction_id=access.interaction.id,
        typed=typed,
        zone=house_of(request).settings.default_zone,
    )


async def _facts(tx: Transaction, access: ContactAccess, case_id: CaseId, typed: dict[str, str]) -> None:
    """What he has just told, item by item; what was asked under the same key is answered by it."""
    given = {key: value for key, value in typed.items() if value.strip()}
    if not given:
        raise InputNotUnderstood
    await cases.add_facts(
        tx, case_id=case_id, facts=given, by=access.actor.reference, interaction_id=access.interaction.id
    )


@get("/desk/contacts/{interaction_id:uuid}/note", opt=NOTES, include_in_schema=False)
async def ask_note(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """A note for colleagues: about the customer, or on one of his matters."""
    return await _note_form(request, interaction_id)


async def _note_form(request: AnyRequest, interaction_id: UUID, **more: Any) -> Response[str]:
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        matters = await open_matters(tx, access)
        linked = await linked_cases(tx, access, matters)
        await viewed(tx, access, "view.customer")
    context: dict[str, Any] = {"wrong": Wrong(), "refused": "", "text": "", "done": False, "status": 200, **more}
    return page(request, "desk/contact_note.html", access=access, matters=matters, linked=linked, **context)


@post("/desk/contacts/{interaction_id:uuid}/note", opt=NOTES, include_in_schema=False, status_code=200)
async def note(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Keep it: on the matter that was chosen, else on the customer's timeline."""
    form = await told(request)
    text, case_id = form.text("text"), form.id("case_id")
    try:
        async with house_of(request).database.transaction() as tx:
            access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
            if case_id is not None:
                _, seen = await _both(request, tx, interaction_id, case_id, act=True)
                await ACTS["note"](tx, _doing(request, access, seen.case.id, Typed({"text": (text,)})))
            else:
                await leave_note(tx, access, text)
            await did(tx, access, "do.note", subject=f"case:{case_id}" if case_id else "")
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        wrong = in_fields(request, refused)
        said = "" if wrong else sentence(request, refused)
        return await _note_form(request, interaction_id, wrong=wrong, refused=said, text=text, status=refused.status)
    return await _note_form(request, interaction_id, done=True)


ROUTES: Final = (show, do, ask_note, note)
