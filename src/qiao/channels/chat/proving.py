"""The code a customer types into the chat: checked by the customers room, never kept, never seen by an agent."""

from qiao.channels.chat.model import Party
from qiao.kernel.languages import N_
from qiao.kernel.refused import Refused
from qiao.platform.house import House


class CodeNotRight(Refused):
    """Wrong, used, too old, or nobody asked for it: one answer."""

    code = "chat.code_not_right"
    status = 403
    text = N_("That code is not right or too old. Nothing was changed; check it or ask for a new one.")


async def prove(house: House, party: Party, code: str) -> None:
    """Check the code of this party's conversation and record the level. Raises CodeNotRight."""
    raise CodeNotRight
