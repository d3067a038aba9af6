"""RTP of one call: A-law each 20 ms both ways (RFC 3550, RFC 3551), keys as events (RFC 4733) or as their sound."""

import asyncio
import contextlib
import random
import socket
import struct
from collections import deque
from typing import Any, Final

from qiao.channels.voice.sandbox.heard import Heard
from qiao.channels.voice.sandbox.sound import FRAME, SILENCE, key_tone

ALAW: Final = 8
EVENT: Final = 101
KEYS: Final = "0123456789*#ABCD"
TICK_SECONDS: Final = 0.02
KEY_TICKS: Final = 5
GAP_TICKS: Final = 3
END: Final = 0x80
PACKET_BYTES_MAX: Final = 2048
LOST_MAX: Final = 1000
"""A larger step in the numbers is another sender's beginning."""


class Media(asyncio.DatagramProtocol):
    """Sends and hears until closed. What is to be said or pressed waits in line."""

    def __init__(self, heard: Heard, *, tones: bool = False) -> None:
        """`tones`: keys are pressed as sound, in the voice, as telephones do that know no events."""
        self.heard = heard
        self._tones = tones
        self.to: tuple[str, int] | None = None
        self.sent = 0
        self.lost = 0
        """Packets that are missing between those that came, by their numbers."""
        self._heard_last: int | None = None
        self._transport: asyncio.DatagramTransport | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._sequence, self._stamp = random.randrange(1000), random.randrange(10_000)  # noqa: S311 - no secret
        self._source = random.getrandbits(31)
        self._voice = bytearray()
        self._keys: deque[int] = deque()
        self._key_tick, self._key_stamp, self._gap = 0, 0, 0
        self._last_event = b""

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._at = asyncio.get_running_loop().time()
        self._tick()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def error_received(self, exc: Exception) -> None:
        """The other side has closed its port: it is gone, as the signalling tells."""

    def close(self) -> None:
        """Be silent for good. What has arrived by now is heard: signalling and sound come in at two sockets."""
        if self._transport is None or self._transport.is_closing():
            return
        with socket.fromfd(
            self._transport.get_extra_info("socket").fileno(), socket.AF_INET, socket.SOCK_DGRAM
        ) as late:
            late.setblocking(False)
            with contextlib.suppress(OSError):
                while True:
                    self.datagram_received(late.recv(PACKET_BYTES_MAX), None)
        self._transport.close()

    def press(self, digits: str) -> None:
        """Press keys, 100 ms each; as sound they go before what else is to be said."""
        if self._tones:
            self._voice[:0] = b"".join(key_tone(one) + SILENCE * KEY_TICKS for one in digits)
            return
        self._keys.extend(KEYS.index(one) for one in digits)

    def say(self, codes: bytes) -> None:
        """Say something."""
        self._voice += codes

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if len(data) <= 12:
            return
        kind, body = data[1] & 0x7F, data[12:]
        number = int.from_bytes(data[2:4], "big")
        if self._heard_last is not None and 1 < (number - self._heard_last) & 0xFFFF < LOST_MAX:
            self.lost += ((number - self._heard_last) & 0xFFFF) - 1
        self._heard_last = number
        if kind == ALAW:
            self.heard.add(body)
        elif kind == EVENT and len(body) >= 4 and body[1] & END and data[4:8] != self._last_event:
            self._last_event = data[4:8]
            self.heard.digits += KEYS[body[0] & 15]
            self.heard.tell()

    def _tick(self) -> None:
        loop = asyncio.get_running_loop()
        if self.to is not None:
            self._send_frame()
        self._at = max(self._at + TICK_SECONDS, loop.time() - 0.2)
        self._timer = loop.call_at(self._at, self._tick)

    def _send_frame(self) -> None:
        if self._gap:
            self._gap -= 1
        elif self._keys:
            self._send_key(self._keys[0])
            return
        voice = bytes(self._voice[:FRAME])
        del self._voice[:FRAME]
        self._send(ALAW, self._stamp, voice + SILENCE[len(voice) :])
        self._stamp += FRAME

    def _send_key(self, key: int) -> None:
        first = self._key_tick == 0
        if first:
            self._key_stamp = self._stamp
        self._key_tick += 1
        over = self._key_tick > KEY_TICKS
        body = struct.pack("!BBH", key, (END if over else 0) | 10, FRAME * self._key_tick)
        for _ in range(3 if over else 1):  # the end is told three times, as it must not be lost
            self._send(EVENT, self._key_stamp, body, marked=first)
        self._stamp += FRAME
        if over:
            self._keys.popleft()
            self._key_tick, self._gap = 0, GAP_TICKS

    def _send(self, kind: int, stamp: int, body: bytes, *, marked: bool = False) -> None:
        assert self._transport is not None
        self._sequence = (self._sequence + 1) & 0xFFFF
        told = struct.pack(
            "!BBHII", 0x80, kind | (0x80 if marked else 0), self._sequence, stamp & 0xFFFFFFFF, self._source
        )
        self._transport.sendto(told + body, self.to)
        self.sent += 1
