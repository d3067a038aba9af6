"""A telephone that is called: a colleague's, signed on with his credential, or one somewhere behind a trunk."""

import asyncio
import contextlib
import re
import secrets
from collections import defaultdict
from typing import Any, Final, Self

from qiao.channels.voice.sandbox.heard import Heard
from qiao.channels.voice.sandbox.media import Media
from qiao.channels.voice.sandbox.softphone import RETRY_SECONDS, Message, PhoneCall, Softphone, read

SAID_MAX: Final = 64


class AnsweringPhone(Softphone):
    """Rings when it is called; `rings` has each call until it is picked up. `answers` False: busy (486)."""

    def __init__(self, server: tuple[str, int], number: str, *, answers: bool = True, **more: Any) -> None:
        super().__init__(server, number, **more)
        self.answers = answers
        self.rings: asyncio.Queue[PhoneCall] = asyncio.Queue()
        self.registered = False
        self._asked: dict[str, tuple[Message, Any]] = {}
        self._acknowledged: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def listen(cls, server: tuple[str, int], number: str, *, port: int = 0, **more: Any) -> Self:
        """A telephone on this port of the loopback (0: a free one)."""
        phone = cls(server, number, **more)
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: phone, local_addr=("127.0.0.1", port))
        return phone

    def asked(self, call: PhoneCall) -> Message:
        """The INVITE of a call that rings."""
        return self._asked[call.call_id][0]

    async def rung(self, *, seconds: float = 60) -> PhoneCall:
        """Wait until it rings, and let it ring. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            call = await self.rings.get()
        self.rings.put_nowait(call)
        return call

    async def pick_up(self, *, seconds: float = 30) -> PhoneCall:
        """Wait until it rings and pick up; returns once both sides may speak. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            call = await self.rings.get()
        invite, where = self._asked[call.call_id]
        call.status = 200
        heard = self._acknowledged[call.call_id]
        for _ in range(SAID_MAX):  # until it was heard (RFC 3261, 13.3.1.4): before that no BYE may follow
            self._say(invite, where, "200 OK", body=self._offer(call.media_port), tag=call.local_tag)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(RETRY_SECONDS):
                    await heard.wait()
            if heard.is_set() or call.ended.is_set():
                return call
        raise TimeoutError("picked up, and nobody has heard of it")

    async def stays_registered(self, seconds: float, answers: "asyncio.Queue[int]") -> None:
        """Register, again and again, whether anybody answers or not, as telephones do; each answer's status is told."""
        while True:
            with contextlib.suppress(TimeoutError):
                answers.put_nowait(await self.registering(within=seconds))
            await asyncio.sleep(seconds)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        message = read(data)
        method = message.first.split(" ", 1)[0]
        if method == "INVITE":
            known = message.one("call-id") in self._asked
            self._asked.setdefault(message.one("call-id"), (message, addr))
            if not known:
                task = asyncio.get_running_loop().create_task(self._rung(message, addr))
                self._tasks.add(task)
                task.add_done_callback(self._tasks.discard)
            return
        if method == "CANCEL":
            self._cancelled(message, addr)
            return
        if method == "ACK":
            self._acknowledged[message.one("call-id")].set()
            return
        super().datagram_received(data, addr)

    async def _rung(self, invite: Message, where: Any) -> None:
        if not self.answers:
            self._say(invite, where, "486 Busy Here", tag=secrets.token_hex(4))
            return
        heard = Heard()
        transport, media = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Media(heard), local_addr=(self.address[0], 0)
        )
        call = PhoneCall(self, self.number, heard, media, call_id=invite.one("call-id"))
        call.media_port = transport.get_extra_info("sockname")[1]
        call.remote = invite.one("from")
        call.local = invite.one("to")
        told = re.search(r"<([^>]+)>", invite.one("contact"))
        call.target = told[1] if told else f"sip:{self.server[0]}:{self.server[1]}"
        host, audio = re.search(r"c=IN IP4 (\S+)", invite.body), re.search(r"m=audio (\d+)", invite.body)
        if host and audio:
            media.to = (host[1], int(audio[1]))
        self._calls[call.call_id] = call
        self._say(invite, where, "180 Ringing", tag=call.local_tag)
        self.rings.put_nowait(call)

    def _cancelled(self, message: Message, where: Any) -> None:
        self._say(message, where, "200 OK")
        asked = self._asked.get(message.one("call-id"))
        call = self._calls.get(message.one("call-id"))
        if asked is not None and call is not None and call.status == 0:
            self._say(asked[0], asked[1], "487 Request Terminated", tag=call.local_tag)
            call.end()

    def _say(self, message: Message, where: Any, answer: str, *, body: str = "", tag: str = "") -> None:
        lines = [f"SIP/2.0 {answer}"]
        lines += [f"Via: {one}" for one in message.headers.get("via", [])]
        to = message.one("to")
        lines += [f"From: {message.one('from')}", f"To: {to};tag={tag}" if tag and ";tag=" not in to else f"To: {to}"]
        lines += [f"{name}: {message.one(name.lower())}" for name in ("Call-ID", "CSeq")]
        lines += [f"Contact: <sip:{self.number}@{self.address[0]}:{self.address[1]}>"]
        lines += ["Content-Type: application/sdp"] if body else []
        told = "\r\n".join([*lines, f"Content-Length: {len(body.encode())}", "", body])
        if self._transport is not None:
            self._transport.sendto(told.encode(), where)
