"""The proof of a case on its page: each condition with what was seen, and his word taken in a live contact."""

from typing import Any, Final, cast

from qiao import cases
from qiao.cases import Solved, WholeCase
from qiao.desk import case_told
from qiao.desk.access import CaseAccess
from qiao.desk.case_shown import account_open
from qiao.desk.case_work import Working
from qiao.kernel.languages import N_
from qiao.kernel.refused import InputNotUnderstood
from qiao.platform.database import Transaction
from qiao.platform.policy import Level

CHOOSE: Final = N_("Choose one of the list.")
NEEDED: Final = N_("Please fill this in.")
SOLVED: Final[dict[str, str]] = {"yes": N_("yes, it is solved"), "no": N_("no, it is not")}


async def take_word(tx: Transaction, do: Working) -> None:
    """Note what the customer says to the question whether it is solved. See cases.note_in_contact."""
    if do.typed["solved"] not in SOLVED:
        raise InputNotUnderstood({"solved": CHOOSE})
    await cases.note_in_contact(
        tx,
        case_id=do.case_id,
        solved=cast("Solved", do.typed["solved"]),
        words=do.typed["words"],
        agent_id=do.agent_id,
        interaction_id=do.interaction_id,
    )


async def take_platform(tx: Transaction, do: Working) -> None:
    """Note that a partner's platform says its part is done: everything is looked at at once. It proves nothing."""
    reference, what = do.typed["reference"].strip()[:100], do.typed["what"].strip()[:500]
    if not reference:
        raise InputNotUnderstood({"reference": NEEDED})
    await cases.platform_confirmed(tx, case_id=do.case_id, reference=reference, what=what, by=do.by)


async def proof_context(tx: Transaction, seen: CaseAccess, whole: WholeCase, *, language: str) -> dict[str, Any]:
    """What the page shows: the conditions of the newest resolution, the watch, and whether his word can be taken."""
    proof = await cases.proof_of(tx, whole.case.id)
    newest = whole.resolutions[-1].id if whole.resolutions else None
    checks = proof.of(newest) if newest is not None else ()
    may_see = account_open(seen)
    return {
        "checks": [(one, case_told.words(one.names, language), _lines(one.seen, language)) for one in checks],
        "watch": proof.watch,
        "outcomes": cases.OUTCOMES,
        "asked_platform": bool(checks) and whole.case.status == "resolved",
        "asked_word": proof.question is not None and seen.interaction is not None and seen.level >= Level.ONE_FACTOR,
        "evidence_open": may_see,
    }


def _lines(seen: tuple[Any, ...], language: str) -> list[str]:
    """What the last look saw, as short lines: names and amounts of a bill, or of what runs on the number."""
    if not seen:
        return []
    evidence = seen[-1].evidence
    bills = evidence.get("bills") or ([evidence] if "lines" in evidence else [])
    lines = [
        f"{bill.get('month', '')} · {case_told.words(line['name'], language)} · {line['amount']} → {line['left']}"
        for bill in bills
        for line in bill.get("lines", ())
    ]
    return lines + [case_told.words(one["name"], language) for one in evidence.get("running", ())]
