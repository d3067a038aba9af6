"""How the sandbox's SMS centre is told what to do from outside: a line of JSON each way over TCP, on loopback.

{"do": "fault", "throttle": 3}          {"do": "text", "from": "+86139…", "to": "10086", "text": "YE"}
{"do": "taken"}                         {"do": "cut"}                          {"do": "listen"}
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from typing import Any

from qiao.channels.smpp.model_text import submissions
from qiao.channels.smpp.sandbox.centre import Centre
from qiao.kernel.sms import as_sms

LINE_MAX = 1 << 20


@dataclass
class Control:
    """The control port of a centre."""

    centre: Centre
    _listeners: set[asyncio.Queue[dict[str, Any]]] = field(default_factory=set)
    _references: int = 0

    async def listen(self, host: str = "127.0.0.1", port: int = 0) -> int:
        """Take orders; returns the port."""
        self.centre.arrived = self._arrived
        server = await asyncio.start_server(self._serve, host, port, limit=LINE_MAX)
        return int(server.sockets[0].getsockname()[1])

    def _arrived(self, to: str, sender: str, text: str) -> None:
        for queue in self._listeners:
            queue.put_nowait({"to": to, "from": sender, "text": text})

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
            while line := await reader.readline():
                told = json.loads(line)
                if told.get("do") == "listen":
                    await self._tell_all(writer)
                    return
                try:
                    answer = self._do(told)
                except (KeyError, TypeError, ValueError) as error:
                    answer = {"refused": str(error)}
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        writer.close()

    def _do(self, told: dict[str, Any]) -> dict[str, Any]:
        match told.pop("do", ""):
            case "fault":
                self.centre.change(told)
            case "text":
                self._text(told)
            case "taken":
                return {"taken": [asdict(one) for one in self.centre.ledger.taken.values()]}
            case "count":
                return {"taken": len(self.centre.ledger.taken), "links": len(self.centre.links),
                        "waiting": len(self.centre.waiting)}  # fmt: skip
            case "cut":
                for link in list(self.centre.links):
                    link.cut()
            case other:
                raise ValueError(f"cannot {other}")
        return {"done": True}

    def _text(self, told: dict[str, Any]) -> None:
        self._references += 1
        for more, tlvs in submissions(as_sms(told["text"]), self._references, told.get("joining", "udh")):
            self.centre.send(told["from"], told["to"], {**told.get("fields", {}), **more}, tlvs)

    async def _tell_all(self, writer: asyncio.StreamWriter) -> None:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            writer.write(b'{"listening": true}\n')
            while True:
                await writer.drain()
                writer.write(json.dumps(await queue.get()).encode() + b"\n")
        finally:
            self._listeners.discard(queue)


@dataclass
class Remote:
    """A centre in another process, through its control port."""

    host: str
    port: int

    async def do(self, what: str, **told: Any) -> dict[str, Any]:
        """One order. Raises OSError when the centre is away, ValueError when it refuses."""
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=64 * LINE_MAX)
        try:
            writer.write(json.dumps({"do": what, **told}).encode() + b"\n")
            answer: dict[str, Any] = json.loads(await reader.readline() or "{}")
        finally:
            writer.close()
        if "refused" in answer:
            raise ValueError(answer["refused"])
        return answer

    async def arrivals(self) -> AsyncIterator[dict[str, Any]]:
        """What arrives at handsets from now on; the first thing told is that we listen. Raises OSError."""
        reader, writer = await asyncio.open_connection(self.host, self.port, limit=LINE_MAX)
        try:
            writer.write(b'{"do": "listen"}\n')
            while line := await reader.readline():
                yield json.loads(line)
        finally:
            writer.close()
