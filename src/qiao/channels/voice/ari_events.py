"""What Asterisk tells and shows, as far as we use it; named as in its published API descriptions (rest-api/*.json).

What is required there is required here, what may be left out there has a value here: the tests compare the two.
"""

from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError


class _Told(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class CallerID(_Told):
    """A party as the network tells it: anything, of any length."""

    number: str


class Channel(_Told):
    """One leg of a call."""

    id: str
    state: str
    caller: CallerID


class Bridge(_Told):
    """Legs that hear each other, or one that holds the waiting."""

    id: str
    channels: list[str]


class Playback(_Told):
    """A prompt being played; `target_uri` is "channel:<id>" or "bridge:<id>"."""

    id: str
    target_uri: str
    state: str


class LiveRecording(_Told):
    """A recording that is being written, or was."""

    name: str


class Application(_Told):
    """A worker as Asterisk knows it, with the channels it has."""

    name: str
    channel_ids: list[str]


class Variable(_Told):
    """What a channel keeps under a name."""

    value: str


class Endpoint(_Told):
    """A telephone or trunk that Asterisk knows."""

    resource: str
    """Its name."""
    state: str = ""
    """ "online" while it is signed on; nothing where its technology has no such thing."""


class StasisStart(_Told):
    """A channel is ours from now on."""

    type: Literal["StasisStart"]
    timestamp: datetime
    """By Asterisk's clock, which is to be compared with itself alone."""
    channel: Channel
    args: list[str]


class StasisEnd(_Told):
    """A channel is ours no more."""

    type: Literal["StasisEnd"]
    channel: Channel


class CallBroadcast(_Told):
    """A call that any worker may claim."""

    type: Literal["CallBroadcast"]
    channel: Channel


class ChannelDtmfReceived(_Told):
    """A key was pressed and let go."""

    type: Literal["ChannelDtmfReceived"]
    channel: Channel
    digit: str


class ChannelDestroyed(_Told):
    """A leg is gone; `cause` is ITU-T Q.850's."""

    type: Literal["ChannelDestroyed"]
    timestamp: datetime
    channel: Channel
    cause: int


class PlaybackFinished(_Told):
    """A prompt is over: heard to its end, stopped, or not playable (`state` "failed")."""

    type: Literal["PlaybackFinished"]
    playback: Playback


class RecordingFinished(_Told):
    """A recording is over: stopped, its channel gone, or not to be written, of which Asterisk says nothing more."""

    type: Literal["RecordingFinished"]
    recording: LiveRecording


class RecordingFailed(_Told):
    """A recording did not begin."""

    type: Literal["RecordingFailed"]
    recording: LiveRecording


class ApplicationReplaced(_Told):
    """Somebody else took our name: this connection stays open and hears nothing more."""

    type: Literal["ApplicationReplaced"]


AriEvent = (
    StasisStart
    | StasisEnd
    | CallBroadcast
    | ChannelDtmfReceived
    | ChannelDestroyed
    | PlaybackFinished
    | RecordingFinished
    | RecordingFailed
    | ApplicationReplaced
)
KINDS: Final = tuple(kind.__name__ for kind in AriEvent.__args__)
_EVENT: Final[TypeAdapter[AriEvent]] = TypeAdapter(Annotated[AriEvent, Field(discriminator="type")])


class RESTResponse(_Told):
    """The answer to a request that went over the same WebSocket."""

    type: Literal["RESTResponse"]
    request_id: str
    status_code: int
    reason_phrase: str
    message_body: str = ""


def read_event(told: dict[str, Any]) -> AriEvent | None:
    """The event, or None for a kind that we do not use. Raises ValueError for one that is not as described."""
    if told.get("type") not in KINDS:
        return None
    try:
        return _EVENT.validate_python(told)
    except ValidationError as error:
        raise ValueError(f"{told['type']} is not as described: {error.error_count()} faults") from None
