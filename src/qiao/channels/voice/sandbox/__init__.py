"""The sandbox's telephones: real SIP and RTP, for tests and trying out."""

from qiao.channels.voice.sandbox.heard import Heard
from qiao.channels.voice.sandbox.softphone import PhoneCall, Softphone

__all__ = ["Heard", "PhoneCall", "Softphone"]
