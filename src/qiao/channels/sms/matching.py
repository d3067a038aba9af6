"""Words without a code: which services they may mean, by the house's one matcher."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from qiao import catalogue, selfservice
from qiao.channels.sms.orders import option_of
from qiao.knowledge import Entry, Index, verdict

OFFERED_MAX: Final = 4
KEPT_SHARE: Final = 0.4
"""What scores less than this part of the best is not offered beside it."""


@cache
def index() -> Index:
    """The services customers may have themselves, by their names, codes and how people asked for them."""
    entries = [
        Entry(one.code, "service", (*one.names.values(), *one.sms_keywords), one.says)
        for one in catalogue.services(audience="customer")
    ]
    known = selfservice.built_in()
    asked = selfservice.PHRASINGS.items()
    return Index([*entries, *(Entry(code, "flow", tuple(known[code].names.by.values()), said) for code, said in asked)])


def options(text: str) -> Sequence[dict[str, Any]]:
    """The services these words may mean as a numbered choice, the likeliest first; none when nothing is near enough."""
    found = index().ask(text, limit=OFFERED_MAX)
    if verdict(found) == "nothing":
        return []
    return [option_for(one.entry.kind, one.entry.id) for one in found if one.score >= KEPT_SHARE * found[0].score]


def option_for(kind: str, code: str) -> dict[str, Any]:
    """A service to be ordered, or a flow to be begun."""
    if kind == "flow":
        return {"flow": code, "names": dict(selfservice.built_in()[code].names.by)}
    return option_of(code)
