"""The hotline, heard: real SIP and RTP, and what the caller's telephone heard is what counts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import TYPE_CHECKING

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from qiao import interactions, routing
from qiao.bss.sandbox import CAST
from qiao.channels.voice import AsteriskServer, Speaker
from qiao.channels.voice.model import tally
from qiao.channels.voice.script import say
from qiao.channels.voice.store import voice_calls
from qiao.kernel.ids import InteractionId
from tests.conftest import own_database
from tests.journeys import calls
from tests.journeys.calls import PASSWORD, Centre, Talker
from tests.looking import a_moment
from tests.voice.centre import HOTLINE, Hotline, fill_hotline, open_hotline_house
from tests.voice.conftest import programs, voice_folder, voice_settings  # noqa: F401 - fixtures
from tests.voice.staffed import signed_on
from tests.voice.telling import choose_password, nothing_tells

if TYPE_CHECKING:
    from pathlib import Path

    from qiao.channels.voice.sandbox import PhoneCall
    from qiao.platform.database import Transaction

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]
MARY = CAST[4]
GRANDMOTHER = CAST[2]


@pytest.fixture
def database_url(server_url: str, template: str) -> Iterator[str]:
    """Each story begins in a house where nothing has happened."""
    with own_database(server_url, template) as url:
        yield url


@pytest.fixture
async def hotline(programs: str, voice_folder: Path, database_url: str) -> AsyncIterator[Hotline]:  # noqa: F811
    settings = voice_settings(programs, voice_folder).model_copy(update={"database_url": database_url})
    house = open_hotline_house(settings)
    await fill_hotline(house)
    await choose_password(house, MARY.service, PASSWORD)
    server = AsteriskServer(settings)
    await server.start()
    yield Hotline(house, Speaker(settings), server)
    await server.stop()
    await house.database.close()


async def last_said(hotline: Hotline) -> list[str]:
    """The last thing the machine said in the newest call, line by line."""
    async with hotline.house.database.transaction() as tx:
        newest = select(voice_calls.c.interaction_id).order_by(voice_calls.c.began_at.desc()).limit(1)
        told = await interactions.messages_after(tx, await tx.scalar(newest), 0, 100)
    return next((one.text for one in reversed(told) if one.author_kind == "bot"), "").splitlines()


async def said_with(hotline: Hotline, part: str) -> str:
    """The sentence with this in it, once the machine says it."""

    async def found() -> str:
        return next((line for line in await last_said(hotline) if part in line), "")

    return str(await hotline.until(found, 30))


async def answered(hotline: Hotline, guesses: int) -> bool:
    """Whether the machine has answered so many secrets that were keyed in the newest call."""
    async with hotline.house.database.transaction() as tx:
        newest = select(voice_calls.c.interaction_id).order_by(voice_calls.c.began_at.desc()).limit(1)
        told = await interactions.messages_after(tx, await tx.scalar(newest), 0, 100)
    keyed = [one.seq for one in told if one.text == "****"]
    return len(keyed) >= guesses and told[-1].author_kind == "bot"


async def hear(hotline: Hotline, call: PhoneCall, words: str, language: str, since: int = 0) -> int:
    """The caller hears this sentence, whole; returns where it ends."""
    return await call.heard.hear(await hotline.prompt(words, language), since=since, seconds=30)


async def test_she_hears_her_language_the_menu_and_her_balance_and_waits_for_a_person(hotline: Hotline) -> None:
    async with hotline.house.database.transaction() as tx:
        await signed_on(tx)
    async with hotline.worker():
        phone = await hotline.phone(MARY.service.value)
        call = await phone.call(HOTLINE)
        assert call.status == 200

        greeted = await hear(hotline, call, "Hello. Please press a key.", "en")
        assert greeted / 8000 < 12
        person = await hear(hotline, call, "a person", "en", greeted)
        assert person / 8000 < 12, "the first choice, a person, within twelve seconds"
        call.press("1")
        asked = await hear(hotline, call, "Your balance, or a bill?", "en", person)
        call.press("1")
        asked = await hear(hotline, call, "Please enter your service password.", "en", asked)
        call.press("111111#")
        asked = await hear(hotline, call, "That is not right. Please try again.", "en", asked)
        call.press(f"{PASSWORD}#")
        balance = await said_with(hotline, "Balance")
        assert "50.00 yuan" in balance
        told = await hear(hotline, call, balance, "en", asked)

        call.press("0")
        handed = await hear(
            hotline, call, "Somebody will be with you within a minute. Please stay on the line.", "en", told
        )
        assert handed > told
        assert tally(await hotline.calls()) == {"offered": 1, "waiting": 1}

        async with hotline.house.database.transaction() as tx:
            row = await tx.one(select(voice_calls))
            assert row is not None
            contact = await interactions.interaction(tx, row["interaction_id"])
            waiting = await routing.waiting_contact(tx, contact.id)
            page = await interactions.timeline(tx, contact.customer_id)
            conversation = await interactions.messages_after(tx, contact.id, 0, 100)
        assert waiting is not None and waiting.state == "waiting"
        assert (contact.channel, contact.level, contact.language) == ("voice", 2, "en")
        assert str(contact.id) in {entry.ref for entry in page.entries}
        assert [one.text for one in conversation if one.author_kind == "customer"] == ["1", "1", "****", "****", "0"]
        await nothing_tells(hotline, PASSWORD)
        await phone.close()


async def test_one_call_goes_from_the_greeting_by_the_menu_to_an_agents_browser_and_ends_with_a_key(
    centre: Centre,
) -> None:
    demo = centre.demo
    await demo.at_the_operator(calls.choose_password, MARY.service)
    async with centre.agents_browser() as browser:
        anna = await Talker.comes(browser, demo, "smith")
        phone = await centre.phone(MARY.service.value)
        call = await phone.call(HOTLINE)
        await centre.says_to(call, "Hello. Please press a key.", "en")
        call.press("11")
        await centre.says_to(call, "Please enter your service password.", "en")
        call.press(f"{PASSWORD}#")
        balance = await demo.at_the_operator(said_of_her_balance)
        await centre.says_to(call, balance, "en")
        call.press("0")

        calls.speaks(call)
        await anna.answers()
        await calls.caller_hears(call)
        await anna.hears(calls.CALLER_HERTZ)
        head = anna.page.locator("#contact-head")
        await expect(head).to_contain_text("Mary")  # she has proven who she is, to the menu
        await expect(anna.page.locator("body")).to_contain_text("50.00")
        screen = await anna.page.content()
        assert PASSWORD not in screen

        await anna.hangs_up()
        await centre.says_to(call, say("rating_question", "en"), "en")
        call.press("1")  # satisfied
        await centre.says_to(call, say("rating_thanks", "en"), "en")
        await call.ended.wait()
        assert await demo.at_the_operator(scored) == [3]
        await anna.wraps_up("information_given", topic="her balance", note="told her")
        await anna.close()
        await phone.close()


async def said_of_her_balance(tx: Transaction) -> str:
    """What the machine has told her of it, once it has."""
    newest = select(voice_calls.c.interaction_id).order_by(voice_calls.c.began_at.desc()).limit(1)
    contact = InteractionId(await tx.scalar(newest))
    async with asyncio.timeout(60):
        while True:
            told = await interactions.messages_after(tx, contact, 0, 100)
            lines = [line for one in told if one.author_kind == "bot" for line in one.text.splitlines()]
            if found := [line for line in lines if "Balance" in line]:
                return found[-1]
            await a_moment()


async def scored(tx: Transaction) -> list[int]:
    return [row["score"] for row in await tx.rows(select(voice_calls.c.score))]


async def test_whoever_only_has_her_number_hears_what_everybody_may_hear(hotline: Hotline) -> None:
    async with hotline.worker():
        forger = await hotline.phone(MARY.service.value, name="Mary Jones")
        call = await forger.call(HOTLINE)
        greeted = await hear(hotline, call, "Hello. Please press a key.", "en")
        call.press("11")
        await hear(hotline, call, "Please enter your service password.", "en", greeted)
        for many, guess in enumerate(("000000", "123456", "654321"), 1):
            call.press(f"{guess}#")
            await hotline.until(partial(answered, hotline, many), 40)
        async with hotline.house.database.transaction() as tx:
            row = await tx.one(select(voice_calls))
            assert row is not None
            contact = await interactions.interaction(tx, row["interaction_id"])
            conversation = await interactions.messages_after(tx, contact.id, 0, 100)
        assert contact.level < 2
        said = " ".join(one.text for one in conversation if one.author_kind == "bot")
        assert "yuan" not in said and "Mary" not in said and "Jones" not in said
        await forger.close()


async def test_a_grandmother_reaches_a_person_in_one_step(hotline: Hotline) -> None:
    async with hotline.house.database.transaction() as tx:
        await signed_on(tx)
    async with hotline.worker():
        phone = await hotline.phone(GRANDMOTHER.service.value)
        call = await phone.call(HOTLINE)
        greeted = await hear(hotline, call, "您好，这里是客服。", "zh-CN")
        call.press("1")
        told = await said_with(hotline, "请不要挂机")
        await hear(hotline, call, told, "zh-CN", greeted)
        assert tally((await hotline.calls())[:1]) == {"offered": 1, "waiting": 1}
        await phone.close()
