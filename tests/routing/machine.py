"""A state machine: every fact of the routing core in any order, each checked by the brute-force oracle."""

from typing import Any

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from qiao.routing.model import RoutingState, decide
from qiao.routing.model_facts import (
    AgentBack,
    AgentEngaged,
    AgentLost,
    AgentSignedOff,
    AgentSignedOn,
    AgentStatusSet,
    CallbackTaken,
    ContactAbandoned,
    ContactArrived,
    ContactDropped,
    ContactHanded,
    ContactReleased,
    ContactRestored,
    ContactTransferred,
    DeskSet,
    OfferAccepted,
    OfferDeclined,
    TimePassed,
    WrapUpFinished,
)
from qiao.routing.model_rules import DeskRules, Profile, RelaxStep
from tests.routing.oracle import Oracle

DESKS = ("bills", "faults", "vip")
AGENTS = tuple(range(4))
LANGUAGES = ("zh-CN", "en")
SEGMENTS = ("vip", "consumer")
UNITS = ("north", "south")
SKILLS = ("bill", "line")

skill_sets = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 3), max_size=2).map(
    lambda levels: frozenset(levels.items())
)
ALL_ROUND = Profile((("voice", 1), ("chat", 2)), frozenset({("bill", 3), ("line", 3)}), frozenset(LANGUAGES))
odd_profiles = st.builds(
    Profile,
    capacity=st.sampled_from(
        [(("voice", 1), ("chat", 4)), (("voice", 1),), (("chat", 2),), (("voice", 2), ("chat", 3), ("email", 0))]
    ),
    skills=skill_sets,
    languages=st.frozensets(st.sampled_from(LANGUAGES), min_size=1),
    segments=st.one_of(st.none(), st.frozensets(st.sampled_from(SEGMENTS))),
    units=st.one_of(st.none(), st.frozensets(st.sampled_from(UNITS))),
)
profiles = st.one_of(st.just(ALL_ROUND), st.just(ALL_ROUND), odd_profiles)
steps = st.builds(
    RelaxStep,
    after_seconds=st.integers(1, 40),
    drop_language=st.booleans(),
    drop_segment=st.booleans(),
    levels=st.lists(st.tuples(st.sampled_from(SKILLS), st.integers(0, 2)), max_size=1).map(tuple),
    expected_wait_over_seconds=st.one_of(st.none(), st.none(), st.integers(0, 20)),
)


def rules_of(desk: str) -> st.SearchStrategy[DeskRules]:
    return st.builds(
        DeskRules,
        desk_id=st.just(desk),
        skills=st.sampled_from([frozenset(), frozenset(), frozenset({("bill", 1)}), frozenset({("line", 2)})]),
        language_matters=st.booleans(),
        segment_matters=st.booleans(),
        head_start_seconds=st.sampled_from([{}, {"vip": 90.0}]),
        relax=st.lists(steps, max_size=2).map(lambda found: tuple(sorted(found, key=lambda s: s.after_seconds))),
        preferred_hold_seconds=st.sampled_from([10.0, 30.0, 0.0]),
        offer_lease_seconds=st.sampled_from([5.0, 20.0]),
        wrap_up_max_seconds=st.sampled_from([10.0, 10.0, 0.0]),
        lost_grace_seconds=st.sampled_from([15.0, 15.0, 0.0]),
        overflow_after_seconds=st.one_of(st.none(), st.integers(0, 30)),
        overflow_desk_id=st.sampled_from([*DESKS, "nowhere"]),
    )


picks = st.integers(0, 50)
maybe_agent = st.one_of(st.none(), st.none(), st.sampled_from(AGENTS))
ready_mostly = st.sampled_from([True, True, True, False])
arrivals: dict[str, Any] = {
    "desk": st.sampled_from(DESKS),
    "channel": st.sampled_from(("voice", "chat", "chat")),
    "language": st.sampled_from(LANGUAGES),
    "segment": st.one_of(st.none(), st.sampled_from(SEGMENTS)),
    "unit": st.one_of(st.none(), st.none(), st.sampled_from(UNITS)),
    "skills": st.one_of(st.just(frozenset()), st.just(frozenset()), skill_sets),
    "preferred": maybe_agent,
    "avoid": maybe_agent,
    "waited": st.sampled_from([0, 0, 0, 60]),
    "urgent": st.sampled_from([False, False, False, True]),
}


ways = st.sampled_from(["arrive", "offered", "offered", "active", "wrap_up"])


class Routing(RuleBasedStateMachine):
    """A small centre in which anything may happen next."""

    steps = 0
    """Facts told in all runs so far."""

    def __init__(self) -> None:
        super().__init__()
        self.oracle = Oracle()
        self.made = 0
        self.told: list[tuple[Any, float, list[Any]]] = []

    @initialize(
        bills=rules_of("bills"), faults=rules_of("faults"), vip=rules_of("vip"), seats=st.tuples(*[profiles] * 3)
    )
    def open(self, seats: tuple[Profile, ...], **desks: DeskRules) -> None:
        for rules in desks.values():
            self.tell(DeskSet(rules))
        for agent, profile in enumerate(seats):
            self.sign_on(agent=agent, profile=profile, ready=True)

    def tell(self, fact: Any) -> None:
        outcomes = self.oracle.tell(fact)
        self.told.append((fact, self.oracle.now, outcomes))

    def teardown(self) -> None:
        """The same facts at the same times once more have the same outcomes."""
        again = RoutingState()
        for fact, now, outcomes in self.told:
            assert decide(again, fact, now) == outcomes
        Routing.steps += len(self.told)

    def contact(self, pick: int, *states: str) -> Any:
        """A contact in one of these states if there is any, else one that never was."""
        ids = [key for key, matter in self.oracle.matters.items() if matter.state in states]
        return ids[pick % len(ids)] if ids else "nobody"

    def arrival(self, **given: Any) -> ContactArrived:
        self.made += 1
        return ContactArrived(
            f"c{self.made}",
            given["desk"],
            given["channel"],
            self.oracle.now - given["waited"],
            given["language"],
            given["segment"],
            given["unit"],
            given["skills"],
            given["preferred"],
            given["avoid"],
            given["urgent"],
        )

    @rule(agent=st.sampled_from(AGENTS), profile=profiles, ready=ready_mostly)
    def sign_on(self, agent: int, profile: Profile, ready: bool) -> None:
        self.tell(AgentSignedOn(agent, profile))
        if ready:
            self.tell(AgentStatusSet(agent, ready=True))

    @rule(agent=st.sampled_from(AGENTS), sure=picks)
    def sign_off(self, agent: int, sure: int) -> None:
        self.tell(AgentSignedOff(agent if sure % 3 == 0 else "nobody"))

    @rule(agent=st.sampled_from(AGENTS), ready=ready_mostly)
    def set_status(self, agent: int, ready: bool) -> None:
        self.tell(AgentStatusSet(agent, ready=ready, reason="tea"))

    @rule(agent=st.sampled_from(AGENTS), sure=picks)
    def lose(self, agent: int, sure: int) -> None:
        self.tell(AgentLost(agent) if sure % 3 == 0 else AgentBack(agent))

    @rule(agent=st.sampled_from(AGENTS))
    def come_back(self, agent: int) -> None:
        self.tell(AgentBack(agent))

    def _work(self, what: str, pick: int, given: dict[str, Any]) -> None:
        """What happens all day; where it cannot happen now, somebody arrives."""
        contact = self.contact(pick, what)
        if contact == "nobody":
            self.tell(self.arrival(**given))
        elif what == "offered":
            self.tell(OfferAccepted(contact, self.oracle.matters[contact].agent))
        else:
            self.tell(ContactReleased(contact) if what == "active" else WrapUpFinished(contact))

    @rule(what=ways, pick=picks, **arrivals)
    def work(self, what: str, pick: int, **given: Any) -> None:
        self._work(what, pick, given)

    @rule(what=ways, pick=picks, **arrivals)
    def work_on(self, what: str, pick: int, **given: Any) -> None:
        self._work(what, pick, given)

    @rule(what=ways, pick=picks, **arrivals)
    def work_more(self, what: str, pick: int, **given: Any) -> None:
        self._work(what, pick, given)

    @rule(
        state=st.sampled_from(["offered", "active", "wrap_up"]),
        agent=st.sampled_from(AGENTS),
        until=st.integers(1, 30),
        **arrivals,
    )
    def restore(self, state: str, agent: int, until: int, **given: Any) -> None:
        self.tell(ContactRestored(self.arrival(**given), state, agent, self.oracle.now + until))

    @precondition(lambda self: self.oracle.matters)
    @rule(pick=picks)
    def arrive_twice(self, pick: int) -> None:
        again = self.oracle.matters[self.contact(pick, "waiting", "offered", "active", "wrap_up")].arrival
        self.tell(again)

    @rule(pick=picks)
    def abandon(self, pick: int) -> None:
        self.tell(ContactAbandoned(self.contact(pick, "waiting", "offered")))

    @rule(pick=picks)
    def take_callback(self, pick: int) -> None:
        self.tell(CallbackTaken(self.contact(pick, "waiting", "offered")))

    @rule(pick=picks)
    def drop(self, pick: int) -> None:
        self.tell(ContactDropped(self.contact(pick, "waiting", "offered", "active", "wrap_up")))

    @rule(pick=picks, stranger=st.sampled_from([False, False, False, True]))
    def accept(self, pick: int, stranger: bool) -> None:
        contact = self.contact(pick, "offered")
        matter = self.oracle.matters.get(contact)
        self.tell(OfferAccepted(contact, "stranger" if stranger or matter is None else matter.agent))

    @rule(pick=picks)
    def decline(self, pick: int) -> None:
        contact = self.contact(pick, "offered")
        matter = self.oracle.matters.get(contact)
        self.tell(OfferDeclined(contact, "stranger" if matter is None else matter.agent))

    @rule(pick=picks)
    def release(self, pick: int) -> None:
        self.tell(ContactReleased(self.contact(pick, "active")))

    @rule(pick=picks)
    def finish_wrap_up(self, pick: int) -> None:
        self.tell(WrapUpFinished(self.contact(pick, "wrap_up")))

    @rule(pick=picks, desk=st.sampled_from(DESKS), to=maybe_agent)
    def transfer(self, pick: int, desk: str, to: int | None) -> None:
        self.tell(ContactTransferred(self.contact(pick, "active"), desk, to))

    @rule(pick=picks, to=st.sampled_from(AGENTS))
    def hand(self, pick: int, to: int) -> None:
        self.tell(ContactHanded(self.contact(pick, "active"), to))

    @rule(agent=st.sampled_from(AGENTS), on=st.booleans())
    def engage(self, agent: int, on: bool) -> None:
        self.tell(AgentEngaged(agent, on))

    @rule(rules=st.one_of([rules_of(desk) for desk in DESKS]), sure=picks)
    def change_rules(self, rules: DeskRules, sure: int) -> None:
        self.tell(DeskSet(rules) if sure % 4 == 0 else TimePassed())

    @rule(seconds=st.sampled_from([1, 5, 20, 100]))
    def let_time_pass(self, seconds: int) -> None:
        self.oracle.now += seconds
        self.tell(TimePassed())


def run(*, runs: int, chance: int, shrink: bool = False) -> int:
    """So many runs of at most 80 steps, the same for the same `chance`; returns the steps taken.

    A failure is raised with a note that names the chance. Looking for the shortest such run (`shrink`) takes minutes.
    """
    before = Routing.steps
    try:
        run_state_machine_as_test(
            seed(chance)(Routing),
            settings=settings(
                max_examples=runs,
                stateful_step_count=80,
                deadline=None,
                database=None,
                phases=(Phase.generate, Phase.shrink) if shrink else (Phase.generate,),
                suppress_health_check=list(HealthCheck),
            ),
        )
    except BaseException as failure:
        failure.add_note(f"QIAO_TEST_SEED={chance} repeats this run")
        raise
    return Routing.steps - before
