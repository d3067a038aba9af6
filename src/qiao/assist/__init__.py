"""Assist: what may help next in a conversation, and why; it says and never acts."""

from qiao.assist.assistant import Assistant, AssistantAway, AssistantOff, HttpAssistant, assistant_from
from qiao.assist.model import Advice, Suggestion, reordered, struck_out
from qiao.assist.queries import Suggested, as_sources, last_words, suggest
from qiao.assist.shelf import Shelf, shelf_of

__all__ = [
    "Advice",
    "Assistant",
    "AssistantAway",
    "AssistantOff",
    "HttpAssistant",
    "Shelf",
    "Suggested",
    "Suggestion",
    "as_sources",
    "assistant_from",
    "last_words",
    "reordered",
    "shelf_of",
    "struck_out",
    "suggest",
]
