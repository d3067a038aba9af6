"""Views of the case list that somebody keeps: put together by a small form, or written as a condition."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, post

from qiao import cases
from qiao.cases import CategorySet
from qiao.desk.access import READ_CASES, standing_of
from qiao.desk.forms import AnyRequest
from qiao.desk.typed import Typed, in_fields, read, say, sentence
from qiao.kernel.conditions import ConditionNotUnderstood
from qiao.kernel.ids import UnitId
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, redirect

READS: Final = {"access": Access(audience="staff", right=READ_CASES)}
STILL: Final[dict[str, str]] = {
    "": "–",
    "-1d": N_("for a day"),
    "-3d": N_("for three days"),
    "-7d": N_("for a week"),
    "-30d": N_("for a month"),
}
SAY_SOMETHING: Final = N_("Say at least one thing that its cases have in common.")


def view_choices(request: AnyRequest, rules: CategorySet) -> dict[str, list[tuple[str, str]]]:
    """What the form offers."""
    language = language_of(request)
    branches = sorted({*rules.groups, *rules.categories})
    return {
        "status": [(one, say(request, text)) for one, text in cases.STATUSES.items()],
        "severity": [("", "–"), *((str(one), say(request, text)) for one, text in cases.SEVERITIES.items())],
        "category": [("", "–"), *((code, rules.path(code, language)) for code in branches)],
        "still": [(value, say(request, text) if text != "–" else text) for value, text in STILL.items()],
        "whose": [("", "–"), ("mine", say(request, N_("I am in charge"))), ("nobody", say(request, N_("nobody is")))],
    }


@post("/desk/cases/views", opt=READS, include_in_schema=False, status_code=200)
async def keep(request: AnyRequest) -> Response[Any]:
    """Keep a view, or delete one's own; what is refused comes back with all that was chosen."""
    typed = await read(request)
    try:
        async with house_of(request).database.transaction() as tx:
            standing = await standing_of(request, tx)
            if typed["act"] == "drop":
                await cases.drop_view(tx, view_id=_id(typed["view_id"]), agent_id=standing.agent_id)
                return redirect(request, "/desk/cases")
            view_id = await cases.keep_view(
                tx,
                agent_id=standing.agent_id,
                unit_id=UnitId(standing.actor.unit_id) if standing.actor.unit_id else None,
                name=typed["name"],
                condition=condition_in(typed),
                shared=typed["shared"] == "yes",
            )
    except NotFound:
        raise
    except Refused as refused:
        return await _refused(request, typed, refused)
    return redirect(request, f"/desk/cases?view={view_id}")


def condition_in(typed: Typed) -> Any:
    """The condition that the form says, or the one that was written out. Raises InputNotUnderstood ("condition")."""
    if typed["condition"].strip():
        written, problems = cases.read_rule_text(typed["condition"])
        if problems:
            raise InputNotUnderstood({"condition": problems[0].told})
        return written
    parts: list[dict[str, Any]] = []
    if statuses := [one for one in typed.every("status") if one]:
        parts.append({"field": "status", "in": statuses})
    if typed["severity"] in {"1", "2", "3", "4"}:
        parts.append({"field": "severity", "at_most": int(typed["severity"])})
    if typed["category"]:
        parts.append({"field": "category", "starts_with": typed["category"]})
    if typed["still"] in STILL and typed["still"]:
        parts.append({"field": "moved_at", "before": typed["still"]})
    if typed["red"] == "yes":
        parts.append({"field": "red", "is": True})
    if typed["whose"] in ("mine", "nobody"):
        parts.append({"field": "mine", "is": True} if typed["whose"] == "mine" else {"field": "owned", "is": False})
    if not parts:
        raise InputNotUnderstood({"condition": SAY_SOMETHING})
    return {"all": parts}


def _id(told: str) -> UUID:
    try:
        return UUID(told)
    except ValueError:
        raise NotFound from None


async def _refused(request: AnyRequest, typed: Typed, refused: Refused) -> Response[str]:
    async with house_of(request).database.transaction() as tx:
        rules = await cases.current(tx)
    wrong = in_fields(request, refused)
    if isinstance(refused, ConditionNotUnderstood):
        wrong["condition"] = sentence(request, refused)
    answer = page(
        request,
        "desk/case_view_form.html",
        status=refused.status,
        choices=view_choices(request, rules),
        typed=typed,
        wrong=wrong,
        refused="" if wrong else sentence(request, refused),
    )
    answer.headers["X-Refusal-Code"] = refused.code
    return answer


ROUTES: Final = (keep,)
