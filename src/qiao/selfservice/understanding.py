"""What was meant by words without a code: services and flows, ranked by the house's one matcher."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from qiao import catalogue
from qiao.kernel.languages import nearest
from qiao.knowledge import Entry, Index, verdict
from qiao.platform.house import House
from qiao.selfservice.actions import Asked, Done
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
        return [_meant(Entry(coded.service.code, "service", ()))]
    found = index().ask(text, limit=OFFERED_MAX)
    if verdict(found) == "nothing":
        return []
    return [_meant(one.entry) for one in found if one.score >= KEPT_SHARE * found[0].score]


def _meant(entry: Entry) -> Meant:
    if entry.kind == "flow":
        return Meant("flow", entry.id, entry.id, built_in()[entry.id].names.by)
    return Meant("service", entry.id, flow_of_service(entry.id), catalogue.service(entry.id).names)


async def understand(house: House, asked: Asked) -> Done:
    """The flow action: `words` to rows of flows that may be run; refused when nothing is near enough."""
    return offered(asked.given.get("words", ""), asked.language)


def offered(words: str, language: str) -> Done:
    """What the action answers."""
    found = meant(words)
    if not found:
        return Done("refused", {"reason": "nothing_near"})
    rows = [(one.flow, one.name(language)) for one in found]
    return Done("done", {"rows": rows, "lines": len(rows)}, tuple(one.flow for one in found))
