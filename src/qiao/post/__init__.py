"""Post: the one ledger of everything that leaves, the only way anything does, and what is texted back."""

from qiao.post.events import MessageAccepted, MessageSettled
from qiao.post.model import Draft, Ending, Message, Priority, State, TextIn
from qiao.post.operations import (
    MessageTooLong,
    claim,
    give_back,
    send,
    send_all,
    settle,
    settle_all,
    submitted,
    withdraw,
)
from qiao.post.outlets import Outlet, OutletAway
from qiao.post.queries import (
    message,
    messages_to,
    text_in,
    texts_between,
    unheard,
    unheard_of_each,
    unknowns,
)
from qiao.post.receiving import Arrived, as_kept, heard, received, received_all, wipe

__all__ = [
    "Arrived",
    "Draft",
    "Ending",
    "Message",
    "MessageAccepted",
    "MessageSettled",
    "MessageTooLong",
    "Outlet",
    "OutletAway",
    "Priority",
    "State",
    "TextIn",
    "as_kept",
    "claim",
    "give_back",
    "heard",
    "message",
    "messages_to",
    "received",
    "received_all",
    "send",
    "send_all",
    "settle",
    "settle_all",
    "submitted",
    "text_in",
    "texts_between",
    "unheard",
    "unheard_of_each",
    "unknowns",
    "wipe",
    "withdraw",
]
