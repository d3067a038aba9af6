"""What was meant by words without a code: services and flows, ranked by the house's one matcher."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from qiao import catalogue
from qiao.kernel.languages import nearest
from qiao.knowledge import Entry, Index, Match, verdict
from qiao.selfservice.actions import Done
from qiao.selfservice.built_in import built_in
from qiao.selfservice.phrasings import PHRASINGS
from qiao.selfservice.service_flows import flow_of_service

UNDERSTAND: Final = "understand"
OFFERED_MAX: Final = 4
KEPT_SHARE: Final = 0.4
"""What scores less than this part of the best is not offered beside it."""


@dataclass(frozen=True, slots=True)
class Meant:
    """A service or a flow that may be meant, and the flow in which it is had."""

    kind: str
    code: str
    flow: str
    names: Mapping[str, str]

    def name(self, language: str) -> str:
        """Its name in the customer's language."""
        return self.names[nearest(language)]


@cache
def index() -> Index:
    """The services customers may have themselves, and flows, by their names, codes and how people asked for them."""
    services = [
        Entry(one.code, "service", (*one.names.values(), *one.sms_keywords), one.says)
        for one in catalogue.services(audience="customer")
    ]
    known = built_in()
    flows = [Entry(code, "flow", tuple(known[code].names.by.values()), said) for code, said in PHRASINGS.items()]
    return Index([*services, *flows])


def meant(text: str) -> Sequence[Meant]:
    """What these words may mean, the likeliest first; nothing when nothing is near enough."""
    if (coded := catalogue.find_by_keyword(text)) is not None:
        return [meant_by(Entry(coded.service.code, "service", ()))]
    return [meant_by(one.entry) for one in near_enough(index().ask(text, limit=OFFERED_MAX))]


def near_enough(found: Sequence[Match]) -> list[Match]:
    """Those that may be offered beside the best; none when it is not near enough itself."""
    if verdict(found) == "nothing":
        return []
    return [one for one in found if one.score >= KEPT_SHARE * found[0].score]


def meant_by(entry: Entry) -> Meant:
    """What an entry of the index stands for."""
    if entry.kind == "flow":
        return Meant("flow", entry.id, entry.id, built_in()[entry.id].names.by)
    return Meant("service", entry.id, flow_of_service(entry.id), catalogue.service(entry.id).names)


def offered(words: str, language: str) -> Done:
    """Rows of flows that may be run for these words; refused when nothing is near enough."""
    found = meant(words)
    if not found:
        return Done("refused", {"reason": "nothing_near"})
    rows = [(one.flow, one.name(language)) for one in found]
    return Done("done", {"rows": rows, "lines": len(rows)}, tuple(one.flow for one in found))
