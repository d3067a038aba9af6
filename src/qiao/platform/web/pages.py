"""Pages: one Jinja environment for all rooms, in the person's language."""

from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final, Protocol

import jinja2
from litestar import Request, Response
from litestar.connection import ASGIConnection
from markupsafe import Markup

from qiao.kernel.languages import LANGUAGES, RIGHT_TO_LEFT, STAFF_LANGUAGES, nearest
from qiao.platform.policy import Actor

AnyRequest = Request[Any, Any, Any]
speaking: ContextVar[str] = ContextVar("speaking", default="zh-CN")
"""The language of the page being made; set for each request."""
STAFF_PATHS: Final = ("/desk", "/demo", "/docs", "/ui/style")
"""Below these stand the screens of staff and demo; every other page is a customer's and speaks all his languages."""


class Translator(Protocol):
    """Screen texts by language; English is the msgid itself."""

    def translate(self, language: str, msgid: str, /) -> str:
        """The text in this language, else the msgid."""
        ...


def language_of(connection: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Chosen (?lang=, then cookie), else the signed-in person's, else what the browser asks for.

    A customer's page speaks nine languages, a screen of staff two.
    """
    offered = STAFF_LANGUAGES if connection.url.path.startswith(STAFF_PATHS) else LANGUAGES
    for asked in (connection.query_params.get("lang"), connection.cookies.get("qiao_language")):
        if asked in offered:
            return str(asked)
    actor: Actor | None = connection.scope.get("user")
    if actor is not None and actor.language:
        return nearest(actor.language, offered, otherwise="en")
    for part in connection.headers.get("accept-language", "").split(","):
        tag = part.split(";")[0].strip()
        if tag and (spoken := nearest(tag, offered, otherwise="")):
            return spoken
    return "zh-CN"


class Pages:
    """Templates of all rooms; `extend` lets ui add its globals and filters."""

    def __init__(
        self,
        packages: Iterable[str],
        translator: Translator,
        *,
        mode: str,
        extend: Callable[[jinja2.Environment], None] | None = None,
    ) -> None:
        self.translator = translator
        loaders = [jinja2.PackageLoader(package) for package in packages]
        self.environment = jinja2.Environment(
            loader=jinja2.ChoiceLoader(loaders),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n", "jinja2.ext.do", "jinja2.ext.loopcontrols"],
        )
        self.environment.install_gettext_callables(  # type: ignore[attr-defined]
            self._gettext, self._ngettext, newstyle=False
        )
        self.environment.globals.update(_=self._gettext, speaking=speaking.get, mode=mode)
        if extend is not None:
            extend(self.environment)

    def _gettext(self, message: str, /, **params: Any) -> str:
        said = self.translator.translate(speaking.get(), message)
        if not params:
            return Markup(said) if isinstance(message, Markup) else said  # noqa: S704 - our own translation
        if isinstance(message, Markup):
            return Markup(said).format(**params)  # noqa: S704 - our own translation
        return said.format(**params)

    def _ngettext(self, one: str, many: str, n: int) -> str:
        return self._gettext(one if n == 1 else many)

    def render(self, name: str, language: str, context: dict[str, Any]) -> str:
        """The page as text; `context` values are escaped by Jinja."""
        token = speaking.set(language)
        try:
            return self.environment.get_template(name).render(context)
        finally:
            speaking.reset(token)


def page(request: AnyRequest, template: str, *, status: int = 200, **context: Any) -> Response[str]:
    """Render a template for this request: actor, csrf, language, direction, now and path are always there."""
    pages: Pages = request.app.state.pages
    language = language_of(request)
    actor: Actor | None = request.scope.get("user")
    now: datetime = request.app.state.house.clock.now()
    whole = {
        "request": request,
        "actor": actor,
        "csrf": actor.csrf if actor else "",
        "language": language,
        "direction": "rtl" if language in RIGHT_TO_LEFT else "ltr",
        "theme": request.cookies.get("qiao_theme", "system"),
        "now": now,
        "path": request.url.path,
        "zone": request.app.state.house.settings.default_zone,
        **context,
    }
    return Response(pages.render(template, language, whole), media_type="text/html", status_code=status)


def fragment(request: AnyRequest, template: str, **context: Any) -> Markup:
    """A template as safe markup, for panels that a page collects from rooms."""
    return Markup(page(request, template, **context).content)  # noqa: S704 - rendered with autoescape


def see_other(path: str) -> Response[None]:
    """After a form without JavaScript: go and look (303)."""
    return Response(None, status_code=303, headers={"Location": path})


def redirect(request: AnyRequest, path: str) -> Response[None]:
    """The same for both kinds of caller: htmx is told to load the page, a browser is sent there."""
    if request.headers.get("hx-request"):
        return Response(None, status_code=204, headers={"HX-Redirect": path})
    return see_other(path)
