"""A case's page: the promise made visible, and what may be done about it."""

from functools import partial
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from qiao import cases
from qiao.desk.access import CASE_BASES_TO_ACT, CaseAccess, case_for, did, viewed
from qiao.desk.case_acts import ACTS, record_of
from qiao.desk.case_call import call_choices, calls_of, promise_call
from qiao.desk.case_clocks import clock_bars
from qiao.desk.case_money import compensate, money_context
from qiao.desk.case_proof import SOLVED, proof_context, take_platform, take_word
from qiao.desk.case_shown import choices, desks_to_hand_to, record_context
from qiao.desk.case_work import WORK, Working, work_context
from qiao.desk.forms import AnyRequest
from qiao.desk.typed import NOTHING_TYPED, Typed, Wrong, in_fields, read, say, sentence
from qiao.desk.work_pages import shift
from qiao.kernel.ids import AgentId
from qiao.kernel.refused import NotAllowed, NotFound, Refused
from qiao.platform.database import Transaction
from qiao.platform.policy import Access, Basis
from qiao.platform.web import house_of, language_of, page, redirect, see_other

READS: Final = {"access": Access(audience="staff", right="cases.read", bases=frozenset(Basis) - {Basis.SELF})}
WRITES: Final = {"access": Access(audience="staff", right="cases.write", bases=CASE_BASES_TO_ACT)}
ADDS_STEPS: Final = {"access": Access(audience="staff", right="cases.steps", bases=CASE_BASES_TO_ACT)}
EVERY_ACT: Final = {
    **ACTS,
    **WORK,
    "compensate": compensate,
    "word": take_word,
    "platform": take_platform,
    "call": promise_call,
}
IN_RECORD: Final = frozenset({"apart", "move", "watch", "unwatch"})
"""Acts that are one button within the record."""
INLINE: Final = frozenset({"keep", "take-back", "strike", "end-step"}) | IN_RECORD
"""Acts whose small form stands beside the record it is about."""


@get("/desk/cases/{case_id:uuid}", opt=READS, include_in_schema=False)
async def show(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str]:
    """The whole page."""
    async with house_of(request).database.transaction() as tx:
        context = await shift(request, tx) | await _context(request, tx, case_id)
        await cases.seen(tx, case_id=context["seen"].case.id, agent_id=AgentId(context["seen"].actor.id))
    return page(request, "desk/case.html", **context)


@get("/desk/cases/{case_id:uuid}/record", opt=READS, include_in_schema=False)
async def record(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str]:
    """The record alone, for a page whose case has moved."""
    async with house_of(request).database.transaction() as tx:
        context = await _context(request, tx, case_id)
    return page(request, "desk/case_record.html", **context)


@get("/desk/cases/{case_id:uuid}/form/{act:str}", opt=READS, include_in_schema=False)
async def form(request: AnyRequest, case_id: FromPath[UUID], act: FromPath[str]) -> Response[str]:
    """One act's empty form."""
    if act not in EVERY_ACT or act in INLINE:
        raise NotFound
    async with house_of(request).database.transaction() as tx:
        context = await _context(request, tx, case_id)
    return page(request, "desk/case_form.html", **context, verb=act)


async def _context(request: AnyRequest, tx: Transaction, case_id: UUID) -> dict[str, Any]:
    """Everything the templates of a case want. Raises NotFound; the view is on record before it is shown."""
    seen = await case_for(request, tx, case_id)
    await viewed(tx, seen, "view.case", subject=f"case:{case_id}")
    return await _shown(request, tx, seen)


async def _shown(request: AnyRequest, tx: Transaction, seen: CaseAccess) -> dict[str, Any]:
    language = language_of(request)
    whole = await cases.case(tx, seen.case.id)
    context = await record_context(tx, seen, whole, language=language)
    money = await money_context(request, tx, seen, whole)
    texts = await cases.texts_sent(tx, seen.case.id)
    may_write = seen.may_act and "cases.write" in seen.actor.rights
    return {
        **context,
        **await choices(request, tx, whole),
        **await work_context(request, tx, seen, whole),
        **call_choices(partial(say, request)),
        "calls": await calls_of(tx, whole.case),
        **await proof_context(tx, seen, whole, language=language),
        "solved_choices": [(value, say(request, text)) for value, text in SOLVED.items()],
        **money,
        "grant_states": cases.GRANT_STATES,
        "clock_bars": await clock_bars(tx, seen.case.id),
        "files": await cases.attached_to(tx, seen.case.id),
        "may_archive": "cases.archive" in seen.actor.rights,
        "cost": cases.cost_of(context["held"], money["grants"], texts=texts, now=tx.now),
        "clock_names": cases.CLOCKS,
        "may_write": may_write,
        "typed": NOTHING_TYPED,
        "nothing_typed": NOTHING_TYPED,
        "wrong": Wrong(),
        "nothing_wrong": Wrong(),
        "refused": "",
        "opened": "",
        "zone": house_of(request).settings.default_zone,
    }


def _route(act: str) -> HTTPRouteHandler:
    """The address of one act."""

    @post(
        f"/desk/cases/{{case_id:uuid}}/{act}",
        opt=ADDS_STEPS if act == "step" else WRITES,
        include_in_schema=False,
        status_code=200,
        name=f"desk.case.{act}",
    )
    async def does(request: AnyRequest, case_id: FromPath[UUID]) -> Response[Any]:
        return await _do(request, case_id, act)

    return does


async def _do(request: AnyRequest, case_id: UUID, act: str) -> Response[Any]:
    """Do it; what was refused comes back beside the field, with everything that was typed."""
    typed = await read(request)
    try:
        async with house_of(request).database.transaction() as tx:
            await act_on(request, tx, case_id, act, typed)
    except (NotFound, NotAllowed):
        raise
    except Refused as refused:
        return await _refused(request, case_id, act, typed, refused)
    if not request.headers.get("hx-request"):
        return see_other(f"/desk/cases/{case_id}")
    try:
        async with house_of(request).database.transaction() as tx:
            context = await _context(request, tx, case_id)
    except NotFound:  # he handed it to a desk that is not his
        return redirect(request, "/desk/cases")
    if act in INLINE:
        answer = page(request, "desk/case_record.html", **context)
        answer.headers |= {"HX-Retarget": "#case-record", "HX-Reswap": "outerMorph"}
        return answer
    return page(request, "desk/case_form.html", **context, verb=act, done=True, record_too=True)


async def act_on(request: AnyRequest, tx: Transaction, case_id: UUID, act: str, typed: Typed) -> None:
    """Do one act of EVERY_ACT to a case, on its own basis and on record. Raises NotFound, NotAllowed, and its own."""
    seen = await case_for(request, tx, case_id, right="cases.write", allowed=CASE_BASES_TO_ACT)
    whole = await cases.case(tx, seen.case.id)

    async def find(number: str) -> cases.Case:
        found = await cases.case_by_number(tx, number)
        if found is None:
            raise NotFound
        return (await case_for(request, tx, found.id, right="cases.write", allowed=CASE_BASES_TO_ACT)).case

    related = await cases.related_to(tx, seen.case.id)
    doing = Working(
        case_id=seen.case.id,
        agent_id=AgentId(seen.actor.id),
        interaction_id=seen.interaction.id if seen.interaction else None,
        typed=typed,
        zone=house_of(request).settings.default_zone,
        may_hand_to=frozenset(desk.id for desk in await desks_to_hand_to(request, tx)),
        records=frozenset(one.id for one in (*whole.promises, *whole.requests, *whole.facts, *whole.added))
        | {one.id for one in related},
        rights=seen.actor.rights,
        find=find,
    )
    await EVERY_ACT[act](tx, doing)
    await did(tx, seen, f"do.case.{act.replace('-', '_')}", subject=f"case:{case_id}")


async def _refused(request: AnyRequest, case_id: UUID, act: str, typed: Typed, refused: Refused) -> Response[str]:
    async with house_of(request).database.transaction() as tx:
        context = await _context(request, tx, case_id)
    wrong = in_fields(request, refused)
    context |= {"typed": typed, "verb": act, "opened": act, "id": record_of(typed)}
    context |= {"wrong": wrong, "refused": "" if wrong else sentence(request, refused)}
    whole_page = not request.headers.get("hx-request")
    part = "record" if act in IN_RECORD else "inline" if act in INLINE else "form"
    template = "desk/case.html" if whole_page else f"desk/case_{part}.html"
    answer = page(request, template, status=refused.status, **context)
    answer.headers["X-Refusal-Code"] = refused.code
    return answer


ROUTES: Final = (show, record, form, *(_route(act) for act in EVERY_ACT))
