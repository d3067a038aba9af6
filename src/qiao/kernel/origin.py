"""Where an order or a message came from."""

from dataclasses import dataclass
from uuid import UUID

from qiao.kernel.ids import InteractionId


@dataclass(frozen=True, slots=True)
class Origin:
    """Channel ("chat", "sms", "desk", "system"…), the interaction, who acted, the flow: ids, no foreign key."""

    channel: str
    interaction: InteractionId | None = None
    actor: str = "system:qiao"
    flow: str | None = None

    def as_json(self) -> dict[str, str | None]:
        """Plain values for a JSON column."""
        return {
            "channel": self.channel,
            "interaction": str(self.interaction) if self.interaction else None,
            "actor": self.actor,
            "flow": self.flow,
        }

    @classmethod
    def from_json(cls, value: dict[str, str | None]) -> "Origin":
        """The reverse of `as_json`."""
        interaction = value.get("interaction")
        return cls(
            channel=value.get("channel") or "system",
            interaction=InteractionId(UUID(interaction)) if interaction else None,
            actor=value.get("actor") or "system:qiao",
            flow=value.get("flow"),
        )
