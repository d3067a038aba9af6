"""The same thing done to several cases: one after the other, by the same verbs, each on its own basis and on record.

There is no way to close, resolve or confirm several at once: those are said of one case, by whoever knows it.
"""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from litestar import Response, post

from qiao import cases
from qiao.desk.access import CASE_BASES_TO_ACT
from qiao.desk.case_pages import act_on
from qiao.desk.forms import AnyRequest
from qiao.desk.typed import Typed, read, say, sentence
from qiao.kernel.ids import CaseId
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood, NotFound, Refused
from qiao.platform.policy import Access
from qiao.platform.web import house_of, page

WRITES: Final = {"access": Access(audience="staff", right="cases.write", bases=CASE_BASES_TO_ACT)}
MOST: Final = 200
BULK: Final[dict[str, str]] = {
    "take-over": N_("Take over"),
    "hand": N_("Hand to a desk"),
    "severity": N_("Severity"),
    "note": N_("Note"),
    "watch": N_("Watch"),
    "unwatch": N_("Watch no more"),
}
CHOOSE: Final = N_("Choose one of the list.")
SOME: Final = N_("Tick 1 to 200 cases of the list first.")
NOT_THERE: Final = N_("You cannot work on this case.")


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one case; `told` is why nothing did."""

    number: str
    case_id: UUID
    told: str

    @property
    def done(self) -> bool:
        """Whether it was done."""
        return not self.told


@post("/desk/cases/bulk", opt=WRITES, include_in_schema=False, status_code=200)
async def do(request: AnyRequest) -> Response[str]:
    """Do it to each ticked case in a transaction of its own; the answer names every case and what became of it."""
    typed = await read(request)
    act, ids = typed["act"], _ticked(typed)
    if act not in BULK:
        raise InputNotUnderstood({"act": CHOOSE})
    fields = Typed({name: told for name, told in typed.texts.items() if name not in ("case", "act", "seen", "version")})
    lines = [await _one(request, case_id, act, fields) for case_id in ids]
    done = sum(line.done for line in lines)
    return page(request, "desk/case_bulk.html", lines=lines, done=done, act=say(request, BULK[act]))


def _ticked(typed: Typed) -> list[UUID]:
    try:
        ids = list(dict.fromkeys(UUID(one) for one in typed.every("case")))
    except ValueError:
        raise InputNotUnderstood({"case": SOME}) from None
    if not 1 <= len(ids) <= MOST:
        raise InputNotUnderstood({"case": SOME})
    return ids


async def _one(request: AnyRequest, case_id: UUID, act: str, typed: Typed) -> Line:
    number = "–"
    try:
        async with house_of(request).database.transaction() as tx:
            await act_on(request, tx, case_id, act, typed)
            number = (await cases.case_alone(tx, CaseId(case_id))).number
    except NotFound:
        return Line(number, case_id, say(request, NOT_THERE))
    except InputNotUnderstood as refused:
        return Line(number, case_id, "; ".join(say(request, text) for text in refused.fields.values()))
    except Refused as refused:
        return Line(number, case_id, sentence(request, refused))
    return Line(number, case_id, "")


ROUTES: Final = (do,)
