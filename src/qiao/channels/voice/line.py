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

from qiao import interactions
from qiao.channels.voice import line_phrases, parting, store, talks, waiting
from qiao.channels.voice.ari import AriAway, AriRefused
from qiao.channels.voice.cut_off import cut_off
from qiao.channels.voice.line_effects import LineEffects
from qiao.channels.voice.line_flow import CallTaken
from qiao.channels.voice.line_phrases import LinePhrases
from qiao.channels.voice.line_talk import Look, TakeOver, TalkEvent, Unreached, asks, meaning, notice_over
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
    TimeUp,
)
from qiao.channels.voice.model_effects import (
    Finish,
    Hush,
    Outcome,
    Tell,
)
from qiao.channels.voice.model_ending import Notice
from qiao.channels.voice.model_phrases import Chosen, Event, Settled, Spoken, Step, step, together
from qiao.channels.voice.model_rating import Rate
from qiao.channels.voice.model_waiting import Announced
from qiao.channels.voice.recorder import Recorder
from qiao.channels.voice.script import say
from qiao.channels.voice.store import KEPT
from qiao.kernel.refused import Refused
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.selfservice import Input

log = structlog.get_logger(__name__)
Done = TypeVar("Done")
PAUSES_SECONDS: Final = (0.1, 0.3, 1.0, 2.0, 3.0, 3.0)
"""Between tries while the database is away: after some ten seconds of silence the caller is better off trying again."""
GONE: Final = 404
CONGESTION: Final = 34
WRITTEN: Final = (Finish, Rate, Settled, Spoken)
"""Effects that are rows."""
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


@dataclass(frozen=True, slots=True)
class Ahead:
    """What an answer of the flow makes of the call, written together with it; the line takes it before all else."""

    event: Moved
    call: Call
    step: Step


@dataclass
class Line(LineEffects):
    """A call, its party, and what has happened to it that was not taken yet."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self._row = self.call
        """As it stands in its row."""
        self._ahead: Ahead | None = None
        self._happened: asyncio.Queue[Event | TalkEvent] = asyncio.Queue()
        self._keys = 0
        """How many keys are among them."""
        self._asks = self._notices = False
        self._notice = ""
        """The prompt that is the notice of an end, while it is being said."""
        self._deadline_at, self._due = self.call.deadline_at, 0.0
        self._rings_again = self._looks = False
        self.reached = True
        """Whether there is a telephone of the customer's to be moved."""
        self.recorder = Recorder(self.house, self.ari, self.call.id, self.call.channel)
        self._phrases = LinePhrases(self.house, self.tell, self._written)

    def tell(self, event: Event | TalkEvent) -> None:
        """Something happened. Of a flood of keys beyond all reason some are let go; one look to come is enough."""
        if type(event) is Look:
            if self._looks:
                return
            self._looks = True
        if isinstance(event, Keyed):
            if self._happened.qsize() >= WAITING_MAX:
                return
            self._keys += 1
        self._happened.put_nowait(event)

    async def run(self) -> None:
        """Until the call is over, or another worker has it."""
        while not (self.call.state == "over" and not self.call.prompt):
            event = await self._next()
            self._looks = self._looks and type(event) is not Look
            self._keys -= isinstance(event, Keyed)
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
        if self._ahead is not None:
            return self._ahead.event
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
            self._phrases.taken()
        if isinstance(event, PromptOver) and event.prompt and event.prompt == self._notice == before.prompt:
            self._notice = ""
            await self._written(partial(notice_over, self.house, self.people, heard=event.heard))
        try:
            event = await self._as_it_is_now(event)
            became, effects = await self._step(event)
        except Refused:
            if not isinstance(event, CallbackTaken):
                raise
            self.tell(Announced((say("callback_not_now", self.flow.language),)))
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
        try:
            for what in await self._written(partial(meaning, self.people, event, self.call)):
                await self._take(what)
            await self._arrange()
            await self._record()
        except AriRefused as refused:
            if refused.status != GONE:
                log.warning("voice.refused", call=str(self.call.id), told=str(refused)[:200])
        except AriAway as away:
            log.warning("voice.asterisk_away", call=str(self.call.id), told=str(away))
            if isinstance(event, TakeOver) and self.ari.stands.is_set():  # or it is told as the connection stands anew
                self.tell(TakeOver())

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
            self.tell(asks(self.flow.language))
        self._asks = asking
        noticing = self.people.talk.noticing and self.call.state == "talking" and not asking
        if noticing and not self._notices:
            self.tell(Notice((say("abuse_notice", self.flow.language),)))
        self._notices = noticing
        if self.people.phrases and self.reached and not asking and not noticing:
            await self._phrases.look(self.call)

    def _ring_again(self) -> None:
        self._rings_again = False
        self.tell(Look())

    async def _record(self) -> None:
        secret = (self.call.expect is not None and self.call.expect.secret) or self.people.talk.asking
        talking, stopped = self.call.state == "talking", self.people.unrecorded
        await self.recorder.look(talking=talking, secret=secret, stopped=stopped, given_up=self.people.given_up)

    async def _as_it_is_now(self, event: Event) -> Event:
        """An ended conversation may be followed by a question; whoever hears last words hears them from us now."""
        if isinstance(event, Adopted) and self.call.state == "over":
            return await self._written(partial(parting.last_words, self.house, self.call, self.party))
        if isinstance(event, Released) and self.reached and not self.people.talk.ended_by:
            told = partial(parting.perhaps_rated, self.house, self.call, self.party, self.flow.language)
            return await self._written(told)
        return event

    async def _step(self, event: Event) -> Step:
        ahead, self._ahead = self._ahead, None
        if ahead is not None and ahead.event is event and ahead.call is self.call:
            return ahead.step
        return await self._written(partial(self._write, event))

    async def _answer(self, told: Input, key: str, *, shown: str) -> None:
        """Have the flow take a word; what it makes of the call is written with it, and is the next that happens.

        Only an answer that goes on with the menu may be told after keys that were pressed meanwhile, which it counts.
        """
        event = await self.flow.move(told, key, shown=shown, first=self._still_ours, also=self._keep_ahead)
        if self._ahead is not None and self._ahead.event is event:
            self._row = self._ahead.step[0]
        else:
            self._ahead = None
            self.tell(event)

    async def _still_ours(self, tx: Transaction) -> None:
        """Before the flow takes a word: who was frozen while another took his calls over tells it nothing."""
        if not await store.keep(tx, self.call, self.owner):
            raise CallTaken

    async def _keep_ahead(self, tx: Transaction, event: Moved) -> None:
        if self._keys and not event.then:  # they are taken first: what answers them is not said
            return
        became, effects = step(self.call, event, tx.now)
        if differ(became, self._row) and not await store.keep(tx, became, self.owner):
            raise CallTaken
        self._ahead = Ahead(event, self.call, (became, effects))

    def _reason(self, outcome: Outcome, event: Event) -> str:
        """How the contact ends with a call that came out so."""
        return "dropped" if isinstance(event, Lost) else ENDS[outcome]

    async def _afterwards(self, tx: Transaction, became: Call, event: Event, short: ServiceId | None) -> None:
        """What a call's end brings with it, in its transaction. `short`: whose emergency it has cut short."""
        if short is not None:
            await parting.emergency(tx, self.house, became, self.party, short)

    async def _write(self, event: Event) -> Step:
        """What the event makes of the call, written down while the call is ours. Raises CallTaken.

        A word for the flow is written as the flow takes it, and what that answers together with it.
        """
        due_at, now = self.call.deadline_at if isinstance(event, TimeUp) else None, self.house.clock.now()
        became, effects = step(self.call, event, max(now, due_at or now))
        changed = differ(became, self.call) and differ(became, self._row)
        if became.state == "menu" and any(isinstance(one, Tell) for one in effects):
            return became, effects
        if not changed and not isinstance(event, Lost) and not any(isinstance(one, WRITTEN) for one in effects):
            return became, effects
        async with self.house.database.transaction() as tx:
            if changed and not await store.keep(tx, became, self.owner):
                raise CallTaken
            ends = became.state == "over" and self.call.state != "over" and became.offered
            talk = await talks.held(tx, became.id) if ends else None
            for effect in effects:
                if isinstance(effect, Rate):
                    await store.keep_score(tx, self.call.id, effect.score)
                if isinstance(effect, Finish):
                    reason = self._reason(effect.outcome, event)
                    await interactions.end_interaction(tx, interaction_id=self.party.interaction_id, reason=reason)
                    if effect.outcome == "callback":
                        await waiting.promise(tx, self.call, self.party)
            await line_phrases.keep(tx, self.party.interaction_id, effects)
            short = parting.cut_short(self.house, self.call, became, self.party, event, tx.now)
            if isinstance(event, Lost):
                await cut_off(tx, self.call, self.party, reached=self.reached, rescued=short is not None)
            await self._afterwards(tx, became, event, short)
            if talk is not None:
                self.people.leave(await talks.over(tx, became.id, self.party.interaction_id, talk))
        self._row = became
        return became, effects


def differ(one: Call, other: Call) -> bool:
    """Whether their rows do."""
    return any(getattr(one, name) != getattr(other, name) for name in KEPT)
