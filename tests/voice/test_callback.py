"""A call that is owed: it waits in its place, and the customer's telephone rings only when an agent is there."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from qiao import interactions, outreach, routing
from qiao.channels.voice import AsteriskServer, out_line, outcalls
from qiao.channels.voice.model import Call
from qiao.channels.voice.model_toll import Use
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sandbox.softphone import Message
from qiao.channels.voice.sandbox.sound import tone
from qiao.channels.voice.store import voice_calls
from qiao.interactions import InteractionEnded
from qiao.kernel.ids import new_id
from qiao.outreach.listeners import on_ended
from qiao.platform.database import Transaction
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.conversing import AGENT, CALLER, hears, talk_together
from tests.voice.network import MARY, Network
from tests.voice.staffed import at_work

if TYPE_CHECKING:
    from qiao.channels.voice.sandbox.softphone import Message
    from qiao.outreach import CallbackDue

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def number_in(message: Message, header: str) -> str:
    """The number of the address in a header."""
    found = re.search(r"<sips?:([^@>]*)@", message.one(header))
    return found[1] if found else ""


async def state_of(hotline: Hotline) -> tuple[str, str]:
    async with hotline.house.database.transaction() as tx:
        row = await tx.one(select(voice_calls))
        assert row is not None
        return row["state"], row["outcome"]


async def over(hotline: Hotline) -> bool:
    return (await state_of(hotline))[0] == "over"


async def test_the_customers_telephone_rings_only_when_the_agent_is_there_and_both_hear_each_other(
    network: Network,
) -> None:
    mary, hotline = await network.telephone(), network.hotline
    async with hotline.worker(), at_work(hotline) as (agent, desk_phone):
        due = await network.owe()
        async with hotline.house.database.transaction() as tx:
            contact = await interactions.interaction(tx, due.interaction_id)
        assert (contact.channel, contact.direction) == ("voice", "outbound")
        ringing = await desk_phone.rung()
        assert mary.rings.empty(), "nobody is there for her yet"
        theirs = await desk_phone.pick_up()
        assert theirs is ringing
        hers = await mary.pick_up(seconds=60)
        shown = mary.asked(hers)
        assert number_in(shown, "from") == number_in(shown, "p-asserted-identity") == HOTLINE, "she sees who calls"
        await talk_together(hers, theirs)
        async with hotline.house.database.transaction() as tx:
            stands = await routing.waiting_contact(tx, due.interaction_id)
        assert stands is not None and (stands.state, stands.agent_id) == ("active", agent.id)
        await hers.hang_up()
        await hotline.until(lambda: over(hotline))
        await mary.close()


async def test_a_call_that_we_made_goes_on_when_its_worker_dies_and_nobody_is_rung_again(network: Network) -> None:
    mary, hotline = await network.telephone(), network.hotline
    async with at_work(hotline) as (_, desk_phone):
        async with hotline.worker("qiao-first"):
            await network.owe()
            theirs = await desk_phone.pick_up(seconds=60)
            hers = await mary.pick_up(seconds=60)
            hers.media.say(tone(CALLER, 90))
            theirs.media.say(tone(AGENT, 90))
            await hears(hers, AGENT)
        async with hotline.worker("qiao-second"):
            await hotline.until(lambda: owned_by(hotline, "qiao-second"))
            theirs.heard.sound.clear()
            await hears(theirs, CALLER)
            hers.heard.sound.clear()
            await hears(hers, AGENT)
            assert await state_of(hotline) == ("talking", "") and mary.rings.empty()
            await hers.hang_up()
            await hotline.until(lambda: over(hotline))
            assert await state_of(hotline) == ("over", "answered")
        await mary.close()


async def test_a_customer_whose_telephone_rings_when_the_worker_dies_is_rung_on_and_heard(network: Network) -> None:
    mary, hotline = await network.telephone(), network.hotline
    async with at_work(hotline) as (_, desk_phone):
        async with hotline.worker("qiao-first"):
            await network.owe()
            theirs = await desk_phone.pick_up(seconds=60)
            await mary.rung()
        async with hotline.worker("qiao-second"):
            await hotline.until(lambda: owned_by(hotline, "qiao-second"))
            async with asyncio.timeout(60):
                await mary.rings.get_nowait().ended.wait()
            assert await state_of(hotline) == ("talking", "")
            hers = await mary.pick_up(seconds=60)
            await talk_together(hers, theirs)
            await hers.hang_up()
            await hotline.until(lambda: over(hotline))
            assert await state_of(hotline) == ("over", "answered")
        await mary.close()


async def owned_by(hotline: Hotline, name: str) -> bool:
    async with hotline.house.database.transaction() as tx:
        return bool(await tx.scalar(select(voice_calls.c.owner)) == name)


async def tried_again(hotline: Hotline, due: CallbackDue, reason: str) -> None:
    """The contact says why nobody was there, and outreach tries again by itself, whatever the agent writes."""
    async with hotline.house.database.transaction() as tx:
        contact = await interactions.interaction(tx, due.interaction_id)
        assert contact.end_reason == reason and contact.wrapped_up_at is None
        told = InteractionEnded(contact.id, reason, contact.channel, contact.customer_id, contact.agent_id)
        await on_ended(tx, told)
        owed = await outreach.callback(tx, due.callback_id)
    assert [one.outcome for one in owed.attempts] == ["no_answer"] and owed.next_at is not None


async def test_a_busy_customer_leaves_the_agent_with_the_contact_to_write_up(network: Network) -> None:
    mary, hotline = await network.telephone(answers=False), network.hotline
    async with hotline.worker(), at_work(hotline) as (agent, desk_phone):
        due = await network.owe()
        await desk_phone.pick_up(seconds=60)
        await hotline.until(lambda: over(hotline), 60)
        async with hotline.house.database.transaction() as tx:
            contact = await interactions.interaction(tx, due.interaction_id)
        assert contact.ended_at is not None and contact.agent_id == agent.id
        await tried_again(hotline, due, "busy")
        await mary.close()


class Announcing(AnsweringPhone):
    """Speaks before it picks up, and never does: "this number is not in service"."""

    async def _rung(self, invite: Message, where: Any) -> None:
        self._say(invite, where, "183 Session Progress", body=self._offer(4000), tag="early")


async def test_a_network_that_only_speaks_and_never_picks_up_keeps_no_agent(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out_line, "RING_SECONDS", 3)
    hotline = network.hotline
    server = ("127.0.0.1", hotline.house.settings.voice.sip_port)
    mary = await Announcing.listen(server, MARY.service.value, port=network.port)
    async with hotline.worker(), at_work(hotline) as (agent, desk_phone):
        due = await network.owe()
        theirs = await desk_phone.pick_up(seconds=60)
        await hotline.until(lambda: over(hotline), 60)
        await theirs.ended.wait()
        async with hotline.house.database.transaction() as tx:
            contact = await interactions.interaction(tx, due.interaction_id)
        assert contact.ended_at is not None and contact.agent_id == agent.id, "he writes it up as any other"
        await tried_again(hotline, due, "no_answer")
    await mary.close()


async def test_a_number_beyond_the_limits_is_not_rung_and_that_stands_in_the_audit(network: Network) -> None:
    mary, hotline = await network.telephone(), network.hotline
    told = hotline.house.settings
    voice = told.voice.model_copy(update={"destinations": ("+852",)})
    hotline.house.settings = told.model_copy(update={"voice": voice})
    async with hotline.worker(), at_work(hotline) as (_, desk_phone):
        due = await network.owe()
        await desk_phone.pick_up(seconds=60)
        await hotline.until(lambda: over(hotline), 60)
        assert mary.rings.empty()
        await tried_again(hotline, due, "unreachable")
        async with hotline.house.database.transaction() as tx:
            rows = await tx.rows(text("select details from audit_entries where act = 'refuse.call_out'"))
        assert [row["details"]["why"] for row in rows] == ["destination"]
        await mary.close()


async def test_spend_counts_begun_minutes_of_this_day_and_calls_that_go_on(network: Network) -> None:
    hotline = network.hotline
    async with hotline.worker():
        await network.owe()
    async with hotline.house.database.transaction() as tx:
        assert (await use(hotline, tx)).spent_today == Decimal(0)
        await tx.execute(text("update voice_calls set answered_at = :at"), {"at": tx.now - timedelta(seconds=61)})
        assert await use(hotline, tx) == Use(0, Decimal(0)), "its agent is there, and by no trunk was it dialled"
        await tx.execute(text("update voice_calls set trunk = 'sea'"))
        now = await use(hotline, tx)
        await tx.execute(text("update voice_calls set number = 'mobile:+2290197123456'"))
        abroad = await use(hotline, tx)
    midnight = now.spent_today == 0  # it began yesterday
    assert now.calls == 1 and (midnight or now.spent_today == Decimal("0.40"))
    assert midnight or abroad.spent_today == Decimal("10.00"), "a minute abroad costs what it may cost there"


async def use(hotline: Hotline, tx: Transaction) -> Use:
    other = Call(new_id(), "out-other")
    return await outcalls._use(tx, hotline.house.settings, other)


async def test_calls_out_count_among_those_that_were_agreed_for_the_trunk_and_show_a_number_of_ours(
    network: Network, programs: str, voice_folder: Path
) -> None:
    hotline = network.hotline
    told = hotline.house.settings
    trunk = told.voice.trunks[0].model_copy(update={"calls_max": 1})
    voice = told.voice.model_copy(update={"trunks": (trunk,), "caller_number": "4008001000"})
    hotline.house.settings = told.model_copy(update={"voice": voice})
    await hotline.server.stop()
    hotline.server = AsteriskServer(hotline.house.settings)
    await hotline.server.start()
    mary = await network.telephone()
    try:
        async with hotline.worker(), at_work(hotline) as (_, desk_phone):
            await network.owe()
            await desk_phone.pick_up(seconds=60)
            hers = await mary.pick_up(seconds=60)
            assert number_in(mary.asked(hers), "from") == "4008001000", "the operator has said what is shown"
            stranger = await hotline.phone("+8613700001234")
            assert (await stranger.call(HOTLINE)).status == 503, "the one call that was agreed is ours"
            await hers.hang_up()
            await hotline.until(lambda: over(hotline))
            came = await stranger.call(HOTLINE)
            assert came.status == 200
            await stranger.close()
    finally:
        await mary.close()
        await hotline.server.stop()


async def test_without_a_worker_of_calls_a_callback_is_a_talk_by_text(network: Network) -> None:
    due = await network.owe()
    async with network.hotline.house.database.transaction() as tx:
        contact = await interactions.interaction(tx, due.interaction_id)
        assert contact.channel == "sms"
        assert await tx.one(select(voice_calls)) is None
