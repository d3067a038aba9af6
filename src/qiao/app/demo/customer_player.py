"""Plays a customer over the wire: portal by HTTP, chat by WebSocket, codes read off the handset."""

import asyncio
import contextlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Self
from uuid import uuid4

import httpx2
from websockets.asyncio.client import ClientConnection, connect

from qiao.kernel.service_ids import ServiceId

WAIT_SECONDS: Final = 20.0


class StoryBroke(Exception):
    """Something did not happen as the story tells it."""


@dataclass
class ChatLine:
    """One customer's open conversation: what was said in it and how it stands, as the widget would show it."""

    socket: ClientConnection
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    state: dict[str, Any] = field(default_factory=dict)
    acks: dict[str, dict[str, Any]] = field(default_factory=dict)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _reading: asyncio.Task[None] | None = None

    @classmethod
    async def open(cls, address: str, ticket: str) -> Self:
        """Connect and say hello."""
        url = f"{address.replace('http', 'ws', 1)}/chat/ws?ticket={ticket}"
        line = cls(await connect(url, origin=address, max_size=2**20, proxy=None))  # type: ignore[arg-type]
        line._reading = asyncio.create_task(line._read())
        await line._send({"t": "hello", "conversation": None, "last": None})
        await line.until(lambda: bool(line.state), "the chat's first state")
        return line

    async def say(self, text: str) -> int:
        """Write; returns the message's number once the house has it."""
        key = f"play-{uuid4()}"
        await self._send({"t": "say", "key": key, "text": text})
        await self.until(lambda: key in self.acks, f"an acknowledgment of “{text[:20]}”")
        answer = self.acks[key]
        if answer["t"] != "ack":
            raise StoryBroke(f"the chat refused: {answer}")
        return int(answer["seq"])

    async def asks_person(self, words: str) -> None:
        """Write to the assistant, and when it has answered ask for a person, who sees both."""
        seq = await self.say(words)

        def answered() -> bool:
            return any(one["by"] == "bot" and one["seq"] > seq for one in self.messages.values())

        await self.until(answered, "the assistant's answer")
        await self.say("人工")

    async def prove(self, code: str) -> None:
        """Type the one-time code."""
        await self._send({"t": "code", "code": code})
        await self.until(lambda: "proven" in self.acks, "the code to be taken")

    async def leave(self) -> None:
        """End the conversation."""
        await self._send({"t": "leave"})
        await self.until(lambda: self.state.get("phase") == "ended", "the conversation to end")

    async def hears(self, part: str) -> dict[str, Any]:
        """Wait for a message with these words from the other side."""

        def found() -> dict[str, Any] | None:
            said = (one for one in self.messages.values() if one["by"] != "customer" and part in one["text"])
            return next(said, None)

        await self.until(lambda: found() is not None, f"to hear “{part}”")
        message = found()
        assert message is not None
        return message

    async def until(self, true: Callable[[], bool], what: str) -> None:
        """Wait until that is so. Raises StoryBroke after 20 s."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not true():
                    self._changed.clear()
                    await self._changed.wait()
        except TimeoutError:
            raise StoryBroke(f"waited {WAIT_SECONDS:.0f} s for {what}; the chat says {self.state}") from None

    async def close(self) -> None:
        """Close the window; the conversation goes on."""
        await self.socket.close()
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading

    async def _send(self, frame: dict[str, Any]) -> None:
        await self.socket.send(json.dumps(frame, ensure_ascii=False))

    async def _read(self) -> None:
        async for text in self.socket:
            frame = json.loads(text)
            match frame["t"]:
                case "snapshot":
                    self.messages = {one["seq"]: one for one in frame["messages"]}
                    self.state = {name: value for name, value in frame.items() if name != "messages"}
                case "messages":
                    self.messages |= {one["seq"]: one for one in frame["messages"]}
                case "state":
                    self.state |= frame
                case "ack" | "refused" if "key" in frame:
                    self.acks[frame["key"]] = frame
                case "proven":
                    self.acks["proven"] = frame
            self._changed.set()


class CustomerPlayer:
    """One customer with a browser of his own."""

    def __init__(self, address: str, service: ServiceId) -> None:
        self.address = address
        self.service = service
        self.http = httpx2.AsyncClient(
            base_url=address, trust_env=False, timeout=20, headers={"Accept-Language": "zh-CN", "Accept": "text/html"}
        )
        self.line: ChatLine | None = None

    async def handset(self) -> list[dict[str, Any]]:
        """The messages on his telephone, newest first."""
        answer = await self.http.get(
            "/demo/handset", params={"number": self.service.value}, headers={"Accept": "application/json"}
        )
        told: list[dict[str, Any]] = answer.json()
        return told

    async def code_after(self, last_id: int) -> str:
        """The next one-time code that arrives on his telephone."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while True:
                    for one in await self.handset():
                        if one["id"] > last_id and (found := re.search(r"(?<![\d-])\d{6}(?![\d-])", one["text"])):
                            return found[0]
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise StoryBroke(f"no code arrived for {self.service.masked()}") from None

    async def text_with(self, part: str, *, times: int = 1) -> str:
        """The text with these words, once so many of them are there. Raises StoryBroke."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while True:
                    found = [one["text"] for one in await self.handset() if part in one["text"]]
                    if len(found) >= times:
                        return str(found[0])
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise StoryBroke(f"no text with “{part}” for {self.service.masked()}") from None

    async def confirm(self, link: str) -> str:
        """Open the signed link, which needs no sign-in, and say yes; returns the page that answers."""
        asked = await self.http.get(link)
        _expect(asked, 200)
        token = re.search(r'name="_csrf" value="([^"]*)"', asked.text)
        told = {"solved": "yes", "words": "都退了，谢谢。", "_csrf": token[1] if token else ""}
        answer = await self.http.post(link, data=told)
        _expect(answer, 200)
        return answer.text

    async def last_id(self) -> int:
        """The number of the newest message on his telephone, 0 when there is none."""
        return max((int(one["id"]) for one in await self.handset()), default=0)

    async def sign_in(self) -> str:
        """Sign in to the portal with a code; returns my page."""
        last_id = await self.last_id()
        told = await self.http.post("/sign-in", data={"number": self.service.value, "next": "/"})
        _expect(told, 303)
        code = await self.code_after(last_id)
        _expect(await self.http.post("/sign-in/code", data={"code": code}), 303)
        return await self.page("/")

    async def page(self, path: str) -> str:
        """A page as text."""
        answer = await self.http.get(path)
        _expect(answer, 200)
        return answer.text

    async def chat(self) -> ChatLine:
        """Open the chat on the portal."""
        token = re.search(r'data-csrf="([^"]+)"', await self.page("/talk"))
        if token is None:
            raise StoryBroke("the talk page carries no token")
        visit = await self.http.post(
            "/chat/visits", json={"site": "portal", "session": True}, headers={"X-CSRF-Token": token[1]}
        )
        _expect(visit, 200)
        self.line = await ChatLine.open(self.address, visit.json()["ticket"])
        return self.line

    async def close(self) -> None:
        """Close his browser."""
        if self.line is not None:
            await self.line.close()
        await self.http.aclose()


def _expect(answer: httpx2.Response, status: int) -> None:
    if answer.status_code != status:
        request = answer.request
        raise StoryBroke(f"{request.method} {request.url.path} answered {answer.status_code}: {answer.text[:300]}")
