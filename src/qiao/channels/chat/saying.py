"""The door of a customer's words: kept, acknowledged after the commit, and a secret among them judged at once."""

from uuid import uuid4

from qiao.channels.chat import assistant, digits, operations, queries
from qiao.channels.chat.assistant import HIDDEN, Asking
from qiao.channels.chat.model import Party, Site
from qiao.interactions import Message
from qiao.platform.database import Transaction
from qiao.platform.failpoints import failpoint
from qiao.platform.house import House


async def say(house: House, *, party: Party, place: Site, key: str, text: str, reply: str = "") -> Message:
    """Keep one message. `reply` is the key of a choice he took; it counts only while that choice is on offer, in the
    words he saw. A code, password or digits that were asked for are judged and stand in no conversation, whoever has
    it.

    Call with no transaction open. Raises what `operations.say` raises.
    """
    async with house.database.transaction() as tx:
        asking = await _asking(tx, party, place)
        meant = None if asking or reply else await digits.awaited(tx, await queries.view(tx, party), text)
        if meant is not None and await operations.said_before(tx, party=party, key=key) is not None:
            meant = None
    confirmed = await digits.confirm(house, meant) if meant is not None and meant.what == "order" else None
    async with house.database.transaction() as tx:
        asking = await _asking(tx, party, place)
        secret = not reply and assistant.is_secret(asking, text)
        taken = _taken(asking, reply, text)
        told_person = confirmed.hidden if confirmed is not None else meant is not None
        shown = HIDDEN if secret or told_person else text
        message = await operations.say(tx, party=party, place=place, key=key, text=shown, reply=taken, hidden=secret)
        if confirmed is not None:
            await digits.answer(tx, message, confirmed.words)
        failpoint("chat.say.before_commit")
    failpoint("chat.say.after_commit")
    if secret:
        await assistant.take_secret(house, message, text)
    elif meant is not None and confirmed is None:
        words = await digits.prove(house, party, meant)
        async with house.database.transaction() as tx:
            await digits.answer(tx, message, words)
    return message


async def tell_secret(house: House, *, party: Party, place: Site, secret: str) -> bool | None:
    """What was typed into the field for it; None when the assistant asked for nothing, else whether it was right."""
    async with house.database.transaction() as tx:
        asking = await _asking(tx, party, place)
        if asking is None or not asking.secret:
            return None
        key = f"secret-{uuid4()}"
        message = await operations.say(tx, party=party, place=place, key=key, text=HIDDEN, hidden=True)
    await assistant.take_secret(house, message, secret)
    async with house.database.transaction() as tx:
        still = await _asking(tx, party, place)
    return still is None or still.secret != asking.secret


async def _asking(tx: Transaction, party: Party, place: Site) -> Asking | None:
    if not place.flow:
        return None
    return await assistant.asks(tx, (await queries.view(tx, party)).contact, place)


def _taken(asking: Asking | None, reply: str, text: str) -> str:
    known = {one.key: one.text for one in asking.replies} if asking else {}
    return reply if reply and known.get(reply) == text else ""
