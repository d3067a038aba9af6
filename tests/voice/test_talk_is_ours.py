"""What goes on in Asterisk while people talk is ours: nobody moves a call by SIP, and its sound has one address."""

from __future__ import annotations

import ipaddress
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select

from qiao.channels.voice.sandbox.sound import loud, share_of, tone
from qiao.channels.voice.store import voice_calls
from qiao.routing.store import contacts
from tests.voice.centre import HOTLINE, Hotline
from tests.voice.staffed import at_work

if TYPE_CHECKING:
    from qiao.channels.voice.sandbox import PhoneCall

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
CALLER, AGENT = 440.0, 1000.0
STRANGER = "+8613700008888"


@asynccontextmanager
async def talk(hotline: Hotline) -> AsyncIterator[tuple[PhoneCall, PhoneCall]]:
    """A caller and an agent who hear each other: his call, and the agent's."""
    async with hotline.worker(), at_work(hotline) as (_, desk_phone):
        phone = await hotline.phone(STRANGER)
        his = await phone.call(HOTLINE)
        await his.heard.until(lambda: loud(his.heard.samples()) > 2000, 60)
        his.press("0")
        theirs = await desk_phone.pick_up(seconds=60)
        his.media.say(tone(CALLER, 120))
        theirs.media.say(tone(AGENT, 120))
        await hear_each_other(his, theirs)
        try:
            yield his, theirs
        finally:
            await his.hang_up()
            await phone.close()


async def hear_each_other(his: PhoneCall, theirs: PhoneCall) -> None:
    for call, other in ((his, AGENT), (theirs, CALLER)):
        call.heard.sound.clear()
        await call.heard.until(
            lambda call=call, other=other: (
                share_of(call.heard.samples()[-4000:], other) > 0.8  # type: ignore[misc]
                and len(call.heard.sound) > 8000
            ),
            60,
        )


async def as_it_is(hotline: Hotline) -> object:
    """All that rows and Asterisk have of the call."""
    async with hotline.house.database.transaction() as tx:
        calls = [dict(row) for row in await tx.rows(select(voice_calls))]
        stands = [(row["state"], row["agent_id"], row["desk_id"]) for row in await tx.rows(select(contacts))]
    return calls, stands


@pytest.mark.parametrize("to", [HOTLINE, "+19005550100"])
async def test_a_refer_of_the_caller_or_of_the_agents_telephone_is_refused_and_moves_nobody(
    hotline: Hotline, to: str
) -> None:
    async with talk(hotline) as (his, theirs):
        before = await as_it_is(hotline)
        host = f"127.0.0.1:{hotline.house.settings.voice.sip_port}"
        for call in (his, theirs):
            asked = [f"Refer-To: <sip:{to}@{host}>", f"Referred-By: <sip:x@{host}>"]
            answer = await call.phone.request("REFER", call.target, call, headers=asked)
            assert 400 <= answer.status < 700, answer.first
        await hear_each_other(his, theirs)
        assert await as_it_is(hotline) == before


async def test_sound_and_sip_of_a_talk_have_ports_open_at_the_one_address_that_was_told(hotline: Hotline) -> None:
    voice = hotline.house.settings.voice

    async def nobody_talks() -> bool:
        """A call before this one may be about to close its ports, of which this one may get some."""
        ports = [port for address, port in udp_of(hotline.server.pid or 0) if address == voice.sip_host]
        return ports == [voice.sip_port]

    await hotline.until(nobody_talks)
    before = {(address, port) for address, port in udp_of(hotline.server.pid or 0)}
    async with talk(hotline):
        open_at = udp_of(hotline.server.pid or 0)
        told = [(address, port) for address, port in open_at if (address, port) not in before]
        assert len(told) == 4, "two legs, each with RTP and RTCP, and nothing else because of them"
        assert {address for address, _ in told} == {voice.sip_host}
        assert all(voice.rtp_first <= port <= voice.rtp_last for _, port in told)
        assert [address for address, port in open_at if port == voice.sip_port] == [voice.sip_host]


def udp_of(pid: int) -> list[tuple[str, int]]:
    """The addresses and ports of UDP that a process has open, as Linux tells them."""
    mine = set()
    for one in Path(f"/proc/{pid}/fd").iterdir():
        target = str(one.readlink()) if one.is_symlink() else ""
        if target.startswith("socket:["):
            mine.add(target[8:-1])
    found = []
    for name in ("udp", "udp6"):
        for line in Path(f"/proc/{pid}/net/{name}").read_text("ascii").splitlines()[1:]:
            words = line.split()
            if words[9] in mine:
                address, _, port = words[1].partition(":")
                found.append((_address(address), int(port, 16)))
    return found


def _address(told: str) -> str:
    """As Linux writes it: words of 32 bits, each in the machine's own order, which is little-endian here."""
    words = [bytes.fromhex(told[at : at + 8])[::-1] for at in range(0, len(told), 8)]
    return str(ipaddress.ip_address(b"".join(words)))
