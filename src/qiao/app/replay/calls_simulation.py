"""The calls of a log once more, in simulated time, through the routing core that runs live.

Real are the moment a caller joined the queue, how long his service took, the moment he hung up if he did, and the
90 s of credit of priority 2. Estimated is only how long those would have waited who were served (`Patience`). All
calls share one desk and all agents serve all calls, as the staffing rule counts no kinds of agents.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from typing import Final

from qiao.app.replay.calls_log import Call
from qiao.app.replay.calls_patience import Patience
from qiao.app.replay.calls_staffing import HALF_HOUR_SECONDS, Staffing
from qiao.routing.model import RoutingState, decide
from qiao.routing.model_facts import (
    AgentSignedOff,
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
from qiao.routing.model_rules import DeskRules, Profile

VIP_CREDIT_SECONDS: Final = 90.0
DESK: Final = "calls"
ONE_CALL: Final = Profile(capacity=(("voice", 1),))
STAFFING, SERVED, HUNG_UP, JOINED = range(4)
"""What happens in the same second happens in this order."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one call: how long it waited and whether it was answered."""

    call: Call
    waited_seconds: float
    answered: bool


class Centre:
    """A call centre in simulated time: what is to come, who is there, and what became of the calls so far."""

    def __init__(self, calls: Sequence[Call], staffing: Staffing, patience: Sequence[int]) -> None:
        self.calls = calls
        self.patience = patience
        self.outcomes: dict[int, Outcome] = {}
        self.state = RoutingState()
        self.busy: dict[int, int] = {}
        self.on: list[int] = []
        self.leaving: list[int] = []
        self.agents_so_far = 0
        rules = DeskRules(
            DESK, language_matters=False, head_start_seconds={"vip": VIP_CREDIT_SECONDS}, wrap_up_max_seconds=0
        )
        self.tell(DeskSet(rules), float("-inf"))
        self.coming: list[tuple[float, int, int, int]] = [
            (call.joined_at, JOINED, number, 0) for number, call in enumerate(calls)
        ]
        self.coming += [(begins, STAFFING, 0, agents) for begins, agents in _changes(staffing)]
        heapify(self.coming)

    def run(self) -> Iterator[int]:
        """Play all; yields the number of calls over with, now and then."""
        do = {STAFFING: self._staff, SERVED: self._served, HUNG_UP: self._hung_up, JOINED: self._joined}
        while self.coming:
            at, what, number, other = heappop(self.coming)
            do[what](at, number, other)
            if what == JOINED and number % 200 == 0:
                yield len(self.outcomes)
        yield len(self.outcomes)

    def tell(self, fact: Fact, at: float) -> None:
        """One fact through the core; an offered call is accepted at once and served for as long as it really was."""
        for outcome in decide(self.state, fact, at):
            if isinstance(outcome, Offered):
                number, agent = outcome.contact_id, outcome.agent_id
                assert isinstance(number, int)
                assert isinstance(agent, int)
                decide(self.state, OfferAccepted(number, agent), at)
                call = self.calls[number]
                self.outcomes[number] = Outcome(call, at - call.joined_at, answered=True)
                self.busy[agent] = number
                heappush(self.coming, (at + call.service_seconds, SERVED, number, agent))

    def _joined(self, at: float, number: int, _: int) -> None:
        segment = "vip" if self.calls[number].priority == 2 else None
        self.tell(ContactArrived(number, DESK, "voice", at, segment=segment), at)
        if number not in self.outcomes:
            heappush(self.coming, (at + self.patience[number], HUNG_UP, number, 0))

    def _hung_up(self, at: float, number: int, _: int) -> None:
        if number not in self.outcomes:
            call = self.calls[number]
            self.outcomes[number] = Outcome(call, at - call.joined_at, answered=False)
            self.tell(ContactAbandoned(number), at)

    def _served(self, at: float, number: int, agent: int) -> None:
        del self.busy[agent]
        self.tell(ContactReleased(number), at)
        if agent in self.leaving:
            self.leaving.remove(agent)
            self.tell(AgentSignedOff(agent), at)

    def _staff(self, at: float, _: int, agents: int) -> None:
        while len(self.on) < agents:
            if self.leaving:
                agent = self.leaving.pop()
            else:
                self.agents_so_far += 1
                agent = self.agents_so_far
                self.tell(AgentSignedOn(agent, ONE_CALL), at)
            self.on.append(agent)
            self.tell(AgentStatusSet(agent, ready=True), at)
        while len(self.on) > agents:
            agent = next((agent for agent in self.on if agent not in self.busy), self.on[-1])
            self.on.remove(agent)
            if agent in self.busy:
                self.leaving.append(agent)
                self.tell(AgentStatusSet(agent, ready=False, reason="shift ends after this call"), at)
            else:
                self.tell(AgentSignedOff(agent), at)


def simulate(
    calls: Sequence[Call],
    staffing: Staffing,
    patience: Patience,
    *,
    seed: int,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Outcome]:
    """Play the calls (in order of joining); `progress` is told how many more are over with. Same seed, same result."""
    chance = random.Random(seed)  # noqa: S311 - a simulation must be the same again
    own = [patience.drawn(call.waited_seconds, chance) if call.answered else call.waited_seconds for call in calls]
    centre = Centre(calls, staffing, own)
    before = 0
    for done in centre.run():
        progress(done - before)
        before = done
    return [centre.outcomes[number] for number in range(len(calls))]


def _changes(staffing: Staffing) -> Iterable[tuple[float, int]]:
    """(when, agents at once) for each half hour and for the end of those that nothing follows."""
    for begins, agents in staffing.agents.items():
        yield begins, agents
        if begins + HALF_HOUR_SECONDS not in staffing.agents:
            yield begins + HALF_HOUR_SECONDS, 0
