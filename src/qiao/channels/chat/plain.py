"""The chat of a signed-in customer without JavaScript: what was said, a form, a file; he looks again when he likes.

The page does not reload itself: that would take away what he is writing, and where he is reading.
"""

from typing import Any
from uuid import UUID, uuid4

from litestar import Response, get, post
from litestar.datastructures import UploadFile

from qiao import interactions
from qiao.channels.chat import asking, assistant, operations, proving, queries, saying, visits
from qiao.channels.chat.answering import AnyRequest
from qiao.channels.chat.assistant import SECRET_MOST
from qiao.channels.chat.model import PORTAL, Party
from qiao.channels.chat.telling import Teller
from qiao.channels.chat.texts import pack, refusal_text, spoken
from qiao.channels.chat.uploads import keep
from qiao.kernel.refused import InputNotUnderstood, Refused
from qiao.platform.house import House
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, require_actor, see_other

CUSTOMER = {"access": Access(audience="customer")}


@get("/chat/plain", opt=CUSTOMER, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """The conversation as it stands, and a form to write."""
    return await _shown(request)


@post("/chat/plain", opt=CUSTOMER, include_in_schema=False, status_code=200)
async def write(request: AnyRequest) -> Response[Any]:
    """One message, or a file, or the end; then look again. What is refused is said beside the kept text."""
    form = await request.form()
    actor, house = require_actor(request), house_of(request)
    party = visits.signed_in(actor, language=spoken(language_of(request)))
    key, text, file = form.get("key"), form.get("text", ""), form.get("file")
    if not isinstance(key, str) or not isinstance(text, str):
        raise InputNotUnderstood
    try:
        if form.get("action") == "leave":
            async with house.database.transaction() as tx:
                await operations.leave(tx, party=party)
        elif (solved := form.get("action")) in ("yes", "no"):
            async with house.database.transaction() as tx:
                await asking.answer(tx, party, _id(form.get("question")), "yes" if solved == "yes" else "no")
        elif form.get("action") == "code":
            await _tell_secret(house, party, str(form.get("code", ""))[:SECRET_MOST])
        else:
            chosen, _, words = str(form.get("reply", "")).partition(":")
            name, content = (file.filename, await file.read()) if isinstance(file, UploadFile) else ("", b"")
            await _say(house, party, key, words or text, name, content, reply=chosen)
    except Refused as refused:
        return await _shown(request, refused=refused, typed=text)
    return see_other("/chat/plain#qc-now")


def _id(told: object) -> UUID:
    try:
        return UUID(str(told))
    except ValueError:
        raise InputNotUnderstood from None


async def _tell_secret(house: House, party: Party, secret: str) -> None:
    async with house.database.transaction() as tx:
        place = await queries.site(tx, PORTAL)
    right = await saying.tell_secret(house, party=party, place=place, secret=secret)
    if right is None:
        await proving.prove(house, party, secret)
    if right is False:
        raise proving.CodeNotRight


async def _say(house: House, party: Party, key: str, text: str, name: str, content: bytes, *, reply: str = "") -> None:
    async with house.database.transaction() as tx:
        place = await queries.site(tx, PORTAL)
        before = await operations.said_before(tx, party=party, key=key) if content else None
    if not content:
        message = await saying.say(house, party=party, place=place, key=key, text=text, reply=reply)
        await assistant.wait_for_answer(house, message, place)
    if content and before is None:
        found = interactions.accept_file(content, name=name, limit_bytes=house.settings.upload_bytes_max)
        await keep(house, party, place, key=key, content=content, found=found, text=text)


async def _shown(request: AnyRequest, *, refused: Refused | None = None, typed: str = "") -> Response[str]:
    actor = require_actor(request)
    house = house_of(request)
    language = spoken(language_of(request))
    party = visits.signed_in(actor, language=language)
    async with house.database.transaction() as tx:
        place = await queries.site(tx, PORTAL)
        teller = Teller(party, place, visits.keys_of(house), house.settings.default_zone)
        view = await queries.view(tx, party)
        state = await teller.state(tx, view)
        listed = await interactions.messages_before(tx, view.contact.id) if view.contact else []
        told = await teller.messages(tx, listed)
    return page(
        request,
        "chat/plain.html",
        status=refused.status if refused else 200,
        words=pack(language),
        state=state,
        messages=told,
        key=str(uuid4()),
        typed=typed,
        problem=refusal_text(language, refused) if refused else "",
    )
