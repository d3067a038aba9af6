"""Flows as pages: each word once, a way back, proof on the contact, a person who need not be told it again."""

from __future__ import annotations

import asyncio
import re
from html import unescape
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import text

from qiao import interactions, selfservice
from qiao.bss.sandbox import CAST
from qiao.catalogue.jobs import perform
from qiao.channels import chat
from qiao.kernel.ids import InteractionId
from qiao.outreach.late import tell_late
from qiao.portal.listeners import on_flow_ended, on_flow_handed_over
from qiao.selfservice import FlowEnded, FlowHandedOver

if TYPE_CHECKING:
    from tests.portal.conftest import Visitor

SHI, LIN = CAST[0].service, CAST[1].service
PASSWORD = SHI.value[-6:]


class Step:
    """A page of a flow, with what its form would send."""

    def __init__(self, path: str, page: str) -> None:
        self.path = path
        self.page = page
        self.text = re.sub(r"<[^>]+>", " ", unescape(page))
        mark = re.search(r'name="mark" value="([^"]+)"', page)
        self.mark = mark[1] if mark else ""
        pressed = r'<button[^>]*name="press"[^>]*value="([^"]*)"[^>]*>(.*?)</button>'
        self.buttons = {re.sub(r"<[^>]+>|\s+", "", said): value for value, said in re.findall(pressed, page, re.DOTALL)}


async def begun(visitor: Visitor, code: str, **headers: str) -> Step:
    onward = await visitor.http.get(f"/me/help/{code}", follow_redirects=False, headers=headers)
    assert onward.status_code == 303, onward.text[-300:]
    return await shown(visitor, onward.headers["location"])


async def shown(visitor: Visitor, path: str) -> Step:
    answer = await visitor.get(path)
    assert answer.status_code == 200, answer.text[-500:]
    return Step(path, answer.text)


async def says(visitor: Visitor, step: Step, **form: str) -> Step:
    sent = await visitor.send(step.path, {"mark": step.mark, **form})
    assert sent.status_code == 303, sent.text[-500:]
    return await shown(visitor, sent.headers["location"])


async def session_of(visitor: Visitor, step: Step) -> Any:
    async with visitor.house.database.transaction() as tx:
        return await selfservice.session_running(tx, UUID(step.path.rpartition("/")[2]))


@pytest.mark.slow
async def test_every_published_flow_begins_on_a_page_with_a_person_on_it(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    async with visitor.house.database.transaction() as tx:
        flows = set(await selfservice.published(tx)) - {"satisfaction"}
    assert len(flows) >= 6
    shelf = (await visitor.get("/me/do")).text
    for code in flows:
        assert f'href="/me/help/{code}"' in shelf
        step = await begun(visitor, code)
        asked = 'name="mark"' in step.page
        assert asked or 'class="btn' in step.page
        if asked:
            assert selfservice.as_form((), "zh-CN").person in step.text
    for code in ("satisfaction", "nothing"):
        assert (await visitor.get(f"/me/help/{code}")).status_code == 404


async def test_a_flow_is_gone_through_word_by_word_and_comes_back_to_where_he_was(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    step = await begun(visitor, "main_menu")
    assert "话费账单" in step.buttons
    money = await says(visitor, step, press=step.buttons["话费账单"])
    assert money.text != step.text
    assert (await shown(visitor, money.path)).text == money.text  # a reload shows the same
    assert (await begun(visitor, "main_menu")).path == money.path  # he goes on where he was


async def test_a_form_sent_twice_or_of_an_earlier_step_takes_nothing_further(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    step = await begun(visitor, "main_menu")
    word = {"mark": step.mark, "press": step.buttons["话费账单"]}
    await asyncio.gather(*(visitor.send(step.path, word) for _ in range(3)))
    once = await session_of(visitor, step)
    await visitor.send(step.path, word)
    again = await session_of(visitor, step)
    assert once.session == again.session
    assert len([one for one in again.session.tried if one.step == step.path]) == 0
    for odd in ({}, {"mark": "x"}, {"mark": step.mark}, {"mark": step.mark, "press": "x" * 5_000}):
        assert (await visitor.send(step.path, odd)).status_code in (303, 400)
    assert (await session_of(visitor, step)).session == once.session


async def test_he_goes_back_a_step(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    step = await begun(visitor, "main_menu")
    further = await says(visitor, step, press=step.buttons["话费账单"])
    assert "话费账单" not in further.buttons
    back = await says(visitor, further, press="*")
    assert "话费账单" in back.buttons


async def test_somebody_elses_run_does_not_exist(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    step = await begun(visitor, "main_menu")
    await visitor.send("/sign-out", {})
    await visitor.sign_in(LIN)
    assert (await visitor.get(step.path)).status_code == 404
    assert (await visitor.send(step.path, {"mark": step.mark, "press": "0"})).status_code == 404
    other = step.path.replace("main_menu", "bill_query")
    assert (await visitor.get(other)).status_code == 404


async def test_proof_is_asked_on_the_page_and_counts_in_its_contact_only(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    step = await begun(visitor, "password_reset")
    asked = await says(visitor, step, press="1")
    assert 'type="password"' in asked.page
    wrong = await says(visitor, asked, say="000000")
    assert 'type="password"' in wrong.page
    done = await says(visitor, wrong, say=PASSWORD)
    running = await session_of(visitor, step)
    async with visitor.house.database.transaction() as tx:
        contact = await interactions.interaction(tx, InteractionId(running.interaction_id))
        (order,) = await tx.rows(text("select id, code, origin, level from orders"))
    assert (contact.channel, contact.level) == ("web", 3)
    assert (order["code"], order["level"], order["origin"]["channel"]) == ("reset_service_password", 3, "web")
    assert PASSWORD not in done.page
    await perform(visitor.house, order_id=str(order["id"]))
    fresh = await begun(visitor, "password_reset")
    assert fresh.path != step.path
    again = await says(visitor, fresh, press="1")
    assert 'type="password"' in again.page  # the level went with the contact


async def test_a_person_takes_over_with_what_was_told_and_nobody_waits_in_two_lines(visitor: Visitor) -> None:
    async with visitor.house.database.transaction() as tx:
        await chat.ensure_site(tx, place=chat.Site(chat.PORTAL, "Portal", entry_point="portal"))
    await visitor.sign_in(SHI)
    step = await begun(visitor, "main_menu")
    money = await says(visitor, step, press=step.buttons["话费账单"])
    handed = await says(visitor, money, press="0")
    if 'action="/chat/plain"' not in handed.page:
        handed = await says(visitor, handed, press="0")
    assert 'href="/me/messages"' in handed.page
    sent = {name: unescape(value) for name, value in re.findall(r'name="(key|reply)" value="([^"]*)"', handed.page)}
    word, _, told = sent["reply"].partition(":")
    assert word == "0"  # a chat that a service assistant answers first hands him over at once
    assert "话费账单" in told
    first = await visitor.send("/chat/plain", sent)
    assert first.status_code == 303
    await visitor.send("/chat/plain", sent)
    async with visitor.house.database.transaction() as tx:
        waiting = await tx.rows(
            text("select channel, state from routing_contacts where state in ('waiting', 'offered')")
        )
        said = await tx.rows(text("select text from messages where author_kind = 'customer'"))
    assert [row["channel"] for row in waiting] == ["chat"]
    assert [row["text"] for row in said] == [told]


@pytest.mark.parametrize(("over", "reason"), [("ended", "served"), ("left", "customer_left"), ("callback", "served")])
async def test_the_contact_ends_with_its_flow(visitor: Visitor, over: str, reason: str) -> None:
    await visitor.sign_in(SHI)
    running = await session_of(visitor, await begun(visitor, "main_menu"))
    about = (running.id, running.flow, 0, "web", running.session.step, running.customer_id, running.interaction_id)
    async with visitor.house.database.transaction() as tx:
        await on_flow_ended(tx, FlowEnded(*about, over=over))
        await on_flow_ended(tx, FlowEnded(*about[:3], "chat", *about[4:], over=over))
        await on_flow_handed_over(tx, FlowHandedOver(*about, desk="service"))
        contact = await interactions.interaction(tx, InteractionId(running.interaction_id))
    assert contact.end_reason == reason


async def test_the_elderly_have_a_person_first(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    await visitor.send("/ui/elderly", {"elderly": "1", "next": "/"})
    home = (await visitor.get("/")).text
    doors = re.findall(r'class="big-door[^"]*" href="([^"]+)"', home)
    assert doors[0] == "/talk"
    assert len(doors) == 4
    step = await begun(visitor, "main_menu")
    assert next(iter(step.buttons)).startswith("人工")
    assert "data-elderly" in step.page


async def test_a_flow_goes_on_in_the_language_he_turns_to(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    step = await begun(visitor, "main_menu")
    await visitor.send("/ui/language", {"language": "en", "next": step.path})
    english = await shown(visitor, step.path)
    assert "bill and balance" in english.text
    assert 'lang="en"' in english.page
    onward = await says(visitor, english, press=english.buttons["billandbalance"])
    assert "您" not in onward.text


async def test_what_became_of_an_order_late_is_texted_once_and_to_the_number_alone(visitor: Visitor) -> None:
    await visitor.sign_in(SHI)
    for code, seconds in (("cancel_all_subscriptions", 60), ("cancel_all_subscriptions", 5)):
        await visitor.send(f"/me/do/{code}", {"key": f"late-0000000{seconds}"})
        async with visitor.house.database.transaction() as tx:
            row = await tx.one(text("select id from orders where state = 'placed'"))
            assert row is not None
            ended = (
                "update orders set state = 'done', finished_at = placed_at + make_interval(secs => :s) where id = :id"
            )
            await tx.execute(text(ended), {"s": seconds, "id": row["id"]})
        for _ in range(2):
            async with visitor.house.database.transaction() as tx:
                await tell_late(tx, order_id=row["id"])
    async with visitor.house.database.transaction() as tx:
        sent = await tx.rows(text("select recipient, text from post_messages where purpose = 'order_receipt'"))
    assert [row["recipient"] for row in sent] == [str(SHI)]
    assert "已办理成功" in sent[0]["text"]
