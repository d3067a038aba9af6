"""Colleagues in a call: their telephones rung, joined with the customer, moved apart and let go, as the rows say.

The rows are looked at whenever something in them may have changed, and what Asterisk has is brought in line. So it does
not matter who changed them, nor whether this worker or one before it began the call.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import structlog

from qiao import interactions, routing
from qiao.channels.voice import store_talk, talks, telephones
from qiao.channels.voice.ari import Ari, AriAway, AriRefused, NotThere
from qiao.channels.voice.endpoints import endpoint_of
from qiao.channels.voice.model_talk import (
    CUSTOMER,
    UNREACHED,
    WAYS,
    Accept,
    Decline,
    Deed,
    End,
    Leave,
    Leg,
    Meet,
    Over,
    Part,
    Return,
    Talk,
    ended,
    gone,
    picked_up,
    places,
    settle,
)
from qiao.channels.voice.store_talk import Flags
from qiao.kernel.ids import AgentId, InteractionId, new_id
from qiao.kernel.refused import Refused
from qiao.platform.database import Transaction
from qiao.platform.house import House
from qiao.routing import Waiting

log = structlog.get_logger(__name__)
HOLD_BRIDGE: Final = "qiao-hold"
RING_SECONDS: Final = 60
"""Longer than any offer lasts; routing ends it before."""
ROUNDS_MAX: Final = 4
TRIED_SECONDS: Final = 3.0
"""So long a telephone that is not signed on is tried: a browser whose line broke is back within seconds."""
LEG, SPY = "leg", "spy"
"""First word of what Asterisk tells when such a channel is ours."""


@dataclass
class People:
    """Those who talk with one customer."""

    house: House
    ari: Ari
    call_id: UUID
    customer: str
    """His channel."""
    interaction_id: InteractionId
    talk: Talk = field(default_factory=Talk)

    def __post_init__(self) -> None:
        self._rung: set[UUID] = set()
        self._telephones: dict[UUID, str] = {}
        """Of whoever is to be rung at a SIP telephone instead of his browser."""
        self._there: set[str] = set()
        """Channels that Asterisk has told us are ours."""
        self._places: dict[str, str] = {}
        self._up_at: dict[UUID, datetime] = {}
        """When telephones were picked up, by Asterisk's clock; of those that another worker saw it is not known."""
        self.unrung: dict[UUID, float] = {}
        """Since when each telephone has been tried that is not signed on; seconds of the loop's clock."""
        self.unrecorded = True
        """Whether the agent has stopped the recording; so it is taken until the rows have been looked at."""
        self.given_up = False
        """Whether it is recorded no more, to its end."""
        self.phrases = False
        """Whether something that he has chosen for the customer is not settled."""
        self._offered = False
        """Whether routing offers the customer to somebody: whose telephone is not there has no time for it."""

    @property
    def bridge(self) -> str:
        """Where they hear each other."""
        return f"talk-{self.call_id}"

    async def look(
        self, change: Callable[[Talk], Talk] | None = None, also: Callable[[Transaction], Awaitable[None]] | None = None
    ) -> list[Meet | Part | Over]:
        """Write a change, bring rows and routing together, and say what it means for the customer. No Asterisk yet.

        `also` is written together with the change.
        """
        if change is None and also is None and (told := await self._as_seen()) is not None:
            return told
        async with self.house.database.transaction() as tx:
            before = await store_talk.held_talk(tx, self.call_id)
            talk = change(before) if change is not None else before
            if also is not None:
                await also(tx)
            talk, told, where = await self._settled(tx, talk)
            await talks.keep(tx, self.call_id, self.interaction_id, before, talk)
            await self._find_telephones(tx, talk)
            flags = await store_talk.flags(tx, self.call_id)
        self._take_flags(flags)
        self.talk, self._offered = talk, where is not None and where.state == "offered"
        return told

    async def _as_seen(self) -> list[Meet | Part | Over] | None:
        """What it means where rows and routing agree already, as mostly: nothing is held and nothing written for it."""
        async with self.house.database.transaction() as tx:
            found = await store_talk.seen(tx, self.call_id)
            where = await routing.waiting_contact(tx, self.interaction_id)
            talk, deeds = settle(found.talk, talks.stands(tx, where), new_id())
            await self._find_telephones(tx, found.talk)
        self._take_flags(found.flags)
        told = [deed for deed in deeds if isinstance(deed, Meet | Part | Over)]
        if talk != found.talk or len(told) != len(deeds):
            return None
        self.talk, self._offered = talk, where is not None and where.state == "offered"
        return told

    def _take_flags(self, flags: Flags) -> None:
        self.unrecorded, self.given_up, self.phrases = flags.unrecorded, flags.given_up, flags.phrases

    async def _find_telephones(self, tx: Transaction, talk: Talk) -> None:
        if unrung := {leg.agent_id for leg in talk.legs if leg.state == "ringing" and leg.id not in self._rung}:
            self._telephones = await telephones.rung_at(tx, unrung)

    async def _settled(self, tx: Transaction, talk: Talk) -> tuple[Talk, list[Meet | Part | Over], Waiting | None]:
        """The talk as routing lets it be, with routing told what happened; what it means for the customer."""
        told: list[Meet | Part | Over] = []
        where = await routing.waiting_contact(tx, self.interaction_id)
        for _ in range(ROUNDS_MAX):
            talk, deeds = settle(talk, talks.stands(tx, where), new_id())
            again = False
            for deed in deeds:
                if isinstance(deed, Meet | Part | Over):
                    told.append(deed)
                elif await self._tell_routing(tx, deed, where):
                    again = True
                    if isinstance(deed, Return):
                        talk = ended(talk)  # offered to the same one it rings anew
            if not again:
                break
            where = await routing.waiting_contact(tx, self.interaction_id)
        return talk, told, where

    async def _tell_routing(self, tx: Transaction, deed: Deed, where: Waiting | None) -> bool:
        """Do it; False when routing has it otherwise by now, which the next look will show."""
        assert where is not None
        try:
            async with tx.savepoint():
                await _do(tx, deed, where)
        except routing.ColleagueNotFree:
            assert isinstance(deed, Leave)
            return await self._tell_routing(tx, Return(deed.agent_id), where)
        except Refused as refused:
            log.info("voice.routing_refused", call=str(self.call_id), deed=type(deed).__name__, code=refused.code)
            return False
        return True

    # Asterisk --------------------------------------------------------------------------------------------------

    async def arrange(self, *, customer: bool) -> list[UUID]:
        """Ring, join, move and let go. `customer`: whether he is theirs to move, too.

        Returns whose telephone cannot be rung: at once where the customer is offered to him, for others may be free;
        where he has him already, after it was tried again and again.
        """
        for leg_id in self._rung - {leg.id for leg in self.talk.legs if leg.live}:
            self._rung.discard(leg_id)
            self._forget(f"leg-{leg_id}")
            await self.ari.hang_up(f"leg-{leg_id}")
        unreached = await self._ring_all()
        if not customer:
            self._places.pop(self.customer, None)  # others move him meanwhile
        for channel, place in places(self.talk):
            if channel == CUSTOMER:
                if customer:
                    await self._put(self.customer, place)
            elif channel in self._there:
                try:
                    await self._put(channel, place)
                except AriRefused as refused:  # it is gone, which we shall hear; the customer stays
                    log.info("voice.leg_gone", call=str(self.call_id), leg=channel, told=str(refused)[:200])
        return unreached

    async def _ring_all(self) -> list[UUID]:
        now, unreached = asyncio.get_running_loop().time(), []
        for leg in self.talk.legs:
            if leg.state != "ringing" or leg.id in self._rung:
                continue
            try:
                await self._ring(leg)
            except NotThere as refused:
                self._rung.discard(leg.id)
                log.info("voice.not_rung", call=str(self.call_id), leg=str(leg.id), told=str(refused)[:200])
                since = self.unrung.setdefault(leg.id, now)
                if self._offered or now - since >= TRIED_SECONDS:
                    unreached.append(leg.id)
            except AriRefused as refused:  # it rings already, for whoever had this call before
                log.info("voice.rung_already", call=str(self.call_id), leg=str(leg.id), told=str(refused)[:200])
            else:
                self.unrung.pop(leg.id, None)
        for leg_id in [one for one in self.unrung if not self._rings(one)]:
            del self.unrung[leg_id]
        return unreached

    def _rings(self, leg_id: UUID) -> bool:
        leg = self.talk.of(leg_id)
        return leg is not None and leg.state == "ringing"

    def leave(self, talk: Talk) -> None:
        """The call is over with these in it: `let_go` has them all go, whoever rang them."""
        self._rung |= {leg.id for leg in talk.legs if leg.live}

    async def aside(self) -> None:
        """Have the customer where he hears only what is said to him."""
        await self._put(self.customer, "alone")

    async def let_go(self) -> None:
        """The call is over: everybody goes, and nothing of it stays in Asterisk."""
        for leg_id in self._rung:
            await self.ari.hang_up(f"leg-{leg_id}")
        self._rung.clear()
        await self.ari.end_bridge(self.bridge)

    async def _ring(self, leg: Leg) -> None:
        self._rung.add(leg.id)
        headers = {"X-Qiao-Contact": str(self.interaction_id), "X-Qiao-Role": leg.role}
        where = self._telephones.get(leg.agent_id) or endpoint_of(AgentId(leg.agent_id))
        await self.ari.ring(where, leg.channel, [LEG], headers, RING_SECONDS)

    async def _put(self, channel: str, place: str) -> None:
        leader = next((leg for leg in self.talk.legs if leg.channel == channel), None)
        agent = self.talk.live("agent")
        where = place
        if place == "beside" and leader is not None:
            where = f"{place}:{leader.way}:{agent.channel if agent is not None else ''}"
        if self._places.get(channel) == where:
            return
        if leader is not None and leader.role == "leader":
            await self._unspy(leader.id)
        if place == "beside" and leader is not None:
            await self._beside(leader, agent)
        elif place == "alone":
            for bridge in (HOLD_BRIDGE, self.bridge):
                await self.ari.leave(bridge, channel)
        elif place == "hold":
            await self.ari.ensure_bridge(HOLD_BRIDGE, "holding")
            await self.ari.music(HOLD_BRIDGE)
            await self.ari.join(HOLD_BRIDGE, channel)
        else:
            await self.ari.ensure_bridge(self.bridge, "mixing")
            await self.ari.join(self.bridge, channel)
        self._places[channel] = where

    async def _beside(self, leader: Leg, agent: Leg | None) -> None:
        """Let him hear the agent's telephone, and be heard there alone; the spy joins him when it is ours."""
        if agent is None or agent.state != "up":
            return
        ear = f"ear-{leader.id}"
        await self.ari.ensure_bridge(ear, "mixing")
        await self.ari.join(ear, leader.channel)
        spy = f"spy-{leader.id}-{leader.way}"
        await self.ari.spy(agent.channel, spy, [SPY, str(leader.id)], heard=leader.way == "whisper")

    async def _unspy(self, leader_id: UUID) -> None:
        """Have him hear and be heard by no spy, whichever worker made it."""
        for way in WAYS:
            await self.ari.hang_up(f"spy-{leader_id}-{way}")

    # What Asterisk tells ---------------------------------------------------------------------------------------

    async def up(self, leg_id: UUID, at: datetime) -> list[Meet | Part | Over]:
        """His telephone was picked up; `at` by Asterisk's clock."""
        self._up_at[leg_id] = at
        self._there.add(f"leg-{leg_id}")
        return await self.look(lambda talk: picked_up(talk, leg_id))

    async def spy_up(self, leader_id: UUID, spy: str) -> None:
        """What listens is ours now: have the leader hear it."""
        await self.ari.join(f"ear-{leader_id}", spy)

    async def unreached(self, leg_id: UUID) -> list[Meet | Part | Over]:
        """His telephone could not be rung; it may ring by now, or he took the call on his screen and it is tried on."""
        told = await self.look()
        since = self.unrung.get(leg_id)
        tried_on = since is not None and asyncio.get_running_loop().time() - since < TRIED_SECONDS
        if leg_id in self._rung or (tried_on and not self._offered):
            return told
        return await self.gone(leg_id, UNREACHED)

    async def gone(self, leg_id: UUID, cause: int, at: datetime | None = None) -> list[Meet | Part | Over]:
        """His telephone is gone; `at` by Asterisk's clock, where it has told."""
        up_at = self._up_at.get(leg_id)
        stayed = at - up_at if at is not None and up_at is not None else None
        self._forget(f"leg-{leg_id}")
        self._rung.discard(leg_id)
        leg = self.talk.of(leg_id)
        if leg is not None and leg.role == "leader":
            with contextlib.suppress(AriAway):  # what listens hears nobody any more, and is not written down
                await self._unspy(leg_id)
        return await self.look(lambda talk: gone(talk, leg_id, cause, stayed))

    def _forget(self, channel: str) -> None:
        self._there.discard(channel)
        self._places.pop(channel, None)

    async def anew(self, there: set[str]) -> list[Meet | Part | Over]:
        """Asterisk may have started again: whose telephone rang is rung again, who had picked up is gone."""
        self._rung = {one for one in self._rung if f"leg-{one}" in there}
        self._there &= there
        self._places.clear()
        told: list[Meet | Part | Over] = []
        for leg in self.talk.legs:
            if leg.state == "up" and leg.channel not in there:
                told = await self.gone(leg.id, 0)
        return told or await self.look()

    async def take_over(self, there: Collection[str] | None) -> list[UUID]:
        """Another worker had them: hear of those whose telephones are there, and name those who are gone."""
        if there is None:
            there = {channel.id for channel in await self.ari.channels()}
        async with self.house.database.transaction() as tx:
            self.talk = await store_talk.talk_of(tx, self.call_id)
        left = []
        for leg in self.talk.legs:
            if not leg.live:
                continue
            if leg.channel not in there or not await self._heard_of(leg):
                left.append(leg.id)
                continue
            self._rung.add(leg.id)
            if leg.state == "up":
                self._there.add(leg.channel)
        self._places = dict(await self._as_they_are())
        return left

    async def _heard_of(self, leg: Leg) -> bool:
        """Whether we hear of this telephone from here on; it may have gone just now."""
        try:
            await self.ari.watch(f"channel:{leg.channel}")
        except AriRefused:
            return False
        return True

    async def _as_they_are(self) -> list[tuple[str, str]]:
        kinds = {self.bridge: "talk", HOLD_BRIDGE: "hold"}
        bridges = await self.ari.bridges()
        return [(one, kinds[bridge.id]) for bridge in bridges if bridge.id in kinds for one in bridge.channels]


async def _do(tx: Transaction, deed: Deed, where: Waiting) -> None:
    contact = where.interaction_id
    match deed:
        case Accept(agent_id):
            await routing.accept_offer(tx, interaction_id=contact, agent_id=AgentId(agent_id))
        case Decline(agent_id, unreached):
            why = "unreachable" if unreached else "declined"
            await routing.decline_offer(tx, interaction_id=contact, agent_id=AgentId(agent_id), reason=why)
        case Return(agent_id, at_once):
            await routing.transfer_contact(
                tx,
                interaction_id=contact,
                agent_id=AgentId(agent_id),
                desk_id=where.desk_id,
                avoided=False,
                not_ready="cut_off" if at_once else None,
            )
        case Leave(agent_id, to_agent):
            await routing.hand_over(tx, interaction_id=contact, agent_id=AgentId(agent_id), to_agent=AgentId(to_agent))
        case End(agent_id):
            await interactions.end_interaction(tx, interaction_id=contact, reason="agent_ended")
            await routing.release_contact(tx, interaction_id=contact, agent_id=AgentId(agent_id))
