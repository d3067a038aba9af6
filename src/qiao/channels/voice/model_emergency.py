"""Whether a call that ended was an emergency cut short: somebody abroad who may not be able to call again. Pure."""

from typing import Final

ENTRY_POINTS: Final = frozenset({"roaming", "emergency"})
"""Service numbers of which every call that breaks off is one."""
FEW_SECONDS: Final = 60.0
"""A conversation that the caller's side ends within so long has hardly been one."""
BROKE_OFF: Final = frozenset({"left", "abandoned", "dropped"})


def cut_short(*, entry_point: str, foreign: bool, known: bool, outcome: str, talked_seconds: float | None) -> bool:
    """`foreign`: from a network of another country. `known`: a customer of ours. `talked_seconds` None: with nobody.

    Called for what the caller's side, or a fault, has ended; what an agent ends is no emergency.
    """
    if entry_point not in ENTRY_POINTS and not (foreign and not known):
        return False
    if outcome in BROKE_OFF:
        return True
    return outcome == "answered" and talked_seconds is not None and talked_seconds < FEW_SECONDS
