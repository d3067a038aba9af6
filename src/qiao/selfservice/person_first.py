"""What a flow may let a caller choose: a person at once whenever he calls, or the menu again.

It costs nothing, shows nothing and is undone as easily, so in a call the number is enough: nobody is known there
unless his network vouches for it. On other channels he has proven who he is. No stranger changes how he is answered.
"""

from typing import Final

from qiao import customers
from qiao.platform.house import House
from qiao.platform.policy import Level
from qiao.selfservice.actions import Asked, Done

PERSON_FIRST: Final = "person_first"
CALLS: Final = "voice"


def may_choose(channel: str, level: int) -> bool:
    """Whether a known customer may choose it here, with what he has proven in this contact."""
    return channel == CALLS or level >= Level.ONE_FACTOR


async def choose(house: House, asked: Asked) -> Done:
    """Keep his choice; `given` is on: "yes" or "no". Refused for somebody whom nothing speaks for."""
    if asked.customer_id is None or not may_choose(asked.origin.channel, asked.level):
        return Done("refused", {"reason": "not_known"})
    on = asked.given.get("on", "yes") == "yes"
    async with house.database.transaction() as tx:
        mine, contact = asked.customer_id, asked.interaction_id
        await customers.choose_person_first(tx, customer_id=mine, on=on, by=f"customer:{mine}", interaction_id=contact)
    return Done("done")
