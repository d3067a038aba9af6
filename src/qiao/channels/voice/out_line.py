"""The line of a call that we make: the agent is there first, hears it ring, and then the two are together."""

import asyncio
import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from qiao import interactions
from qiao.channels.voice import outcalls, parting
from qiao.channels.voice.ari import AriAway, AriRefused
from qiao.channels.voice.configuration import BACK, trunk_endpoint
from qiao.channels.voice.emergencies import ENTRY_POINT as EMERGENCY
from qiao.channels.voice.line import Line
from qiao.channels.voice.line_talk import Look, TalkEvent
from qiao.channels.voice.model import Call, HungUp, Lost, Overflowed
from qiao.channels.voice.model_effects import HangUp, Hold, Hush, Outcome, Say, not_reached
from qiao.channels.voice.model_phrases import Effect, Event
from qiao.channels.voice.model_talk import UNREACHED
from qiao.channels.voice.model_toll import Why
from qiao.channels.voice.model_waiting import Announce, AskAnyLanguage, AskCallback, AskMenu
from qiao.kernel.service_ids import ServiceId
from qiao.platform.database import Transaction
from qiao.platform.settings_voice import VoiceTrunk

log = structlog.get_logger(__name__)
ARG: Final = "out"
"""First word of what Asterisk tells when he has picked up."""
RING_SECONDS: Final = 60
GONE_WITHIN_SECONDS, LOOK_SECONDS = 5.0, 0.05
NOT_HIS: Final = (Hold, Hush, Say, Announce, AskCallback, AskAnyLanguage, AskMenu)
"""What is done for somebody who waits on the line: he does not, we wait for him."""


@dataclass(frozen=True, slots=True)
class Reached(Look):
    """The customer has picked up."""


class OutLine(Line):
    """As any line, but that its customer is rung when an agent is there."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.reached = False
        self._rung = False
        self._picked_up_at: datetime | None = None
        self._holds = ""
        """The agent's telephone, while it holds the customer's place among the calls of a trunk."""

    def found(self) -> None:
        """Another worker had this call, and its customer is on the line."""
        self.reached = self._rung = True
        self._picked_up_at = self.call.answered_at  # somewhat before

    async def goes_on(self) -> bool:
        """Another worker had this call, and there is a channel. False: his telephone rang, and it is to ring anew.

        Picked up, it would have been that worker's, of which there is none: he would be cut off.
        """
        if await self.ari.state_of(self.call.channel) == "Up":
            self.found()
            return True
        await self.ari.hang_up(self.call.channel)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(GONE_WITHIN_SECONDS):
                while await self.ari.state_of(self.call.channel):
                    await asyncio.sleep(LOOK_SECONDS)
        await self._quiet()
        return False

    def _reason(self, outcome: Outcome, event: Event) -> str:
        if outcome == "answered" and not self.reached and isinstance(event, HungUp | Lost):
            return not_reached(event.cause if isinstance(event, HungUp) else UNREACHED)
        return super()._reason(outcome, event)

    async def _afterwards(self, tx: Transaction, became: Call, event: Event, short: ServiceId | None) -> None:
        talked = (tx.now - self._picked_up_at).total_seconds() if self._picked_up_at is not None else None
        await parting.not_helped(tx, self.call, became, self.party, event, reached=self.reached, talked_seconds=talked)

    async def mark(self) -> None:
        if self.reached:
            await super().mark()

    async def _do(self, effect: Effect) -> None:
        if self.reached or not isinstance(effect, NOT_HIS):
            if not self.reached and isinstance(effect, HangUp):
                await self._quiet()
            await super()._do(effect)

    async def _take_talk(self, event: TalkEvent) -> None:
        if isinstance(event, Reached):
            self.reached = self._rung = True
            self._picked_up_at = self.house.clock.now()
            await self._quiet()
        await super()._take_talk(event)
        if self.call.state == "waiting" and not self.reached and await self._written(self._replaced):
            self.tell(Overflowed())

    async def _replaced(self) -> bool:
        """Whether nobody needs to be called any more: what it is about has gone on elsewhere."""
        async with self.house.database.transaction() as tx:
            return (await interactions.interaction(tx, self.party.interaction_id)).ended_at is not None

    async def _arrange(self) -> None:
        await super()._arrange()
        if self.call.state == "talking" and not self._rung:
            self._rung = True
            await self._ring()

    async def _record(self) -> None:
        if self.reached:
            await super()._record()

    async def _ring(self) -> None:
        """Ring him, with the agent listening; or say why not, on record, and let the agent go."""
        number = ServiceId.from_text(self.party.number).value
        try:
            trunk, why = await self._trunk(number)
            if trunk is None:
                log.warning("voice.call_out_refused", call=str(self.call.id), why=why)
                self.tell(HungUp(UNREACHED))
                return
            async with self.house.database.transaction() as tx:
                caller = await outcalls.caller_of(tx, self.house.settings.voice, self.call, self.party.interaction_id)
            group = trunk_endpoint(trunk.name)
            await self.ari.play_to_all(self.people.bridge, "tone:ring", self._tone)
            endpoint = f"{number}@{group}"
            await self.ari.ring(endpoint, self.call.channel, [ARG], {}, RING_SECONDS, caller=caller, group=group)
        except AriRefused as refused:
            log.warning("voice.call_out_failed", call=str(self.call.id), told=str(refused)[:200])
            self.tell(HungUp(UNREACHED))
        finally:
            await self._give_up_room()

    async def _trunk(self, number: str) -> tuple[VoiceTrunk | None, Why]:
        """By which he is rung: the first by its rules that has room."""
        urgent, full = self.party.entry_point == EMERGENCY, set[str]()
        while True:
            async with self.house.database.transaction() as tx:
                trunk, why = await outcalls.choose_trunk(
                    tx, self.house.settings, self.call, number, urgent=urgent, full=full
                )
            if trunk is None or await self._has_room(trunk):
                return trunk, why
            full.add(trunk.name)

    async def _has_room(self, trunk: VoiceTrunk) -> bool:
        """Whether the trunk carries one call more; the agent's telephone holds the place until the customer's has it.

        Counted by Asterisk with the place taken, as for calls that come in, so that two at once are never one too many.
        """
        agent = self.people.talk.live("agent")
        if agent is None:
            return False
        self._holds, group = agent.channel, trunk_endpoint(trunk.name)
        await self.ari.set_variable(agent.channel, "GROUP()", group)
        counted = [await self.ari.variable(agent.channel, f"GROUP_COUNT({one})") for one in (group, f"{group}@{BACK}")]
        return sum(int(many or 0) for many in counted) <= trunk.calls_max

    async def _give_up_room(self) -> None:
        if self._holds:
            with contextlib.suppress(AriRefused, AriAway):
                await self.ari.set_variable(self._holds, "GROUP()", "")
            self._holds = ""

    @property
    def _tone(self) -> str:
        return f"tone-{self.call.id}"

    async def _quiet(self) -> None:
        await self.ari.stop_playing(self._tone)
