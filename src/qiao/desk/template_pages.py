"""What customers are told by message: the words of each template in nine languages, previewed, checked, kept."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import outreach
from qiao.desk.forms import AnyRequest
from qiao.desk.typed import NOTHING_TYPED, Typed, Wrong, in_fields, read, sentence
from qiao.kernel.ids import AgentId
from qiao.kernel.languages import LANGUAGES, OWN_NAMES
from qiao.kernel.refused import NotFound, Refused
from qiao.outreach import PURPOSES, Template
from qiao.platform import audit
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, redirect, require_actor

WRITES: Final = {"access": Access(audience="staff", right="outreach.templates")}
CHANNEL: Final = "sms"


@get("/desk/messages", opt=WRITES, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """All templates, with a preview of each in the reader's language."""
    async with house_of(request).database.transaction() as tx:
        found = await outreach.templates(tx)
    language = language_of(request)
    lines = [(one, one.name.get(language) or one.name["en"], one.preview(CHANNEL, language)) for one in found]
    return page(request, "desk/messages.html", lines=lines, purposes=PURPOSES)


@get("/desk/messages/{code:str}", opt=WRITES, include_in_schema=False)
async def edit(request: AnyRequest, code: FromPath[str]) -> Response[str]:
    """One template to be changed."""
    async with house_of(request).database.transaction() as tx:
        found = await outreach.template(tx, code)
    written = {f"{CHANNEL}.{language}": (found.texts[CHANNEL].get(language, ""),) for language in LANGUAGES}
    return _form(request, found, Typed(written))


@post("/desk/messages/{code:str}", opt=WRITES, include_in_schema=False, status_code=200)
async def keep(request: AnyRequest, code: FromPath[str]) -> Response[Any]:
    """Preview the words as they would be sent, or keep them as the next version."""
    actor, typed = require_actor(request), await read(request)
    texts = {language: typed[f"{CHANNEL}.{language}"] for language in LANGUAGES}
    version = typed["version"]
    seen = int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else 0
    try:
        async with house_of(request).database.transaction() as tx:
            found = await outreach.template(tx, code)
            if typed["act"] == "preview":
                shown = outreach.previews(found, CHANNEL, texts)
                return _form(request, found, typed, shown=shown)
            kept = await outreach.keep_template(
                tx, code=code, channel=CHANNEL, texts=texts, agent_id=AgentId(actor.id), seen_version=seen
            )
            await audit.record(
                tx,
                actor=actor.reference,
                act="do.keep_template",
                unit_id=actor.unit_id,
                subject=f"template:{code}",
                details={"version": kept.version},
                once=False,
            )
    except NotFound:
        raise
    except Refused as refused:
        return _form(request, found, typed, refused=refused)
    return redirect(request, "/desk/messages")


def _form(
    request: AnyRequest,
    found: Template,
    typed: Typed = NOTHING_TYPED,
    *,
    refused: Refused | None = None,
    shown: dict[str, str] | None = None,
) -> Response[str]:
    wrong = in_fields(request, refused) if refused else Wrong()
    answer = page(
        request,
        "desk/message_form.html" if request.headers.get("hx-request") else "desk/message.html",
        status=refused.status if refused else 200,
        found=found,
        name=found.name.get(language_of(request)) or found.name["en"],
        typed=typed,
        wrong=wrong,
        refused=sentence(request, refused) if refused and not wrong else "",
        shown=shown or {},
        channel=CHANNEL,
        languages=[(code, OWN_NAMES[code]) for code in LANGUAGES],
        purposes=PURPOSES,
    )
    if refused is not None:
        answer.headers["X-Refusal-Code"] = refused.code
    return answer


ROUTES: Final = (show, edit, keep)
