"""Flows of self-service at the desk: listed, read as a picture, edited with faults by line, played, put in force."""

from datetime import timedelta
from functools import partial
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromQuery

from qiao import selfservice, staff
from qiao.desk.case_told import agent_ids
from qiao.desk.flow_faults import FLOW_FAULTS
from qiao.desk.forms import AnyRequest
from qiao.desk.rule_faults import in_words
from qiao.desk.typed import read, say, sentence
from qiao.kernel.ids import AgentId
from qiao.kernel.languages import LANGUAGES, N_, OWN_NAMES, nearest
from qiao.kernel.refused import NotFound, Refused
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, redirect, require_actor
from qiao.selfservice import FlowVersion

ADMINISTERS: Final = {"access": Access(audience="staff", right=selfservice.RIGHT)}
LEFT_DAYS: Final = 30
ANSWERS: Final = {
    "away": N_("not at all"),
    "done": N_("done"),
    "refused": N_("refused"),
    "unknown": N_("nobody can tell"),
}
WAYS: Final = {
    "ended": N_("came to its end"),
    "handed": N_("a person took over"),
    "callback": N_("a call back was promised"),
    "cancelled": N_("the customer stopped"),
    "left": N_("the customer said no more"),
}
SEGMENTS: Final = {
    "standard": N_("standard"),
    "elderly": N_("elderly"),
    "vip": N_("VIP"),
    "corporate": N_("corporate"),
}
SAID_MAX: Final = 60


@get("/desk/flows", opt=ADMINISTERS, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """Every flow with its version in force and the newest one kept."""
    async with house_of(request).database.transaction() as tx:
        lines = [(code, await selfservice.flow_versions_of(tx, code)) for code in await selfservice.known_flows(tx)]
        people = await _people(tx, [one for _, versions in lines for one in versions])
    names = {code: names[nearest(language_of(request))] for code, names in selfservice.flow_names().items()}
    return page(request, "desk/flows.html", lines=lines, people=people, names=names)


@get("/desk/flows/edit", opt=ADMINISTERS, include_in_schema=False)
async def edit(request: AnyRequest, flow: FromQuery[str] = "", version: FromQuery[str] = "") -> Response[str]:
    """One flow: its picture, its text, its versions and where people leave it."""
    async with house_of(request).database.transaction() as tx:
        versions = await selfservice.flow_versions_of(tx, flow)
        shown = _number(version) if version else versions[0].version
        return await _form(request, tx, flow, await selfservice.flow_text(tx, flow, shown), shown=shown)


@post("/desk/flows/edit", opt=ADMINISTERS, include_in_schema=False, status_code=200)
async def keep(request: AnyRequest) -> Response[Any]:
    """Look at a text, keep it as a new version, or put a version in force; whatever is refused, the text stays."""
    typed, actor = await read(request), require_actor(request)
    code, text, act = typed["flow"], typed["text"].replace("\r\n", "\n"), typed["act"]
    who: dict[str, Any] = {"by": actor.reference, "rights": actor.rights}
    try:
        async with house_of(request).database.transaction() as tx:
            if act == "keep":
                await selfservice.keep_flow(tx, code=code, text=text, seen=_number(typed["newest"]), **who)
            elif act == "publish":
                seen = _number(typed["in_force"]) if typed["in_force"] else None
                version = _number(typed["version"])
                await selfservice.publish_flow(tx, code=code, version=version, seen=seen, **who)
            else:
                return await _form(request, tx, code, text, newest=typed["newest"])
    except NotFound:
        raise
    except Refused as refused:
        async with house_of(request).database.transaction() as tx:
            if act == "publish":
                text = await selfservice.flow_text(tx, code, _number(typed["version"]))
            return await _form(request, tx, code, text, newest=typed["newest"], refused=refused)
    return redirect(request, f"/desk/flows/edit?flow={code}")


@post("/desk/flows/play", opt=ADMINISTERS, include_in_schema=False, status_code=200)
async def play(request: AnyRequest) -> Response[str]:
    """Play a version: what was said so far comes along and is said again from the start; nothing is really done."""
    typed = await read(request)
    code, version = typed["flow"], _number(typed["version"])
    language = typed["language"] if typed["language"] in LANGUAGES else "zh-CN"
    answers = typed["answers"] if typed["answers"] in ANSWERS else "away"
    lines = [*typed.every("said"), *([typed["say"]] if typed["say"] else [])][-SAID_MAX:]
    if typed["act"] == "again":
        lines = []
    async with house_of(request).database.transaction() as tx:
        flows = await selfservice.flows_to_try(tx, code, version)
        now = tx.now
    segment = typed["segment"] if typed["segment"] in SEGMENTS else "standard"
    about = {"language": language, "segment": segment, "channel": "text"}
    talk = selfservice.rehearse(flows, code, about, lines, answers=answers, now=now)
    return page(
        request,
        "desk/flow_play.html",
        flow=code,
        version=version,
        language=language,
        segment=segment,
        answers=answers,
        lines=lines,
        talk=talk,
        languages=[(one, OWN_NAMES[one]) for one in LANGUAGES],
        every_answer=[(code, say(request, name)) for code, name in ANSWERS.items()],
        segments=[(code, say(request, name)) for code, name in SEGMENTS.items()],
    )


def _number(version: str) -> int:
    """A version's number as it was typed; one there never is for what is none."""
    return int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else -1


async def _form(
    request: AnyRequest,
    tx: Transaction,
    code: str,
    text: str,
    *,
    newest: str = "",
    shown: int | None = None,
    refused: Refused | None = None,
) -> Response[str]:
    versions = await selfservice.flow_versions_of(tx, code)
    flow, problems = await selfservice.look_at(tx, code, text)
    in_force = next((one.version for one in versions if one.published), None)
    drawn = selfservice.diagram(flow, language_of(request)) if flow is not None else None
    stays = refused is not None and not isinstance(refused, selfservice.FlowNotUnderstood)
    answer = page(
        request,
        "desk/flow.html",
        status=refused.status if refused else 200,
        flow=code,
        written=text,
        newest=newest or max(one.version for one in versions),
        in_force=in_force,
        versions=versions,
        people=await _people(tx, versions),
        problems=problems,
        looked=shown is None and refused is None,
        shown=shown,
        drawn=drawn,
        leaving=await selfservice.where_people_leave(tx, code, since=tx.now - timedelta(days=LEFT_DAYS)),
        ways=WAYS,
        in_words=lambda told: in_words(told, partial(say, request), FLOW_FAULTS),
        refused=sentence(request, refused) if refused is not None and stays else "",
        rows=min(max(text.count("\n") + 3, 18), 40),
    )
    if refused is not None:
        answer.headers["X-Refusal-Code"] = refused.code
    return answer


async def _people(tx: Transaction, found: list[FlowVersion]) -> dict[str, str]:
    known = await staff.agents_by_ids(tx, [AgentId(one) for one in agent_ids(one.by for one in found)])
    return {f"agent:{one.id}": one.name for one in known.values()}


ROUTES: Final = (show, edit, keep, play)
