"""An agent in a talk by SMS sees what his words cost before he sends them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qiao import interactions

if TYPE_CHECKING:
    from qiao.interactions import Interaction
    from tests.desk.screens import Browser, Screens


async def talk_by_sms(screens: Screens) -> tuple[Browser, Interaction]:
    wang = await screens.agent("Wang")
    boss = await screens.signed_in(wang)
    customer = await screens.customer()
    async with screens.house.database.transaction() as tx:
        begun = await interactions.start_interaction(
            tx, channel="sms", language="zh-CN", customer_id=customer.id, service_id=customer.numbers[0]
        )
        contact = await interactions.assign(tx, interaction_id=begun.id, agent_id=wang.id)
    return boss, contact


async def test_parts_and_cost_are_counted_as_he_types(screens: Screens) -> None:
    browser, contact = await talk_by_sms(screens)
    base = f"/desk/contacts/{contact.id}"
    assert "by SMS" in (await browser.get(base)).text or "通过短信" in (await browser.get(base)).text
    told = (await browser.send(f"{base}/size", {"text": "查" * 71})).text
    assert "2 SMS" in told or "2 条短信" in told
    assert "0.20" in told
    nothing = (await browser.send(f"{base}/size", {"text": "  "})).text
    assert "0.10" not in nothing


async def test_no_file_and_nothing_endless_goes_by_sms(screens: Screens) -> None:
    browser, contact = await talk_by_sms(screens)
    base = f"/desk/contacts/{contact.id}"
    assert "reply-file" not in (await browser.get(base)).text
    long = await browser.send(f"{base}/say", {"text": "a" * 1_341, "key": "sms-long-1"})
    assert long.headers["x-refusal-code"] == "interactions.text_too_long"
    said = await browser.send(f"{base}/say", {"text": "a" * 1_340, "key": "sms-long-2"})
    assert said.status_code == 200
