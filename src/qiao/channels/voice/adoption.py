"""Calls of workers that are dead: each is ours in rows first, then in Asterisk, where its callers hear on meanwhile."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import structlog

from qiao.channels.voice import store
from qiao.channels.voice.ari import Ari, AriRefused
from qiao.channels.voice.line import Line
from qiao.channels.voice.line_talk import TakeOver
from qiao.channels.voice.model import Adopted, Call, Lost, prompt_id
from qiao.channels.voice.model_hosts import Elsewhere
from qiao.channels.voice.out_line import OutLine
from qiao.channels.voice.store import Party
from qiao.platform.house import House

log = structlog.get_logger(__name__)
Serves = Callable[[Call, Party], Line]
Starts = Callable[[Coroutine[Any, Any, None]], None]


class Adoption:
    """What one worker takes over."""

    def __init__(self, house: House, ari: Ari, name: str, *, serves: Serves, starts: Starts) -> None:
        """`serves`: have a call served from here on; `starts`: do something beside all else."""
        self._house, self._ari, self._name = house, ari, name
        self._serves, self._starts = serves, starts
        self.elsewhere = Elsewhere()
        self._unbrought: dict[UUID, tuple[Line, str]] = {}
        """Ours in rows and not yet in Asterisk, with who had them."""

    def waits(self, line: Line) -> bool:
        """Whether this call is still to be brought: whoever looks at all calls leaves it alone."""
        return line.call.id in self._unbrought

    async def look(self) -> None:
        """Take over what the dead left. Raises AriAway; what is not done then is done at the next look."""
        dead = await self._left()
        if dead or self._unbrought:
            await self._take(dead, frozenset(channel.id for channel in await self._ari.channels()))

    async def none_lives(self) -> None:
        """Asterisk is dead: no call lives, whoever had it."""
        self._unbrought.clear()
        await self._take(await self._left(), frozenset())

    async def _left(self) -> list[str]:
        """Dead workers whose calls are ours to take; twice a second, so before Asterisk is asked for every channel."""
        async with self._house.database.transaction() as tx:
            dead = await store.left(tx, self._name)
        return self.elsewhere.may_take(self._name, dead, asyncio.get_running_loop().time())

    async def _take(self, dead: list[str], there: frozenset[str]) -> None:
        """`there`: the channels that Asterisk has; these workers had them, or they are gone."""
        async with self._house.database.transaction() as tx:
            left = await store.adopt(tx, self._name, dead)
        for call, party, before in left:
            log.warning("voice.call_adopted", call=str(call.id), state=call.state)
            self._unbrought[call.id] = (self._serves(call, party), before)
        for call_id in list(self._unbrought):
            await self._bring(*self._unbrought[call_id], there)
            del self._unbrought[call_id]

    async def _bring(self, line: Line, before: str, there: frozenset[str]) -> None:
        call = line.call
        if isinstance(line, OutLine):
            if call.state == "waiting":  # its customer is rung once its agent is there
                line.tell(TakeOver(there))
                return
            if call.channel in there:
                self._starts(self._goes_on(line, there))
                return
        if call.channel not in there:
            line.tell(Lost())
        elif call.state == "talking":
            await self._hear_of(line, there)
        elif await self._moved_here(call, before):
            line.tell(TakeOver(there))
        elif not await self._comes_again(call):
            line.tell(Lost())

    async def _goes_on(self, line: OutLine, there: frozenset[str]) -> None:
        if await line.goes_on():
            await self._hear_of(line, there)
            return
        line.tell(TakeOver(there))
        line.tell(Adopted())

    async def _hear_of(self, line: Line, there: frozenset[str]) -> None:
        """Those who talk go on as they are, in the name of a worker that is gone: we hear of them, and command them."""
        try:
            await self._ari.watch(f"channel:{line.call.channel}")
        except AriRefused:
            line.tell(Lost())
            return
        line.tell(TakeOver(there))
        line.tell(Adopted())

    async def _moved_here(self, call: Call, before: str) -> bool:
        """Ask for a channel; it is ours when StasisStart says so, and deaf until then. False: it is gone.

        It would not come before the prompt that its dead worker left playing is over.
        """
        await self._ari.stop_playing(prompt_id(call, call.prompts))
        try:
            await self._ari.move_here(call.channel, before)
        except AriRefused:
            return False
        return True

    async def _comes_again(self, call: Call) -> bool:
        """Whether he is in the dialplan, which offers him again; we hear of it should he hang up before."""
        try:
            await self._ari.watch(f"channel:{call.channel}")
        except AriRefused:
            return False
        return True
