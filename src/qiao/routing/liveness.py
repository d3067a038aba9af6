"""Whether agents' tabs still answer: counted in seconds for which this process really listened.

A seat's `beats` grow with each sign of life, whoever writes them. Silence is measured here by the monotonic clock,
never by the house's: moving a demo's clock by a day silences nobody. A look that comes late (the process was frozen,
the database away) adds no more than a usual pause, for nobody could have been heard meanwhile.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from qiao.kernel.ids import AgentId

LOOK_SECONDS: Final = 0.5
LOST_SECONDS: Final = 9.0
"""Two pings of four seconds may go unanswered; with a look each half second a contact is back within ten seconds."""
GONE_SECONDS: Final = 300.0
"""Silent for so long, an agent is signed off."""


@dataclass(slots=True)
class Pulse:
    """One seat: the beats last seen, and the seconds of silence since."""

    beats: int
    silent_seconds: float = 0.0
    answered: bool = False


@dataclass(slots=True)
class Liveness:
    """The pulses of all seats; a seat first seen is taken to have just answered."""

    lost_seconds: float = LOST_SECONDS
    gone_seconds: float = GONE_SECONDS
    pulses: dict[AgentId, Pulse] = field(default_factory=dict)
    looked_at: float | None = None

    def look(self, beats: Mapping[AgentId, int], at: float) -> None:
        """Take in all signed-on seats' beats, read at this monotonic second."""
        passed = 0.0 if self.looked_at is None else min(at - self.looked_at, 2 * LOOK_SECONDS)
        self.looked_at = at
        before, self.pulses = self.pulses, {}
        for agent_id, count in beats.items():
            pulse = before.get(agent_id)
            if pulse is None or pulse.beats != count:
                self.pulses[agent_id] = Pulse(count, answered=pulse is not None)
            else:
                pulse.silent_seconds += passed
                pulse.answered = False
                self.pulses[agent_id] = pulse

    def answers(self, agent_id: AgentId) -> bool:
        """Whether he gave a sign of life between the last two looks."""
        pulse = self.pulses.get(agent_id)
        return pulse is not None and pulse.answered

    def silent(self, agent_id: AgentId) -> bool:
        """Whether no tab of his has answered for so long that he counts as lost."""
        pulse = self.pulses.get(agent_id)
        return pulse is not None and pulse.silent_seconds >= self.lost_seconds

    def gone(self, agent_id: AgentId) -> bool:
        """Whether he has been silent for so long that he is signed off."""
        pulse = self.pulses.get(agent_id)
        return pulse is not None and pulse.silent_seconds >= self.gone_seconds
