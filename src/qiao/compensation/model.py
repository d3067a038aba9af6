"""Who may give how much, and what looks odd afterwards. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal

from qiao.kernel.languages import N_

State = Literal["asked", "granted", "refused", "spent", "taken_back"]
STATES: Final[dict[State, str]] = {
    "asked": N_("waits for approval"),
    "granted": N_("granted"),
    "refused": N_("not approved"),
    "spent": N_("given"),
    "taken_back": N_("taken back"),
}
Oddity = Literal["same_payee", "round_sums", "just_below"]
ODDITIES: Final[dict[Oddity, str]] = {
    "same_payee": N_("often to the same customer"),
    "round_sums": N_("nearly always round sums"),
    "just_below": N_("again and again just below the limit"),
}
SEVERITIES: Final = (1, 2, 3, 4)
AMOUNT_MAX: Final = 100_000_000
PAYEE_TIMES: Final = 3
ROUND_OF: Final = 5
ROUND_SHARE: Final = 0.8
ROUND_MINOR: Final = 1_000
BELOW_TIMES: Final = 3
BELOW_SHARE: Final = 0.9


@dataclass(frozen=True, slots=True)
class Authority:
    """What one rank may give, in minor units: by severity to one customer within the window, and on a day in all."""

    severities: Mapping[int, int]
    a_day: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The authority of every rank; ranks from the lowest to the highest."""

    window_days: int
    ranks: Mapping[str, Authority]


@dataclass(frozen=True, slots=True)
class Given:
    """What counts already, in minor units: to this customer within the window by anybody, by this agent today."""

    to_customer: int = 0
    by_agent_today: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an amount is within somebody's authority; `limit` is the most he could give now, in minor units."""

    within: bool
    limit: int


def rank_of(roles: Iterable[str], limits: Limits) -> str:
    """The rank of somebody with these roles: the one that may give most; "" for whoever may give nothing."""
    known = [rank for rank in limits.ranks if rank in set(roles)]
    return max(known, key=lambda rank: limits.ranks[rank].a_day, default="")


def judge(limits: Limits, rank: str, severity: int, minor: int, given: Given) -> Verdict:
    """Whether somebody of this rank may give `minor` now: what was given before counts, however it was split."""
    authority = limits.ranks.get(rank)
    if authority is None:
        return Verdict(within=False, limit=0)
    here = authority.severities.get(severity, 0) - given.to_customer
    limit = max(0, min(here, authority.a_day - given.by_agent_today))
    return Verdict(0 < minor <= limit, limit)


def state_of(*, within: bool, approved: bool | None, spent: bool, taken_back: bool) -> State:
    """Where a grant stands, from its records; `within`: it needed nobody's approval."""
    if taken_back:
        return "taken_back"
    if spent:
        return "spent"
    if within or approved:
        return "granted"
    return "refused" if approved is False else "asked"


@dataclass(frozen=True, slots=True)
class GivenOnce:
    """One grant as the search for oddities sees it."""

    agent: str
    customer: str
    minor: int
    limit: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Odd:
    """Something to look at: which agent, which pattern, how often, and who got it where that is one person."""

    agent: str
    kind: Oddity
    times: int
    customer: str = ""


def oddities(grants: Sequence[GivenOnce]) -> list[Odd]:
    """Patterns that honest work seldom makes: for a person to look at, never a verdict."""
    found: list[Odd] = []
    for agent in sorted({one.agent for one in grants}):
        mine = [one for one in grants if one.agent == agent]
        payees = Counter(one.customer for one in mine)
        found += [Odd(agent, "same_payee", times, who) for who, times in payees.items() if times >= PAYEE_TIMES]
        rounded = sum(one.minor % ROUND_MINOR == 0 for one in mine)
        if len(mine) >= ROUND_OF and rounded >= ROUND_SHARE * len(mine):
            found.append(Odd(agent, "round_sums", rounded))
        below = sum(BELOW_SHARE * one.limit <= one.minor <= one.limit for one in mine)
        if below >= BELOW_TIMES:
            found.append(Odd(agent, "just_below", below))
    return found


def limits_from(read: Mapping[str, Any]) -> Limits:
    """The limits from their definition, which `limit_problems` found nothing wrong with."""
    return Limits(
        int(read["window_days"]),
        {
            rank: Authority({int(one): int(most) for one, most in told["severities"].items()}, int(told["a_day"]))
            for rank, told in read["ranks"].items()
        },
    )


def limit_problems(read: Any) -> list[str]:
    """All that is wrong with a definition from outside, each with its place."""
    if not isinstance(read, Mapping):
        return ["a table with the keys window_days and ranks is expected"]
    problems = [] if _whole(read.get("window_days"), 1, 366) else ["window_days: a whole number from 1 to 366"]
    ranks = read.get("ranks")
    if not isinstance(ranks, Mapping) or not ranks:
        return [*problems, "ranks: at least one is needed"]
    for rank, told in ranks.items():
        if not isinstance(told, Mapping) or not isinstance(told.get("severities"), Mapping):
            problems.append(f"rank {rank}: severities and a_day are expected")
            continue
        for severity, most in told["severities"].items():
            if str(severity) not in {str(one) for one in SEVERITIES}:
                problems.append(f"rank {rank}: there is no severity {severity}")
            if not _whole(most, 0, AMOUNT_MAX):
                problems.append(f"rank {rank}, severity {severity}: {most} is no amount in minor units")
        if not _whole(told.get("a_day"), 0, AMOUNT_MAX):
            problems.append(f"rank {rank}: a_day {told.get('a_day')} is no amount in minor units")
    return problems


def _whole(told: Any, least: int, most: int) -> bool:
    return isinstance(told, int) and not isinstance(told, bool) and least <= told <= most
