"""Plays the main story headlessly over HTTP, WebSocket and SIP: 师先生, three contacts, three agents, nothing twice."""

import re
import time
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID, uuid4

import click

from qiao.app.demo import smoke_call, smoke_proof
from qiao.app.demo.agent_player import AgentPlayer
from qiao.app.demo.cast import Login
from qiao.app.demo.customer_player import CustomerPlayer, StoryBroke
from qiao.app.demo.story import Story, shows
from qiao.bss import sandbox
from qiao.platform.settings import Settings

CATEGORY: Final = "complaint/billing/unwanted_value_added_service"
FIRST_WORDS: Final = "我下午收到一条短信写着“验证码17”，和朋友聊天时不小心回了过去，怕被订了什么业务。"
SECOND_WORDS: Final = "短信是 3737 发来的，原文是“易图通社区，你的密码是8899”。"
THIRD_WORDS: Final = "查到了吗？另外我已经搬家了。"
DECLARATION: Final = "owner_asked_for_nothing"
NEW_ADDRESS: Final = "北京市西城区金融大街 19 号 8 层"
OLD_ADDRESS: Final = "中关村南大街"
SHORT_CODE: Final = "3737"


async def play(settings: Settings, logins: Sequence[Login]) -> int:
    """Play it against a running demo; prints each step, returns the exit code."""
    story = Story(settings, logins[0].password)
    shi = CustomerPlayer(settings.address, sandbox.CAST[0].service)
    began = time.perf_counter()
    try:
        await _first_contact(story, shi)
        await _second_contact(story, shi)
        await _third_contact(story, shi)
        if settings.voice.trunks:
            await smoke_call.greeted(story)
        await smoke_proof.prove(story, shi)
    except StoryBroke as broke:
        click.echo(f"\nthe story broke after step {story.steps}: {broke}", err=True)
        return 1
    finally:
        await shi.close()
        await story.everybody_leaves()
    click.echo(f"\nthe story held: {story.steps} steps in {time.perf_counter() - began:.1f} s")
    return 0


async def _first_contact(story: Story, shi: CustomerPlayer) -> None:
    async with story.step("agent Wang of the VIP desk signs in and is ready"):
        wang = await story.agent("wang")
    async with story.step("the customer signs in with a code from his handset"):
        shows(await shi.sign_in(), "师先生", "126.80")
    async with story.step("he writes in chat what happened to him; the assistant answers, and he asks for a person"):
        line = await shi.chat()
        await line.asks_person(FIRST_WORDS)
    async with story.step("routing offers him to the VIP desk"):
        contact = await wang.offered()
    async with story.step("the desktop pops: his words, his segment, nothing of his account before proof"):
        screen = await wang.accept(contact)
        shows(screen, FIRST_WORDS, "VIP")
        if "126.80" in screen or "128.00" in screen:
            raise StoryBroke("the account stands on the screen before anything was proved")
    async with story.step("a code goes to his handset, he types it, and his account opens"):
        await _prove(wang, contact, shi)
        shows(await wang.page(f"/desk/contacts/{contact}/account"), "尊享 128 元套餐", "126.80")
    async with story.step("no subscription of that kind is on record"):
        account = await wang.page(f"/desk/contacts/{contact}/account")
        if "易图通" in account:
            raise StoryBroke("something is on record already")
    async with story.step("a case: his own words, what he declares, what was tried, and what is asked of him"):
        form = {
            "category": CATEGORY,
            "own_words": FIRST_WORDS,
            "facts.received_at": "今天下午",
            "declarations": [DECLARATION],
            "tried.step": "查询增值业务",
            "tried.outcome": "暂无记录",
            "ask": ["short_code", "text_copy"],
            "key": str(uuid4()),
        }
        opened = await wang.post(f"/desk/contacts/{contact}/case", form)
        shows(opened, FIRST_WORDS, "今天下午")
        found = re.search(r"/matter/([0-9a-f-]{36})|/desk/cases/([0-9a-f-]{36})", opened)
        if found is None:
            raise StoryBroke("the case is not linked from the contact")
        story.case = UUID(found[1] or found[2])
    async with story.step("she tells him, and wraps up"):
        await wang.say(contact, "已为您立案。看到发送号码和短信原文后告诉我们即可，不用再从头说。")
        await line.hears("已为您立案")
        await wang.wrap_up(contact, disposition="case_opened", note="等客户补充代码和短信原文")
        await line.until(lambda: line.state.get("phase") == "ended", "the conversation to be over")
    async with story.step("his page shows the matter and what we need from him"):
        shows(await shi.page(f"/matters/{story.case}"), "今天下午", "短信原文")
    await line.close()
    await wang.not_ready()


async def _second_contact(story: Story, shi: CustomerPlayer) -> None:
    await story.later(timedelta(minutes=4))
    async with story.step("four minutes later he is back; the next VIP agent gets him"):
        li = await story.agent("li")
        line = await shi.chat()
        await line.asks_person(SECOND_WORDS)
        contact = await li.offered()
    async with story.step("she sees all of it: words, facts, declaration, what was tried, what was asked"):
        screen = await li.accept(contact)
        matter = await li.page(f"/desk/contacts/{contact}/matter/{story.case}")
        shows(screen, SECOND_WORDS)
        shows(matter, FIRST_WORDS, "今天下午", "暂无记录", "未申请")
    async with story.step("she finds the content provider by its code, before any proof"):
        shows(await li.page(f"/desk/contacts/{contact}/provider?short_code={SHORT_CODE}"), "易图通", SHORT_CODE)
    async with story.step("she puts the code and the text on record; the request is answered by it"):
        facts = {"facts.short_code": SHORT_CODE, "facts.text_copy": "易图通社区，你的密码是8899"}
        shows(await li.post(f"/desk/contacts/{contact}/matter/{story.case}/facts", facts), SHORT_CODE, "密码是8899")
        await li.wrap_up(contact, disposition="told_to_wait", note="已找到提供商易图通，系统暂无订购记录")
    await line.close()
    await li.not_ready()


async def _third_contact(story: Story, shi: CustomerPlayer) -> None:
    await story.later(timedelta(days=3))
    await story.at_the_operator(sandbox.plant_unwanted_subscription, shi.service, short_code=SHORT_CODE)
    await story.everybody_leaves()
    async with story.step("three days later the subscription is on record; a third agent gets him"):
        zhao = await story.agent("zhao")
        await shi.sign_in()
        line = await shi.chat()
        await line.asks_person(THIRD_WORDS)
        contact = await zhao.offered()
    async with story.step("everything he ever told stands on her screen"):
        screen = await zhao.accept(contact)
        matter = await zhao.page(f"/desk/contacts/{contact}/matter/{story.case}")
        shows(screen, THIRD_WORDS)
        shows(matter, FIRST_WORDS, "今天下午", SHORT_CODE, "密码是8899", "暂无记录")
    async with story.step("he proves who he is, and the subscription is there"):
        await _prove(zhao, contact, shi)
        account = await zhao.page(f"/desk/contacts/{contact}/account")
        shows(account, "易图通图片社区")
    async with story.step("she cancels it through the catalogue"):
        ref = re.search(r'value="(S[0-9]+-yitutong[^"]+)"', account)
        if ref is None:
            raise StoryBroke("the subscription cannot be cancelled from the panel")
        order = {"code": "cancel_subscription", "subscription_ref": ref[1], "key": str(uuid4())}
        after = await zhao.post(f"/desk/contacts/{contact}/orders", order)
        if ref[1] in after:
            raise StoryBroke("it is still among his services")
    async with story.step("she corrects his address"):
        order = {"code": "correct_address", "address": NEW_ADDRESS, "key": str(uuid4())}
        await zhao.post(f"/desk/contacts/{contact}/orders", order)
        panel = await zhao.page(f"/desk/contacts/{contact}/panel")
        account = await zhao.page(f"/desk/contacts/{contact}/account")
        shows(panel + account, NEW_ADDRESS)
    async with story.step(
        "she tells him, and wraps up; a call is promised, and the case stays open until it is proved"
    ):
        await zhao.say(contact, "已取消易图通业务，地址也已更正。下期账单我们会核查并主动告诉您。")
        await line.hears("已取消易图通业务")
        at = (await story.now()).astimezone(smoke_proof.HERE) + timedelta(days=1)
        call = {"from_at": f"{at:%Y-%m-%dT%H:%M}", "hours": "2", "who": "me"}
        await zhao.wrap_up(contact, disposition="solved", note="已取消 3737，地址已更正", **call)
        shows(await shi.page("/"), "未申请的增值业务")
    await line.close()


async def _prove(agent: AgentPlayer, contact: UUID, shi: CustomerPlayer) -> None:
    """The agent asks for a code; it goes to the customer's handset; he types it into his own chat."""
    assert shi.line is not None
    last_id = await shi.last_id()
    await agent.post(f"/desk/contacts/{contact}/code", {})
    await shi.line.prove(await shi.code_after(last_id))
