"""The registry of timeline entry kinds: owned here, filled from `room.py` of the rooms above."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, Final, Protocol

from qiao.interactions.model import DISPOSITIONS, END_REASONS, Entry
from qiao.kernel.languages import N_

Translate = Callable[[str], str]
CONTACT: Final = "interactions.contact"

CHANNELS: Final[dict[str, str]] = {
    "chat": N_("chat"),
    "phone": N_("phone call"),
    "voice": N_("phone call"),
    "sms": N_("SMS"),
    "email": N_("e-mail"),
    "portal": N_("customer page"),
    "web": N_("customer page"),
    "desk": N_("desk"),
}
"""How a channel is called in a line of the timeline."""


class TimelineKind(Protocol):
    """One kind of thing that can stand on a timeline."""

    @property
    def name(self) -> str:
        """Stored with the entry: "<room>.<what>"."""
        ...

    @property
    def title(self) -> str:
        """The msgid people read for the kind."""
        ...

    @property
    def icon(self) -> str:
        """The name of an icon of the ui kit."""
        ...

    @property
    def level(self) -> int:
        """What must be proved in the present contact before such an entry is shown (policy.Level)."""
        ...

    @property
    def right(self) -> str:
        """What one must hold to follow its link on the timeline; "" where the timeline has none."""
        ...

    def line(self, entry: Entry, translate: Translate) -> str:
        """The entry folded to one line, in the reader's language, without its date. Plain text, not HTML."""
        ...

    def href(self, entry: Entry) -> str | None:
        """Where a click on it leads, if anywhere."""
        ...


@dataclass(frozen=True)
class EntryKind:
    """A TimelineKind put together from its parts."""

    name: str
    title: str
    told: Callable[[Entry, Translate], str]
    icon: str = "dot"
    level: int = 0
    leads: Callable[[Entry], str | None] | None = None
    right: str = ""

    def line(self, entry: Entry, translate: Translate) -> str:
        """See TimelineKind.line."""
        return self.told(entry, translate)

    def href(self, entry: Entry) -> str | None:
        """See TimelineKind.href."""
        return self.leads(entry) if self.leads else None


_kinds: dict[str, TimelineKind] = {}


def register_entry_kind(kind: TimelineKind) -> None:
    """Make a kind known. Raises ValueError if another one has its name."""
    known = _kinds.setdefault(kind.name, kind)
    if known is not kind and type(known) is not type(kind):
        raise ValueError(f"two timeline kinds are called {kind.name}")
    _kinds[kind.name] = kind


def entry_kind(name: str) -> TimelineKind:
    """The kind of that name; one that tells only its date if no room knows it any more."""
    return _kinds.get(name, _UNKNOWN)


def known_kind(name: str) -> TimelineKind:
    """The kind of that name. Raises LookupError: rooms register kinds before they write them."""
    try:
        return _kinds[name]
    except KeyError:
        raise LookupError(f"no timeline kind {name}") from None


def line_of(entry: Entry, translate: Translate) -> str:
    """The entry as one line in the reader's language."""
    return entry_kind(entry.kind).line(entry, translate)


def link_of(entry: Entry, rights: Collection[str]) -> str | None:
    """Where the entry leads somebody with these rights, beside what unfolds in its place."""
    kind = entry_kind(entry.kind)
    return kind.href(entry) if kind.right and kind.right in rights else None


def _contact_line(entry: Entry, translate: Translate) -> str:
    """ "chat, asked about 1729, told to wait": what a colleague would say of it."""
    summary = entry.summary
    channel = str(summary.get("channel", ""))
    topic = str(summary.get("topic") or "")
    parts = {
        "channel": translate(CHANNELS.get(channel, channel)),
        "topic": topic,
        "outcome": translate(_outcome(summary)),
    }
    if topic and summary.get("direction") == "outbound":
        return translate(N_("{channel} from us, about “{topic}”, {outcome}")).format(**parts)
    if topic:
        return translate(N_("{channel}, asked about “{topic}”, {outcome}")).format(**parts)
    return translate(N_("{channel}, {outcome}")).format(**parts)


def _outcome(summary: dict[str, Any]) -> str:
    disposition, end_reason = summary.get("disposition"), summary.get("end_reason")
    if disposition:
        return DISPOSITIONS.get(disposition, str(disposition))
    if end_reason:
        return END_REASONS.get(end_reason, str(end_reason))
    return {
        "talking": N_("talking now"),
        "waiting": N_("waiting now"),
        "written": N_("waits for an answer"),
    }.get(str(summary.get("phase")), N_("just begun"))


_UNKNOWN: Final = EntryKind("interactions.unknown", N_("Entry"), lambda _, translate: translate(N_("an earlier entry")))
register_entry_kind(
    EntryKind(
        CONTACT,
        N_("Contact"),
        _contact_line,
        icon="chat",
        leads=lambda entry: f"/desk/interactions/{entry.interaction_id}",
    )
)
