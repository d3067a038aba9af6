"""Files over the chat: taken up to the limit, kept as what they are, handed out so that nothing in them can act."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.params import FromPath

from qiao import interactions
from qiao.channels.chat import operations, visits
from qiao.channels.chat.answering import AnyRequest, in_his_language
from qiao.channels.chat.claims import VisitNotKnown
from qiao.channels.chat.doors import caller_of
from qiao.channels.chat.model import Party, Site
from qiao.channels.chat.pages import OPEN, admit
from qiao.interactions import FileTooLarge, Message, Sniffed, size_text
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.platform.files import held
from qiao.platform.house import House
from qiao.platform.web import house_of


@post("/chat/files", opt=OPEN, status_code=200, include_in_schema=False)
@in_his_language
async def upload(request: AnyRequest) -> Response[Any]:
    """One file as one message: `?site=`, `?session=true`, form fields `key` and `file`.

    Who calls is told by address and header (X-Chat-Token, or X-CSRF-Token with a session), so that he is known
    before a byte of the file is read.
    """
    asked = request.query_params
    value = {"site": asked.get("site"), "session": asked.get("session") == "true"}
    caller = await caller_of(request, value)
    admit(caller)
    limit = caller.house.settings.upload_bytes_max
    key, name, content = await _sent(request, limit)
    found = interactions.accept_file(content, name=name, limit_bytes=limit)
    async with caller.house.database.transaction() as tx:
        message = await operations.said_before(tx, party=caller.party, key=key)
    if message is None:
        message = await keep(caller.house, caller.party, caller.place, key=key, content=content, found=found)
    return Response({"key": key, "seq": message.seq, "conversation": str(message.interaction_id)})


async def _sent(request: AnyRequest, limit: int) -> tuple[str, str, bytes]:
    try:
        form = await request.form()
    except HTTPException as error:
        if error.status_code == 413:
            raise FileTooLarge(name="…", size=f"> {size_text(limit)}", limit=size_text(limit)) from None
        raise InputNotUnderstood from None
    file, key = form.get("file"), form.get("key")
    if not isinstance(file, UploadFile) or not isinstance(key, str):
        raise InputNotUnderstood
    return key, file.filename or "", await file.read()


async def keep(
    house: House, party: Party, place: Site, *, key: str, content: bytes, found: Sniffed, text: str = ""
) -> Message:
    """Store the bytes, then say them; whatever goes wrong, no bytes are left that no message names."""
    async with held(house.files, content) as stored:
        async with house.database.transaction() as tx:
            message = await operations.say(
                tx, party=party, place=place, key=key, text=text, file=(stored.id, found, len(content))
            )
        # the same key may have come twice at the same time
        stored.named = message.attachment is not None and message.attachment.file_id == stored.id
    return message


@get("/chat/files/{file_id:uuid}", opt=OPEN, include_in_schema=False)
@in_his_language
async def download(request: AnyRequest, file_id: FromPath[UUID]) -> Response[bytes]:
    """A file by the signed address that only its own conversation was told. Raises NotFound for any other."""
    house = house_of(request)
    try:
        key = request.query_params.get("k", "")
        interaction_id = visits.file_of(visits.keys_of(house), key, file_id, now=house.clock.now())
    except VisitNotKnown:
        raise NotFound from None
    async with house.database.transaction() as tx:
        kept = await interactions.attachment(tx, interaction_id, file_id)
    try:
        content = await house.files.get(file_id)
    except FileNotFoundError:
        raise NotFound from None
    return Response(content, headers=interactions.serving_headers(content, name=kept.name, inline=kept.inline))
