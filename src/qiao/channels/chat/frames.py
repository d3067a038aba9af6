"""The frames of the wire: JSON text, one object each, `t` names the kind. README.md has the table."""

import json
from dataclasses import dataclass
from typing import Any, Final, Literal
from uuid import UUID

from qiao.interactions import Interaction, Message
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused

FRAME_BYTES_MAX: Final = 64 * 1024
SNAPSHOT_MESSAGES: Final = 100
CATCH_UP_MESSAGES_MAX: Final = 500


class FrameNotUnderstood(Refused):
    """Not one of our frames."""

    code = "chat.frame_not_understood"
    status = 400
    text = N_("The chat window sent something we cannot read. What was sent before is kept; reload the page.")


class FrameTooLarge(Refused):
    """Over the limit of bytes; over a socket the connection is closed with 1009 instead."""

    code = "chat.frame_too_large"
    status = 413
    text = N_("This is too long to send at once. Nothing of it was sent; send it in parts.")


class OnlyText(Refused):
    """Binary frames carry nothing here."""

    code = "chat.only_text"
    status = 400
    text = N_("The chat takes text only. What was sent before is kept; attach files with the paper clip.")


@dataclass(frozen=True, slots=True)
class Hello:
    """The first frame: which conversation the client holds and the last number it has seen of it."""

    conversation: UUID | None
    last: int | None


@dataclass(frozen=True, slots=True)
class Say:
    """One message under the client's own key."""

    key: str
    text: str
    reply: str = ""
    """The key of the choice that was taken."""


@dataclass(frozen=True, slots=True)
class Read:
    """Everything up to this number was on the screen."""

    seq: int


@dataclass(frozen=True, slots=True)
class Older:
    """The page of messages before this number is wanted."""

    before: int


@dataclass(frozen=True, slots=True)
class Code:
    """The one-time code or the service password that the customer typed; it is checked and never kept."""

    code: str


@dataclass(frozen=True, slots=True)
class Solved:
    """His word on the question that `state.question` showed."""

    question: UUID
    solved: Literal["yes", "no"]


@dataclass(frozen=True, slots=True)
class Typing:
    """The customer is typing; kept nowhere."""


@dataclass(frozen=True, slots=True)
class Leave:
    """The customer ends the conversation."""


Frame = Hello | Say | Read | Older | Code | Solved | Typing | Leave


def parse(text: str) -> Frame:
    """A frame as the client sent it. Raises FrameNotUnderstood and FrameTooLarge."""
    if len(text) > FRAME_BYTES_MAX or len(text.encode("utf-8", "surrogatepass")) > FRAME_BYTES_MAX:
        raise FrameTooLarge
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise FrameNotUnderstood from None
    if not isinstance(value, dict):
        raise FrameNotUnderstood
    return _frame(value)


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _frame(value: dict[str, Any]) -> Frame:
    match value:
        case {"t": "say", "key": str(key), "text": str(said)}:
            reply = value.get("reply")
            return Say(key, said, reply[:8] if isinstance(reply, str) else "")
        case {"t": "typing"}:
            return Typing()
        case {"t": "read", "seq": int(seq)}:
            return Read(seq)
        case {"t": "hello"}:
            return Hello(_uuid(value.get("conversation")), _whole(value.get("last")))
        case {"t": "older", "before": int(before)}:
            return Older(before)
        case {"t": "code", "code": str(code)} if len(code) <= 64:
            return Code(code)
        case {"t": "solved", "question": question, "solved": "yes" | "no" as solved} if asked := _uuid(question):
            return Solved(asked, solved)
        case {"t": "leave"}:
            return Leave()
    raise FrameNotUnderstood


def _uuid(value: Any) -> UUID | None:
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class Resume:
    """What to send after a hello: everything after `after`, or a snapshot of the newest when it is None."""

    after: int | None


def resume(hello: Hello, conversation: UUID | None, last_seq: int) -> Resume:
    """How to bring this client up to date.

    Only a number that this conversation has really given is a place to go on from. A number that is too new, too far
    back, of another conversation or no number at all gets the whole picture: nothing is missed, nothing is doubled.
    """
    if hello.conversation is None or hello.conversation != conversation or hello.last is None:
        return Resume(None)
    if not 0 <= hello.last <= last_seq or last_seq - hello.last > CATCH_UP_MESSAGES_MAX:
        return Resume(None)
    return Resume(hello.last)


def message_json(message: Message, *, names: dict[UUID, str], file_url: str | None) -> dict[str, Any]:
    """One message as the client gets it; agents go by the name they show customers."""
    told: dict[str, Any] = {
        "seq": message.seq,
        "id": str(message.id),
        "at": message.at.isoformat(),
        "by": message.author_kind,
        "text": message.shown,
    }
    if message.author_kind == "customer" and message.client_key:
        told["key"] = message.client_key
    if message.author_kind == "agent" and message.author_id in names:
        told["name"] = names[message.author_id]
    if message.attachment is not None:
        file = message.attachment
        told["file"] = {
            "name": file.name,
            "type": file.media_type,
            "bytes": file.size_bytes,
            "inline": file.inline,
            "url": file_url,
        }
    return told


def conversation_json(contact: Interaction) -> dict[str, Any]:
    """What a client must know of its conversation besides the messages."""
    return {
        "conversation": str(contact.id),
        "phase": "ended" if contact.phase == "wrapped_up" else contact.phase,
        "seq": contact.last_seq,
        "seen": contact.agent_read_seq,
        "proof": contact.proof_asked,
    }


def wire(frame: dict[str, Any]) -> str:
    """A frame as text; half characters cannot occur (texts were cleaned when they were kept)."""
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
