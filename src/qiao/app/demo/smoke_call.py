"""The story's telephone calls, by SIP and sound: a customer is greeted, and one is called back as was promised."""

import re
from contextlib import AsyncExitStack
from typing import Final
from uuid import UUID

from qiao.app.demo.agent_player import AgentPlayer
from qiao.app.demo.customer_player import StoryBroke
from qiao.app.demo.handset import HOTLINE
from qiao.app.demo.story import Story, shows
from qiao.bss.sandbox import CAST
from qiao.channels.voice import Speaker
from qiao.channels.voice.sandbox import PhoneCall, Softphone
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sandbox.sound import share_of, tone
from qiao.kernel.service_ids import ServiceId

MARY: Final = CAST[4]
GREETING: Final = "Hello. Please press a key."
HEAR_SECONDS: Final = 60.0
AGENT_HERTZ, CUSTOMER_HERTZ = 1000.0, 440.0
HALF_A_SECOND: Final = 4000
_LOGIN: Final = re.compile(r">(tel-[^<\s]+)<")
_SECRET: Final = re.compile(r'id="telephone-secret".*?<bdi>([^<]+)<', re.DOTALL)


async def greeted(story: Story) -> None:
    """Call, and compare what comes back with the sentence as the house speaks it. Raises StoryBroke."""
    async with story.step("a customer calls the hotline, and hears its greeting in her language"):
        wanted = await Speaker(story.settings).prompt(GREETING, "en")
        phone = await Softphone.open(_server(story), MARY.service.value)
        try:
            call = await phone.call(HOTLINE)
            if call.status != 200:
                raise StoryBroke(f"the hotline did not pick up ({call.status})")
            await call.heard.hear(wanted.path, seconds=HEAR_SECONDS)
        except TimeoutError:
            raise StoryBroke("the hotline was called, and its greeting was not heard") from None
        finally:
            await phone.close()


async def called_back(story: Story, service: ServiceId) -> UUID:
    """The call that is owed: the agent's telephone first, then his, then both are heard. Raises StoryBroke."""
    async with AsyncExitStack() as stack:
        async with story.step("Li sets up a SIP telephone on her desk, and chooses to be rung there"):
            li = await story.agent("li", ready=False)
            hers = await _telephone(story, li)
            stack.push_async_callback(hers.close)
        port = story.settings.voice.trunks[0].port
        his = await AnsweringPhone.listen(_server(story), service.value, port=port)
        stack.push_async_callback(his.close)
        try:
            async with story.step("at his time the call that Zhao promised rings there; picked up, his matter is open"):
                await li.ready()
                agent = await hers.pick_up(seconds=HEAR_SECONDS)
                contact = UUID(hers.asked(agent).one("x-qiao-contact"))
                customer = await his.pick_up(seconds=HEAR_SECONDS)
                shows(await li.page(f"/desk/contacts/{contact}/matter/{story.case}"), "易图通", "3737")
            async with story.step("his own rang only then; they hear each other, and he hangs up"):
                agent.media.say(tone(AGENT_HERTZ, 30))
                customer.media.say(tone(CUSTOMER_HERTZ, 30))
                await _hears(customer, AGENT_HERTZ)
                await _hears(agent, CUSTOMER_HERTZ)
                await customer.hang_up()
        except TimeoutError:
            raise StoryBroke("the call that was promised was not made, or not heard") from None
    return contact


async def _telephone(story: Story, agent: AgentPlayer) -> AnsweringPhone:
    told = await agent.post("/desk/telephone/set-up", {})
    login, secret = _LOGIN.search(told), _SECRET.search(told)
    if login is None or secret is None:
        raise StoryBroke("the desk shows no telephone to set up")
    name = login[1]
    phone = await AnsweringPhone.listen(_server(story), name, name=name, password=secret[1].strip(), asserted=False)
    if (status := await phone.registering()) != 200:
        raise StoryBroke(f"the telephone cannot sign on ({status})")
    await agent.post("/desk/phone/place", {"place": "telephone"})
    return phone


async def _hears(call: PhoneCall, hertz: float) -> None:
    def lately() -> bool:
        return share_of(call.heard.samples(max(len(call.heard.sound) - HALF_A_SECOND, 0)), hertz) > 0.8

    await call.heard.until(lately, HEAR_SECONDS)


def _server(story: Story) -> tuple[str, int]:
    return story.settings.voice.sip_host, story.settings.voice.sip_port
