"""PDUs as octets, and a peer that sends them as they are."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from qiao.channels.smpp import model_pdu as smpp
from qiao.channels.smpp.model_pdu import Frame, Pdu, frames_of, written

RESPONSE = smpp.RESPONSE


def raw(command: int, sequence: int, octets: bytes = b"", status: int = 0, length: int | None = None) -> bytes:
    return struct.pack(">IIII", 16 + len(octets) if length is None else length, command, status, sequence) + octets


def submit(sequence: int = 7, tail: bytes = b"", **fields: Any) -> bytes:
    usual = {"source": "10086", "destination": "8613900001111", "short_message": b"hello"}
    made = written(Pdu(smpp.SUBMIT_SM, 0, sequence, {**usual, **fields}))
    return struct.pack(">I", len(made) + len(tail)) + made[4:] + tail


class Client:
    """A client that sends octets as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer, self.rest = reader, writer, b""

    def send(self, octets: bytes) -> None:
        self.writer.write(octets)

    async def bind(self, command: int = smpp.BIND_TRANSCEIVER, sequence: int = 1) -> None:
        fields = {"system_id": "qiao", "password": "secret", "version": 0x34}
        self.send(written(Pdu(command, 0, sequence, fields)))
        assert (await self.hear()).status == smpp.OK

    async def hear(self) -> Frame:
        """The next PDU. Raises IncompleteReadError when the link is over."""
        async with asyncio.timeout(10):
            head = await self.reader.readexactly(16)
            octets = head + await self.reader.readexactly(int.from_bytes(head[:4], "big") - 16)
        (frame,), _ = frames_of(octets)
        return frame

    async def stands(self) -> bool:
        """Whether it is answered still; whatever came before is passed over."""
        self.send(raw(smpp.ENQUIRE_LINK, 0x5EED))
        try:
            while (await self.hear())[::2] != (smpp.ENQUIRE_LINK | RESPONSE, 0x5EED):
                pass
        except (asyncio.IncompleteReadError, ConnectionError):
            return False
        return True


@asynccontextmanager
async def client(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield Client(reader, writer)
    finally:
        writer.close()


SUBMITTED = smpp.SUBMIT_SM | RESPONSE
