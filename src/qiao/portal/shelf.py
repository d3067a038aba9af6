"""What a customer may have by himself: every service and flow, put together by group and found by his own words."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final, Literal

from qiao import catalogue, selfservice
from qiao.catalogue import Service
from qiao.kernel.languages import N_, nearest
from qiao.kernel.refused import NotFound
from qiao.knowledge import Entry, Index, verdict
from qiao.platform.database import Transaction

GROUPS: Final[Mapping[str, str]] = {
    "account": N_("My account"),
    "plan": N_("My plan and what is left of it"),
    "extras": N_("Extra services"),
    "number": N_("My number and my SIM card"),
    "help": N_("Help"),
}
"""The groups of the catalogue, as they stand on the page and in this order."""
NOT_BEGUN_BY_HIMSELF: Final = frozenset({"satisfaction"})
"""Flows that the house begins: it asks how a contact was only after there was one."""
FRONT_DOOR: Final = "main_menu"
FOUND_MAX: Final = 8
KEPT_SHARE: Final = 0.4
"""What scores less than this part of the best is not shown beside it: as in the SMS hall."""
ASKED_MAX: Final = 80


@dataclass(frozen=True, slots=True)
class Item:
    """One thing on the shelf, in the reader's language: a service, or a flow that leads through something."""

    kind: Literal["service", "flow"]
    code: str
    name: str
    service: Service | None = None

    @property
    def href(self) -> str:
        """Where it is had."""
        return f"/me/do/{self.code}" if self.kind == "service" else f"/me/help/{self.code}"


def service_offered(code: str) -> Service:
    """A service that customers may have themselves. Raises NotFound for any other."""
    found = next((one for one in catalogue.services(audience="customer") if one.code == code), None)
    if found is None:
        raise NotFound
    return found


def service_item(service: Service, language: str) -> Item:
    """A service as it stands on the shelf."""
    return Item("service", service.code, service.names[nearest(language)], service)


async def flow_items(tx: Transaction, language: str) -> list[Item]:
    """The flows in force that a customer may begin, the front door first."""
    in_force = await selfservice.published(tx)
    flows = await selfservice.flows_to_try(tx, FRONT_DOOR, in_force[FRONT_DOOR])
    begun = sorted(set(flows) - NOT_BEGUN_BY_HIMSELF, key=lambda code: (code != FRONT_DOOR, code))
    return [Item("flow", code, flows[code].names.say(language)) for code in begun]


async def shelf(tx: Transaction, language: str) -> dict[str, list[Item]]:
    """Everything by group; flows stand under "help"."""
    by_group: dict[str, list[Item]] = {group: [] for group in GROUPS}
    for service in catalogue.services(audience="customer"):
        by_group[service.group].append(service_item(service, language))
    by_group["help"] = [*await flow_items(tx, language), *by_group["help"]]
    return {group: items for group, items in by_group.items() if items}


async def found_by(tx: Transaction, text: str, language: str) -> list[Item]:
    """What these words mean: the one that has this code or name, then the likeliest by the house's one matcher."""
    flows = {one.code: one for one in await flow_items(tx, language)}
    named = catalogue.find_by_keyword(text)
    items = [service_item(named.service, language)] if named is not None and not named.rest else []
    matches = _index().ask(text[:ASKED_MAX], limit=FOUND_MAX)
    if verdict(matches) != "nothing":
        for one in matches:
            if one.score < KEPT_SHARE * matches[0].score:
                continue
            if one.entry.kind == "service":
                items.append(service_item(catalogue.service(one.entry.id), language))
            elif one.entry.id in flows:
                items.append(flows[one.entry.id])
    if named is not None:  # a code with more words behind it: likelier is what the words mean
        items.append(service_item(named.service, language))
    return list({(one.kind, one.code): one for one in items}.values())[:FOUND_MAX]


@cache
def _index() -> Index:
    """Services by their names, codes and how people asked for them; flows by their names and the same."""
    entries = [
        Entry(one.code, "service", (*one.names.values(), *one.sms_keywords), one.says)
        for one in catalogue.services(audience="customer")
    ]
    for code, flow in selfservice.built_in().items():
        if code not in NOT_BEGUN_BY_HIMSELF | {FRONT_DOOR}:
            entries.append(Entry(code, "flow", tuple(flow.names.by.values()), selfservice.PHRASINGS.get(code, ())))
    return Index(entries)
