"""Words without a code: which services they may mean."""

from collections.abc import Mapping, Sequence
from typing import Any

from qiao.platform.database import Transaction


async def options(tx: Transaction, text: str, language: str) -> Sequence[Mapping[str, Any]]:
    """The services these words may mean, the likeliest first; none when nothing is near enough."""
    return []
