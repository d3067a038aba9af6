"""What outreach puts on a customer's timeline, and how each line is told."""

from collections.abc import Callable
from typing import Any, Final

from qiao.interactions import Entry, EntryKind, register_entry_kind
from qiao.kernel.languages import N_
from qiao.outreach.model import PURPOSES, REASONS

Translate = Callable[[str], str]
SENT: Final = "outreach.notice"
CALLBACK: Final = "outreach.callback"

WHY: Final[dict[str, str]] = {
    "sent": N_("sent {purpose}: “{text}”"),
    "held": N_("waits until the quiet time is over, {purpose}: “{text}”"),
    "refused": N_("not sent, {reason}: “{text}”"),
}
CALLS: Final[dict[str, str]] = {
    "promised": N_("a call back was promised"),
    "tried": N_("we called back, no answer"),
    "missed": N_("the call back was missed"),
    "done": N_("called back as promised"),
    "withdrawn": N_("the promised call back is not needed any more"),
}


def _notice(entry: Entry, translate: Translate) -> str:
    told: dict[str, Any] = entry.summary
    return translate(WHY.get(str(told.get("state")), WHY["sent"])).format(
        purpose=translate(PURPOSES.get(str(told.get("purpose")), "")),
        reason=translate(REASONS.get(str(told.get("reason")), "")),
        text=str(told.get("text", "")),
    )


def _call(entry: Entry, translate: Translate) -> str:
    return translate(CALLS.get(str(entry.summary.get("what")), CALLS["promised"]))


def _leads(entry: Entry) -> str | None:
    kind, _, case_id = str(entry.summary.get("matter", "")).partition(":")
    return f"/desk/cases/{case_id}" if kind == "case" and case_id else None


def register_kinds() -> None:
    """Make the kinds known to the timeline."""
    register_entry_kind(EntryKind(SENT, N_("Message to the customer"), _notice, icon="send", leads=_leads))
    register_entry_kind(EntryKind(CALLBACK, N_("Call back"), _call, icon="phone", leads=_leads))
