"""How many routing decisions a second the core makes, as a ratio to a bare heap in the same run.

One decision is one arrival or one release through `decide`, with its outcomes and its change of state; nothing is
batched. The load is steady: a release ends a random conversation, the core offers the freed agent his next contact,
which is accepted; an arrival takes the place of the one who left the queue; one arrival in ten is followed by the
abandon of a random waiting contact. Accepts, abandons and the relaxing of needs are worked off in the measured time
but not counted as decisions.

    python bench/routing.py [--agents 10000] [--waiting 100000] [--few 1000] [--decisions 100000]

The peer is what any such core must at least do: push and pop an entry of the same kind on a heap as long.
"""

import argparse
import heapq
import json
import random
import time
from collections.abc import Iterator

from qiao.routing.model import RoutingState, decide
from qiao.routing.model_facts import (
    AgentSignedOn,
    AgentStatusSet,
    ContactAbandoned,
    ContactArrived,
    ContactReleased,
    DeskSet,
    Fact,
    OfferAccepted,
    Offered,
)
from qiao.routing.model_rules import DeskRules, Profile, RelaxStep

LANGUAGES = ("zh-CN", "zh-HK", "en", "ja")
SEGMENTS = ("vip", "business", "consumer", "consumer", "consumer", "consumer")
CHANNELS = ("voice", "voice", "chat")
DESKS = 24
PROFILES = 300
SECONDS_EACH = 0.01
"""Between two decisions: 10,000 agents with conversations of 200 s make 50 releases and 50 arrivals a second."""


class Load:
    """A centre at work: the state, who talks, who waits, and the chance that drives it (seeded)."""

    def __init__(self, agents: int, waiting: int) -> None:
        self.random = random.Random(1999)
        self.state = RoutingState()
        self.now = 0.0
        self.next_id = 0
        self.talking: list[int] = []
        self.waits: list[int] = []
        self.place: dict[int, int] = {}
        for desk in range(DESKS):
            self.tell(DeskSet(_rules(desk)))
        profiles = [self._profile() for _ in range(PROFILES)]
        for agent in range(agents):
            self.tell(AgentSignedOn(agent, self.random.choice(profiles)))
            self.tell(AgentStatusSet(agent, True))
        while len(self.waits) < waiting:
            self.arrive()

    def _profile(self) -> Profile:
        skills = self.random.sample(range(DESKS), self.random.randint(2, 5))
        return Profile(
            capacity=(("voice", 1), ("chat", 4)),
            skills=frozenset((f"skill-{skill}", self.random.randint(1, 3)) for skill in skills),
            languages=frozenset({"zh-CN", *self.random.sample(LANGUAGES, 1)}),
            segments=None if self.random.random() < 0.4 else frozenset({"consumer", "business"}),
        )

    def tell(self, fact: Fact) -> None:
        """One fact through the core; offers are accepted at once."""
        for outcome in decide(self.state, fact, self.now):
            if type(outcome) is Offered:
                contact = outcome.contact_id
                assert isinstance(contact, int)
                if contact in self.place:
                    self._forget(contact)
                self.talking.append(contact)
                decide(self.state, OfferAccepted(contact, outcome.agent_id), self.now)

    def _forget(self, contact: int) -> None:
        place = self.place.pop(contact)
        last = self.waits.pop()
        if last != contact:
            self.waits[place] = last
            self.place[last] = place

    def arrive(self) -> None:
        """One contact joins a random desk."""
        pick, contact = self.random.random, self.next_id
        self.next_id += 1
        self.place[contact] = len(self.waits)
        self.waits.append(contact)
        self.tell(
            ContactArrived(
                contact,
                int(pick() * DESKS),
                CHANNELS[int(pick() * 3)],
                self.now,
                language=LANGUAGES[int(pick() * pick() * 4)],
                segment=SEGMENTS[int(pick() * 6)],
            )
        )

    def release(self) -> None:
        """One random conversation ends."""
        place = int(self.random.random() * len(self.talking))
        contact, self.talking[place] = self.talking[place], self.talking[-1]
        self.talking.pop()
        self.tell(ContactReleased(contact))

    def abandon(self) -> None:
        """One random waiting contact hangs up."""
        contact = self.waits[int(self.random.random() * len(self.waits))]
        self._forget(contact)
        self.tell(ContactAbandoned(contact))

    def run(self, decisions: int) -> float:
        """Decisions a second over so many of them."""
        began = time.perf_counter()
        for turn in range(decisions):
            self.now += SECONDS_EACH
            if turn % 19 < 10:
                self.arrive()
                if turn % 19 == 0:
                    self.abandon()
            else:
                self.release()
        return decisions / (time.perf_counter() - began)


def _rules(desk: int) -> DeskRules:
    skill = f"skill-{desk}"
    return DeskRules(
        desk_id=desk,
        skills=frozenset({(skill, 2)}),
        segment_matters=desk % 3 == 0,
        head_start_seconds={"vip": 90.0},
        relax=(RelaxStep(300, levels=((skill, 1),)), RelaxStep(600, drop_language=True)),
        wrap_up_max_seconds=0,
    )


def heap_a_second(entries: int, turns: int) -> float:
    """Push-and-pop pairs a second on a bare heap that holds so many entries like those of the core."""
    chance = random.Random(1999)
    heap: list[tuple[float, int, int, object]] = []
    thing = object()
    for number in range(entries):
        heapq.heappush(heap, (chance.random() * 1000, number, 0, thing))
    began = time.perf_counter()
    for number in range(entries, entries + turns):
        heapq.heappush(heap, (chance.random() * 1000 + number * SECONDS_EACH, number, 0, thing))
        heapq.heappop(heap)
    return turns / (time.perf_counter() - began)


def measured(agents: int, waiting: int, decisions: int) -> Iterator[tuple[float, float]]:
    """Three runs: decisions a second and heap pairs a second."""
    load = Load(agents, waiting)
    load.run(decisions // 10)
    for _ in range(3):
        yield load.run(decisions), heap_a_second(waiting, decisions)


def main() -> None:
    """Measure both queue lengths and print; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--agents", type=int, default=10_000)
    parser.add_argument("--waiting", type=int, default=100_000)
    parser.add_argument("--few", type=int, default=1_000, help="the shorter queue to compare with")
    parser.add_argument("--decisions", type=int, default=100_000, help="per run; each length is run three times")
    options = parser.parse_args()
    found = {}
    for waiting in (options.few, options.waiting):
        runs = sorted(measured(options.agents, waiting, options.decisions))
        rate, heap = runs[1]
        found[waiting] = rate, heap
        print(
            f"{options.agents} agents, {waiting} waiting: {rate:,.0f} decisions/s; "
            f"heap push and pop of as many entries: {heap:,.0f}/s; ratio {rate / heap:.3f}"
        )
    rate, heap = found[options.waiting]
    print(f"as long as with {options.few} waiting, times {found[options.few][0] / rate:.2f}")
    print(
        json.dumps(
            {
                "bench": "routing",
                "value": round(rate),
                "unit": "decisions/s",
                "ratio": round(rate / heap, 4),
                "against": "heap push and pop of the same entries",
            }
        )
    )


if __name__ == "__main__":
    main()
