"""The rules of cases, edited as text: looked at first (faults with their lines, what would change), then in force."""

from functools import partial
from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromQuery

from qiao import cases, staff
from qiao.cases import Checked, Version
from qiao.desk.case_told import agent_ids
from qiao.desk.forms import AnyRequest, told
from qiao.desk.rule_faults import in_words
from qiao.desk.typed import Typed, say, sentence
from qiao.kernel.ids import AgentId
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, redirect, require_actor

ADMINISTERS: Final = {"access": Access(audience="staff", right="cases.administer")}
NAMES: Final = {"clocks": N_("Clocks and calendars"), "limits": N_("Limits of compensation")}
FILE_BYTES_MAX: Final = 1_000_000
NO_FILE: Final = N_("Choose a file of dates: an iCalendar, or one date a line.")
NO_CALENDAR: Final = N_("The text has no calendar of this name.")


@get("/desk/rules", opt=ADMINISTERS, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """Every rule with the version in force, who put it there and when."""
    async with house_of(request).database.transaction() as tx:
        found = await cases.rules_there_are(tx)
        rules = await cases.current(tx)
        people = await _people(tx, list(found.values()))
    language = language_of(request)
    lines = [(rule, _name(rule, rules, language), version) for rule, version in found.items()]
    groups = sorted((code, rules.path(code, language)) for code in rules.groups)
    return page(request, "desk/rules.html", lines=lines, people=people, names=NAMES, groups=groups)


@get("/desk/rules/edit", opt=ADMINISTERS, include_in_schema=False)
async def edit(
    request: AnyRequest, rule: FromQuery[str] = "", version: FromQuery[str] = "", group: FromQuery[str] = ""
) -> Response[str]:
    """One rule as text; an old version when asked for, so that it can be put in force again."""
    if group:
        rule = f"category:{group}/{request.query_params.get('code', '').strip()}"
    async with house_of(request).database.transaction() as tx:
        written = await cases.rule_text(tx, rule, _number(version) if version else None)
        return await _form(request, tx, rule, written)


@post("/desk/rules/edit", opt=ADMINISTERS, include_in_schema=False, status_code=200)
async def keep(request: AnyRequest) -> Response[Any]:
    """Look at the text, add days from a file, or put it in force; whatever is refused, the text stays."""
    form, actor = await told(request), require_actor(request)
    typed = Typed(form.fields)
    rule, written, seen = typed["rule"], typed["text"].replace("\r\n", "\n"), typed["version"]
    number = _number(seen)
    try:
        async with house_of(request).database.transaction() as tx:
            if typed["act"] == "days":
                content = await form.files["file"].read(FILE_BYTES_MAX) if "file" in form.files else b""
                written = _with_days(written, typed["calendar"], content)
            if typed["act"] != "keep":
                return await _form(
                    request, tx, rule, written, seen=number, checked=await cases.check(tx, rule, written)
                )
            given = {"by": actor.reference, "rights": actor.rights, "seen": number}
            await cases.put_in_force(tx, rule, written, **given)  # type: ignore[arg-type]
    except NotFound:
        raise
    except Refused as refused:
        async with house_of(request).database.transaction() as tx:
            checked = await cases.check(tx, rule, written)
            return await _form(request, tx, rule, written, seen=number, checked=checked, refused=refused)
    return redirect(request, "/desk/rules")


def _number(version: str) -> int:
    """A version's number as it was typed; one there never is for what is none."""
    return int(version) if version.isascii() and version.isdecimal() and len(version) < 9 else -1


def _with_days(written: str, calendar: str, content: bytes) -> str:
    """The text with a calendar's holidays and those of a file. Raises InputNotUnderstood, naming each line."""
    try:
        days, problems = cases.read_days(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InputNotUnderstood({"file": NO_FILE}) from None
    if problems or not content:
        lines = "; ".join(f"{one.line}: {one.told}" for one in problems[:10])
        raise InputNotUnderstood({"file": lines or NO_FILE})
    added = cases.add_holidays(written, calendar, days)
    if added is None:
        raise InputNotUnderstood({"calendar": NO_CALENDAR})
    return added


async def _form(
    request: AnyRequest,
    tx: Transaction,
    rule: str,
    written: str,
    *,
    seen: int | None = None,
    checked: Checked | None = None,
    refused: Refused | None = None,
) -> Response[str]:
    found = await cases.versions(tx, rule)
    rules = await cases.current(tx)
    fields = refused.fields if isinstance(refused, InputNotUnderstood) else {}
    told_as = "; ".join(say(request, one) for one in fields.values()) if fields else ""
    if refused is not None and not fields and not isinstance(refused, cases.RuleNotUnderstood):
        told_as = sentence(request, refused)
    answer = page(
        request,
        "desk/rule.html",
        status=refused.status if refused else 200,
        rule=rule,
        name=_name(rule, rules, language_of(request)),
        names=NAMES,
        written=written,
        seen=(found[0].number if found else 0) if seen is None else seen,
        versions=found,
        people=await _people(tx, found),
        checked=checked,
        in_words=lambda told: in_words(told, partial(say, request)),
        refused=told_as,
        rows=min(max(written.count("\n") + 3, 18), 40),
    )
    if refused is not None:
        answer.headers["X-Refusal-Code"] = refused.code
    return answer


def _name(rule: str, rules: cases.CategorySet, language: str) -> str:
    return NAMES.get(rule) or rules.path(rule.removeprefix("category:"), language)


async def _people(tx: Transaction, found: list[Version]) -> dict[str, str]:
    known = await staff.agents_by_ids(tx, [AgentId(one) for one in agent_ids(one.by for one in found)])
    return {f"agent:{one.id}": one.name for one in known.values()}


ROUTES: Final = (show, edit, keep)
