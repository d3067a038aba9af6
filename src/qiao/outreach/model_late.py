"""Whether what became of an order has to be texted, because nobody who could tell him was there any more."""

from datetime import datetime, timedelta
from typing import Final

SEEN_WITHIN: Final = timedelta(seconds=15)
"""An outcome that came within this time stood on the page he was looking at, or was said to him."""
ON_A_PAGE: Final = "web"
IN_A_CONTACT: Final = frozenset({"desk", "voice", "chat"})
"""Doors where whoever serves him tells him, as long as the contact goes on. Texts answer orders by text themselves."""


def told_late(
    channel: str, *, placed_at: datetime, finished_at: datetime, contact_ended_at: datetime | None, contact: bool
) -> bool:
    """Whether an order placed through this door is to be texted; `contact`: whether it was placed in one at all."""
    if finished_at - placed_at <= SEEN_WITHIN:
        return False
    if channel == ON_A_PAGE:
        return True
    over = not contact or (contact_ended_at is not None and contact_ended_at <= finished_at)
    return channel in IN_A_CONTACT and over
