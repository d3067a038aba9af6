"""Desk rules and agent profiles as JSON in rows, and as the routing core reads them."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final, Protocol
from uuid import UUID

from qiao.kernel.ids import AgentId, DeskId, UnitId
from qiao.routing.hours import Hours, read_hours
from qiao.routing.model_rules import DeskRules, Key, Profile, RelaxStep, Skills

HANDLING_SECONDS: Final = 300.0
_PLAIN: Final = ("language_matters", "segment_matters")
_SECONDS: Final = (
    "preferred_hold_seconds",
    "offer_lease_seconds",
    "wrap_up_max_seconds",
    "lost_grace_seconds",
    "overflow_after_seconds",
    "handling_seconds",
)
_STEP: Final = ("after_seconds", "drop_language", "drop_segment", "levels", "expected_wait_over_seconds")
_KNOWN: Final = {*_PLAIN, *_SECONDS, "skills", "head_start_seconds", "relax", "overflow_desk", "hours", "urgent"}


SEATS: Final = {"sms": "chat"}
"""A talk by text takes as much of an agent as a chat."""


class Signing(Protocol):
    """What routing needs to know of an agent who signs on: a part of `staff.Agent`."""

    @property
    def id(self) -> AgentId: ...
    @property
    def unit_id(self) -> UnitId: ...
    @property
    def languages(self) -> Collection[str]: ...
    @property
    def skills(self) -> Mapping[str, int]: ...
    @property
    def segments(self) -> Collection[str] | None: ...
    @property
    def capacity(self) -> Mapping[str, int]: ...
    @property
    def desks(self) -> Collection[DeskId]: ...


@dataclass(frozen=True, slots=True)
class DeskPlan:
    """A desk's rules, read: `core` as an administrator gave them, `routed` as the owner's core gets them."""

    core: DeskRules
    hours: Hours
    handling_seconds: float
    urgent: bool = False

    @property
    def routed(self) -> DeskRules:
        """The rules with belonging to the desk among the skills it asks for."""
        return replace(self.core, skills=self.core.skills | {(member_of(self.core.desk_id), 1)})


def read_rules(desk_id: DeskId, rules: Mapping[str, Any], desk_ids: Mapping[str, DeskId] | None = None) -> DeskPlan:
    """Read a desk's JSON; what is left out stands as in `DeskRules`. Raises ValueError for what cannot be read.

    Keys: skills {skill: least level}, language_matters, segment_matters, head_start_seconds {segment: seconds},
    relax [{after_seconds, drop_language, drop_segment, levels {skill: level}, expected_wait_over_seconds}],
    preferred_hold_seconds, offer_lease_seconds, wrap_up_max_seconds, lost_grace_seconds, overflow_after_seconds,
    overflow_desk (its code), handling_seconds (guessed until the desk has answered some), hours (see `read_hours`),
    urgent (who comes to this desk goes before all others, wherever he waits then).
    """
    if unknown := set(rules) - _KNOWN:
        raise ValueError(f"desk rules: unknown {sorted(unknown)}")
    given: dict[str, Any] = {key: bool(rules[key]) for key in _PLAIN if key in rules}
    given |= {key: _seconds(key, rules[key]) for key in _SECONDS if rules.get(key) is not None}
    handling_seconds = given.pop("handling_seconds", HANDLING_SECONDS)
    core = DeskRules(
        desk_id=desk_id,
        skills=_skills(rules.get("skills") or {}),
        head_start_seconds={str(k): float(v) for k, v in (rules.get("head_start_seconds") or {}).items()},
        relax=tuple(_step(step) for step in rules.get("relax") or ()),
        overflow_desk_id=(desk_ids or {}).get(str(rules.get("overflow_desk"))),
        **given,
    )
    return DeskPlan(core, read_hours(rules.get("hours")), handling_seconds, bool(rules.get("urgent", False)))


def member_of(desk_id: Key) -> str:
    """Belonging to a desk, as a skill that it asks for; whoever is bound to no desks belongs to all."""
    return f"desk:{desk_id}"


def profile_json(agent: Signing, units: Iterable[UnitId]) -> dict[str, Any]:
    """What the agent can do, as it is kept with his seat; `units`: those whose customers he may see."""
    return {
        "capacity": sorted((str(channel), int(most)) for channel, most in agent.capacity.items() if most > 0),
        "skills": sorted((str(skill), int(level)) for skill, level in agent.skills.items()),
        "desks": sorted(map(str, agent.desks)) or None,
        "languages": sorted(agent.languages),
        "segments": None if agent.segments is None else sorted(agent.segments),
        "units": sorted(map(str, units)),
    }


def read_profile(given: Mapping[str, Any], every_desk: Iterable[Any]) -> Profile:
    """The profile of a seat's row, in a house with these desks."""
    segments = given["segments"]
    return _profile(
        tuple((channel, most) for channel, most in given["capacity"]),
        tuple((skill, level) for skill, level in given["skills"]),
        tuple(given["desks"] or sorted(map(str, every_desk))),
        tuple(given["languages"]),
        None if segments is None else tuple(segments),
        tuple(given["units"]),
    )


def seconds(at: datetime) -> float:
    """An instant on the core's scale: seconds since 1970 UTC."""
    return at.timestamp()


def instant(at_seconds: float) -> datetime:
    """The core's seconds as an instant."""
    return datetime.fromtimestamp(at_seconds, UTC)


@lru_cache(maxsize=10_000)
def _profile(
    capacity: tuple[tuple[str, int], ...],
    skills: tuple[tuple[str, int], ...],
    desks: tuple[str, ...],
    languages: tuple[str, ...],
    segments: tuple[str, ...] | None,
    units: tuple[str, ...],
) -> Profile:
    return Profile(
        capacity or (("none", 1),),
        frozenset(skills) | {(member_of(desk_id), 1) for desk_id in desks},
        frozenset(languages),
        None if segments is None else frozenset(segments),
        frozenset(UUID(unit) for unit in units),
    )


def _skills(given: Mapping[str, Any]) -> Skills:
    return frozenset((str(skill), int(level)) for skill, level in given.items())


def _step(given: Mapping[str, Any]) -> RelaxStep:
    if unknown := set(given) - set(_STEP):
        raise ValueError(f"relax step: unknown {sorted(unknown)}")
    over = given.get("expected_wait_over_seconds")
    return RelaxStep(
        _seconds("after_seconds", given["after_seconds"]),
        bool(given.get("drop_language", False)),
        bool(given.get("drop_segment", False)),
        tuple(sorted((str(skill), int(level)) for skill, level in (given.get("levels") or {}).items())),
        None if over is None else float(over),
    )


def _seconds(name: str, given: Any) -> float:
    value = float(given)
    if not 0 <= value < 10_000_000:
        raise ValueError(f"{name}: {given} is no number of seconds")
    return value
