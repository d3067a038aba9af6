"""One call's life in a worker: what happens to it is taken one by one, written down, and then done."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar

import structlog
from psycopg import Error as DriverError
from sqlalchemy.exc import DBAPIError

from qiao import interactions, selfservice
from qiao.channels.voice import emergencies, line_phrases, outcalls, parting, person_first, store, talks, waiting
from qiao.channels.voice.ari import Ari, AriAway, AriRefused
from qiao.channels.voice.configuration import CALL_VARIABLE
from qiao.channels.voice.cut_off import cut_off
from qiao.channels.voice.line_talk import Look, TalkEvent, Unreached, asks, judge, meaning, notice_over
from qiao.channels.voice.model import (
    Adopted,
    Call,
    CallbackTaken,
    HungUp,
    Keyed,
    Lost,
    Moved,
    PromptOver,
    Released,
    Script,
    TimeUp,
)
from qiao.channels.voice.model_effects import (
    Finish,
    HangUp,
    Hold,
    Hush,
    Outcome,
    Resume,
    Say,
    Tell,
    Together,
)
from qiao.channels.voice.model_ending import Notice
from qiao.channels.voice.model_phrases import NO_PHRASE, Awaits, Chosen, Effect, Event, Step, step, together
from qiao.channels.voice.model_rating import Rate
from qiao.channels.voice.model_waiting import Announce, Announced, AskAnyLanguage, AskCallback, AskMenu
from qiao.channels.voice.people import HOLD_BRIDGE, People
from qiao.channels.voice.recorder import Recorder
from qiao.channels.voice.script import as_voice, say, voice_of
from qiao.channels.voice.speech import NotSpoken, Speaker
from qiao.channels.voice.store import KEPT, Party
from qiao.interactions import Said
from qiao.kernel.refused import Refused
from qiao.platform.house import House
from qiao.selfservice import Advanced, Begin, Input, Told

log = structlog.get_logger(__name__)
Done = TypeVar("Done")
PAUSES_SECONDS: Final = (0.1, 0.3, 1.0, 2.0, 3.0, 3.0)
"""Between tries while the database is away: after some ten seconds of silence the caller is better off trying again."""
GONE: Final = 404
HIDDEN: Final = "****"
CONGESTION: Final = 34
RING_AGAIN_SECONDS: Final = 0.5
WAITING_MAX: Final = 1000
ENDS: Final[dict[Outcome, str]] = {
    "served": "served",
    "left": "customer_left",
    "answered": "customer_left",
    "abandoned": "abandoned",
    "overflowed": "replaced",
    "callback": "customer_left",
    "dropped": "dropped",
}
"""How the contact ends when the call does."""


class CallTaken(Exception):
    """Another worker has this call now: nothing more is done for it here."""


@dataclass
class Line:
    """A call, its party, and what has happened to it that was not taken yet."""

    house: House
    ari: Ari
    speaker: Speaker
    owner: str
    call: Call
    party: Party

    def __post_init__(self) -> None:
        self._happened: asyncio.Queue[Event | TalkEvent] = asyncio.Queue()
        self._language = self.party.language
        self._asks = self._notices = False
        self._notice = ""
        """The prompt that is the notice of an end, while it is being said."""
        self._deadline_at, self._due = self.call.deadline_at, 0.0
        self._said = NO_PHRASE
        self._rings_again = False
        self.reached = True
        """Whether there is a telephone of the customer's to be moved."""
        contact = self.party.interaction_id
        self.people = People(self.house, self.ari, self.call.id, self.call.channel, contact)
        self.recorder = Recorder(self.house, self.ari, self.call.id, self.call.channel, contact)
        self._held = False
        """Whether he is among those who hear music."""

    @property
    def party_is_ours(self) -> bool:
        """Whether it is we who called."""
        return outcalls.is_out(self.party)

    def tell(self, event: Event | TalkEvent) -> None:
        """Something happened. Of a flood of keys beyond all reason some are let go, and nothing else ever is."""
        if not isinstance(event, Keyed) or self._happened.qsize() < WAITING_MAX:
            self._happened.put_nowait(event)

    async def run(self) -> None:
        """Until the call is over, or another worker has it."""
        while not (self.call.state == "over" and not self.call.prompt):
            event = await self._next()
            try:
                await (self._take_talk(event) if isinstance(event, TalkEvent) else self._take(event))
            except CallTaken:
                log.info("voice.call_taken_over", call=str(self.call.id))
                return
            except (DBAPIError, DriverError, OSError):
                with contextlib.suppress(AriAway):
                    await self.ari.hang_up(self.call.channel, CONGESTION)
                raise
            except Exception:
                log.exception("voice.call_broke", call=str(self.call.id), at=type(event).__name__)
                if isinstance(event, Lost):
                    raise
                with contextlib.suppress(AriAway):  # better he hears that it is over than nothing
                    await self.ari.hang_up(self.call.channel, CONGESTION)
                self.tell(Lost())

    async def _written(self, work: Callable[[], Awaitable[Done]]) -> Done:
        """Do this in the database, again while it is away: a caller is not cut off for a moment's fault."""
        for pause in (*PAUSES_SECONDS, None):
            try:
                return await work()
            except (DBAPIError, DriverError, OSError) as error:
                log.warning("voice.not_written", call=str(self.call.id), error=type(error).__name__)
                if pause is None:
                    raise
                await asyncio.sleep(pause)
        raise AssertionError("the last try returns or raises")

    async def _next(self) -> Event | TalkEvent:
        """What happened, or that its deadline has come."""
        if self.call.deadline_at is None:
            return await self._happened.get()
        if self.call.deadline_at != self._deadline_at:  # set by a clock that may be put, kept by one that is not
            left = (self.call.deadline_at - self.house.clock.now()).total_seconds()
            self._deadline_at, self._due = self.call.deadline_at, asyncio.get_running_loop().time() + left
        try:
            async with asyncio.timeout_at(self._due):
                return await self._happened.get()
        except TimeoutError:
            return TimeUp()

    async def _take(self, event: Event) -> None:
        before = self.call
        if isinstance(event, Chosen):
            self._said = NO_PHRASE  # said now, or else chosen anew once it may be said
        if isinstance(event, PromptOver) and event.prompt and event.prompt == self._notice == before.prompt:
            self._notice = ""
            await self._written(partial(notice_over, self.house, self.people, heard=event.heard))
        try:
            event = await self._as_it_is_now(event)
            became, effects = await self._written(partial(self._write, event))
        except Refused:
            if not isinstance(event, CallbackTaken):
                raise
            self.tell(Announced((say("callback_not_now", self._language),)))
            return
        moved = became.state != before.state
        self.call = became
        if isinstance(event, Adopted):  # whatever he was asked, he is asked it again
            self._asks = self._notices = False
        if isinstance(event, Notice):
            self._notice = became.prompt
        if moved and became.state == "waiting":
            self.tell(Look())  # he may have been offered to somebody before he knew that he waits
        self._held = self._held and became.state == "waiting" and not isinstance(event, Adopted)
        try:
            # What we ask of a channel waits behind the prompt it plays: that one is stopped before anything else.
            for effect in sorted(effects, key=lambda one: not isinstance(one, Hush)):
                if moved and became.state != "over" and not isinstance(effect, Hush):
                    moved = False
                    await self.mark()
                await self._do(effect)
            if moved and became.state != "over":
                await self.mark()
            if before.state != "over" and became.state == "over":
                await self.people.let_go()
            await self._record()
        except AriRefused as refused:
            if refused.status != GONE:
                log.warning("voice.refused", call=str(self.call.id), told=str(refused)[:200])
                await self.ari.hang_up(self.call.channel, CONGESTION)  # it is there, and would hear nothing more
            self.tell(HungUp())
        except AriAway as away:
            log.warning("voice.asterisk_away", call=str(self.call.id), told=str(away))
            if self.ari.stands.is_set():  # it took too long, and nobody knows what was done: all of it again
                self.tell(Adopted())

    async def _take_talk(self, event: TalkEvent) -> None:
        """Bring colleagues and customer where rows and routing want them."""
        if not self.call.offered or self.call.state == "over":
            return
        for what in await self._written(partial(meaning, self.people, event, self.call)):
            await self._take(what)
        try:
            await self._arrange()
            await self._record()
        except AriRefused as refused:
            if refused.status != GONE:
                log.warning("voice.refused", call=str(self.call.id), told=str(refused)[:200])
        except AriAway as away:
            log.warning("voice.asterisk_away", call=str(self.call.id), told=str(away))

    async def _arrange(self) -> None:
        if self.call.state == "over":
            return
        for leg_id in await self.people.arrange(customer=self.reached and together(self.call)):
            self.tell(Unreached(leg_id))
        if self.people.unrung and not self._rings_again:
            self._rings_again = True
            asyncio.get_running_loop().call_later(RING_AGAIN_SECONDS, self._ring_again)
        asking = self.people.talk.asking and self.call.state == "talking"
        if asking and not self._asks:
            self.tell(asks(self._language))
        self._asks = asking
        noticing = self.people.talk.noticing and self.call.state == "talking" and not asking
        if noticing and not self._notices:
            self.tell(Notice((say("abuse_notice", self._language),)))
        self._notices = noticing
        if self.reached and not asking and not noticing:
            await self._phrase()

    def _ring_again(self) -> None:
        self._rings_again = False
        self.tell(Look())

    async def _phrase(self) -> None:
        """Say what the agent has chosen for him, once."""
        one = await self._written(partial(line_phrases.chosen, self.house, self.call))
        if one is not None and one.id != self._said:
            self._said = one.id
            self.tell(one)

    async def _record(self) -> None:
        secret = (self.call.expect is not None and self.call.expect.secret) or self.people.talk.asking
        await self.recorder.look(talking=self.call.state == "talking", secret=secret)

    async def _as_it_is_now(self, event: Event) -> Event:
        """An ended conversation may be followed by a question; whoever hears last words hears them from us now."""
        if isinstance(event, Adopted) and self.call.state == "over":
            return await self._written(partial(parting.last_words, self.house, self.call, self.party))
        if isinstance(event, Released) and self.reached and not self.people.talk.ended_by:
            told = partial(parting.perhaps_rated, self.house, self.call, self.party, self._language)
            return await self._written(told)
        return event

    async def _judge(self, keyed: str) -> None:
        contact = self.party.interaction_id
        self.tell(await self._written(partial(judge, self.house, self.people, contact, keyed, self._language)))

    async def _write(self, event: Event) -> Step:
        """What the event makes of the call, written down while the call is ours. Raises CallTaken."""
        async with self.house.database.transaction() as tx:
            due_at = self.call.deadline_at if isinstance(event, TimeUp) else None
            became, effects = step(self.call, event, max(tx.now, due_at or tx.now))
            if any(getattr(became, name) != getattr(self.call, name) for name in KEPT) and not await store.keep(
                tx, became, self.owner
            ):
                raise CallTaken
            ends = became.state == "over" and self.call.state != "over" and became.offered
            talk = await talks.held(tx, became.id) if ends else None
            for effect in effects:
                if isinstance(effect, Rate):
                    await store.keep_score(tx, self.call.id, effect.score)
                if isinstance(effect, Finish):
                    reason = "dropped" if isinstance(event, Lost) else ENDS[effect.outcome]
                    await interactions.end_interaction(tx, interaction_id=self.party.interaction_id, reason=reason)
                    if effect.outcome == "callback":
                        await waiting.promise(tx, self.call, self.party)
            await line_phrases.keep(tx, self.party.interaction_id, effects)
            if isinstance(event, Lost):
                await cut_off(tx, self.call, self.party, reached=self.reached)
            if not self.party_is_ours:
                await parting.emergency(tx, self.house, self.call, became, self.party, event)
            if talk is not None:
                self.people.leave(await talks.over(tx, became.id, self.party.interaction_id, talk))
        return became, effects

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
                await self._move(Begin(), f"begin:{self.call.words}", shown="")
            case Tell(text=text) if self.call.state == "talking":
                await self._judge(text)
            case Together():
                await self._arrange()
            case Tell(number, text, secret):
                await self._move(Told(text), f"{self.call.id}:{number}", shown=HIDDEN if secret else text)
            case Hold() if not self._held:  # who is among them already would hear nothing more if he came again
                await self.ari.ensure_bridge(HOLD_BRIDGE, "holding")
                await self.ari.music(HOLD_BRIDGE)
                await self.ari.join(HOLD_BRIDGE, channel)
                self._held = True
            case HangUp(cause):
                await self.ari.hang_up(channel, cause)
            case Announce():
                self.tell(Announced(await self._written(self._true_now)))
            case AskCallback():
                self.tell(waiting.callback_asked(self.party, self._language))
            case AskAnyLanguage():
                if await self._written(partial(waiting.anybody, self.house, self.party)):
                    self.tell(Announced((say("any_language_taken", self._language),)))
            case AskMenu():
                if await self._written(partial(person_first.menu_again, self.house, self.party)):
                    self.tell(Announced((say("menu_again", self._language),)))

    async def mark(self) -> None:
        """Our id and the state, with the channel itself: they outlive this worker."""
        await self.ari.set_variable(self.call.channel, CALL_VARIABLE, f"{self.call.id}:{self.call.state}")

    async def _say(self, prompt: str, texts: tuple[str, ...]) -> None:
        try:
            said = [self.speaker.prompt(text, voice_of(text, self._language)) for text in texts]
            prompts = await asyncio.gather(*said)
        except NotSpoken as error:
            log.warning("voice.not_spoken", call=str(self.call.id), language=self._language, why=str(error)[:200])
            self.tell(PromptOver(prompt, heard=False))
            return
        await self.ari.play(self.call.channel, ",".join(one.media for one in prompts), prompt)

    async def _move(self, told: Input, key: str, *, shown: str) -> None:
        """Have the flow take a word; what it answers is the next thing that happens."""
        word = partial(selfservice.advance, self.house, session_id=self.party.session_id, told=told, key=key)
        try:
            moved = await self._written(word)  # under its key it is taken once, however often it is told
        except (DBAPIError, DriverError, OSError):
            raise
        except Exception:
            log.exception("voice.flow_failed", call=str(self.call.id))
            self.tell(Moved(Script((say("nobody", self._language),)), "over"))
            return
        self._language = moved.running.session.language
        if moved.queued and self.party.entry_point == emergencies.ENTRY_POINT:
            await self._written(partial(emergencies.first_in_line, self.house, self.party))
        waits = await self._written(self._true_now) if moved.queued else ()
        name = partial(person_first.greeted, self.house, self.party, self._language)
        greeted = await self._written(name) if moved.queued and isinstance(told, Begin) else ()
        event = self._heard(moved, greeted, waits)
        await self._note(key, shown, event.script.texts)
        self.tell(event)

    def _heard(self, moved: Advanced, greeted: tuple[str, ...], waits: tuple[str, ...]) -> Moved:
        script = as_voice(moved.outputs, self._language)
        if moved.queued:
            return Moved(Script((*greeted, *script.texts, *waits)), "queued")
        if any(one.kind == "handed" for one in moved.outputs):
            return Moved(Script((say("nobody", self._language),)), "over")
        return Moved(script, "over" if moved.running.over else "")

    async def _true_now(self) -> tuple[str, ...]:
        """What may truly be told him of his wait, in the language that he chose."""
        async with self.house.database.transaction() as tx:
            running = await selfservice.session_of_contact(tx, self.party.interaction_id)
            self._language = running.session.language if running is not None else self._language
            return await waiting.words(tx, self.party, self._language)

    async def _note(self, key: str, shown: str, texts: tuple[str, ...]) -> None:
        """What was keyed and said, in the contact's conversation; a secret is shown to nobody."""
        contact = self.party.interaction_id
        said = [Said(contact, "customer", shown, key, self.party.customer_id)] if shown else []
        said += [Said(contact, "bot", "\n".join(texts), f"answer:{key}")] if texts else []

        async def write() -> None:
            async with self.house.database.transaction() as tx:
                await interactions.say_all(tx, said)

        await self._written(write)
