"""The routing invariants by brute force: scans everything after every decision, knows nothing of lanes and pools."""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from qiao.routing.model import RoutingState, decide, next_due_at
from qiao.routing.model_facts import (
    AgentBack,
    AgentEngaged,
    AgentLost,
    AgentSignedOff,
    AgentSignedOn,
    AgentStatusSet,
    Assigned,
    ContactArrived,
    ContactRestored,
    ContactTransferred,
    DeskSet,
    Ended,
    Fact,
    Freed,
    Moved,
    Offered,
    OfferEnded,
    Outcome,
    Queued,
    Relaxed,
    Requeued,
    StatusSetBySystem,
    WrapUpStarted,
)
from qiao.routing.model_rules import DeskRules, Key, Profile


@dataclass
class Person:
    """An agent as an onlooker sees him."""

    profile: Profile
    ready: bool = False
    lost: bool = False
    engaged: bool = False
    overfull: bool = False

    @property
    def open(self) -> bool:
        return self.ready and not self.lost and not self.engaged


@dataclass
class Matter:
    """A contact as an onlooker sees it."""

    arrival: ContactArrived
    desk: Key
    seq: int
    entered_at: float
    state: str = "waiting"
    agent: Key | None = None
    stage: int = 0
    avoid: Key | None = None
    until: float = 0.0


@dataclass
class Oracle:
    """Tells facts to the core, follows its outcomes, and checks each of them and the whole afterwards."""

    state: RoutingState = field(default_factory=RoutingState)
    now: float = 0.0
    people: dict[Key, Person] = field(default_factory=dict)
    matters: dict[Key, Matter] = field(default_factory=dict)
    rules: dict[Key, DeskRules] = field(default_factory=dict)
    tallies: dict[Key, Counter[str]] = field(default_factory=dict)
    seq: int = 0

    def tell(self, fact: Fact) -> list[Outcome]:
        """One fact at the present moment; raises AssertionError when anything is not as promised."""
        known = set(self.matters)
        self._before(fact)
        outcomes = decide(self.state, fact, self.now)
        for outcome in outcomes:
            self._follow(outcome)
        self._after(fact, known)
        self.check()
        return outcomes

    def _before(self, fact: Fact) -> None:
        match fact:
            case DeskSet(rules):
                self.rules[rules.desk_id] = rules
                self.tallies.setdefault(rules.desk_id, Counter())
                for matter in self.matters.values():
                    if matter.desk == rules.desk_id:
                        matter.stage = 0
            case AgentSignedOn(agent_id, profile):
                person = self.people.setdefault(agent_id, Person(profile))
                person.profile = profile
                person.overfull = self.load(agent_id) > 1
            case AgentStatusSet(agent_id, ready, _) if agent_id in self.people:
                self.people[agent_id].ready = ready
            case AgentLost(agent_id) if agent_id in self.people:
                self.people[agent_id].lost = True
            case AgentBack(agent_id) if agent_id in self.people:
                self.people[agent_id].lost = False
            case AgentEngaged(agent_id, engaged) if agent_id in self.people:
                self.people[agent_id].engaged = engaged
            case AgentSignedOff(agent_id):
                self.people.pop(agent_id, None)
            case ContactArrived():
                self._enter(fact)
            case ContactRestored(arrival, state, agent_id, until, _):
                entered = self._enter(arrival)
                person = self.people.get(agent_id, Person(Profile(()), lost=True))
                if entered and agent_id in self.people and not ((person.lost or person.engaged) and state == "offered"):
                    matter = self.matters[arrival.contact_id]
                    matter.agent, matter.until = agent_id, until
                    matter.state = {"offered": "offered", "active": "active", "wrap_up": "wrap_up"}[state]
                    if state != "offered":
                        self.tallies[matter.desk]["answered"] += 1
                    person.overfull = person.overfull or self.load(agent_id) > 1
            case _:
                pass

    def _enter(self, arrival: ContactArrived) -> bool:
        if arrival.contact_id in self.matters:
            return False
        self.seq += 1
        self.matters[arrival.contact_id] = Matter(
            arrival, arrival.desk_id, self.seq, self.now, avoid=arrival.avoid_agent_id
        )
        self.tallies[arrival.desk_id]["offered"] += 1
        return True

    def _after(self, fact: Fact, known: set[Key]) -> None:
        if isinstance(fact, ContactTransferred) and fact.contact_id in self.matters:
            assert fact.contact_id in known

    def _follow(self, outcome: Outcome) -> None:
        match outcome:
            case Offered(contact_id, agent_id, until, _):
                matter, person = self.matters[contact_id], self.people[agent_id]
                assert matter.state == "waiting"
                assert person.open
                assert self.serves(person, matter)
                assert matter.avoid != agent_id
                self._none_before(matter, agent_id)
                matter.state, matter.agent, matter.until = "offered", agent_id, until
                assert self.load(agent_id) <= 1
            case OfferEnded(contact_id, agent_id, _):
                matter = self.matters[contact_id]
                assert (matter.state, matter.agent) == ("offered", agent_id)
                matter.state, matter.agent = "waiting", None
            case Assigned(contact_id, agent_id):
                matter = self.matters[contact_id]
                handed = matter.state == "handed"
                if not handed:
                    assert (matter.state, matter.agent) == ("offered", agent_id)
                    self.tallies[matter.desk]["answered"] += 1
                matter.state, matter.agent = "active", agent_id
                person = self.people[agent_id]
                person.overfull = person.overfull or (handed and person.engaged and self.load(agent_id) > 1)
                assert not handed or person.overfull or self.load(agent_id) <= 1
            case WrapUpStarted(contact_id, agent_id, until):
                matter = self.matters[contact_id]
                assert (matter.state, matter.agent) == ("active", agent_id)
                matter.state, matter.until = "wrap_up", until
            case Freed(contact_id, agent_id, why):
                matter = self.matters[contact_id]
                assert matter.agent == agent_id
                if why == "handed":
                    assert matter.state == "active"
                    matter.state, matter.agent, matter.avoid = "handed", None, None
                elif why in ("lost", "transferred"):
                    matter.state, matter.agent, matter.entered_at, matter.stage = "waiting", None, self.now, 0
                    if why == "lost":
                        self.tallies[matter.desk]["offered"] += 1
                    else:
                        matter.avoid = agent_id
                else:
                    del self.matters[contact_id]
            case Moved(contact_id, from_desk_id, desk_id, why):
                matter = self.matters[contact_id]
                assert (matter.desk, matter.state) == (from_desk_id, "waiting")
                matter.desk, matter.entered_at, matter.stage = desk_id, self.now, 0
                self.tallies[desk_id]["offered"] += 1
                if why == "overflowed":
                    self.tallies[from_desk_id]["overflowed"] += 1
            case Relaxed(contact_id, stage):
                assert self.matters[contact_id].state == "waiting"
                self.matters[contact_id].stage = stage
            case Ended(contact_id, desk_id, why):
                assert self.matters.pop(contact_id).state == "waiting"
                self.tallies[desk_id][why] += 1
            case StatusSetBySystem(agent_id, _):
                self.people[agent_id].ready = False
            case Requeued(contact_id, desk_id, _) | Queued(contact_id, desk_id, _):
                matter = self.matters[contact_id]
                assert (matter.desk, matter.state) == (desk_id, "waiting")

    def rank(self, matter: Matter) -> tuple[bool, float, int]:
        """First what is urgent, then by the time that counts as waited."""
        starts = self.rules[matter.desk].head_start_seconds
        began_at = matter.arrival.queued_at - starts.get(matter.arrival.segment or "", 0.0)
        return not matter.arrival.urgent, began_at, matter.seq

    def serves(self, person: Person, matter: Matter) -> bool:
        """Skill, language, segment, unit and channel, spelled out without the core's own rules."""
        rules, arrival, profile = self.rules[matter.desk], matter.arrival, person.profile
        language = arrival.language if rules.language_matters else None
        segment = arrival.segment if rules.segment_matters else None
        needed: dict[str, int] = {}
        for skill, level in [*rules.skills, *arrival.skills]:
            needed[skill] = max(level, needed.get(skill, 0))
        for step in rules.relax[: matter.stage]:
            language = None if step.drop_language else language
            segment = None if step.drop_segment else segment
            for skill, level in step.levels:
                if skill in needed:
                    needed[skill] = min(needed[skill], level)
        have = dict(profile.skills)
        return (
            dict(profile.capacity).get(arrival.channel, 0) > 0
            and (language is None or language in profile.languages)
            and (segment is None or profile.segments is None or segment in profile.segments)
            and (arrival.unit is None or profile.units is None or arrival.unit in profile.units)
            and all(have.get(skill, 0) >= level for skill, level in needed.items())
        )

    def load(self, agent_id: Key) -> Fraction:
        """What the agent carries, as a part of the whole."""
        capacity = dict(self.people[agent_id].profile.capacity)
        return sum(
            (
                Fraction(1, capacity.get(matter.arrival.channel, 0) or 1)
                for matter in self.matters.values()
                if matter.agent == agent_id
            ),
            Fraction(0),
        )

    def fits(self, agent_id: Key, matter: Matter) -> bool:
        share = Fraction(1, dict(self.people[agent_id].profile.capacity)[matter.arrival.channel])
        return self.load(agent_id) + share <= 1

    def _none_before(self, chosen: Matter, agent_id: Key) -> None:
        """Nobody of better rank whom the agent could serve now was passed over, but for those held for others."""
        if self.state.contacts[chosen.arrival.contact_id].preferred == agent_id:
            return
        person = self.people[agent_id]
        for contact_id, matter in self.matters.items():
            other = self.state.contacts.get(contact_id)
            if (
                matter.state == "waiting"
                and other is not None
                and other.lane is not None
                and matter.stage == other.stage
                and matter.avoid != agent_id
                and self.serves(person, matter)
                and self.fits(agent_id, matter)
            ):
                assert self.rank(chosen) <= self.rank(matter)

    def check(self) -> None:
        """All invariants over all that exists."""
        assert set(self.matters) == set(self.state.contacts)
        assert set(self.people) == set(self.state.agents)
        waiting = Counter[Key]()
        for contact_id, matter in self.matters.items():
            self._check_matter(contact_id, matter)
            waiting[matter.desk] += matter.state in ("waiting", "offered")
        for agent_id, person in self.people.items():
            load = self.load(agent_id)
            person.overfull = person.overfull and load > 1
            assert load <= 1 or person.overfull
            assert self.state.agents[agent_id].used == load * person.profile.whole
        for desk_id, counted in self.tallies.items():
            tally = self.state.desks[desk_id].tally
            assert tally.waiting == waiting[desk_id]
            for name in ("offered", "answered", "abandoned", "overflowed", "callback", "dropped"):
                assert getattr(tally, name) == counted[name], name
            left = tally.answered + tally.abandoned + tally.overflowed + tally.callback + tally.dropped
            assert tally.offered == left + tally.waiting
        self._check_index()
        due_at = next_due_at(self.state)
        assert due_at is None or due_at > self.now

    def _check_matter(self, contact_id: Key, matter: Matter) -> None:
        contact = self.state.contacts[contact_id]
        assert (contact.agent.agent_id if contact.agent else None) == matter.agent
        stranded = matter.state == "active" and self.people[matter.agent].lost
        assert contact.state == ("stranded" if stranded else matter.state)
        if matter.state in ("offered", "wrap_up"):
            assert matter.until > self.now
        if matter.state != "waiting":
            return
        rules = self.rules[matter.desk]
        waited = self.now - matter.entered_at
        due = [step for step in rules.relax if step.after_seconds <= waited]
        if all(step.expected_wait_over_seconds is None for step in rules.relax):
            assert matter.stage == len(due)
        held_by = contact.held_by
        if held_by is not None:
            assert self.people[held_by.agent_id].open
            assert not self.fits(held_by.agent_id, matter)
            assert waited < rules.preferred_hold_seconds
            return
        for agent_id, person in self.people.items():
            if person.open and agent_id != matter.avoid and self.serves(person, matter):
                assert not self.fits(agent_id, matter), "an eligible contact waits beside a ready agent"

    def _check_index(self) -> None:
        for lane in self.state.lanes.values():
            there = [contact for contact in self.state.contacts.values() if contact.lane is lane]
            assert lane.live == len(there)
            assert lane.avoiding == sum(contact.avoid is not None for contact in there)
            first = min(((contact.rank, contact.seq) for contact in there), default=(float("inf"),) * 2)
            assert lane.head == first
