"""The line of a call that we make: the agent is there first, hears it ring, and then the two are together."""

from dataclasses import dataclass
from typing import Final

import structlog

from qiao import interactions
from qiao.channels.voice import outcalls
from qiao.channels.voice.ari import AriRefused
from qiao.channels.voice.configuration import trunk_endpoint
from qiao.channels.voice.emergencies import ENTRY_POINT as EMERGENCY
from qiao.channels.voice.line import Line
from qiao.channels.voice.line_talk import Look, TalkEvent
from qiao.channels.voice.model import HungUp, Overflowed
from qiao.channels.voice.model_effects import HangUp, Hold, Hush, Say
from qiao.channels.voice.model_phrases import Effect
from qiao.channels.voice.model_waiting import Announce, AskAnyLanguage, AskCallback, AskMenu
from qiao.kernel.service_ids import ServiceId

log = structlog.get_logger(__name__)
ARG: Final = "out"
"""First word of what Asterisk tells when he has picked up."""
RING_SECONDS: Final = 60
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

    def found(self) -> None:
        """Another worker had this call, and its customer is on the line."""
        self.reached = self._rung = True

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
        settings = self.house.settings
        trunk = next(iter(settings.voice.trunks), None)
        why, caller = "no_trunk", ""
        if trunk is not None:
            urgent = self.party.entry_point == EMERGENCY
            async with self.house.database.transaction() as tx:
                why = await outcalls.refused(tx, settings, self.call, number, trunk, urgent=urgent)
                caller = await outcalls.caller_of(tx, settings.voice, self.call, self.party.interaction_id)
        if why or trunk is None:
            log.warning("voice.call_out_refused", call=str(self.call.id), why=why)
            self.tell(HungUp())
            return
        endpoint = f"{number}@{trunk_endpoint(trunk.name)}"
        try:
            await self.ari.play_to_all(self.people.bridge, "tone:ring", self._tone)
            await self.ari.ring(
                endpoint,
                self.call.channel,
                [ARG],
                {},
                RING_SECONDS,
                caller=caller,
                group=trunk_endpoint(trunk.name),
            )
        except AriRefused as refused:
            log.warning("voice.call_out_failed", call=str(self.call.id), told=str(refused)[:200])
            self.tell(HungUp())

    @property
    def _tone(self) -> str:
        return f"tone-{self.call.id}"

    async def _quiet(self) -> None:
        await self.ari.stop_playing(self._tone)
