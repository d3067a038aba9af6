"""Who follows a flow to the letter: what he answers, given what he observed. Pure."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from qiao.kernel.conditions import evaluate
from qiao.selfservice.model_session import Output

_NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
"""Conditions over what is observed know no time."""
_PAIR: Final = r"[a-z][a-z0-9_]{0,59}=[A-Za-z0-9_.+-]{1,60}"
INSTRUCTION: Final = re.compile(rf"([a-z][a-z0-9_]{{0,59}})(?:\(({_PAIR}(?:, ?{_PAIR})*)\))?")
"""One thing to do or to look at: a name, or a name with its arguments: `grant_app_permission(app_name=messaging)`."""


def instruction(told: str) -> tuple[str, dict[str, str]]:
    """The name and the arguments of one entry of `do` or `look`; one that is none has its text as name."""
    found = INSTRUCTION.fullmatch(told)
    if found is None:
        return told, {}
    pairs = [one.strip().partition("=") for one in (found[2] or "").split(",") if one]
    return found[1], {name: value for name, _, value in pairs}


def answer_seen(output: Output, observed: Mapping[str, Any]) -> str | None:
    """What to answer to a menu or an ask: the first choice whose `seen` holds, else the first without one; None when
    no choice fits or it was not observed."""
    if output.kind == "ask":
        value = observed.get(output.observation) if output.observation else None
        if isinstance(value, bool):
            return "1" if value else "2"
        return None if value is None else str(value)
    for option in output.options:
        if option.seen is not None and evaluate(option.seen, observed, _NEVER):
            return option.key
    return next((option.key for option in output.options if option.seen is None), None)
