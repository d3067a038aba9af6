"""Everything that may be suggested to staff: services, flows and articles, on a shelf of knowledge."""

from functools import cache
from typing import Final

from qiao import catalogue, knowledge, selfservice
from qiao.knowledge import Article, Entry, Index
from qiao.platform.house import House

NOT_SUGGESTED: Final = frozenset({"main_menu", "satisfaction", selfservice.ANSWER})
"""Flows that nobody asks for by what they are about."""
OF_AGENTS: Final = frozenset({"catalogue.perform", "catalogue.change_number"})


class Shelf(knowledge.Shelf):
    """That of staff."""

    def __init__(self) -> None:
        super().__init__(services_and_flows, _entry)


def shelf_of(house: House) -> Shelf:
    """This process's own."""
    found = house.ports.setdefault(Shelf, Shelf())
    assert isinstance(found, Shelf)
    return found


@cache
def services_and_flows() -> Index:
    """What is there without any article."""
    return Index(_standing())


def _standing() -> list[Entry]:
    known = (*catalogue.services(audience="customer"), *catalogue.services(rights=OF_AGENTS))
    services = [
        Entry(one.code, "service", (*one.names.values(), *one.sms_keywords), one.says)
        for one in {one.code: one for one in known}.values()
    ]
    flows = [
        Entry(code, "flow", tuple(flow.names.by.values()), selfservice.PHRASINGS.get(code, ()))
        for code, flow in selfservice.built_in().items()
        if code not in NOT_SUGGESTED
    ]
    return [*services, *flows]


def _entry(article: Article) -> Entry:
    return Entry(str(article.id), "article", (article.title, *article.tags), (), article.body)
