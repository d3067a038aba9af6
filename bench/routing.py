"""How many routing decisions a second the core makes, as a ratio to a bare heap in the same run.

One decision is one arrival or one release through `decide`, with its outcomes and its change of state; nothing is
batched. The load is steady: while fewer wait than shall, somebody arrives; else a random conversation ends and the core
offers the freed agent whoever is next, which is accepted. One arrival in ten is followed by the abandon of a random
waiting contact. Accepts, abandons and the relaxing of needs are worked off in the measured time but not counted.

    ./dev bench routing [--agents 10000] [--waiting 100000] [--few 1000] [--decisions 60000]

The peer is what any such core must at least do: push and pop the same entries on one heap as long as the queue. Both
queue lengths and the heap are measured in turns, and the medians compared.
"""

import argparse
import heapq
import json
import random
import time
from statistics import median

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
        self.wanted = waiting
        self.now = -2 * SECONDS_EACH * (waiting + agents)
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
            self.now += 2 * SECONDS_EACH
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
        for _ in range(decisions):
            self.now += SECONDS_EACH
            if len(self.waits) < self.wanted:
                self.arrive()
                if self.next_id % 10 == 0:
                    self.abandon()
            else:
                self.release()
        return decisions / (time.perf_counter() - began)

    def heap(self, turns: int) -> float:
        """Push-and-pop pairs a second on one bare heap of copies of the entries that now stand in the core's lanes."""
        entries = (entry for lane in self.state.lanes.values() for entry in lane.heap)
        heap = [(rank, seq, turn, contact) for rank, seq, turn, contact in entries if turn == contact.turn]
        contacts = [entry[3] for entry in heap]
        heapq.heapify(heap)
        ranks = [self.now + turn * SECONDS_EACH for turn in range(turns)]
        began = time.perf_counter()
        for turn, rank in enumerate(ranks):
            contact = contacts[turn % len(contacts)]
            heapq.heappush(heap, (rank, turn, contact.turn, contact))
            heapq.heappop(heap)
        return turns / (time.perf_counter() - began)


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


def main() -> None:
    """Measure both queue lengths and print; the last line is JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--agents", type=int, default=10_000)
    parser.add_argument("--waiting", type=int, default=100_000)
    parser.add_argument("--few", type=int, default=1_000, help="the shorter queue to compare with")
    parser.add_argument("--decisions", type=int, default=60_000, help="per round and queue length")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    loads = {waiting: Load(options.agents, waiting) for waiting in (options.few, options.waiting)}
    for load in loads.values():
        load.run(options.decisions)  # until conversations are as long and mixed as they stay
    rounds = [_round(loads, options.decisions) for _ in range(options.rounds)]
    for waiting in loads:
        rate, heap = (median(found[waiting][which] for found in rounds) for which in (0, 1))
        print(
            f"{options.agents:,} agents, {waiting:,} waiting: {rate:,.0f} decisions/s; "
            f"push and pop on a heap of the same entries: {heap:,.0f}/s; ratio {rate / heap:.3f}"
        )
    slower = median(found[options.few][0] / found[options.waiting][0] for found in rounds)
    print(f"times as long as with {options.few:,} waiting: {slower:.2f} (at most 2)")
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


def _round(loads: dict[int, Load], decisions: int) -> dict[int, tuple[float, float]]:
    """Decisions a second and heap pairs a second, for each queue length."""
    return {waiting: (load.run(decisions), load.heap(decisions)) for waiting, load in loads.items()}


if __name__ == "__main__":
    main()
