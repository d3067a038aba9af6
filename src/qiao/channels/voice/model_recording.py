"""Whether a call is recorded at this moment, and why it is no longer. Pure."""

from typing import Final, Literal

Wanted = Literal["off", "on", "paused"]
LEGS: Final = ("in", "out")
"""What the customer said, and what he heard."""
PREFIX: Final = "rec-"
Lack = Literal["no_room", "room_ended", "broke_off"]
"""Never begun for want of room; ended for want of room; ended by Asterisk itself, which could not write."""
HUNG_UP_SECONDS: Final = 1.0
"""A recording also ends because its call does, of which we hear within less than that."""


def lack(*, room: bool, begun: bool, ended_seconds: float | None) -> Lack | None:
    """Why a conversation is not recorded, or not from now on; None: it may be, or go on.

    `room`: whether the disk has some. `begun`: whether something of it is written already. `ended_seconds`: how long
    ago Asterisk ended a leg of its own accord, None for not at all: of a disk that refuses it tells nothing else.
    """
    if not room:
        return "room_ended" if begun else "no_room"
    return "broke_off" if ended_seconds is not None and ended_seconds >= HUNG_UP_SECONDS else None


def wanted(*, talking: bool, secret: bool, stopped: bool, given_up: bool) -> Wanted:
    """Only a conversation is recorded.

    `secret`: a code or password is being keyed. `stopped`: the agent stopped it, as for a card number that is spoken.
    `given_up`: there was a lack, and the call goes on unrecorded to its end.
    """
    if not talking or given_up:
        return "off"
    return "paused" if secret or stopped else "on"


def name_of(call_id: object, leg: str) -> str:
    """What Asterisk calls the recording of a leg, and the channel that listens for it."""
    return f"{PREFIX}{call_id}-{leg}"


def read_name(name: str) -> tuple[str, str] | None:
    """(call, leg) of such a name; None for any other file."""
    call_id, _, leg = name.removeprefix(PREFIX).rpartition("-")
    return (call_id, leg) if name.startswith(PREFIX) and call_id and leg in LEGS else None
