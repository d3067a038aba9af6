"""My matters: what I asked for, how it stands, what happens next; and what we still need from me."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import cases, staff
from qiao.kernel.ids import AgentId, CaseId, CustomerId
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.platform import audit
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, require_actor, see_other
from qiao.portal.signing_in import AnyRequest

CUSTOMER: Final = {"access": Access(audience="customer")}


@get("/matters", opt=CUSTOMER, include_in_schema=False)
async def matters(request: AnyRequest) -> Response[str]:
    """All that is open."""
    actor = require_actor(request)
    async with house_of(request).database.transaction() as tx:
        found = await cases.matters_for_customer(tx, CustomerId(actor.id), language=language_of(request))
    return page(request, "portal/matters.html", matters=found)


@get("/matters/{case_id:uuid}", opt=CUSTOMER, include_in_schema=False)
async def matter(request: AnyRequest, case_id: FromPath[UUID]) -> Response[str]:
    """One of them, in plain words. Somebody else's does not exist."""
    return await _matter(request, CaseId(case_id))


async def _matter(
    request: AnyRequest, case_id: CaseId, *, refused: dict[str, str] | None = None, typed: dict[str, str] | None = None
) -> Response[str]:
    actor = require_actor(request)
    async with house_of(request).database.transaction() as tx:
        whole = await cases.case(tx, case_id)
        if whole.case.customer_id != actor.id:
            raise NotFound
        proof = await cases.proof_of(tx, case_id)
        told = await cases.matter_for_customer(tx, whole.case, language=language_of(request))
        await audit.record(
            tx, actor=actor.reference, act="view.matter", customer_id=actor.id, subject=f"case:{whole.case.id}"
        )
        owner = None
        if whole.case.owner_id is not None:
            owner = (await staff.agents_by_ids(tx, [AgentId(whole.case.owner_id)])).get(whole.case.owner_id)
    return page(
        request,
        "portal/matter.html",
        status=400 if refused else 200,
        whole=whole,
        told=told,
        question=proof.question if whole.case.status in ("verified", "dormant") else None,
        may_rate=whole.case.status == "closed" and not proof.ratings,
        owner=owner,
        refused=refused or {},
        typed=typed or {},
        item_name=_item_name,
        language=language_of(request),
    )


def _item_name(key: str) -> Mapping[str, str]:
    """How an item is called, by language; a key that no item has is its own name."""
    known = cases.built_in().items.get(key)
    return known.name if known is not None else {"en": key}


@post("/matters/{case_id:uuid}/answer", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def answer(request: AnyRequest, case_id: FromPath[UUID]) -> Response[Any]:
    """Answer what we asked for, all items of one request or some; what is empty waits on."""
    actor = require_actor(request)
    form = await request.form()
    try:
        request_id = UUID(str(form.get("request")))
    except ValueError:
        raise InputNotUnderstood from None
    given = {name[5:]: value for name, value in form.multi_items() if name.startswith("item.")}
    typed = {name: value for name, value in given.items() if isinstance(value, str)}
    try:
        async with house_of(request).database.transaction() as tx:
            if (await cases.case_alone(tx, CaseId(case_id))).customer_id != actor.id:
                raise NotFound
            for item, value in typed.items():
                if value.strip():
                    await cases.answer_request(tx, request_id=request_id, item=item, value=value, by=actor.reference)
    except InputNotUnderstood as refused:
        return await _matter(request, CaseId(case_id), refused=dict(refused.fields) or {"value": ""}, typed=typed)
    return see_other(f"/matters/{case_id}?thanks=1")


@post("/matters/{case_id:uuid}/add", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def add(request: AnyRequest, case_id: FromPath[UUID]) -> Response[Any]:
    """Say more about one's own matter, in one's own words; whoever works on it sees it first."""
    actor = require_actor(request)
    text = (await request.form()).get("text")
    written = text if isinstance(text, str) else ""
    try:
        async with house_of(request).database.transaction() as tx:
            await cases.add_words(
                tx, case_id=CaseId(case_id), text=written, by=actor.reference, language=language_of(request)
            )
    except InputNotUnderstood as refused:
        return await _matter(request, CaseId(case_id), refused=dict(refused.fields), typed={"text": written})
    return see_other(f"/matters/{case_id}?thanks=1")


ROUTES: Final = (matters, matter, answer, add)
