"""A bad road between an agent's browser and Asterisk: a UDP relay that loses what it is told to lose."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import BrowserContext


VIA_RELAY = """
  const set = RTCPeerConnection.prototype.setRemoteDescription;
  const CANDIDATE = /a=candidate:\\S+ 1 udp \\d+ (\\d+\\.\\d+\\.\\d+\\.\\d+) (\\d+) typ host[^\\r\\n]*\\r\\n/gi;
  RTCPeerConnection.prototype.setRemoteDescription = async function (description) {
    const [, host, port] = CANDIDATE.exec(description.sdp);
    CANDIDATE.lastIndex = 0;
    const [nearHost, nearPort] = await window.relayed(host, Number(port));
    const only = `a=candidate:1 1 udp 2130706431 ${nearHost} ${nearPort} typ host\\r\\n`;
    let first = true;
    const sdp = description.sdp.replace(/a=candidate:[^\\r\\n]*\\r\\n/g, () => (first ? ((first = false), only) : ""));
    return set.call(this, { type: description.type, sdp });
  };
  const local = Object.getOwnPropertyDescriptor(RTCPeerConnection.prototype, "localDescription");
  Object.defineProperty(RTCPeerConnection.prototype, "localDescription", {
    get() {
      const told = local.get.call(this);
      // Nothing that Asterisk could reach beside the relay.
      const own = /(a=candidate:\\S+ \\d udp \\d+ )\\S+ \\d+/g;
      return told && { type: told.type, sdp: told.sdp.replace(own, "$1 127.0.0.1 9") };
    },
  });
"""
"""Has the browser and Asterisk meet at the relay and nowhere else."""


@dataclass
class Road:
    """Of each hundred packets of sound so many are lost, each way; 100: all."""

    to_agent: int = 0
    to_caller: int = 0
    counted: dict[str, int] = field(default_factory=lambda: {"to_agent": 0, "to_caller": 0})
    near: asyncio.DatagramTransport | None = None
    far: asyncio.DatagramTransport | None = None
    browser: Any = None
    asterisk: Any = None

    def loses(self, data: bytes, way: str) -> bool:
        """Whether this one: of sound alone (RTP, no RTCP, DTLS or STUN: RFC 7983), spread evenly."""
        if not (128 <= data[0] <= 191) or 192 <= data[1] <= 223:
            return False
        self.counted[way] += 1
        share: int = getattr(self, way)
        return self.counted[way] * share // 100 != (self.counted[way] - 1) * share // 100


class _End(asyncio.DatagramProtocol):
    def __init__(self, road: Road, *, near: bool) -> None:
        self.road, self.near = road, near

    def datagram_received(self, data: bytes, addr: Any) -> None:
        road = self.road
        if self.near:
            road.browser = addr
            if road.far is not None and not road.loses(data, "to_caller"):
                road.far.sendto(data, road.asterisk)
        elif road.near is not None and road.browser is not None and not road.loses(data, "to_agent"):
            road.near.sendto(data, road.browser)


@asynccontextmanager
async def bad_road() -> AsyncIterator[Road]:
    """The relay of one call at a time."""
    road = Road()
    loop = asyncio.get_running_loop()
    road.near, _ = await loop.create_datagram_endpoint(lambda: _End(road, near=True), local_addr=("0.0.0.0", 0))
    road.far, _ = await loop.create_datagram_endpoint(lambda: _End(road, near=False), local_addr=("0.0.0.0", 0))
    try:
        yield road
    finally:
        road.near.close()
        road.far.close()


async def goes_over(context: BrowserContext, road: Road) -> None:
    """Have the next call of this browser take this road."""

    async def relayed(host: str, port: int) -> list[Any]:
        assert road.near is not None
        road.asterisk = (host, port)
        return [host, road.near.get_extra_info("sockname")[1]]

    await context.expose_function("relayed", relayed)
