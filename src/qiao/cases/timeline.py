"""What a case puts on its customer's timeline, and how each line is told."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from qiao.cases.model import RESOLUTION_KINDS
from qiao.cases.model_records import Case
from qiao.cases.model_words import first_line
from qiao.interactions import Entry, EntryKind, add_entry, register_entry_kind
from qiao.kernel.ids import InteractionId
from qiao.kernel.languages import N_
from qiao.platform.database import Transaction
from qiao.platform.policy import Level

Translate = Callable[[str], str]
WORDS_SHOWN: Final = 80
"""Characters of what was said that a folded line shows."""

LINES: Final[dict[str, tuple[str, str, str]]] = {
    "case.opened": (N_("Case opened"), N_("case {number} opened: {title}"), "folder"),
    "case.words": (N_("Customer said more"), N_("case {number}, the customer said: “{words}”"), "quote"),
    "case.asked": (N_("Asked the customer"), N_("case {number}, questions asked: {count}"), "question"),
    "case.provided": (N_("Customer answered"), N_("case {number}, the customer answered what was asked"), "check"),
    "case.told": (N_("Told the customer"), N_("case {number}, told: “{words}”"), "reply"),
    "case.promised": (N_("Promise made"), N_("case {number}, promised: “{words}”"), "clock"),
    "case.promise_kept": (N_("Promise kept"), N_("case {number}, promise kept: “{words}”"), "check"),
    "case.promise_broken": (N_("Promise broken"), N_("case {number}, promise broken: “{words}”"), "alert"),
    "case.resolved": (N_("Case resolved"), N_("case {number}, {outcome}: “{words}”"), "check"),
    "case.compensated": (N_("Money given"), N_("case {number}, given: {words}"), "check"),
    "case.reopened": (N_("Case reopened"), N_("case {number} reopened: “{words}”"), "repeat"),
    "case.check_failed": (N_("Check failed"), N_("case {number}, the check failed; the case goes on"), "alert"),
    "case.check_expired": (
        N_("Check without an answer"),
        N_("case {number}, a check could tell nothing in time"),
        "alert",
    ),
    "case.verified": (N_("Case proved"), N_("case {number} is proved; the customer is asked"), "check"),
    "case.confirmed": (N_("Customer confirmed"), N_("case {number}, the customer says it is solved"), "check"),
    "case.refused": (
        N_("Customer says no"),
        N_("case {number}, the customer says it is not solved: “{words}”"),
        "repeat",
    ),
    "case.dormant": (N_("Case rests"), N_("case {number} rests, the customer stayed silent"), "clock"),
    "case.woke": (N_("Case is live again"), N_("case {number} is live again"), "repeat"),
    "case.watch_found": (N_("Watch found something"), N_("case {number}, the watch found: “{words}”"), "alert"),
}
"""Kind -> its title, its folded line, the icon of the ui kit."""
OF_THE_ACCOUNT: Final = frozenset({"case.watch_found", "case.compensated"})
"""They tell of his services and his money: shown in a contact only once he has proved who he is."""


def register_kinds() -> None:
    """Make the kinds known to the timeline."""
    for name, (title, line, icon) in LINES.items():
        level = Level.ONE_FACTOR if name in OF_THE_ACCOUNT else Level.UNKNOWN
        register_entry_kind(EntryKind(name, title, _teller(line), icon=icon, level=level, leads=_leads))


def _teller(line: str) -> Callable[[Entry, Translate], str]:
    def told(entry: Entry, translate: Translate) -> str:
        summary = entry.summary
        params = {
            "number": str(summary.get("number", "")),
            "title": str(summary.get("title", "")),
            "words": str(summary.get("words", "")),
            "count": str(summary.get("count", "")),
            "outcome": translate(RESOLUTION_KINDS.get(str(summary.get("outcome")), "")) if "outcome" in summary else "",
        }
        return translate(line).format(**params)

    return told


def _leads(entry: Entry) -> str | None:
    return f"/desk/cases/{entry.ref}"


async def tell(
    tx: Transaction,
    case: Case,
    kind: str,
    *,
    interaction_id: InteractionId | None = None,
    words: str | None = None,
    entry_id: UUID | None = None,
    at: datetime | None = None,
    **summary: Any,
) -> None:
    """Put a line on the timeline of the case's customer, if it has one."""
    if case.customer_id is None:
        return
    said = {} if words is None else {"words": first_line(words, WORDS_SHOWN)}
    await add_entry(
        tx,
        customer_id=case.customer_id,
        kind=kind,
        ref=str(case.id),
        interaction_id=interaction_id,
        unit_id=case.unit_id,
        summary={"number": case.number, "title": case.title, **said, **summary},
        entry_id=entry_id,
        at=at,
    )
