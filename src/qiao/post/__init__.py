"""Post: the one ledger of everything that leaves, the only way anything does, and what is texted back."""

from qiao.post.events import MessageAccepted, MessageSettled
from qiao.post.model import Ending, Message, Priority, State, TextIn
from qiao.post.model_gsm import septets, text_of
from qiao.post.model_sms import Sms, as_sms, fits
from qiao.post.operations import MessageTooLong, claim, give_back, send, settle, settle_all, submitted, withdraw
from qiao.post.outlets import Outlet, OutletAway
from qiao.post.queries import message, messages_to, text_in, texts_from, unheard, unknowns
from qiao.post.receiving import heard, received, wipe

__all__ = [
    "Ending",
    "Message",
    "MessageAccepted",
    "MessageSettled",
    "MessageTooLong",
    "Outlet",
    "OutletAway",
    "Priority",
    "Sms",
    "State",
    "TextIn",
    "as_sms",
    "claim",
    "fits",
    "give_back",
    "heard",
    "message",
    "messages_to",
    "received",
    "send",
    "septets",
    "settle",
    "settle_all",
    "submitted",
    "text_in",
    "text_of",
    "texts_from",
    "unheard",
    "unknowns",
    "wipe",
    "withdraw",
]
