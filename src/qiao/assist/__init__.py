"""Assist: what may help next in a conversation, and why; it says and never acts."""

from qiao.assist.assistant import Assistant, AssistantAway, AssistantOff, HttpAssistant, assistant_from
from qiao.assist.events import QuickerWayDone, QuickerWayShown, QuickerWayTaken
from qiao.assist.model import Advice, Suggestion, reordered, struck_out
from qiao.assist.model_steering import Way
from qiao.assist.queries import Suggested, as_sources, last_words, suggest
from qiao.assist.shelf import Shelf, shelf_of
from qiao.assist.steering import offer_way, take_way

__all__ = [
    "Advice",
    "Assistant",
    "AssistantAway",
    "AssistantOff",
    "HttpAssistant",
    "QuickerWayDone",
    "QuickerWayShown",
    "QuickerWayTaken",
    "Shelf",
    "Suggested",
    "Suggestion",
    "Way",
    "as_sources",
    "assistant_from",
    "last_words",
    "offer_way",
    "reordered",
    "shelf_of",
    "struck_out",
    "suggest",
    "take_way",
]
