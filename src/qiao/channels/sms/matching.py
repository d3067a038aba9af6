"""Words without a code: which services they may mean, by the house's one matcher."""

from collections.abc import Sequence
from typing import Any

from qiao import selfservice
from qiao.channels.sms.orders import option_of
from qiao.selfservice import Meant


def options(text: str) -> Sequence[dict[str, Any]]:
    """The services these words may mean as a numbered choice, the likeliest first; none when nothing is near enough."""
    return [_option(one) for one in selfservice.meant(text)]


def _option(one: Meant) -> dict[str, Any]:
    """A service to be ordered, or a flow to be begun."""
    return {"flow": one.code, "names": dict(one.names)} if one.kind == "flow" else option_of(one.code)
