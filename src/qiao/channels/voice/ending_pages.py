"""The operator's rule for hard calls, on the desk: off until somebody with the right turns it on."""

from typing import Any, Final

from litestar import Request, Response, get, post

from qiao.channels.voice import ending
from qiao.channels.voice.model_ending import Rule
from qiao.channels.voice.script import say
from qiao.kernel.refused import InputNotUnderstood
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, require_actor, see_other

AnyRequest = Request[Any, Any, Any]
RIGHT: Final = "routing.numbers"
"""Whoever sets up the service numbers says how calls to them may end."""
SETS: Final = {"access": Access(audience="staff", right=RIGHT)}


@get("/desk/calls/ending", opt=SETS, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """The rule, and the words of the notice."""
    async with house_of(request).database.transaction() as tx:
        rule = await ending.rule_of(tx)
    words = say("abuse_notice", language_of(request))
    limits = {"notices_max": ending.NOTICES_MAX, "seconds_max": ending.SECONDS_MAX}
    return page(request, "voice/ending.html", rule=rule, words=words, **limits)


@post("/desk/calls/ending", opt=SETS, include_in_schema=False, status_code=200)
async def change(request: AnyRequest) -> Response[Any]:
    """Change it. Raises InputNotUnderstood for what is no figure or too high a one."""
    form = await request.form()
    notices, seconds = (_figure(form.get(name)) for name in ("notices", "seconds"))
    if not 1 <= notices <= ending.NOTICES_MAX or not 0 <= seconds <= ending.SECONDS_MAX:
        raise InputNotUnderstood
    async with house_of(request).database.transaction() as tx:
        rule = Rule(form.get("on") == "yes", notices, seconds)
        await ending.change_rule(tx, actor=require_actor(request), rule=rule)
    return see_other("/desk/calls/ending")


def _figure(told: object) -> int:
    text = str(told or "")
    if not (text.isascii() and text.isdigit() and len(text) <= 4):
        raise InputNotUnderstood
    return int(text)


ROUTES: Final = (show, change)
