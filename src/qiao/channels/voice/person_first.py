"""Whoever wants a person first when he calls, as he told us once: what he hears of it in line, and takes it back."""

from qiao import customers
from qiao.channels.voice.script import greeting, say
from qiao.channels.voice.store import Party
from qiao.platform.database import Transaction
from qiao.platform.house import House


async def greeted(tx: Transaction, party: Party, language: str) -> tuple[str, ...]:
    """Who is put through at once is greeted by name; the number is a hint, so it is half a name."""
    if party.customer_id is None:
        return ()
    person = await customers.customer(tx, party.customer_id)
    told = greeting(person.name, language)
    return (told,) if told else ()


async def offer(tx: Transaction, party: Party, language: str) -> tuple[str, ...]:
    """How he may have the menu again; nothing to say to whoever did not choose so."""
    if party.customer_id is None or not (await customers.customer(tx, party.customer_id)).person_first:
        return ()
    return (say("menu_offer", language),)


async def menu_again(house: House, party: Party) -> bool:
    """Let him hear the menu from his next call on; whether anything had to be changed. He keeps his place in line.

    Only of somebody for whom the network vouches: nobody else is one of our customers in a call.
    """
    if party.customer_id is None:
        return False
    async with house.database.transaction() as tx:
        had = await customers.choose_person_first(
            tx,
            customer_id=party.customer_id,
            on=False,
            by=f"customer:{party.customer_id}",
            interaction_id=party.interaction_id,
        )
    return had == "on"
