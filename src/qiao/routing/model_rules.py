"""Rules of a desk as data, what a contact needs, what an agent can do, and whether the two fit."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import lcm
from typing import Final

Key = Hashable
"""Any id: a UUID live, a whole number in a simulation."""

Skills = frozenset[tuple[str, int]]
"""Skills with their levels: what is needed at least, or what is there."""

NO_SKILLS: Final[Skills] = frozenset()


@dataclass(frozen=True, slots=True)
class Needs:
    """What an agent must have to serve a contact: contacts with equal needs wait in one lane."""

    channel: str
    skills: Skills = NO_SKILLS
    language: str | None = None
    segment: str | None = None
    unit: Key | None = None


@dataclass(frozen=True, slots=True)
class RelaxStep:
    """After `after_seconds` in the desk the needs become easier.

    `levels` gives skills a lower least level; 0 drops the skill. With `expected_wait_over_seconds` the step is taken
    only while the contact still expects to wait longer than that; until then it is looked at again every 15 s.
    An organisation unit is never dropped: it says who may see the customer, not who would be best.
    """

    after_seconds: float
    drop_language: bool = False
    drop_segment: bool = False
    levels: tuple[tuple[str, int], ...] = ()
    expected_wait_over_seconds: float | None = None

    def applied(self, needs: Needs) -> Needs:
        """The needs after this step."""
        lowered = dict(self.levels)
        eased = ((skill, min(level, lowered.get(skill, level))) for skill, level in needs.skills)
        return replace(
            needs,
            skills=frozenset((skill, level) for skill, level in eased if level > 0),
            language=None if self.drop_language else needs.language,
            segment=None if self.drop_segment else needs.segment,
        )


@dataclass(frozen=True)
class DeskRules:
    """How one desk works. Times in seconds; `head_start_seconds` by segment is added to the time waited."""

    desk_id: Key
    skills: Skills = NO_SKILLS
    language_matters: bool = True
    segment_matters: bool = False
    head_start_seconds: Mapping[str, float] = field(default_factory=dict)
    relax: tuple[RelaxStep, ...] = ()
    preferred_hold_seconds: float = 30.0
    offer_lease_seconds: float = 20.0
    wrap_up_max_seconds: float = 120.0
    lost_grace_seconds: float = 60.0
    overflow_after_seconds: float | None = None
    overflow_desk_id: Key | None = None

    def needs(
        self,
        *,
        channel: str,
        language: str | None,
        segment: str | None,
        unit: Key | None,
        skills: Skills = NO_SKILLS,
        stage: int = 0,
    ) -> Needs:
        """What this desk asks of an agent for such a contact, after the first `stage` relax steps."""
        needs = Needs(
            channel,
            strictest(self.skills | skills),
            language if self.language_matters else None,
            segment if self.segment_matters else None,
            unit,
        )
        for step in self.relax[:stage]:
            needs = step.applied(needs)
        return needs


def strictest(skills: Skills) -> Skills:
    """Each skill once, with the highest level named for it."""
    levels: dict[str, int] = {}
    for skill, level in skills:
        levels[skill] = max(level, levels.get(skill, level))
    return frozenset(levels.items())


@dataclass(frozen=True)
class Profile:
    """What an agent can do; agents with equal profiles are interchangeable for routing.

    `capacity` says how many contacts of a channel fill the agent: (("voice", 1), ("chat", 4)) is one call *or* four
    chats, because a call takes the whole of him and a chat a quarter. `segments` and `units` None mean any.
    """

    capacity: tuple[tuple[str, int], ...]
    skills: Skills = NO_SKILLS
    languages: frozenset[str] = frozenset()
    segments: frozenset[str] | None = None
    units: frozenset[Key] | None = None

    @cached_property
    def whole(self) -> int:
        """An agent's full load, in shares that every channel's weight divides."""
        return lcm(*(most for _, most in self.capacity if most > 0))

    @cached_property
    def weights(self) -> dict[str, int]:
        """Shares that one contact of a channel takes."""
        return {channel: self.whole // most for channel, most in self.capacity if most > 0}

    @cached_property
    def levels(self) -> dict[str, int]:
        """The level of each skill; of a skill named twice the higher one."""
        return dict(strictest(self.skills))

    def weight(self, channel: str) -> int:
        """Shares of one contact; a channel no longer served takes the whole agent until it ends."""
        return self.weights.get(channel, self.whole)

    def serves(self, needs: Needs) -> bool:
        """Whether such an agent may be offered contacts with these needs, presence and load aside."""
        have = self.levels
        return (
            needs.channel in self.weights
            and (needs.language is None or needs.language in self.languages)
            and (needs.segment is None or self.segments is None or needs.segment in self.segments)
            and (needs.unit is None or self.units is None or needs.unit in self.units)
            and all(have.get(skill, 0) >= level for skill, level in needs.skills)
        )
