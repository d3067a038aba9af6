"""A line's side of set phrases: which is to be said next, what of it is heard, and what stands in the conversation."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, partial
from uuid import UUID

from qiao import interactions
from qiao.channels.voice import store_phrases
from qiao.channels.voice.model import Call
from qiao.channels.voice.model_phrases import DIGITS, NO_PHRASE, PHRASES, Chosen, Effect, Settled, Spoken, may_be_said
from qiao.channels.voice.script import in_tongue, say
from qiao.channels.voice.store_phrases import Phrase
from qiao.interactions import Interaction, Said
from qiao.kernel.ids import InteractionId
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.platform.i18n import CustomerTexts, when_text
from qiao.platform.live import touch


@cache
def texts() -> CustomerTexts:
    """The phrases and their answers in nine languages. Raises TextsIncomplete."""
    return CustomerTexts.load("qiao.channels.voice", "phrases.yaml")


def told(one: Phrase, language: str) -> str:
    """What it says, in one language."""
    when = when_text(language, one.calls_at, now=one.chosen_at, zone=one.zone) if one.calls_at else ""
    return texts().say(one.code, language, when=when)


def meant(one: Phrase, language: str) -> str:
    """What his key means, in one language; a number means itself, and "" stands for no key."""
    name = PHRASES[one.code].answers.get(one.answer, "") if one.code in PHRASES else ""
    return texts().say(name, language) if name else one.answer


def spoken(one: Phrase) -> tuple[str, ...]:
    """The phrase as sentences for his ears, each answer with its key."""
    language, answers = one.language, PHRASES[one.code].answers
    parts = [told(one, language)]
    for key, name in answers.items() if answers is not DIGITS else ():
        parts += [texts().say(name, language), say("press", language, key=key)]
    return tuple(in_tongue(part, language) for part in parts)


async def chosen(house: House, call: Call) -> Chosen | None:
    """What the agent has chosen and he has not heard, where he may hear it now."""
    if not may_be_said(call):
        return None
    async with house.database.transaction() as tx:
        found = await store_phrases.unsettled(tx, call.id)
        for left in [one for one in found if one.said_at is not None] if call.expect is None else ():
            await store_phrases.keep_settled(tx, left.id, "left", "")  # whoever said it died before it was settled
            await touch(tx, f"agent:{left.agent_id}")
    one = next((one for one in found if one.said_at is None), None)
    return Chosen(one.id, spoken(one), tuple(PHRASES[one.code].answers)) if one is not None else None


@dataclass
class LinePhrases:
    """Which phrase was handed to the line last, so that each is said once."""

    house: House
    tell: Callable[[Chosen], None]
    written: Callable[[Callable[[], Awaitable[Chosen | None]]], Awaitable[Chosen | None]]

    def __post_init__(self) -> None:
        self._told = NO_PHRASE

    async def look(self, call: Call) -> None:
        """Say what the agent has chosen for him, once."""
        one = await self.written(partial(chosen, self.house, call))
        if one is not None and one.id != self._told:
            self._told = one.id
            self.tell(one)

    def taken(self) -> None:
        """It is said now, or else chosen anew once it may be said."""
        self._told = NO_PHRASE


async def keep(tx: Transaction, contact_id: InteractionId, effects: tuple[Effect, ...]) -> None:
    """Write what is said now and what became of it; both stand in the contact's conversation, in both languages."""
    for effect in effects:
        if isinstance(effect, Spoken):
            await store_phrases.keep_said(tx, effect.id)
            one = await store_phrases.phrase(tx, effect.id)
            assert one is not None
            await _say(tx, contact_id, one, _both(told(one, one.language), told(one, one.read_in)))
        elif isinstance(effect, Settled):
            settled = await store_phrases.keep_settled(tx, effect.id, effect.outcome, effect.key)
            if settled is not None and effect.key:
                await _answer(tx, contact_id, settled)
        else:
            continue
        await _seen(tx, contact_id, effect.id)


def _both(one: str, other: str) -> str:
    return one if one == other else f"{one}\n{other}"


async def _say(tx: Transaction, contact_id: InteractionId, one: Phrase, words: str) -> None:
    """In the agent's name while the contact is his."""
    contact = await interactions.interaction(tx, contact_id)
    if contact.ended_at is not None:
        return
    if contact.agent_id == one.agent_id:
        key = f"phrase:{one.id}"
        more = {"author_kind": "agent", "author_id": one.agent_id, "client_key": key}
        await interactions.say(tx, interaction_id=contact_id, text=words, **more)  # type: ignore[arg-type]
    else:
        await interactions.say_all(tx, [Said(contact_id, "bot", words, f"phrase:{one.id}")])


async def _answer(tx: Transaction, contact_id: InteractionId, one: Phrase) -> None:
    contact: Interaction = await interactions.interaction(tx, contact_id)
    if contact.ended_at is None:
        words = _both(meant(one, one.language), meant(one, one.read_in))
        keyed = f"{one.answer} · {words}" if words != one.answer else words
        await interactions.say_all(tx, [Said(contact_id, "customer", keyed, f"answer:{one.id}", contact.customer_id)])


async def _seen(tx: Transaction, contact_id: InteractionId, phrase_id: UUID) -> None:
    """The agent's screen shows it."""
    one = await store_phrases.phrase(tx, phrase_id)
    if one is not None:
        await touch(tx, f"agent:{one.agent_id}")
    await touch(tx, f"interaction:{contact_id}")
