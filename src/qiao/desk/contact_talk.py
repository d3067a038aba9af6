"""What an agent says in a contact: words, files, what he has half typed and what he has seen."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, post
from litestar.params import FromPath

from qiao import interactions
from qiao.desk.access import TO_ACT, contact_for
from qiao.desk.contact_pages import editor, sms_size
from qiao.desk.forms import AnyRequest, told
from qiao.interactions import FileIsEmpty, TextTooLong
from qiao.kernel.ids import AgentId
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform.files import held
from qiao.platform.policy import Access
from qiao.platform.web import house_of, page, see_other

SMS_CHARACTERS_MAX: Final = 1_340
"""Twenty parts of the longest alphabet."""


class NoFilesBySms(Refused):
    """An SMS carries words alone."""

    code = "desk.no_files_by_sms"
    text = N_("A text message carries no files. Nothing was sent; write where the customer finds it.")


class SaidNotTyped(Refused):
    """In a call people hear each other; what is typed would only stand here as if he had been told."""

    code = "desk.said_not_typed"
    text = N_("In a call the customer hears you and reads nothing. Nothing was sent; tell him, or write a note.")


ACTS: Final = {"access": Access(audience="staff", right="contacts.take", bases=TO_ACT)}


@post("/desk/contacts/{interaction_id:uuid}/say", opt=ACTS, include_in_schema=False, status_code=200)
async def say(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[Any]:
    """Send what was typed; the answer is an empty editor with a fresh key. What is refused stays in the editor."""
    form = await told(request)
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        if access.interaction.channel == "voice":
            raise SaidNotTyped
        if access.interaction.channel == "sms" and len(form.text("text")) > SMS_CHARACTERS_MAX:
            raise TextTooLong(count=len(form.text("text")), limit=SMS_CHARACTERS_MAX)
        await interactions.say(
            tx,
            interaction_id=access.interaction.id,
            author_kind="agent",
            author_id=access.actor.id,
            text=form.text("text"),
            client_key=form.text("key") or None,
        )
        context = await editor(request, tx, access)
    if not request.headers.get("hx-request"):
        return see_other(f"/desk/contacts/{interaction_id}")
    return page(request, "desk/contact_editor.html", access=access, editor=context, focus=True)


@post("/desk/contacts/{interaction_id:uuid}/draft", opt=ACTS, include_in_schema=False, status_code=204)
async def draft(request: AnyRequest, interaction_id: FromPath[UUID]) -> None:
    """Keep what is half typed, and let the customer know that somebody is writing."""
    form = await told(request)
    text = form.text("text")
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        agent_id = AgentId(access.actor.id)
        await interactions.save_draft(tx, interaction_id=access.interaction.id, agent_id=agent_id, text=text)
        if text.strip() and access.interaction.ended_at is None:
            await interactions.typing(tx, interaction_id=access.interaction.id, by="agent")


@post("/desk/contacts/{interaction_id:uuid}/size", opt=ACTS, include_in_schema=False, status_code=200)
async def size(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[str]:
    """How many SMS the words would be and what they cost, before they are sent."""
    form = await told(request)
    house = house_of(request)
    async with house.database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
    return page(request, "desk/contact_size.html", access=access, size=sms_size(house, form.text("text")))


@post("/desk/contacts/{interaction_id:uuid}/read", opt=ACTS, include_in_schema=False, status_code=204)
async def read(request: AnyRequest, interaction_id: FromPath[UUID]) -> None:
    """He has seen everything up to `seq`."""
    seq = (await told(request)).number("seq")
    async with house_of(request).database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        if seq is not None:
            await interactions.mark_read(tx, interaction_id=access.interaction.id, reader="agent", seq=seq)


@post("/desk/contacts/{interaction_id:uuid}/files", opt=ACTS, include_in_schema=False, status_code=204)
async def send_file(request: AnyRequest, interaction_id: FromPath[UUID]) -> None:
    """Send one file as one message; whatever goes wrong, no bytes are left that no message names."""
    house = house_of(request)
    async with house.database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
    if access.interaction.channel == "sms":
        raise NoFilesBySms
    if access.interaction.channel == "voice":
        raise SaidNotTyped
    form = await told(request)
    file = form.files.get("file")
    if file is None:
        raise FileIsEmpty(name="…")
    content = await file.read()
    limit = house.settings.upload_bytes_max
    found = interactions.accept_file(content, name=file.filename or "", limit_bytes=limit)
    async with held(house.files, content) as stored, house.database.transaction() as tx:
        access = await contact_for(request, tx, interaction_id, allowed=TO_ACT)
        contact_id = access.interaction.id
        await interactions.keep_file(
            tx, interaction_id=contact_id, file_id=stored.id, found=found, size_bytes=len(content)
        )
        await interactions.say(
            tx, interaction_id=contact_id, author_kind="agent", author_id=access.actor.id, file_id=stored.id
        )


ROUTES: Final = (say, draft, size, read, send_file)
