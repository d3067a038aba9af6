"""The lists of cases: saved views, words to filter by, one page after another by a cursor."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, cast

from qiao import cases, customers, staff
from qiao.cases import Case
from qiao.desk.access import SUPERVISE, Standing
from qiao.desk.case_clocks import Tone, running_out
from qiao.kernel.ids import AgentId, CustomerId
from qiao.kernel.languages import N_
from qiao.platform.database import Transaction

View = Literal["mine", "desks", "red", "waiting", "team"]
VIEWS: Final[dict[View, str]] = {
    "mine": N_("Mine"),
    "desks": N_("My desks"),
    "red": N_("Promise broken"),
    "waiting": N_("Waiting for the customer"),
    "team": N_("Team"),
}
EMPTY: Final[dict[View, str]] = {
    "mine": N_("You have no open cases. A case you open beside a conversation appears here."),
    "desks": N_("Nothing lies on your desks."),
    "red": N_("No promise is broken. Good."),
    "waiting": N_("Nobody has been asked for anything."),
    "team": N_("Your team has no open cases."),
}
SHOWN: Final = 50
COUNTED_MAX: Final = 1_000


@dataclass(frozen=True, slots=True)
class Line:
    """One case of the list, with the few words that tell it from the others."""

    case: Case
    customer: str
    vip: bool
    owner: str
    runs_out: tuple[datetime, Tone] | None = None
    """When the first of its clocks is used up."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: `count` is exact to 1,000 and 1,001 above; `before` leads on, None at the end."""

    lines: tuple[Line, ...]
    count: int
    before: str | None


def view_of(told: str, *, leads: bool) -> View:
    """The view asked for, else one's own cases; the team's is for whoever leads one."""
    known = told in VIEWS and (told != "team" or leads)
    return cast("View", told) if known else "mine"


async def listed(
    tx: Transaction,
    standing: Standing,
    view: View,
    words: str = "",
    *,
    saved: cases.View | None = None,
    before: str | None = None,
    limit: int = SHOWN,
) -> Page:
    """A page of a view, of what came back and then the newest; all words must be found. `saved` takes its place."""
    scope = await _scope(tx, standing, view, saved)
    if scope is None:
        return Page((), 0, None)
    found = await cases.case_list(tx, **scope, words=words, before=before, limit=limit)
    count = await cases.count_cases(tx, **scope, words=words, most=COUNTED_MAX)
    return Page(await _lines(tx, found.cases), count, found.before)


async def every_line(
    tx: Transaction, standing: Standing, view: View, words: str = "", *, saved: cases.View | None = None
) -> tuple[Line, ...]:
    """All of a view, in its order, up to COUNTED_MAX: for a file."""
    scope = await _scope(tx, standing, view, saved)
    found: list[Case] = []
    before: str | None = None
    while scope is not None and len(found) < COUNTED_MAX:
        part = await cases.case_list(tx, **scope, words=words, before=before, limit=COUNTED_MAX)
        found += part.cases
        before = part.before
        if before is None:
            break
    return await _lines(tx, tuple(found[:COUNTED_MAX]))


async def saved_view(tx: Transaction, standing: Standing, told: str) -> cases.View | None:
    """The saved view of this id, if this person may use it."""
    return view_among(await cases.views_for(tx, agent_id=standing.agent_id, unit_ids=standing.units), told)


def view_among(views: Iterable[cases.View], told: str) -> cases.View | None:
    """The view of this id."""
    return next((one for one in views if str(one.id) == told), None)


async def _scope(
    tx: Transaction, standing: Standing, view: View, saved: cases.View | None = None
) -> dict[str, Any] | None:
    """What a view shows of the cases this person has a basis for: his own, his desks', his team's and no others."""
    units, ours = standing.units, {"owner_id": standing.agent_id, "desk_ids": standing.desks}
    if saved is not None:
        whose = (
            await _scope(tx, standing, "team") if SUPERVISE in standing.actor.rights else {"unit_ids": units, **ours}
        )
        if whose is None:
            return None
        ended = any(f'"{status}"' in json.dumps(saved.condition) for status in ("closed", "dormant"))
        return {**whose, "closed": ended, "condition": cases.held_by(saved.condition, tx, standing.agent_id)}
    if view == "mine":
        return {"unit_ids": units, "owner_id": standing.agent_id}
    if view == "desks":
        return {"unit_ids": units, "desk_ids": standing.desks} if standing.desks else None
    if view == "red":
        return {"unit_ids": units, **ours, "red": True}
    if view == "waiting":
        return {"unit_ids": units, **ours, "statuses": ("waiting_for_customer",)}
    team = [agent.id for agent in await staff.agents_of_units(tx, units)]
    return {"unit_ids": units, "owner_ids": team, "unowned": True}


async def _lines(tx: Transaction, found: tuple[Case, ...]) -> tuple[Line, ...]:
    ids = {CustomerId(case.customer_id) for case in found if case.customer_id is not None}
    known = await customers.customers_by_ids(tx, list(ids))
    owners = await staff.agents_by_ids(tx, {AgentId(case.owner_id) for case in found if case.owner_id is not None})
    clocks = await running_out(tx, [case.id for case in found])
    return tuple(
        Line(
            case,
            known[case.customer_id].masked_name if case.customer_id in known else "",
            vip=case.customer_id in known and known[case.customer_id].segment == "vip",
            owner=owners[case.owner_id].name if case.owner_id in owners else "",
            runs_out=clocks.get(case.id),
        )
        for case in found
    )


async def find_cases(tx: Transaction, standing: Standing, words: str, *, limit: int) -> list[Case]:
    """His own and his desks' cases that hold all the words."""
    found = await cases.case_list(
        tx, unit_ids=standing.units, owner_id=standing.agent_id, desk_ids=standing.desks, words=words, limit=limit
    )
    return list(found.cases)
