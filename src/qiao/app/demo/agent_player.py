"""Plays an agent over the wire: the desk by HTTP, its live stream by WebSocket."""

import asyncio
import contextlib
import json
import re
from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import UUID, uuid4

import httpx2
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin

from qiao.app.demo.customer_player import StoryBroke

WAIT_SECONDS: Final = 20.0
HTMX: Final = {"HX-Request": "true"}
_OFFER: Final = re.compile(r"/desk/contacts/([0-9a-f-]{36})/accept")
_TOKEN: Final = re.compile(r"X-CSRF-Token[^A-Za-z0-9_-]+([A-Za-z0-9_-]{20,})")
_TOPIC: Final = re.compile(r"agent:[0-9a-f-]{36}")


class AgentPlayer:
    """One agent with a browser of his own; his tab answers the stream's pings for as long as he is here."""

    def __init__(self, address: str, login: str, password: str, *, language: str = "zh-CN") -> None:
        self.address = address
        self.login = login
        self._password = password
        self.http = httpx2.AsyncClient(
            base_url=address,
            trust_env=False,
            timeout=20,
            headers={"Accept-Language": language, "Accept": "text/html", "User-Agent": f"player {login}"},
        )
        self._token = ""
        self._sits = asyncio.Event()
        self._alive: asyncio.Task[None] | None = None
        self._touched = asyncio.Event()

    async def sign_in(self) -> None:
        """Sign in and sit down: his tab is open from now on."""
        told = await self.http.post("/desk/sign-in", data={"login": self.login, "password": self._password})
        if told.status_code != 303:
            raise StoryBroke(f"{self.login} cannot sign in: {told.status_code} {told.text[:200]}")
        home = await self.page("/desk")
        token, topic = _TOKEN.search(home), _TOPIC.search(home)
        if token is None or topic is None:
            raise StoryBroke("the desk carries no form token or names no topic")
        self._token = token[1]
        self._alive = asyncio.create_task(self._stay(topic[0]))
        async with asyncio.timeout(WAIT_SECONDS):
            await self._sits.wait()

    async def _stay(self, topic: str) -> None:
        """His tab: connected for as long as he is here, and again when the line breaks."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies.jar)
        url = f"{self.address.replace('http', 'ws', 1)}/desk/stream"
        headers = {"Cookie": cookies, "User-Agent": f"player {self.login}"}
        while True:
            with contextlib.suppress(OSError, WebSocketException):
                async with connect(url, origin=Origin(self.address), additional_headers=headers, proxy=None) as socket:
                    hello = {"watch": [topic], "show": [], "age": 5, "connection": None, "last": 0}
                    await socket.send(json.dumps(hello))
                    self._sits.set()
                    await self._answer(socket)
            await asyncio.sleep(0.2)

    async def _answer(self, socket: ClientConnection) -> None:
        async for text in socket:
            frame = json.loads(text)
            if "ping" in frame:
                await socket.send(json.dumps({"pong": frame["ping"]}))
            else:
                self._touched.set()

    async def ready(self) -> None:
        """Ready for contacts."""
        await self.post("/desk/presence", {"status": "ready"})

    async def not_ready(self, reason: str = "break") -> None:
        """Not ready, and why."""
        await self.post("/desk/presence", {"status": reason})

    async def offered(self) -> UUID:
        """Wait for an offer; returns the contact."""
        found: list[UUID] = []

        async def look() -> bool:
            offer = await self.offer_now()
            if offer is not None:
                found.append(offer)
            return offer is not None

        await self.until(look, f"an offer to {self.login}")
        return found[0]

    async def offer_now(self) -> UUID | None:
        """The contact that is offered to him at this moment, if there is one."""
        offer = _OFFER.search(await self.page("/desk/work"))
        return UUID(offer[1]) if offer is not None else None

    async def accept(self, contact: UUID) -> str:
        """Take it; returns the workspace that pops up."""
        await self.post(f"/desk/contacts/{contact}/accept", {})
        return await self.page(f"/desk/contacts/{contact}")

    async def say(self, contact: UUID, text: str) -> None:
        """Write to the customer."""
        await self.post(f"/desk/contacts/{contact}/say", {"text": text, "key": str(uuid4())})

    async def wrap_up(self, contact: UUID, *, disposition: str, note: str = "", topic: str = "", **more: str) -> None:
        """End it and write it up."""
        told = {"disposition": disposition, "note": note, "topic": topic, **more}
        await self.post(f"/desk/contacts/{contact}/wrap-up", told)

    async def page(self, path: str) -> str:
        """A page or fragment as text."""
        answer = await self.http.get(path)
        if answer.status_code != 200:
            raise StoryBroke(f"{self.login}: GET {path} answered {answer.status_code}: {answer.text[:300]}")
        return answer.text

    async def post(self, path: str, form: dict[str, Any]) -> str:
        """A form of the desk, as htmx sends it; returns the fragment that comes back."""
        answer = await self.http.post(path, data=form, headers={**HTMX, "X-CSRF-Token": self._token})
        if answer.status_code not in (200, 204, 303):
            raise StoryBroke(
                f"{self.login}: POST {path} answered {answer.status_code}"
                f" {answer.headers.get('x-refusal-code', '')}: {answer.text[:300]}"
            )
        return answer.text

    async def refused(self, path: str, form: dict[str, Any], *codes: str) -> str:
        """A form that is refused with one of these codes; returns what is told. Raises StoryBroke when it is not."""
        answer = await self.http.post(path, data=form, headers={**HTMX, "X-CSRF-Token": self._token})
        told = answer.headers.get("x-refusal-code", "")
        if told not in codes:
            raise StoryBroke(f"{self.login}: POST {path} answered {answer.status_code} {told}, not {codes}")
        return answer.text

    async def page_with(self, path: str, part: str) -> str:
        """A page once these words stand on it."""
        found: list[str] = []

        async def look() -> bool:
            found.append(await self.page(path))
            return part in found[-1]

        await self.until(look, f"“{part}” on {path}")
        return found[-1]

    async def until(self, true: Callable[[], Awaitable[bool]], what: str) -> None:
        """Look again whenever the stream names something, at most for 20 s. Raises StoryBroke."""
        try:
            async with asyncio.timeout(WAIT_SECONDS):
                while not await true():
                    self._touched.clear()
                    with contextlib.suppress(TimeoutError):
                        async with asyncio.timeout(0.5):
                            await self._touched.wait()
        except TimeoutError:
            raise StoryBroke(f"waited {WAIT_SECONDS:.0f} s for {what}") from None

    async def close(self) -> None:
        """Close his browser."""
        if self._alive is not None:
            self._alive.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._alive
        await self.http.aclose()
