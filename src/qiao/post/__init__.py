"""Post: the one ledger of everything that leaves, and the only way anything does."""

from qiao.post.events import MessageAccepted, MessageSettled
from qiao.post.model import Ending, Message, Priority, State
from qiao.post.operations import MessageTooLong, claim, give_back, send, settle, submitted
from qiao.post.outlets import Outlet, OutletAway
from qiao.post.queries import message, messages_to

__all__ = [
    "Ending",
    "Message",
    "MessageAccepted",
    "MessageSettled",
    "MessageTooLong",
    "Outlet",
    "OutletAway",
    "Priority",
    "State",
    "claim",
    "give_back",
    "message",
    "messages_to",
    "send",
    "settle",
    "submitted",
]
