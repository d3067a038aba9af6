"""Six doors to the same services: what a customer does at each to have one, and what he is told there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import sys
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from qiao.app.demo.customer_player import CustomerPlayer
from tests.looking import a_moment

if TYPE_CHECKING:
    from tests.journeys.running_demo import RunningDemo

OTHER = "13800000009"
"""Where calls are to be forwarded."""
PACK, RING = "1GB 加油包", "手机早报"
SERVICES = ("balance", "bill", "cancel_subscription", "buy_data_pack", "set_forwarding", "caller_display_on")
TAKES_BACK = {
    "set_forwarding": "end_forwarding",
    "caller_display_on": "caller_display_off",
    "cancel_subscription": "restore_subscription",
}
"""By what each is taken back; data that were bought are taken back by nothing, as he is told before he agrees."""
FINAL = "办理后不能退订"
ASKED = {
    "balance": "我还有多少话费",
    "bill": "上个月扣了多少钱",
    "cancel_subscription": "我要退掉一个业务",
    "buy_data_pack": "加个流量包",
    "set_forwarding": "把电话转到另一个号码",
    "caller_display_on": "看不到来电号码",
    "end_forwarding": "电话不要转了",
    "caller_display_off": "不要来电显示了",
    "restore_subscription": "把刚才取消的业务重新开通",
}
"""How he asks for each in his own words."""
NAMES = {
    "balance": "查余额",
    "bill": "查账单",
    "cancel_subscription": "取消增值业务",
    "buy_data_pack": "买流量包",
    "set_forwarding": "设置呼叫转移",
    "caller_display_on": "开通来电显示",
    "end_forwarding": "取消呼叫转移",
    "caller_display_off": "关闭来电显示",
    "restore_subscription": "恢复增值业务",
}


class Handset(CustomerPlayer):
    """His telephone, and his browser."""

    month = ""

    async def send(self, words: str) -> None:
        """A text to 10086."""
        token = re.search(r'name="_csrf" value="([^"]*)"', await self.page("/demo/handset"))
        assert token is not None
        form = {"number": self.service.value, "text": words, "key": str(uuid4()), "_csrf": token[1]}
        answer = await self.http.post("/demo/handset", data=form)
        assert answer.status_code == 303, answer.text

    async def newest_after(self, last: int, pattern: str) -> str:
        """The first text after that one with these words in it."""
        async with asyncio.timeout(30):
            while True:
                for one in sorted(await self.handset(), key=lambda one: int(one["id"])):
                    if int(one["id"]) > last and re.search(pattern, one["text"]):
                        return str(one["text"])
                await a_moment()

    async def come_in(self) -> None:
        """Sign in on the portal anew."""
        self.http.cookies.clear()
        await self.sign_in()

    async def told(self, words: str, pattern: str) -> str:
        """Text it; the answer with these words in it."""
        last = await self.last_id()
        await self.send(words)
        return await self.newest_after(last, pattern)

    async def digits_after(self, last: int) -> str:
        """The four digits of the next confirmation."""
        return digits_in(await self.newest_after(last, r"5分钟内回复\d{4}"))


def digits_in(words: str) -> str:
    """The digits of a confirmation."""
    found = re.findall(r"回复(\d{4})", words)
    assert found, words
    return str(found[-1])


def number_of(words: str, name: str) -> str:
    """The number under which something is offered in a text menu."""
    found = re.search(rf"^\s*(\d+)\s+.*{re.escape(name)}", words, re.MULTILINE)
    assert found is not None, f"{name} is not offered in: {words}"
    return found[1]


class Door:
    """One way in; each verb asks for one service and returns what he was told of it."""

    name = ""

    def __init__(self, demo: RunningDemo, he: Handset) -> None:
        self.demo, self.he = demo, he

    async def open(self) -> None:
        """Come in."""

    async def close(self) -> None:
        """Go."""

    async def have(self, code: str) -> str:
        """One of SERVICES, or what takes one back."""
        raise NotImplementedError

    async def take_back(self, code: str) -> str:
        """Undo one of them, as it is done at this door."""
        return await self.have(TAKES_BACK[code])


class BySmsCode(Door):
    """A code and what belongs to it in one text; digits where something is done."""

    name = "sms code"

    async def have(self, code: str) -> str:
        he = self.he
        match code:
            case "balance":
                return await he.told("YE", "余额")
            case "bill":
                return await he.told(f"ZD {he.month}", "账单")
            case "cancel_subscription":
                return await self._chosen(f"QX {RING}", RING, NAMES[code])
            case "restore_subscription":
                return await self._chosen(f"HFYW {RING}", RING, NAMES[code])
            case "buy_data_pack":
                return await self._chosen("KLLB 1GB", PACK, NAMES[code])
        words = {
            "set_forwarding": f"HZ {OTHER}",
            "caller_display_on": "KLX",
            "end_forwarding": "QXHZ 全部来电",
            "caller_display_off": "GLX",
        }
        asked = await he.told(words[code], r"5分钟内回复\d{4}")
        return await he.told(digits_in(asked), f"{NAMES[code]}.*成功")

    async def _chosen(self, words: str, name: str, service: str) -> str:
        offered = await self.he.told(words, name)
        asked = await self.he.told(number_of(offered, name), r"5分钟内回复\d{4}")
        assert (FINAL in asked) == (name == PACK)
        return await self.he.told(digits_in(asked), f"{service}.*成功")


class BySmsDialogue(Door):
    """Words, then numbers of what is offered."""

    name = "sms dialogue"
    rested = False

    async def have(self, code: str) -> str:
        he = self.he
        offered = await he.told(ASKED[code], "您要办的是")
        number = number_of(offered, NAMES[code])
        match code:
            case "balance":
                return await he.told(number, "余额.*¥")
            case "bill":
                return await he.told(number, "账单.*¥")
            case "set_forwarding":
                asked = await he.told(number, r"例如")
                assert "HZ" in asked
                asked = await he.told(f"HZ {OTHER}", r"5分钟内回复\d{4}")
            case "end_forwarding":
                asked = await he.told("取消呼转 全部来电", r"5分钟内回复\d{4}")
            case "caller_display_on" | "caller_display_off":
                asked = await he.told(number, r"5分钟内回复\d{4}")
            case _:
                name = PACK if code == "buy_data_pack" else RING
                listed = await he.told(number, name)
                asked = await he.told(number_of(listed, name), r"5分钟内回复\d{4}")
        return await he.told(digits_in(asked), f"{NAMES[code]}.*成功")

    async def take_back(self, code: str) -> str:
        """After a while: nobody is answered by machine more than twenty times in ten minutes."""
        if not self.rested:
            self.rested = True
            await self.demo.advance(timedelta(minutes=11))
        return await super().take_back(code)


class ByTalk(Door):
    """A flow that is spoken: whatever it asks is answered, until it has told what became of it."""

    last = 0

    async def say(self, words: str) -> str:
        """Say it; what is said then."""
        raise NotImplementedError

    async def have(self, code: str) -> str:
        self.last = await self.he.last_id()
        words = await self.say(ASKED[code])
        for _ in range(12):
            if code == "balance" and "查余额，还是查账单" in words:
                words = await self.say("余额")
            elif "您要办的是" in words:
                words = await self.say(number_of(words, NAMES[code]))
            elif "验证码" in words and "6 位" in words:
                words = await self.prove(await self.he.code_after(self.last))
            elif "服务密码" in words and "请输入" in words:
                words = await self.prove(self.he.service.value[-6:])
            elif "哪个月" in words:
                words = await self.say(self.he.month)
            elif "电话号码" in words and "请告诉" in words:
                words = await self.say(OTHER)
            elif "何时转移" in words:
                words = await self.say(number_of(words, "全部来电"))
            elif "请选择" in words:
                words = await self.say(number_of(words, PACK if code == "buy_data_pack" else RING))
            elif "确认" in words and "¥" in words:
                words = await self.prove(await self.he.digits_after(self.last))
            else:
                break
        told = words
        await self.say("好了")
        return told

    async def prove(self, secret: str) -> str:
        """Tell a code or digits that came to his telephone."""
        return await self.say(secret)


class ByChat(ByTalk):
    """The chat of the portal."""

    name = "chat"

    async def open(self) -> None:
        await self.he.come_in()
        self.line = await self.he.chat()

    async def say(self, words: str) -> str:
        seq = await self.line.say(words)
        await self.line.until(lambda: self._answer(seq) is not None, f"an answer to {words}")
        told = self.line.state.get("replies")
        with contextlib.suppress(TimeoutError):  # the choices follow what was said, if they are others
            async with asyncio.timeout(1):
                await self.line.until(lambda: self.line.state.get("replies") is not told, "other choices")
        return f"{self._answer(seq)}\n{self._choices()}"

    def _answer(self, seq: int) -> str | None:
        said = [one for one in self.line.messages.values() if one["seq"] > seq and one["by"] == "bot"]
        return str(said[-1]["text"]) if said else None

    def _choices(self) -> str:
        return "\n".join(f"{one['key']}  {one['text']}" for one in self.line.state.get("replies", []))

    async def close(self) -> None:
        await self.line.leave()


class ByVoiceMenu(ByTalk):
    """The voice menu as text: `qiao flow play` on the house."""

    name = "voice menu"

    async def open(self) -> None:
        settings = self.demo.settings
        self.talk = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "qiao.app.cli", "flow", "play", "main_menu"),
            *("--channel", "voice", "--number", self.he.service.value),
            env={
                **os.environ,
                "QIAO_MODE": "demo",
                "QIAO_DATABASE_URL": settings.database_url,
                "QIAO_DATA_FOLDER": str(settings.data_folder),
                "QIAO_SECRET_KEY": settings.secret_key.get_secret_value() if settings.secret_key else "",
                "PYTHONUNBUFFERED": "1",
            },
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        await self._hears()

    async def say(self, words: str) -> str:
        if self.talk.returncode is not None or self.talk.stdin is None:
            await self.open()
        try:
            await self._types(words)
        except ConnectionError:  # the talk was over as he spoke: he calls again
            await self.talk.wait()
            await self.open()
            await self._types(words)
        return await self._hears()

    async def _types(self, words: str) -> None:
        assert self.talk.stdin is not None
        self.talk.stdin.write(f"{words}\n".encode())
        await self.talk.stdin.drain()

    async def _hears(self) -> str:
        """Until it waits for him (0 is always the last choice but for a code) or is over."""
        assert self.talk.stdout is not None
        lines: list[str] = []
        async with asyncio.timeout(40):
            while True:
                line = (await self.talk.stdout.readline()).decode()
                if not line:
                    await self.talk.wait()
                    break
                lines.append(line)
                if re.match(r"^0\s", line):
                    break
                if line.startswith("["):
                    await self.talk.wait()
                    break
        return "".join(lines)

    async def close(self) -> None:
        if self.talk.returncode is None:
            assert self.talk.stdin is not None
            self.talk.stdin.close()
            await self.talk.wait()
