"""A campaign's reply code opens its service while it is live, by the hall's usual ways, and the order names it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select, text

from qiao import outreach
from qiao.catalogue.store import orders
from qiao.insight.room import ROOM as INSIGHT
from qiao.outreach.store import campaign_answers
from qiao.platform.events import Reader, ensure_cursors
from tests.sms.test_sms_hall import PASSWORD, code_of
from tests.sms.texting import SHI

if TYPE_CHECKING:
    from qiao.outreach import CampaignCode
    from tests.sms.texting import Centre


async def kept(here: Centre, code: str = "LX5", service: str = "change_plan", **told: Any) -> CampaignCode:
    async with here.database.transaction() as tx:
        given: dict[str, Any] = {
            "parameters": {"plan_code": "light19"} if service == "change_plan" else {},
            "from_at": tx.now - timedelta(hours=1),
            "until_at": tx.now + timedelta(days=1),
            "campaign": "Autumn",
        }
        return await outreach.keep_code(
            tx, code_id=None, code=code, service=service, reserved=(), seen_rev=0, by="agent:test", **given | told
        )


@pytest.fixture(autouse=True)
async def _clean(here: Centre) -> None:
    async with here.database.transaction() as tx:
        for table in ("order_confirmations", "proof_tries", "outreach_campaign_answers", "outreach_campaign_codes"):
            await tx.execute(text(f"delete from {table}"))
        await tx.execute(text("delete from orders where true"))
        await ensure_cursors(tx, INSIGHT.listeners)


async def test_its_order_names_the_campaign_and_price_and_digits_stay_as_they_are(here: Centre) -> None:
    await kept(here)
    [choice] = await here.text("lx5")
    assert "\n1 " in choice
    assert "\n2 " not in choice, "what the campaign is for, and no other plan"
    [asked] = await here.text("1")
    assert "费用¥19.00/月" in asked
    digits = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9])", asked)[-1]
    await here.text(digits)
    async with here.database.transaction() as tx:
        row = await tx.one(select(orders).where(orders.c.target == str(SHI)))
        noted = await tx.rows(select(campaign_answers))
    assert row is not None
    assert (row["code"], row["state"], row["origin"]["flow"]) == ("change_plan", "done", "campaign:LX5")
    assert len(noted) == 1
    for listener in INSIGHT.listeners:
        await Reader(here.database, listener).catch_up()
    async with here.database.transaction() as tx:
        found = await tx.rows(text("select kind, name, service, taken, done from insight_ways order by done"))
    counted: list[tuple[Any, ...]] = [tuple(row.values()) for row in found]
    assert counted == [
        ("campaign", "LX5", "change_plan", 1, 0),
        ("campaign", "LX5", "change_plan", 0, 1),
    ]


async def test_an_order_in_a_flow_that_its_code_began_names_the_campaign_too(here: Centre) -> None:
    await kept(here, "MM8", "reset_service_password")
    [asked] = await here.text("mm8")
    assert asked.startswith("重置密码要核对两样")
    await here.text("1")
    await here.text(await code_of(here))
    await here.text(PASSWORD)
    async with here.database.transaction() as tx:
        rows = await tx.rows(select(orders).where(orders.c.target == str(SHI)))
    assert [(row["code"], row["origin"]["flow"]) for row in rows] == [("reset_service_password", "campaign:MM8")]
    for listener in INSIGHT.listeners:
        await Reader(here.database, listener).catch_up()
    async with here.database.transaction() as tx:
        found = await tx.rows(text("select service, taken, done from insight_ways where name = 'MM8' order by done"))
    counted: list[tuple[Any, ...]] = [tuple(row.values()) for row in found]
    assert counted == [("reset_service_password", 1, 0), ("reset_service_password", 0, 1)]


async def test_it_comes_before_keywords_only_while_it_is_live(here: Centre) -> None:
    await kept(here, "双11", "balance")
    assert (await here.text("双 11"))[0].startswith("余额¥")
    here.clock.forward(days=2)
    assert not (await here.text("双11"))[0].startswith("余额¥")


async def test_an_order_of_another_service_or_much_later_names_no_campaign(here: Centre) -> None:
    await kept(here)
    await here.text("LX5")
    async with here.database.transaction() as tx:
        person = await tx.scalar(select(campaign_answers.c.customer_id))
        assert await outreach.campaign_behind(tx, person, "change_plan") == "campaign:LX5"
        assert await outreach.campaign_behind(tx, person, "cancel_subscription") is None
    here.clock.forward(minutes=16)
    async with here.database.transaction() as tx:
        assert await outreach.campaign_behind(tx, person, "change_plan") is None


async def test_two_campaigns_never_have_one_code_at_the_same_time(here: Centre) -> None:
    first = await kept(here)
    with pytest.raises(outreach.CampaignCodeTaken):
        await kept(here, "ｌｘ５", campaign="Winter")
    later = await kept(here, from_at=first.until_at, until_at=first.until_at + timedelta(days=1), campaign="Winter")
    async with here.database.transaction() as tx:
        assert [one.id for one in await outreach.live_codes(tx)] == [first.id]
        assert [one.id for one in await outreach.campaign_codes(tx)] == [later.id, first.id]
