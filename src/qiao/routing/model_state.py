"""The routing core's memory: contacts in lanes, agents in pools, both as heaps with lazy deletion.

A *lane* holds the waiting contacts of equal needs, a *pool* the agents of equal profile that have room for one
channel. Which pools serve which lanes is worked out once, when a lane or a profile first appears; afterwards a
decision looks only at the heads of lanes and pools, never at all who wait.
"""

from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from math import inf
from typing import Final

from qiao.routing.model_rules import DeskRules, Key, Needs, Profile, Skills

EMPTY: Final = (inf, inf)
COMPACT_OVER: Final = 64
URGENT_SECONDS: Final = 30 * 86_400.0
"""So much earlier an urgent contact ranks: before all that could have waited as long, by age among the urgent."""
WAITING: Final = "waiting"
OFFERED: Final = "offered"
ACTIVE: Final = "active"
STRANDED: Final = "stranded"
"""With an agent whose tabs are gone; kept for him during the grace."""
WRAP_UP: Final = "wrap_up"


class Contact:
    """One contact of the desk it is in. `turn` grows with each change of place and makes older entries stale."""

    __slots__ = (
        "agent", "attempt", "avoid", "channel", "contact_id", "desk", "entered_at", "held_by", "lane", "language",
        "preferred", "queued_at", "rank", "segment", "seq", "skills", "stage", "state", "turn", "unit", "until",
        "urgent", "visited",
    )  # fmt: skip

    def __init__(self, contact_id: Key, desk: "Desk", channel: str, queued_at: float, entered_at: float) -> None:
        self.contact_id = contact_id
        self.desk = desk
        self.channel = channel
        self.queued_at = queued_at
        self.entered_at = entered_at
        self.language: str | None = None
        self.segment: str | None = None
        self.unit: Key | None = None
        self.skills: Skills = frozenset()
        self.preferred: Key | None = None
        self.avoid: Key | None = None
        self.urgent = False
        self.rank = queued_at
        self.seq = 0
        self.stage = 0
        self.state = WAITING
        self.lane: Lane | None = None
        self.held_by: Agent | None = None
        self.agent: Agent | None = None
        self.attempt = 0
        self.turn = 0
        self.until = 0.0
        self.visited: tuple[Key, ...] = ()

    def take_rank(self) -> None:
        """Rank by when its waiting began, less the desk's head start for its segment; urgent before all others."""
        head_start = self.desk.rules.head_start_seconds.get(self.segment or "", 0.0)
        self.rank = self.queued_at - head_start - (URGENT_SECONDS if self.urgent else 0.0)

    def effective_wait(self, now: float) -> float:
        """Seconds it has waited, head start counted, urgency not: what the waits of others may be guessed from."""
        return now - self.rank - (URGENT_SECONDS if self.urgent else 0.0)


class Agent:
    """One signed-on agent. Status is the person's word; load, lost and the contacts are the system's."""

    __slots__ = (
        "agent_id", "contacts", "engaged", "group", "held", "lost", "ready", "reason", "since", "token", "used",
    )  # fmt: skip

    def __init__(self, agent_id: Key, group: "Group", now: float) -> None:
        self.agent_id = agent_id
        self.group = group
        self.ready = False
        self.reason: str | None = None
        self.lost = False
        self.engaged = False
        self.used = 0
        self.since = now
        self.token = 0
        self.contacts: dict[Key, Contact] = {}
        self.held: dict[Key, Contact] = {}

    @property
    def open(self) -> bool:
        """Whether new offers may reach him, load aside."""
        return self.ready and not self.lost and not self.engaged


class Pool:
    """Agents of one profile with room for one channel: least loaded first, then longest idle."""

    __slots__ = ("channel", "first", "group", "heap", "weight")

    def __init__(self, group: "Group", channel: str, weight: int) -> None:
        self.group = group
        self.channel = channel
        self.weight = weight
        self.heap: list[tuple[float, float, int, Agent]] = []
        self.first: tuple[float, float] = EMPTY

    def prune(self) -> None:
        """Drop stale entries from the top and note who is first."""
        heap = self.heap
        while heap and heap[0][2] != heap[0][3].token:
            heappop(heap)
        self.first = heap[0][:2] if heap else EMPTY

    def compact(self) -> None:
        """Drop all stale entries once they are the greater part."""
        if len(self.heap) > 2 * self.group.signed_on + COMPACT_OVER:
            self.heap = [entry for entry in self.heap if entry[2] == entry[3].token]
            heapify(self.heap)


class Group:
    """All agents of one profile, and the lanes they serve."""

    __slots__ = ("lanes", "pools", "profile", "signed_on")

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.signed_on = 0
        self.pools = [Pool(self, channel, weight) for channel, weight in profile.weights.items()]
        self.lanes: dict[str, list[Lane]] = {channel: [] for channel in profile.weights}


class Lane:
    """Waiting contacts of equal needs, the earliest rank first."""

    __slots__ = ("avoiding", "head", "heap", "last_delay", "live", "needs", "pools")

    def __init__(self, needs: Needs) -> None:
        self.needs = needs
        self.heap: list[tuple[float, int, int, Contact]] = []
        self.head: tuple[float, float] = EMPTY
        self.live = 0
        self.avoiding = 0
        self.last_delay = 0.0
        self.pools: list[Pool] = []

    def push(self, contact: Contact) -> None:
        """Add a contact by its rank."""
        contact.lane = self
        self.live += 1
        if contact.avoid is not None:
            self.avoiding += 1
        entry = (contact.rank, contact.seq, contact.turn, contact)
        heappush(self.heap, entry)
        if self.heap[0] is entry:
            self.head = entry[:2]

    def remove(self, contact: Contact) -> None:
        """Forget a contact whose turn has moved on; its entry is dropped when it surfaces or by compaction."""
        contact.lane = None
        self.live -= 1
        if contact.avoid is not None:
            self.avoiding -= 1
        heap = self.heap
        if len(heap) > 2 * self.live + COMPACT_OVER:
            self.heap = [entry for entry in heap if entry[2] == entry[3].turn]
            heapify(self.heap)
            self.prune()
        elif heap[0][2] != heap[0][3].turn:
            self.prune()

    def prune(self) -> None:
        """Drop stale entries from the top and note the head."""
        heap = self.heap
        while heap and heap[0][2] != heap[0][3].turn:
            heappop(heap)
        self.head = heap[0][:2] if heap else EMPTY

    @property
    def attended(self) -> bool:
        """Whether anybody who serves this lane is signed on, ready or not."""
        return any(pool.group.signed_on for pool in self.pools)


@dataclass(slots=True)
class Tally:
    """Counts of one desk since the state was made; a contact that comes back or from elsewhere counts anew.

    offered = answered + abandoned + overflowed + callback + dropped + waiting, at any time.
    """

    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    overflowed: int = 0
    callback: int = 0
    dropped: int = 0
    waiting: int = 0


LaneKey = tuple[str, str | None, str | None, Key | None, Skills, int]


@dataclass(slots=True)
class Desk:
    """A desk at work: its rules, its counts and the lanes its contacts have needed so far."""

    rules: DeskRules
    tally: Tally = field(default_factory=Tally)
    lanes: dict[LaneKey, Lane] = field(default_factory=dict)


class RoutingState:
    """All that routing knows: made empty, owned by one caller, changed only by `decide`."""

    def __init__(self) -> None:
        self.now = -inf
        self.desks: dict[Key, Desk] = {}
        self.agents: dict[Key, Agent] = {}
        self.contacts: dict[Key, Contact] = {}
        self.groups: dict[Profile, Group] = {}
        self.lanes: dict[Needs, Lane] = {}
        self.due: list[tuple[float, int, int, str, Contact]] = []
        self._count = 0

    def next_number(self) -> int:
        """A number greater than all before: for arrival order and for tokens."""
        self._count += 1
        return self._count

    def group_of(self, profile: Profile) -> Group:
        """The group of this profile, joined to all lanes that it serves."""
        group = self.groups.get(profile)
        if group is None:
            group = self.groups[profile] = Group(profile)
            for lane in self.lanes.values():
                self._join(group, lane)
        return group

    def lane_of(self, contact: Contact, stage: int) -> Lane:
        """The lane for a contact after so many relax steps of its desk."""
        desk = contact.desk
        key = (contact.channel, contact.language, contact.segment, contact.unit, contact.skills, stage)
        lane = desk.lanes.get(key)
        if lane is None:
            needs = desk.rules.needs(
                channel=contact.channel,
                language=contact.language,
                segment=contact.segment,
                unit=contact.unit,
                skills=contact.skills,
                stage=stage,
            )
            lane = self.lanes.get(needs)
            if lane is None:
                lane = self.lanes[needs] = Lane(needs)
                for group in self.groups.values():
                    self._join(group, lane)
            desk.lanes[key] = lane
        return lane

    def _join(self, group: Group, lane: Lane) -> None:
        if group.profile.serves(lane.needs):
            group.lanes[lane.needs.channel].append(lane)
            lane.pools.extend(pool for pool in group.pools if pool.channel == lane.needs.channel)
