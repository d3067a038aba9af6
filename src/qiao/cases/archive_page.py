"""The readable part of a case's archive: one page without scripts, links or anything from elsewhere."""

import dataclasses
import html
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from qiao.cases.model_records import WholeCase
from qiao.cases.model_words import for_display
from qiao.kernel.languages import N_
from qiao.kernel.money import Money
from qiao.kernel.service_ids import ServiceId

HEADS: Final[dict[str, str]] = {
    "words": N_("In the customer’s own words"),
    "facts": N_("Facts"),
    "declarations": N_("Declared by the customer"),
    "tried": N_("What was tried"),
    "requests": N_("Questions to the customer"),
    "answers": N_("What the customer was told"),
    "promises": N_("Promises"),
    "resolutions": N_("How it was solved"),
    "reopenings": N_("Taken up again"),
    "checks": N_("Conditions and evidence"),
    "charges": N_("Charges found"),
    "money": N_("Money given"),
    "texts": N_("Text messages"),
    "calls": N_("Calls owed"),
    "contacts": N_("Contacts"),
    "notes": N_("Notes among staff"),
    "files": N_("Files put on the case"),
    "history": N_("History"),
}
"""Sections, in order."""
SAID: Final = N_("What was said")
LOST: Final = N_("Files that the house no longer has")
NAMES: Final[dict[str, str]] = {
    "number": N_("Number of the case"),
    "at": N_("At"),
    "made_at": N_("Made at"),
    "by": N_("Done by"),
    "reason": N_("Reason"),
    "text": N_("Text"),
    "what": N_("In words"),
    "key": N_("Name"),
    "name": N_("Name"),
    "value": N_("Value"),
    "kind": N_("Kind"),
    "outcome": N_("Outcome"),
    "state": N_("State"),
    "status": N_("State"),
    "month": N_("Month"),
    "amount": N_("Amount"),
    "due_at": N_("Due"),
    "said_by": N_("Said by"),
    "channel": N_("Channel"),
    "language": N_("Language"),
    "author_kind": N_("Said by"),
    "started_at": N_("Began"),
    "ended_at": N_("Ended"),
    "details": N_("Details"),
}
"""What people call a field; one that is not here goes by its own name, which is that in case.json too."""
STYLE: Final = (
    "body{font:15px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;max-width:70rem;"
    "margin:2rem auto;padding:0 1rem}table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}"
    "td,th{border:1px solid #ccc;padding:.3rem .5rem;text-align:start;vertical-align:top;overflow-wrap:anywhere}"
)
SEALED: Final = "default-src 'none'; style-src 'unsafe-inline'"


def readable(about: Mapping[str, Any], told: Mapping[str, Any], *, say: Callable[[str], str], zone: ZoneInfo) -> bytes:
    """The page. `about` and `told` as they are sealed; instants in `zone` with their offset, ids left to case.json."""
    return _Page(about.get("people", {}), say, zone).made(about, told)


@dataclasses.dataclass(frozen=True)
class _Page:
    people: Mapping[str, str]
    say: Callable[[str], str]
    zone: ZoneInfo

    def made(self, about: Mapping[str, Any], told: Mapping[str, Any]) -> bytes:
        whole: WholeCase = told["case"]
        title = f"{about['number']} · {for_display(whole.case.title)}"
        parts = [
            "<!doctype html><meta charset=utf-8>",
            f'<meta http-equiv=Content-Security-Policy content="{SEALED}">',
            f"<title>{html.escape(title)}</title><style>{STYLE}</style><h1>{html.escape(title)}</h1>",
            self._table([{name: about[name] for name in ("number", "made_at", "by", "reason")}]),
        ]
        if about.get("lost"):
            parts += [self._head(LOST), self._table([{"name": name} for name in about["lost"]])]
        for name, head in HEADS.items():
            rows = told[name] if name in told else getattr(whole, name)
            if rows:
                parts += [self._head(head), self._table([_row(one) for one in rows])]
        for contact, said in told["messages"].items():
            if said:
                parts += [self._head(SAID, f" · {contact}"), self._table([_row(one) for one in said])]
        return "".join(parts).encode()

    def _head(self, head: str, more: str = "") -> str:
        return f"<h2>{html.escape(self.say(head) + more)}</h2>"

    def _table(self, rows: list[Mapping[str, Any]]) -> str:
        """Rows under what people call their fields; ids and fields that are empty in every row are left out."""
        names = [name for name in rows[0] if _for_people(name) and any(row.get(name) not in _EMPTY for row in rows)]
        head = "".join(f"<th>{html.escape(self.say(NAMES[name]) if name in NAMES else name)}</th>" for name in names)
        body = "".join(f"<tr>{self._cells(row.get(name) for name in names)}</tr>" for row in rows)
        return f"<table><tr>{head}</tr>{body}</table>"

    def _cells(self, values: Iterable[Any]) -> str:
        return "".join(f"<td><bdi>{html.escape(for_display(self._told(value)))}</bdi></td>" for value in values)

    def _told(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, datetime):
            return value.astimezone(self.zone).isoformat(" ", "seconds")
        if isinstance(value, Mapping | list | tuple) or dataclasses.is_dataclass(value):
            return (
                str(value)
                if isinstance(value, Money | ServiceId)
                else json.dumps(value, ensure_ascii=False, default=_deeper)
            )
        return self.people.get(str(value), str(value))


_EMPTY: Final[tuple[Any, ...]] = (None, "", [], {}, ())


def _for_people(name: str) -> bool:
    return name != "id" and not name.endswith("_id")


def _row(one: Any) -> Mapping[str, Any]:
    if dataclasses.is_dataclass(one):
        return {field.name: getattr(one, field.name) for field in dataclasses.fields(one)}
    return dict(one)


def _deeper(one: Any) -> Any:
    """Values within values."""
    if dataclasses.is_dataclass(one) and not isinstance(one, Money | ServiceId):
        return _row(one)
    return dict(one) if isinstance(one, Mapping) else str(one)
