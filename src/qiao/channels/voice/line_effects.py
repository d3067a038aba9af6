"""A line's hands: what the model of a call wants done is done in Asterisk and with the flow, one effect at a time."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

import structlog

from qiao.channels.voice import marks, person_first, waiting
from qiao.channels.voice.ari import Ari
from qiao.channels.voice.line_flow import HIDDEN, FlowSide
from qiao.channels.voice.line_talk import TalkEvent, judge
from qiao.channels.voice.model import Call, PromptOver
from qiao.channels.voice.model_effects import HangUp, Hold, Hush, Resume, Say, Tell, Together
from qiao.channels.voice.model_phrases import Awaits, Effect, Event
from qiao.channels.voice.model_waiting import Announce, Announced, AskAnyLanguage, AskCallback, AskMenu
from qiao.channels.voice.people import HOLD_BRIDGE, People
from qiao.channels.voice.script import say, voice_of
from qiao.channels.voice.speech import NotSpoken, Speaker
from qiao.channels.voice.store import Party
from qiao.platform.house import House
from qiao.selfservice import Begin, Input, Told

log = structlog.get_logger(__name__)
Done = TypeVar("Done")


@dataclass
class LineEffects(ABC):
    """What a call needs to have something done. What comes of it is told as the next thing that happens."""

    house: House
    ari: Ari
    speaker: Speaker
    owner: str
    call: Call
    party: Party

    def __post_init__(self) -> None:
        self.flow = FlowSide(self.house, self.party, self._written)
        self.people = People(self.house, self.ari, self.call.id, self.call.channel, self.party.interaction_id)
        self._held = False
        """Whether he is among those who hear music."""

    @abstractmethod
    def tell(self, event: Event | TalkEvent) -> None:
        """Something happened."""

    @abstractmethod
    async def _written(self, work: Callable[[], Awaitable[Done]]) -> Done:
        """Do this in the database, again while it is away."""

    @abstractmethod
    async def _answer(self, told: Input, key: str, *, shown: str) -> None:
        """Have the flow take a word."""

    @abstractmethod
    async def _arrange(self) -> None:
        """Have everybody where the rows want him."""

    async def _do(self, effect: Effect) -> None:
        channel = self.call.channel
        match effect:
            case Say(prompt, texts):
                if isinstance(self.call.expect, Awaits):
                    await self.people.aside()
                await self._say(prompt, texts)
            case Hush(prompt):
                await self.ari.stop_playing(prompt)
            case Resume():
                await self._answer(Begin(), f"begin:{self.call.words}", shown="")
            case Tell(text=text) if self.call.state == "talking":
                await self._judge(text)
            case Together():
                await self._arrange()
            case Tell(number, text, secret):
                await self._answer(Told(text), f"{self.call.id}:{number}", shown=HIDDEN if secret else text)
            case Hold() if not self._held:  # who is among them already would hear nothing more if he came again
                await self.ari.ensure_bridge(HOLD_BRIDGE, "holding")
                await self.ari.music(HOLD_BRIDGE)
                await self.ari.join(HOLD_BRIDGE, channel)
                self._held = True
            case HangUp(cause):
                await self.ari.hang_up(channel, cause)
            case Announce():
                self.tell(Announced(await self.flow.true_now()))
            case AskCallback():
                self.tell(waiting.callback_asked(self.party, self.flow.language))
            case AskAnyLanguage():
                if await self._written(partial(waiting.anybody, self.house, self.party)):
                    self.tell(Announced((say("any_language_taken", self.flow.language),)))
            case AskMenu():
                if await self._written(partial(person_first.menu_again, self.house, self.party)):
                    self.tell(Announced((say("menu_again", self.flow.language),)))

    async def mark(self) -> None:
        """Our id and the state, with the channel itself: they outlive this worker."""
        await marks.put(self.ari, self.call.channel, self.call.id, self.call.state)

    async def _say(self, prompt: str, texts: tuple[str, ...]) -> None:
        try:
            said = [self.speaker.prompt(text, voice_of(text, self.flow.language)) for text in texts]
            prompts = await asyncio.gather(*said)
        except NotSpoken as error:
            log.warning("voice.not_spoken", call=str(self.call.id), language=self.flow.language, why=str(error)[:200])
            self.tell(PromptOver(prompt, heard=False))
            return
        await self.ari.play(self.call.channel, ",".join(one.media for one in prompts), prompt)

    async def _judge(self, keyed: str) -> None:
        contact, language = self.party.interaction_id, self.flow.language
        self.tell(await self._written(partial(judge, self.house, self.people, contact, keyed, language)))
