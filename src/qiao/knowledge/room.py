"""Wiring of knowledge: tables and rights; the desk shows it."""

from qiao.knowledge import store
from qiao.platform.room import Room

assert store.articles is not None

ROOM = Room(
    name="knowledge",
    rights={"knowledge.read": "read articles", "knowledge.write": "write articles"},
)
