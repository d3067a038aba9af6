"""The page of one contact: its header, and the conversation and all that went before it in one stream."""

from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath

from qiao import interactions
from qiao.desk import contact_view
from qiao.desk.access import TO_LOOK, ContactAccess, contact_for, earlier_for, viewed
from qiao.desk.contact_gone import left_hands
from qiao.desk.contact_panel import panel
from qiao.desk.contact_view import files_path
from qiao.desk.forms import AnyRequest
from qiao.desk.labels import LABELS
from qiao.desk.replies import saved_replies
from qiao.desk.work_pages import shift
from qiao.kernel.ids import AgentId, FileId, new_id
from qiao.kernel.money import Money
from qiao.kernel.refused import NotFound
from qiao.kernel.sms import as_sms
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, require_actor

LOOKS: Final = {"access": Access(audience="staff", bases=TO_LOOK)}


@get("/desk/contacts/{interaction_id:uuid}", opt=LOOKS, include_in_schema=False)
async def show(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """The whole page."""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id)
        context = await _main(request, tx, access)
        context |= await panel(request, tx, access)
        context |= {**await shift(request, tx), "at": str(interaction_id)}
        context |= {"editor": await editor(request, tx, access)}
        await viewed(tx, access, "view.contact")
    return page(request, "desk/contact.html", **context)


@get(
    "/desk/contacts/{interaction_id:uuid}/head",
    opt=LOOKS,
    include_in_schema=False,
    exception_handlers={NotFound: left_hands},
)
async def head(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """The header alone: who it is, how long it lasts, what may be done."""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id)
        customer = await contact_view.customer_of(tx, access)
        await viewed(tx, access, "view.contact")
    return page(request, "desk/contact_head.html", access=access, who=contact_view.who(access, customer), **LABELS)


@get(
    "/desk/contacts/{interaction_id:uuid}/stream",
    opt=LOOKS,
    include_in_schema=False,
    exception_handlers={NotFound: left_hands},
)
async def stream(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """The stream alone, when something was said or happened."""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id)
        context = await _main(request, tx, access)
        await viewed(tx, access, "view.contact")
    return page(request, "desk/contact_stream.html", **context)


async def _main(request: AnyRequest, tx: Transaction, access: ContactAccess) -> dict[str, Any]:
    customer = await contact_view.customer_of(tx, access)
    called = contact_view.who(access, customer)
    return {
        "access": access,
        "who": called,
        "stream": await contact_view.stream(tx, access, customer=customer, called=called.name),
        "line_of": lines(request),
        "link_of": links(request),
        "files_path": files_path(access),
        "seen_seq": access.interaction.customer_read_seq,
        **LABELS,
    }


def lines(request: AnyRequest) -> Callable[[interactions.Entry], str]:
    """How entries of a timeline are told in the reader's language."""
    translate = translator(request)
    return lambda entry: interactions.line_of(entry, translate)


def links(request: AnyRequest) -> Callable[[interactions.Entry], str | None]:
    """Where entries of a timeline lead the reader, by his rights."""
    rights = require_actor(request).rights
    return lambda entry: interactions.link_of(entry, rights)


def translator(request: AnyRequest) -> Callable[[str], str]:
    """Screen texts in the reader's language."""
    texts, language = request.app.state.pages.translator, language_of(request)
    return lambda msgid: str(texts.translate(language, msgid))


async def editor(request: AnyRequest, tx: Transaction, access: ContactAccess) -> dict[str, Any]:
    """What the reply editor needs: what he had typed, and saved replies in the customer's language."""
    draft = await interactions.draft(tx, access.interaction.id, AgentId(access.actor.id)) if access.may_act else None
    typed = draft.text if draft else ""
    return {
        "draft": typed,
        "size": sms_size(house_of(request), typed) if access.interaction.channel == "sms" else None,
        "replies": saved_replies(access.interaction.language),
        "key": f"desk-{new_id()}",  # sent twice, it is said once
    }


def sms_size(house: House, words: str) -> dict[str, Any]:
    """How the network counts these words, and what they cost; nothing typed costs nothing."""
    told = as_sms(words.strip())
    parts = told.segments if words.strip() else 0
    price = Money.of(house.settings.sms_part_price)
    return {"parts": parts, "left": told.left, "cost": Money(price.minor * parts, price.currency)}


@get("/desk/contacts/{interaction_id:uuid}/older", opt=LOOKS, include_in_schema=False)
async def older(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """Messages before `?before=<number>`."""
    told = request.query_params.get("before", "")
    before = int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else None
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id)
        customer = await contact_view.customer_of(tx, access)
        called = contact_view.who(access, customer)
        found = await contact_view.stream(tx, access, customer=customer, called=called.name, before_seq=before)
        await viewed(tx, access, "view.contact")
    return page(
        request,
        "desk/contact_older.html",
        access=access,
        stream=found,
        files_path=files_path(access),
        line_of=lines(request),
        seen_seq=access.interaction.customer_read_seq,
    )


@get("/desk/contacts/{interaction_id:uuid}/earlier", opt=LOOKS, include_in_schema=False)
async def earlier(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """The page of the timeline above `?before=<cursor>`."""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id)
        items, cursor = await contact_view.older_entries(tx, access, request.query_params.get("before", ""))
        await viewed(tx, access, "view.timeline")
    return page(
        request,
        "desk/contact_entries.html",
        access=access,
        items=items,
        cursor=cursor,
        line_of=lines(request),
        link_of=links(request),
    )


@get("/desk/contacts/{interaction_id:uuid}/earlier/{other_id:uuid}", opt=LOOKS, include_in_schema=False)
async def earlier_contact(
    request: AnyRequest, interaction_id: FromPath[UUID], other_id: FromPath[UUID]
) -> Response[str]:
    """What was said in an earlier contact of the same customer."""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id)
        other = await earlier_for(request, tx, access, other_id)
        customer = await contact_view.customer_of(tx, access)
        called = contact_view.who(access, customer)
        said = await interactions.messages_before(tx, other.id)
        names = await contact_view.names_of(tx, said, customer, called.name)
        await viewed(tx, access, "view.earlier_contact", subject=f"interaction:{other.id}")
    return page(
        request,
        "desk/contact_earlier.html",
        other=other,
        messages=said,
        names=names,
        files_path=files_path(access, other),
        seen_seq=other.customer_read_seq,
    )


@get("/desk/contacts/{interaction_id:uuid}/files/{file_id:uuid}", opt=LOOKS, include_in_schema=False)
async def download(request: AnyRequest, interaction_id: FromPath[UUID], file_id: FromPath[UUID]) -> Response[bytes]:
    """A file of this contact."""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id)
        kept = await interactions.attachment(tx, access.interaction.id, file_id)
        await viewed(tx, access, "view.file", subject=f"file:{file_id}")
    return await _served(request, kept)


@get(
    "/desk/contacts/{interaction_id:uuid}/earlier/{other_id:uuid}/files/{file_id:uuid}",
    opt=LOOKS,
    include_in_schema=False,
)
async def download_earlier(
    request: AnyRequest, interaction_id: FromPath[UUID], other_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Response[bytes]:
    """A file of an earlier contact of the same customer."""
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id)
        other = await earlier_for(request, tx, access, other_id)
        kept = await interactions.attachment(tx, other.id, file_id)
        await viewed(tx, access, "view.file", subject=f"file:{file_id}")
    return await _served(request, kept)


async def _served(request: AnyRequest, kept: interactions.Attachment) -> Response[bytes]:
    try:
        content = await house_of(request).files.get(FileId(kept.file_id))
    except FileNotFoundError:
        raise NotFound from None
    return Response(content, headers=interactions.serving_headers(content, name=kept.name, inline=kept.inline))


ROUTES: Final = (show, head, stream, older, earlier, earlier_contact, download, download_earlier)
