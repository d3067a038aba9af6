"""The ways in, numbers that customers text and call and chats: what each is for, when people answer, its desks."""

from typing import Any, Final

from litestar import Response, get, post
from litestar.params import FromPath

from qiao import routing
from qiao.desk.forms import AnyRequest
from qiao.desk.typed import NOTHING_TYPED, Typed, Wrong, in_fields, read, sentence
from qiao.kernel.languages import LANGUAGES, N_, OWN_NAMES
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.platform import audit
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, redirect, require_actor
from qiao.routing import EntryPoint

WRITES: Final = {"access": Access(audience="staff", right="routing.numbers")}
CHANNELS: Final = {"sms": N_("SMS"), "voice": N_("phone call"), "chat": N_("chat")}
NOT_A_NUMBER: Final = N_("Write whole minutes, in digits.")


@get("/desk/numbers", opt=WRITES, include_in_schema=False)
async def show(request: AnyRequest) -> Response[str]:
    """All service numbers, with the desks that serve each."""
    async with house_of(request).database.transaction() as tx:
        found = await routing.entry_points(tx)
        desks = await routing.desks(tx)
        now = tx.now
    language = language_of(request)
    lines = [
        (one, one.names.get(language) or one.names["en"], one.opens_at(now), _served_by(one, desks, language))
        for one in found.values()
    ]
    return page(request, "desk/numbers.html", lines=lines, own_names=OWN_NAMES, channels=CHANNELS)


def _served_by(one: EntryPoint, desks: list[routing.Desk], language: str) -> list[str]:
    return [desk.name(language) for desk in desks if {one.code, "*"} & set(desk.entry_points)]


@get("/desk/numbers/new", opt=WRITES, include_in_schema=False)
async def add_form(request: AnyRequest) -> Response[str]:
    """A number to be added."""
    return _form(request, None, Typed({"channels": ("sms", "voice")}))


@get("/desk/numbers/{number:str}", opt=WRITES, include_in_schema=False)
async def edit(request: AnyRequest, number: FromPath[str]) -> Response[str]:
    """One number to be changed."""
    async with house_of(request).database.transaction() as tx:
        found = await routing.entry_point(tx, number)
    written = {
        "code": (found.code,),
        "name_zh": (found.names.get("zh-CN", ""),),
        "name_en": (found.names.get("en", ""),),
        "brand": (found.brand,),
        "language": (found.language or "",),
        "display_number": (found.display_number,),
        "flow": (found.flow,),
        "hours": (routing.as_lines(found.hours_told),),
        "answer_minutes": (str(found.answer_minutes or ""),),
        "channels": tuple(sorted(found.channels)),
        "rev": (str(found.rev),),
    }
    return _form(request, found, Typed(written))


@post("/desk/numbers", opt=WRITES, include_in_schema=False, status_code=200)
async def add(request: AnyRequest) -> Response[Any]:
    """Add a number."""
    typed = await read(request)
    return await _keep(request, None, typed["number"].strip(), typed)


@post("/desk/numbers/{number:str}", opt=WRITES, include_in_schema=False, status_code=200)
async def change(request: AnyRequest, number: FromPath[str]) -> Response[Any]:
    """Change a number; what somebody else changed meanwhile is not overwritten."""
    async with house_of(request).database.transaction() as tx:
        found = await routing.entry_point(tx, number)
    return await _keep(request, found, number, await read(request))


async def _keep(request: AnyRequest, found: EntryPoint | None, number: str, typed: Typed) -> Response[Any]:
    actor, house = require_actor(request), house_of(request)
    try:
        told = _told(typed, found, house.settings.default_zone)
        async with house.database.transaction() as tx:
            if found is None:
                await routing.add_entry_point(tx, number=number, **told)
            else:
                seen = int(rev) if (rev := typed["rev"]).isascii() and rev.isdecimal() and len(rev) < 9 else 0
                await routing.change_entry_point(tx, number=number, seen_rev=seen, **told)
            await audit.record(
                tx,
                actor=actor.reference,
                act="do.keep_service_number",
                unit_id=actor.unit_id,
                subject=f"number:{number}",
                details={},
                once=False,
            )
    except NotFound:
        raise
    except Refused as refused:
        return _form(request, found, typed, refused=refused)
    return redirect(request, "/desk/numbers")


def _told(typed: Typed, found: EntryPoint | None, zone: str) -> dict[str, Any]:
    minutes = typed["answer_minutes"].strip()
    if minutes and not (minutes.isascii() and minutes.isdecimal() and len(minutes) < 6):
        raise InputNotUnderstood({"answer_minutes": NOT_A_NUMBER})
    return {
        "code": typed["code"].strip(),
        "names": {"zh-CN": typed["name_zh"][:80], "en": typed["name_en"][:80]},
        "channels": typed.every("channels"),
        "brand": typed["brand"],
        "language": typed["language"] or None,
        "display_number": typed["display_number"].strip(),
        "flow": typed["flow"].strip(),
        "hours": routing.hours_of(typed["hours"], zone=zone),
        "answer_minutes": int(minutes) if minutes else None,
        "unit_id": found.unit_id if found else None,
    }


def _form(
    request: AnyRequest, found: EntryPoint | None, typed: Typed = NOTHING_TYPED, *, refused: Refused | None = None
) -> Response[str]:
    wrong = in_fields(request, refused) if refused else Wrong()
    answer = page(
        request,
        "desk/number_form.html" if request.headers.get("hx-request") else "desk/number.html",
        status=refused.status if refused else 200,
        found=found,
        typed=typed,
        wrong=wrong,
        refused=sentence(request, refused) if refused and not wrong else "",
        languages=[(code, OWN_NAMES[code]) for code in LANGUAGES],
        channels=CHANNELS,
        zone_shown=house_of(request).settings.default_zone,
    )
    if refused is not None:
        answer.headers["X-Refusal-Code"] = refused.code
    return answer


ROUTES: Final = (show, add_form, edit, add, change)
