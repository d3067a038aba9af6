"""The doors to the same services that have pages: the customer's own, and an agent's desk."""

from __future__ import annotations

import asyncio
import html
import re
from typing import TYPE_CHECKING

from qiao.app.demo.customer_player import StoryBroke
from tests.journeys.doors import OTHER, PACK, RING, TAKES_BACK, Door
from tests.looking import a_moment

if TYPE_CHECKING:
    from uuid import UUID

    from qiao.app.demo.agent_player import AgentPlayer


class ByPortal(Door):
    """The customer's own pages."""

    name = "portal"

    async def open(self) -> None:
        self.receipts: dict[str, str] = {}
        await self.he.come_in()

    async def have(self, code: str) -> str:
        if code in ("balance", "bill"):
            return _plain(
                await self.he.page(f"/me/do/{code}?month={self.he.month}" if code == "bill" else "/me/do/balance")
            )
        self.receipts[code] = await self._order(code, await self._form(f"/me/do/{code}", code))
        return await self._done(self.receipts[code])

    async def _order(self, code: str, form: dict[str, str]) -> str:
        """Send the form, and the digits where they are asked for; returns where the receipt is."""
        last = await self.he.last_id()
        answer = await self.he.http.post(f"/me/do/{code}", data=form)
        if answer.status_code != 303:
            raise StoryBroke(f"{code}: {answer.status_code} {_plain(answer.text)[:500]}")
        at = str(answer.headers["location"])
        if at.startswith("/me/digits"):
            page = await self.he.page(at)
            digits = await self.he.digits_after(last)
            hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
            answer = await self.he.http.post("/me/digits", data={**hidden, "digits": digits, "code": digits})
            assert answer.status_code == 303, _plain(answer.text)[:600]
            at = str(answer.headers["location"])
        return at

    async def take_back(self, code: str) -> str:
        """The button under the receipt; of what costs money again, the link to its form."""
        page = await self.he.page(self.receipts[code])
        undo = TAKES_BACK[code]
        link = re.search(rf'href="(/me/do/{undo}\?[^"]+)"', page)
        if link is not None:
            form = await self._form(html.unescape(link[1]), undo)
            return await self._done(await self._order(undo, form))
        found = re.search(rf'<form method="post" action="/me/do/{undo}">.*?</form>', page, re.DOTALL)
        assert found is not None, _plain(page)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', found[0]))
        return await self._done(await self._order(undo, hidden))

    async def _done(self, at: str) -> str:
        async with asyncio.timeout(30):
            while "成功" not in (page := _plain(await self.he.page(at))):
                await a_moment()
        return page

    async def _form(self, path: str, code: str) -> dict[str, str]:
        answer = await self.he.http.get(path, follow_redirects=True)
        page = answer.text
        form = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))
        chosen = {"cancel_subscription": RING, "restore_subscription": RING, "buy_data_pack": PACK}.get(code)
        if chosen is not None:
            radios = re.findall(r'type="radio"[^>]*name="([^"]+)" value="([^"]+)".*?</label>', page, re.DOTALL)
            whole = re.findall(r'type="radio"[^>]*name="[^"]+" value="[^"]+".*?</label>', page, re.DOTALL)
            form |= dict([next(one for one, text in zip(radios, whole, strict=True) if chosen in text)])
        if code == "set_forwarding":
            form |= {"p.number": OTHER, "p.when": "all"}
        return form


def _plain(page: str) -> str:
    main = page[page.find("<main") :]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", main))


class ByAgent(Door):
    """An agent at his desk runs the flow with him; he proves himself in the chat."""

    name = "desk"
    agent: AgentPlayer
    contact: UUID

    async def open(self) -> None:
        await self.he.come_in()
        self.line = await self.he.chat()
        await self.line.say("人工")
        await self.agent.sign_in()
        await self.agent.ready()
        self.contact = await self.agent.offered()
        await self.agent.accept(self.contact)
        last = await self.he.last_id()
        await self.agent.post(f"/desk/contacts/{self.contact}/code", {})
        await self.line.until(lambda: self.line.state.get("proof") == "one_time_code", "to be asked for a code")
        await self.line.prove(await self.he.code_after(last))

    async def have(self, code: str) -> str:
        self.page = await self.agent.page(f"/desk/contacts/{self.contact}/flow")
        await self._act("begin", flow=f"service_{code}")
        for _ in range(8):
            asks = self.page.split('id="flow-tried"')[0]
            if "请告诉" in asks and "电话号码" in asks:
                await self._act("say", word=OTHER)
            elif "何时转移" in asks and "全部来电" in asks:
                await self._act("say", word="1")
            elif "哪个月" in asks:
                await self._act("say", word=self.he.month)
            elif "请选择" in asks:
                name = PACK if code == "buy_data_pack" else RING
                await self._act("say", word=self._key_of(name))
            elif "客户同意" in asks:
                await self._act("say", word="1")
            else:
                break
        told = _script(self.page)
        await self._act("say", word=self._key_of("好了"))
        return told

    def _key_of(self, name: str) -> str:
        forms = re.findall(r'name="word" value="([^"]*)">\s*<button.*?</button>', self.page, re.DOTALL)
        whole = re.findall(r'name="word" value="[^"]*">\s*<button.*?</button>', self.page, re.DOTALL)
        return next(key for key, text in zip(forms, whole, strict=True) if name in text)

    async def _act(self, act: str, **fields: str) -> None:
        marks = re.findall(r'name="mark" value="([^"]*)"', self.page)
        form = {"act": act, "mark": marks[0] if marks else "", **fields}
        self.page = await self.agent.post(f"/desk/contacts/{self.contact}/flow", form)

    async def close(self) -> None:
        await self.line.leave()
        await self.agent.wrap_up(self.contact, disposition="solved")


def _script(page: str) -> str:
    found = re.search(r'id="flow-say".*?</section>', page, re.DOTALL)
    return re.sub(r"<[^>]+>", " ", found[0]) if found else ""
