"""Going anywhere: what Ctrl+K finds among pages, contacts in hand, cases by number, articles and actions."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, Literal

from litestar import Response, get

from qiao import cases, knowledge, routing
from qiao.cases import Case
from qiao.desk.access import READ_CASES, TAKE, case_for, standing_of
from qiao.desk.case_lists import find_cases
from qiao.desk.forms import AnyRequest, plain
from qiao.desk.typed import say
from qiao.desk.work import my_work
from qiao.desk.work_pages import shift
from qiao.kernel.languages import N_
from qiao.kernel.refused import NotFound
from qiao.platform.database import Transaction
from qiao.platform.policy import Access
from qiao.platform.web import house_of, language_of, page, require_actor
from qiao.ui import links

STAFF: Final = {"access": Access(audience="staff")}
EACH: Final = 6
"""Results of one kind: what is not among them is found by another letter."""
Kind = Literal["page", "contact", "case", "article", "action"]

KINDS: Final[dict[Kind, str]] = {
    "contact": N_("My conversations"),
    "case": N_("Cases"),
    "page": N_("Pages"),
    "action": N_("Actions"),
    "article": N_("Articles"),
}
"""The groups, in the order in which they are shown."""


@dataclass(frozen=True, slots=True)
class Found:
    """One result: a place to go to, or (with `fields`) a form to send there."""

    kind: Kind
    text: str
    href: str
    hint: str = ""
    icon: str = "chevron-right"
    fields: tuple[tuple[str, str], ...] = ()


@get("/desk/go", opt=STAFF, include_in_schema=False)
async def go(request: AnyRequest) -> Response[str]:
    """What fits the words so far, grouped; nothing typed: pages, what is in hand, and what can be done at once."""
    query = plain(request.query_params.get("q", ""))
    async with house_of(request).database.transaction() as tx:
        found = await _found(request, tx, query)
    in_menu = {link.href for link in links("desk", require_actor(request).rights)}  # the palette has them already
    return page(request, "desk/go.html", query=query, groups=_groups(request, found, without=in_menu))


@get("/desk/search", opt=STAFF, include_in_schema=False)
async def search(request: AnyRequest) -> Response[str]:
    """The same as a page of its own, for whoever comes without a script or wants to send the address."""
    query = plain(request.query_params.get("q", ""))
    async with house_of(request).database.transaction() as tx:
        found = await _found(request, tx, query)
        context = await shift(request, tx)
    return page(request, "desk/search.html", **context, query=query, groups=_groups(request, found))


def _groups(request: AnyRequest, found: list[Found], without: Collection[str] = ()) -> list[tuple[str, list[Found]]]:
    """Results by kind, in the order of KINDS; kinds with none are left out."""
    shown = [one for one in found if one.kind != "page" or one.href not in without]
    groups = [(say(request, name), [one for one in shown if one.kind == kind]) for kind, name in KINDS.items()]
    return [group for group in groups if group[1]]


async def _found(request: AnyRequest, tx: Transaction, query: str) -> list[Found]:
    places = [*await _contacts(request, tx), *_pages(request), *_actions(request)]
    known = [one for one in places if fits(query, f"{one.text} {one.hint}")]
    if not query:
        return known
    return [*known, *await _cases(request, tx, query), *await _articles(request, tx, query)]


def fits(query: str, text: str) -> bool:
    """Whether every word typed is somewhere in the text, capitals aside."""
    folded = text.casefold()
    return all(word in folded for word in query.casefold().split())


def _pages(request: AnyRequest) -> list[Found]:
    rights = require_actor(request).rights
    menu = [Found("page", say(request, link.msgid), link.href, icon=link.icon) for link in links("desk", rights)]
    return [*menu, Found("page", say(request, N_("Authenticator")), "/desk/second-factor", icon="key")]


def _actions(request: AnyRequest) -> Iterable[Found]:
    rights = require_actor(request).rights
    if TAKE in rights:
        yield Found("action", say(request, N_("Ready")), "/desk/presence", icon="check", fields=(("status", "ready"),))
        for reason, text in routing.REASONS.items():
            yield Found(
                "action",
                say(request, N_("Not ready: {reason}")).format(reason=say(request, text)),
                "/desk/presence",
                icon="pause",
                fields=(("status", reason),),
            )
    if "knowledge.write" in rights:
        yield Found("action", say(request, N_("Write an article")), "/desk/knowledge/new", icon="edit")
    yield Found("action", say(request, N_("Lock the screen")), "/desk/lock", icon="shield", fields=(("lock", "1"),))
    yield Found("action", say(request, N_("Sign out")), "/desk/sign-out", icon="sign-out", fields=(("out", "1"),))


async def _contacts(request: AnyRequest, tx: Transaction) -> list[Found]:
    standing = await standing_of(request, tx)
    work = await my_work(tx, standing, language_of(request))
    return [
        Found(
            "contact",
            one.name or say(request, N_("A visitor")),
            f"/desk/contacts/{one.contact.id}",
            hint=one.contact.topic,
            icon="chat",
        )
        for one in work.conversations
    ]


async def _cases(request: AnyRequest, tx: Transaction, query: str) -> list[Found]:
    """A case by its whole number if he may see it, then those among his own that the words fit."""
    if READ_CASES not in require_actor(request).rights:
        return []
    found: dict[str, Case] = {}
    numbered = await cases.case_by_number(tx, query) if len(query) < 40 else None
    if numbered is not None:
        try:
            seen = await case_for(request, tx, numbered.id)
            found[seen.case.number] = seen.case
        except NotFound:
            pass
    for case in await find_cases(tx, await standing_of(request, tx), query, limit=EACH):
        found.setdefault(case.number, case)
    return [
        Found("case", case.title, f"/desk/cases/{case.id}", hint=case.number, icon="list") for case in found.values()
    ]


async def _articles(request: AnyRequest, tx: Transaction, query: str) -> list[Found]:
    if "knowledge.read" not in require_actor(request).rights:
        return []
    found = await knowledge.search(tx, query=query, audience="staff", language=language_of(request), limit=EACH)
    return [
        Found("article", hit.article.title, f"/desk/knowledge/{hit.article.id}", hint=hit.excerpt, icon="book")
        for hit in found.hits
    ]


ROUTES: Final = (go, search)
