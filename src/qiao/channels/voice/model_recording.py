"""Whether a call is recorded at this moment. Pure."""

from typing import Final, Literal

Wanted = Literal["off", "on", "paused"]
LEGS: Final = ("in", "out")
"""What the customer said, and what he heard."""
PREFIX: Final = "rec-"


def wanted(*, talking: bool, secret: bool, stopped: bool, room: bool) -> Wanted:
    """Only a conversation is recorded.

    `secret`: a code or password is being keyed. `stopped`: the agent stopped it, as for a card number that is spoken.
    `room`: whether the disk has some; without it the call goes on and is not recorded.
    """
    if not talking or not room:
        return "off"
    return "paused" if secret or stopped else "on"


def name_of(call_id: object, leg: str) -> str:
    """What Asterisk calls the recording of a leg, and the channel that listens for it."""
    return f"{PREFIX}{call_id}-{leg}"


def read_name(name: str) -> tuple[str, str] | None:
    """(call, leg) of such a name; None for any other file."""
    call_id, _, leg = name.removeprefix(PREFIX).rpartition("-")
    return (call_id, leg) if name.startswith(PREFIX) and call_id and leg in LEGS else None
