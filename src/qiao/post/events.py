"""What happened to messages out: never what they say, never to whom."""

from dataclasses import dataclass

from qiao.kernel.events import Event
from qiao.kernel.ids import MessageId


@dataclass(frozen=True)
class PostEvent(Event):
    """All events of one message are seen in order."""

    message_id: MessageId
    purpose: str

    @property
    def aggregate(self) -> str:
        return f"post:{self.message_id}"


@dataclass(frozen=True)
class MessageAccepted(PostEvent):
    """It is in the ledger and will leave."""


@dataclass(frozen=True)
class MessageSettled(PostEvent):
    """It ended: `ending` is "delivered", "failed" or "unknown"."""

    ending: str
