"""Voice: calls on the operator's trunks, their media in Asterisk, their state in rows."""

from qiao.channels.voice.programs import ProgramMissing
from qiao.channels.voice.publishing import publish, speak_ahead
from qiao.channels.voice.server import AsteriskDidNotStart, AsteriskServer
from qiao.channels.voice.speech import NotSpoken, Speaker
from qiao.channels.voice.store import calls
from qiao.channels.voice.switchboard import Switchboard

__all__ = [
    "AsteriskDidNotStart",
    "AsteriskServer",
    "NotSpoken",
    "ProgramMissing",
    "Speaker",
    "Switchboard",
    "calls",
    "publish",
    "speak_ahead",
]
