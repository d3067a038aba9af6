"""A telephone: SIP over UDP (RFC 3261) as a caller needs it: invite, answer a digest challenge, cancel, hang up."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from qiao.channels.voice.sandbox.heard import Heard
from qiao.channels.voice.sandbox.media import Media

RETRY_SECONDS: Final = 0.5
RETRY_SECONDS_MAX: Final = 4.0
ANSWER_SECONDS: Final = 32.0
PLAIN: Final = re.compile(r"[^ -~]")


@dataclass
class Message:
    """A SIP message, read: `first` its first line, headers by small name."""

    first: str
    headers: dict[str, list[str]]
    body: str

    @property
    def status(self) -> int:
        """Of an answer; 0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0

    def one(self, name: str) -> str:
        """The first value of a header, or ""."""
        return self.headers.get(name, [""])[0]


def read(raw: bytes) -> Message:
    """A message from the wire; what is no SIP gives one without headers."""
    head, _, body = raw.decode("utf-8", "replace").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers: dict[str, list[str]] = {}
    for line in lines:
        name, _, value = line.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    return Message(first, headers, body)


@dataclass
class PhoneCall:
    """A call of this telephone, `status` as in SIP (200: answered)."""

    phone: "Softphone"
    number: str
    heard: Heard
    media: Media
    call_id: str = field(default_factory=lambda: secrets.token_hex(8))
    local_tag: str = field(default_factory=lambda: secrets.token_hex(4))
    sequence: int = 0
    branch: str = ""
    remote: str = ""
    target: str = ""
    status: int = 0
    local: str = ""
    """How the other side calls us, where it called; "" where we did."""
    media_port: int = 0
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def press(self, digits: str) -> None:
        """Press keys."""
        self.media.press(digits)

    async def hang_up(self) -> None:
        """End it; ended already is as good."""
        if not self.ended.is_set():
            await self.phone.request("BYE", self.target, self)
            self.end()

    def end(self) -> None:
        """It is over."""
        self.media.close()
        self.heard.over = True
        self.heard.tell()
        self.ended.set()


class Softphone(asyncio.DatagramProtocol):
    """A telephone at `address`, which calls from `number`; `asserted` puts that number into P-Asserted-Identity."""

    def __init__(
        self,
        server: tuple[str, int],
        number: str,
        *,
        name: str = "",
        asserted: bool = True,
        password: str = "",
        ha1: str = "",
        tones: bool = False,
    ) -> None:
        """`ha1`: the digest's first half (RFC 7616, A1) where the password itself is not known.

        `tones`: it offers no events for keys (RFC 4733) and presses them as sound.
        """
        self.tones = tones
        self.server, self.number, self.name = server, number, name
        self._asserted, self._password, self._ha1 = asserted, password, ha1
        self._calls: dict[str, PhoneCall] = {}
        self._answers: dict[tuple[str, str], asyncio.Queue[Message]] = {}
        self._transport: asyncio.DatagramTransport | None = None
        self.address = ("127.0.0.1", 0)

    @classmethod
    async def open(cls, server: tuple[str, int], number: str, *, bind: str = "127.0.0.1", **more: Any) -> Self:
        """A telephone on a free port."""
        phone = cls(server, number, **more)
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: phone, local_addr=(bind, 0))
        return phone

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self.address = transport.get_extra_info("sockname")[:2]

    async def close(self) -> None:
        """Hang up everything and be gone."""
        for call in list(self._calls.values()):
            if call.status == 200:
                await call.hang_up()
            call.media.close()
        if self._transport is not None:
            self._transport.close()

    async def call(self, number: str, *, seconds: float = ANSWER_SECONDS) -> PhoneCall:
        """Call and wait for the final answer; the call's `status` tells which. Raises TimeoutError for none."""
        heard = Heard()
        transport, media = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: Media(heard, tones=self.tones), local_addr=(self.address[0], 0)
        )
        call = PhoneCall(self, number, heard, media)
        port = transport.get_extra_info("sockname")[1]
        self._calls[call.call_id] = call
        uri = f"sip:{number}@{self.server[0]}:{self.server[1]}"
        call.remote = f"<{uri}>"
        answer = await self.request("INVITE", uri, call, body=self._offer(port), seconds=seconds)
        call.status = answer.status
        if answer.status != 200:
            call.end()
            return call
        call.remote = answer.one("to")
        told = re.search(r"<([^>]+)>", answer.one("contact"))
        call.target = told[1] if told else uri
        where, audio = re.search(r"c=IN IP4 (\S+)", answer.body), re.search(r"m=audio (\d+)", answer.body)
        if where and audio:
            media.to = (where[1], int(audio[1]))
        self._send(self._words("ACK", call.target, call, call.sequence, secrets.token_hex(6)))
        return call

    async def registering(self, *, within: float = ANSWER_SECONDS) -> int:
        """Ask to be registered under this number; the status of the answer. Raises TimeoutError."""
        heard = Heard()
        call = PhoneCall(self, self.number, heard, Media(heard))
        uri = f"sip:{self.server[0]}:{self.server[1]}"
        call.remote = f"<sip:{self.number}@{self.server[0]}>"
        return (await self.request("REGISTER", uri, call, seconds=within)).status

    async def request(
        self,
        method: str,
        uri: str,
        call: PhoneCall,
        *,
        body: str = "",
        headers: Sequence[str] = (),
        seconds: float = ANSWER_SECONDS,
    ) -> Message:
        """Send, again and again until answered, and answer one challenge. Raises TimeoutError.

        `headers`: further lines, as they stand.
        """
        proof = ""
        while True:
            call.sequence += 1
            call.branch = secrets.token_hex(6)
            queue: asyncio.Queue[Message] = asyncio.Queue()
            self._answers[call.call_id, f"{call.sequence} {method}"] = queue
            words = self._words(method, uri, call, call.sequence, call.branch, proof=proof, body=body, more=headers)
            async with asyncio.timeout(seconds):
                answer = await self._final(words, queue)
            if method == "INVITE" and answer.status >= 300:
                remote, call.remote = call.remote, answer.one("to")
                self._send(self._words("ACK", uri, call, call.sequence, call.branch))
                call.remote = remote
            if answer.status not in {401, 407} or not (self._password or self._ha1) or proof:
                return answer
            proof = self._proof(method, uri, answer)

    async def _final(self, words: str, queue: asyncio.Queue[Message]) -> Message:
        pause = RETRY_SECONDS
        self._send(words)
        early = False
        while True:
            try:
                async with asyncio.timeout(None if early else pause):
                    answer = await queue.get()
            except TimeoutError:
                self._send(words)
                pause = min(pause * 2, RETRY_SECONDS_MAX)
                continue
            if answer.status >= 200:
                return answer
            early = True

    def _words(
        self,
        method: str,
        uri: str,
        call: PhoneCall,
        sequence: int,
        branch: str,
        *,
        proof: str = "",
        body: str = "",
        more: Sequence[str] = (),
    ) -> str:
        host, port = self.address
        plain = PLAIN.sub("", self.name).replace("\\", "\\\\").replace('"', '\\"')
        name = f'"{plain}" ' if plain else ""
        lines = [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {host}:{port};branch=z9hG4bK{branch};rport",
            "Max-Forwards: 70",
            f"From: {call.local or f'{name}<sip:{self.number}@{host}>'};tag={call.local_tag}",
            f"To: {call.remote}",
            f"Call-ID: {call.call_id}",
            f"CSeq: {sequence} {method}",
            f"Contact: <sip:{self.number}@{host}:{port}>",
        ]
        if self._asserted and method == "INVITE":
            lines.append(f"P-Asserted-Identity: <sip:{self.number}@{host}>")
        lines += more
        if proof:
            lines.append(proof)
        if body:
            lines.append("Content-Type: application/sdp")
        return "\r\n".join([*lines, f"Content-Length: {len(body.encode())}", "", body])

    def _offer(self, port: int) -> str:
        events = () if self.tones else ("a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-16")
        lines = (
            "v=0",
            f"o=- 1 1 IN IP4 {self.address[0]}",
            "s=-",
            f"c=IN IP4 {self.address[0]}",
            "t=0 0",
            f"m=audio {port} RTP/AVP 8{' 101' if events else ''}",
            "a=rtpmap:8 PCMA/8000",
            *events,
            "a=ptime:20",
            "a=sendrecv",
        )
        return "\r\n".join([*lines, ""])

    def _proof(self, method: str, uri: str, answer: Message) -> str:
        """The digest for a challenge (RFC 7616 with MD5, as telephones do)."""
        name = "www-authenticate" if answer.status == 401 else "proxy-authenticate"
        told = dict(re.findall(r'(\w+)="?([^",]+)"?', answer.one(name)))
        user, nonce, once = self.name or self.number, told.get("nonce", ""), secrets.token_hex(4)
        secret = self._ha1 or _md5(f"{user}:{told.get('realm', '')}:{self._password}")
        asked = _md5(f"{method}:{uri}")
        with_qop = "qop" in told
        middle = f"{nonce}:00000001:{once}:auth" if with_qop else nonce
        parts = {
            "username": user,
            "realm": told.get("realm", ""),
            "nonce": nonce,
            "uri": uri,
            "response": _md5(f"{secret}:{middle}:{asked}"),
            **({"cnonce": once} if with_qop else {}),
            **({"opaque": told["opaque"]} if "opaque" in told else {}),
        }
        quoted = ", ".join(f'{key}="{value}"' for key, value in parts.items())
        extra = ", qop=auth, nc=00000001" if with_qop else ""
        header = "Authorization" if answer.status == 401 else "Proxy-Authorization"
        return f"{header}: Digest {quoted}, algorithm=MD5{extra}"

    def _send(self, words: str) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(words.encode(), self.server)

    def datagram_received(self, data: bytes, addr: Any) -> None:
        message = read(data)
        call_id = message.one("call-id")
        if message.status:
            queue = self._answers.get((call_id, message.one("cseq")))
            if queue is not None:
                queue.put_nowait(message)
            return
        method = message.first.split(" ", 1)[0]
        if method != "ACK":
            self._reply(message, addr)
        call = self._calls.get(call_id)
        if method == "BYE" and call is not None:
            call.end()

    def _reply(self, message: Message, to: Any) -> None:
        kept = [f"Via: {one}" for one in message.headers.get("via", [])]
        kept += [f"{name}: {message.one(name.lower())}" for name in ("From", "To", "Call-ID", "CSeq")]
        told = "\r\n".join(["SIP/2.0 200 OK", *kept, "Content-Length: 0", "", ""])
        if self._transport is not None:
            self._transport.sendto(told.encode(), to)


def _md5(words: str) -> str:
    return hashlib.md5(words.encode(), usedforsecurity=False).hexdigest()
