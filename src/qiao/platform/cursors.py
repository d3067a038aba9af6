"""Cursors of lists that are read newest first: the place of the last row shown, as one opaque word."""

import base64
import binascii
from datetime import datetime
from uuid import UUID


def cursor(at: datetime, row_id: UUID) -> str:
    """The word that leads on after this row."""
    return base64.urlsafe_b64encode(f"{at.isoformat()} {row_id}".encode()).decode().rstrip("=")


def place(told: str | None) -> tuple[datetime, UUID] | None:
    """(instant, id) of a cursor; None for one that is none, so that the list begins at its newest."""
    try:
        raw = base64.urlsafe_b64decode((told or "") + "=" * (-len(told or "") % 4)).decode()
        at, _, row_id = raw.partition(" ")
        instant = datetime.fromisoformat(at)
        return (instant, UUID(row_id)) if instant.tzinfo else None
    except (binascii.Error, ValueError):
        return None
