"""A line's side of the flow: a word is told, its answer happens next, and both stand in the conversation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import structlog
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError

from qiao import interactions, routing, selfservice
from qiao.channels.voice import emergencies, person_first, waiting
from qiao.channels.voice.model import Moved, Script
from qiao.channels.voice.script import as_voice, say
from qiao.channels.voice.store import Party
from qiao.interactions import Said
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.selfservice import Advanced, Begin, Input

log = structlog.get_logger(__name__)
HIDDEN: Final = "****"
"""Stands for a secret."""


class CallTaken(Exception):
    """Another worker has this call now: nothing more is done for it here."""


@dataclass
class FlowSide:
    """The flow of one call, and the language in which its caller is spoken to."""

    house: House
    party: Party
    written: Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
    """Does it in the database, again while that is away."""

    def __post_init__(self) -> None:
        self.language = self.party.language

    async def move(
        self,
        told: Input,
        key: str,
        *,
        shown: str,
        first: Callable[[Transaction], Awaitable[None]],
        also: Callable[[Transaction, Moved], Awaitable[None]],
    ) -> Moved:
        """Have the flow take a word; returns what it answers. Under its key it is taken once, however often told.

        With it, in one transaction, what was keyed and said comes into the contact's conversation, a secret shown to
        nobody, and `also` is written. `first` is asked in the transaction in which the flow takes the word. Raises what
        they raise for a call that another worker has.
        """
        heard: list[Moved] = []

        async def together(tx: Transaction, moved: Advanced) -> None:
            event = await self._heard(tx, moved, begins=isinstance(told, Begin))
            await self._note(tx, key, shown, event.script.texts)
            await also(tx, event)
            heard[:] = [event]

        session_id = self.party.session_id
        so: dict[str, Any] = {"session_id": session_id, "told": told, "key": key, "first": first, "also": together}
        word = partial(selfservice.advance, self.house, **so)
        try:
            moved: Advanced = await self.written(word)
        except (DBAPIError, DriverError, OSError, CallTaken):
            raise
        except Exception:
            log.exception("voice.flow_failed", contact=str(self.party.interaction_id))
            return Moved(Script((say("nobody", self.language),)), "over")
        self.language = moved.running.session.language
        return heard[0]

    async def _heard(self, tx: Transaction, moved: Advanced, *, begins: bool) -> Moved:
        language = moved.running.session.language
        script = as_voice(moved.outputs, language)
        handed = moved.running.over == "handed"
        if moved.queued or (handed and await self._waits(tx)):  # the latter where the worker before died upon it
            if self.party.entry_point == emergencies.ENTRY_POINT:
                await emergencies.first_in_line(tx, self.party)
            greeted = await person_first.greeted(tx, self.party, language) if begins else ()
            return Moved(Script((*greeted, *script.texts, *await waiting.words(tx, self.party, language))), "queued")
        if handed:
            return Moved(Script((say("nobody", language),)), "over")
        return Moved(script, "over" if moved.running.over else "")

    async def _waits(self, tx: Transaction) -> bool:
        where = await routing.waiting_contact(tx, self.party.interaction_id)
        return where is not None and where.state in ("waiting", "offered")

    async def true_now(self) -> tuple[str, ...]:
        """What may truly be told him of his wait, in the language that he chose."""
        told: tuple[str, ...] = await self.written(self._true_now)
        return told

    async def _true_now(self) -> tuple[str, ...]:
        async with self.house.database.transaction() as tx:
            running = await selfservice.session_of_contact(tx, self.party.interaction_id)
            self.language = running.session.language if running is not None else self.language
            return await waiting.words(tx, self.party, self.language)

    async def _note(self, tx: Transaction, key: str, shown: str, texts: tuple[str, ...]) -> None:
        contact = self.party.interaction_id
        said = [Said(contact, "customer", shown, key, self.party.customer_id)] if shown else []
        said += [Said(contact, "bot", "\n".join(texts), f"answer:{key}")] if texts else []
        await interactions.say_all(tx, said)
