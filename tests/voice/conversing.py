"""People who talk in tones: each hears the other by the other's tone, and what was said is written up."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from qiao import interactions
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.kernel.ids import InteractionId

if TYPE_CHECKING:
    from qiao.channels.voice.sandbox import PhoneCall
    from qiao.channels.voice.sandbox.answering import AnsweringPhone
    from tests.voice.centre import Hotline
    from tests.voice.staffed import VoiceAgent

CALLER, AGENT = 440.0, 1000.0
HALF_A_SECOND = 4000


async def next_talk(phone: AnsweringPhone) -> tuple[PhoneCall, InteractionId]:
    """His telephone rings, he picks up and speaks; whose call it is."""
    call = await phone.pick_up(seconds=60)
    call.media.say(tone(AGENT, 90))
    return call, InteractionId(UUID(phone.asked(call).one("x-qiao-contact")))


async def hears(call: PhoneCall, frequency: float) -> None:
    """Within the last half second, and now."""

    def heard() -> bool:
        return share_of(call.heard.samples(max(len(call.heard.sound) - HALF_A_SECOND, 0)), frequency) > 0.8

    await call.heard.until(heard, 60)


async def hear_each_other(customer: PhoneCall, agent: PhoneCall) -> None:
    """The customer speaks; the agent has begun to."""
    customer.media.say(tone(CALLER, 90))
    await hears(customer, AGENT)
    await hears(agent, CALLER)


async def talk_together(customer: PhoneCall, agent: PhoneCall) -> None:
    """Both speak, and hear each other."""
    agent.media.say(tone(AGENT, 90))
    await hear_each_other(customer, agent)


async def ends(hotline: Hotline, contact: InteractionId) -> None:
    async def ended() -> bool:
        async with hotline.house.database.transaction() as tx:
            return (await interactions.interaction(tx, contact)).ended_at is not None

    await hotline.until(ended)


async def written_up(hotline: Hotline, agent: VoiceAgent, contact: InteractionId) -> None:
    """The contact ends, and its agent is free for another."""
    await ends(hotline, contact)
    async with hotline.house.database.transaction() as tx:
        await interactions.wrap_up(tx, interaction_id=contact, agent_id=agent.id, disposition="solved")
