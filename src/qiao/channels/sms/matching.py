"""Words without a code: which services they may mean, by the house's one matcher."""

from collections.abc import Sequence
from typing import Any

from qiao import selfservice
from qiao.channels.sms.orders import option_of


def options(text: str) -> Sequence[dict[str, Any]]:
    """The services these words may mean as a numbered choice, the likeliest first; none when nothing is near enough."""
    return [option_for(one.kind, one.code) for one in selfservice.meant(text)]


def option_for(kind: str, code: str) -> dict[str, Any]:
    """A service to be ordered, or a flow to be begun."""
    if kind == "flow":
        return {"flow": code, "names": dict(selfservice.built_in()[code].names.by)}
    return option_of(code)
