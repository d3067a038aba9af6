"""A customer with nothing but texts: his balance, a service ended at his own handset, and a person who reads it all.

Told through the outermost doors of a running demo: his telephone, the portal, the desk. The same service ended at the
portal makes the same order, but for the channel.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from qiao.app.demo.agent_player import AgentPlayer
from qiao.app.demo.cast import PASSWORD
from qiao.app.demo.customer_player import CustomerPlayer
from qiao.bss.sandbox import CAST
from qiao.catalogue.store import orders

if TYPE_CHECKING:
    from qiao.platform.database import Transaction
    from tests.journeys.running_demo import RunningDemo

SHI = CAST[0].service


class Texter(CustomerPlayer):
    """He has a telephone and texts 10086."""

    async def text(self, words: str, answered_with: str) -> str:
        """Send a text; returns the next one that has these words."""
        before = await self.count(answered_with)
        await self.send(words)
        return await self.text_with(answered_with, times=before + 1)

    async def count(self, part: str) -> int:
        """How many texts with these words are on his telephone."""
        return len([one for one in await self.handset() if part in one["text"]])

    async def send(self, words: str) -> None:
        """Send a text from his telephone."""
        token = re.search(r'name="_csrf" value="([^"]*)"', await self.page("/demo/handset"))
        assert token is not None
        form = {"number": self.service.value, "text": words, "key": str(uuid4()), "_csrf": token[1]}
        answer = await self.http.post("/demo/handset", data=form)
        assert answer.status_code == 303, answer.text


async def placed(tx: Transaction) -> list[dict[str, Any]]:
    rows = await tx.rows(select(orders).where(orders.c.target == str(SHI)).order_by(orders.c.placed_at))
    told = ("code", "customer_id", "target", "state", "reason", "actor", "level", "basis", "tries")
    return [{name: row[name] for name in told} | {"channel": row["origin"]["channel"]} for row in rows]


@pytest.mark.journey
@pytest.mark.slow
@pytest.mark.timeout(180)
async def test_a_customer_with_nothing_but_texts_is_served_and_heard(demo: RunningDemo) -> None:
    shi, wang = Texter(demo.address, SHI), AgentPlayer(demo.address, "wang", PASSWORD)
    try:
        balance = await shi.text("ＹＥ", "余额")
        assert "126.80" in balance
        choice = await shi.text("我还有多少话费", "您要办的是")
        assert choice.splitlines()[1] == "1 查余额"
        assert await shi.text("1", "余额") == balance.split("（")[0] + "（" + balance.split("（")[1]

        # A service ended at the portal, and one by text: the same order but for the channel
        await shi.sign_in()
        page = await shi.page("/me/services")
        [ring] = re.findall(r'name="subscription" value="([^"]+)"', page)[:1]
        [csrf] = re.findall(r'name="_csrf" value="([^"]+)"', page)[:1]
        form = {"subscription": ring, "key": str(uuid4()), "_csrf": csrf}
        assert (await shi.http.post("/me/services/cancel", data=form)).status_code in (200, 303)
        await shi.text("QX 手机早报", "您要办的是")
        asked = await shi.text("1", "“取消增值业务”（手机早报）")
        [digits] = re.findall(r"(?<![0-9.])[0-9]{4}(?![0-9])", asked)
        await shi.text(digits, "“取消增值业务”已办理成功")
        by_portal, by_text = await demo.at_the_operator(placed)
        assert (by_portal.pop("channel"), by_text.pop("channel")) == ("web", "sms")
        assert by_portal == by_text
        assert "手机早报" not in await shi.page("/me/services")

        # A person, who reads what the machine answered and whose words arrive by text
        await shi.text("人工", "您的短信已记下")
        await wang.sign_in()
        await wang.ready()
        contact = await wang.offered()
        workspace = await wang.accept(contact)
        assert "我还有多少话费" in workspace
        assert digits not in workspace
        await wang.say(contact, "师先生您好，请讲。")
        await shi.text_with("师先生您好")
        await shi.send("谢谢，没事了")
        await wang.page_with(f"/desk/contacts/{contact}", "谢谢，没事了")
        await wang.wrap_up(contact, disposition="solved")
    finally:
        await shi.close()
        await wang.close()
