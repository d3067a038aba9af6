"""Set phrases on the desk: beside the telephone, only while its caller speaks a language that the agent does not."""

from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.params import FromPath

from qiao.channels.voice import line_phrases, phrases
from qiao.kernel.ids import ArticleId, InteractionId
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, require_actor, see_other

AnyRequest = Request[Any, Any, Any]
TAKES: Final = {"access": Access(audience="staff", right="contacts.take")}
CODE_MAX: Final = 40
TITLES: Final = {
    "opening": N_("To begin"),
    "questions": N_("Questions"),
    "telling": N_("What you do, what he may do"),
    "afterwards": N_("Afterwards"),
    "closing": N_("To end"),
}
STATES: Final = {
    "waits": (N_("comes next"), "grey"),
    "playing": (N_("he hears it now"), "blue"),
    "asked": (N_("asked; his key is awaited"), "amber"),
    "heard": (N_("heard"), "green"),
    "answered": (N_("he answered"), "green"),
    "silent": (N_("no key was pressed"), "amber"),
    "left": (N_("left for something else"), "grey"),
    "unplayed": (N_("could not be played"), "red"),
}


@get("/desk/phone/phrases", opt=TAKES, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """The panel of the call that he has; nothing while none needs it. `?q=`: what he looks for."""
    return await _panel(request, request.query_params.get("q", ""))


async def _panel(request: AnyRequest, words: str) -> Response[str]:
    language = language_of(request)
    async with house_of(request).database.transaction() as tx:
        found = await phrases.panel(tx, require_actor(request), words=words, language=language)
    said = phrases.lines(found.said, language) if found is not None else []
    return page(
        request,
        "voice/phrases.html",
        panel=found,
        said=said,
        words=words[: phrases.QUERY_MAX],
        titles=TITLES,
        states=STATES,
        tells=lambda code: line_phrases.texts().say(code, language, when="…"),
    )


@post("/desk/phone/{interaction_id:uuid}/phrases", opt=TAKES, include_in_schema=False, status_code=200)
async def choose(request: AnyRequest, interaction_id: FromPath[UUID]) -> Response[Any]:
    """Say it, or text it; the answer is the panel as it is then."""
    form = await request.form()
    told = {name: str(form.get(name) or "") for name in ("say", "text", "article", "calls_at", "q")}
    actor, contact = require_actor(request), InteractionId(interaction_id)
    async with house_of(request).database.transaction() as tx:
        if told["article"] or told["text"]:
            article_id = _article(told["article"]) if told["article"] else None
            code = told["text"][:CODE_MAX]
            await phrases.send_text(tx, actor=actor, interaction_id=contact, code=code, article_id=article_id)
        else:
            await phrases.choose(
                tx,
                actor=actor,
                interaction_id=contact,
                code=told["say"][:CODE_MAX],
                language=language_of(request),
                calls_at=_instant(told["calls_at"], house_of(request).settings.default_zone),
            )
    if not request.headers.get("hx-request"):
        return see_other("/desk")
    return await _panel(request, "")


def _article(typed: str) -> ArticleId:
    try:
        return ArticleId(UUID(typed))
    except ValueError:
        raise InputNotUnderstood from None


def _instant(typed: str, zone: str) -> datetime | None:
    """By the clock of the centre; None for nothing typed or no time."""
    try:
        return datetime.fromisoformat(typed[:16]).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


ROUTES: Final = (show, choose)
