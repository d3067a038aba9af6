"""The operator's rule for hard calls, on the desk: off until somebody with the right turns it on."""

from typing import Any, Final

from litestar import Request, Response, get, post

from qiao.channels.voice import ending
from qiao.channels.voice.model_ending import Rule
from qiao.channels.voice.script import say
from qiao.kernel.languages import N_
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, require_actor, see_other

AnyRequest = Request[Any, Any, Any]
RIGHT: Final = "routing.numbers"
"""Whoever sets up the service numbers says how calls to them may end."""
NO_FIGURE: Final = N_("This is no number within these bounds. Nothing was changed; what you typed was kept.")
SETS: Final = {"access": Access(audience="staff", right=RIGHT)}


@get("/desk/ending-calls", opt=SETS, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """The rule, and the words of the notice."""
    async with house_of(request).database.transaction() as tx:
        rule = await ending.rule_of(tx)
    return _form(request, {"on": rule.on, "notices": rule.notices, "seconds": rule.seconds}, {})


def _form(request: AnyRequest, typed: dict[str, Any], wrong: dict[str, str]) -> Response[str]:
    words = say("abuse_notice", language_of(request))
    limits = {"notices_max": ending.NOTICES_MAX, "seconds_max": ending.SECONDS_MAX}
    told = page(request, "voice/ending.html", typed=typed, wrong=wrong, words=words, **limits)
    told.status_code = 400 if wrong else 200
    return told


@post("/desk/ending-calls", opt=SETS, include_in_schema=False, status_code=200)
async def change(request: AnyRequest) -> Response[Any]:
    """Change it; what is no figure or too high a one brings the form again as it was typed."""
    form = await request.form()
    on = form.get("on") == "yes"
    typed = {name: str(form.get(name) or "")[:8] for name in ("notices", "seconds")}
    notices = _figure(typed["notices"], 1, ending.NOTICES_MAX)
    seconds = _figure(typed["seconds"], 0, ending.SECONDS_MAX)
    if notices is None or seconds is None:
        found = {"notices": notices, "seconds": seconds}
        return _form(request, {"on": on, **typed}, {name: NO_FIGURE for name in found if found[name] is None})
    async with house_of(request).database.transaction() as tx:
        rule = Rule(on, notices, seconds)
        await ending.change_rule(tx, actor=require_actor(request), rule=rule)
    return see_other("/desk/ending-calls")


def _figure(text: str, least: int, most: int) -> int | None:
    figure = int(text) if text.isascii() and text.isdigit() else -1
    return figure if least <= figure <= most else None


ROUTES: Final = (show, change)
