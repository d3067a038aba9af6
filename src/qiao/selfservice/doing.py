"""For whom a flow does something, and who does it: the customer himself, or an agent together with him."""

from dataclasses import dataclass, replace
from typing import Final

from qiao.kernel.origin import Origin
from qiao.platform.house import House
from qiao.platform.policy import Actor, Basis, Level
from qiao.selfservice.queries import Running

WAIT_SECONDS: Final = 2.0
BY_TEXT: Final = "sms"
"""The channel whose answers reach the handset itself."""


@dataclass(frozen=True, slots=True)
class ByAgent:
    """The agent who runs a flow with his customer, and why he may act for him."""

    actor: Actor
    basis: Basis


@dataclass(slots=True)
class Doing:
    """One turn of a session outside its transactions. `words` may be said in this very answer and kept nowhere."""

    house: House
    running: Running
    wait_seconds: float = WAIT_SECONDS
    by: ByAgent | None = None
    words: str = ""

    @property
    def level(self) -> int:
        """What is proved in this contact."""
        return int(self.running.session.facts.get("level", 0))

    @property
    def basis(self) -> Basis:
        """On what ground something is asked or done."""
        return self.by.basis if self.by else Basis.SELF

    @property
    def rights(self) -> frozenset[str] | None:
        """The agent's; None for the customer himself."""
        return self.by.actor.rights if self.by else None

    @property
    def actor(self) -> Actor:
        """The agent, else the customer himself with what he proved in this contact."""
        if self.by is not None:
            return self.by.actor
        running = self.running
        return Actor(
            kind="customer",
            id=running.customer_id or running.id,
            name="",
            unit_id=running.unit_id,
            rights=frozenset(),
            language=running.session.language,
            session_id=running.id,
            csrf="",
            level=Level(self.level),
            service=str(running.service or ""),
        )

    @property
    def origin(self) -> Origin:
        """Where what is done comes from."""
        running = self.running
        return Origin(running.channel, running.interaction_id, self.actor.reference, running.flow)

    def origin_of(self, service: str) -> Origin:
        """Where an order of this service comes from: what brought him to it, else the flow."""
        return replace(self.origin, flow=self.running.ways.get(service, self.running.flow))

    def key(self, number: int) -> str:
        """What makes an effect of this session the same when it is done again."""
        return f"flow:{self.running.id}:{number}"
