"""A channel's mark: our id of its call and the state, which Asterisk keeps with the channel itself.

It is set before the row is written. So a channel without one was never written, one that bears it finds its row by the
primary key, and a caller who went back to the dialplan while his call went on comes again as that call, not as another.
"""

from collections.abc import Collection
from typing import Final, Literal
from uuid import UUID

from qiao.channels.voice import calling, store
from qiao.channels.voice.ari import Ari
from qiao.channels.voice.model import Call
from qiao.channels.voice.store import Party
from qiao.kernel.ids import new_id
from qiao.platform.house import House

VARIABLE: Final = "QIAO_CALL"
Standing = Literal["unwritten", "goes_on", "over"]


def read(told: str) -> UUID | None:
    """The call that a mark names; None for none, or for no mark of ours."""
    try:
        return UUID(told.partition(":")[0])
    except ValueError:
        return None


async def put(ari: Ari, channel: str, call_id: UUID, state: str) -> None:
    """Mark a channel. Raises AriAway, AriRefused."""
    await ari.set_variable(channel, VARIABLE, f"{call_id}:{state}")


async def begun(house: House, ari: Ari, arrival: calling.Arrival, owner: str) -> tuple[Call, Party, bool]:
    """The call of a channel that has come: a new one (False), or the one that it bears and that goes on (True).

    Raises WrittenAlready where it was over the next moment; offered again, the caller begins anew.
    """
    channel = arrival.channel.id
    if (before := read(arrival.mark)) is not None:
        async with house.database.transaction() as tx:
            found = await store.take(tx, before, channel, owner)
        if found is not None:
            return *found, True
    call_id = new_id()
    await put(ari, channel, call_id, "menu")
    try:
        return *await calling.begin(house, arrival, owner, call_id), False
    except calling.WrittenAlready:  # it bore another mark, or none, and goes on all the same
        async with house.database.transaction() as tx:
            known = await store.of_channel(tx, channel)
            found = await store.take(tx, known, channel, owner) if known is not None else None
        if found is None:
            raise
        await put(ari, channel, found[0].id, found[0].state)
        return *found, True


async def standing(house: House, ari: Ari, channels: Collection[str]) -> dict[str, Standing]:
    """How the calls of these channels stand in rows."""
    if not channels:
        return {}
    marked = {channel: read(await ari.variable(channel, VARIABLE)) for channel in channels}
    async with house.database.transaction() as tx:
        over = await store.over(tx, [one for one in marked.values() if one is not None])
    told: dict[bool | None, Standing] = {None: "unwritten", False: "goes_on", True: "over"}
    return {channel: told[over.get(call_id) if call_id else None] for channel, call_id in marked.items()}
