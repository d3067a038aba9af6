"""Voice: calls on the operator's trunks, their media in Asterisk, their state in rows."""

from qiao.channels.voice.company import company_words
from qiao.channels.voice.programs import ProgramMissing
from qiao.channels.voice.publishing import publish, speak_ahead
from qiao.channels.voice.server import AsteriskDidNotStart, AsteriskServer
from qiao.channels.voice.speech import NotSpoken, Speaker
from qiao.channels.voice.store import calls
from qiao.channels.voice.switchboard import Switchboard
from qiao.channels.voice.telephones import change as change_telephone
from qiao.channels.voice.telephones import server_address, told_to_asterisk

__all__ = [
    "AsteriskDidNotStart",
    "AsteriskServer",
    "NotSpoken",
    "ProgramMissing",
    "Speaker",
    "Switchboard",
    "calls",
    "change_telephone",
    "company_words",
    "publish",
    "server_address",
    "speak_ahead",
    "told_to_asterisk",
]
