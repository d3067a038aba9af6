"""Calls at an address of the network: browsers' sound, too, comes and goes by that address and no other."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from qiao.channels.voice.sandbox import Softphone
from tests.journeys.calls import CALLER_HERTZ, Talker, caller_hears, centre_with_calls, speaks, waits_for_person
from tests.voice.conftest import programs, voice_folder  # noqa: F401 - fixtures

if TYPE_CHECKING:
    from tests.journeys.calls import Centre

pytestmark = [pytest.mark.journey, pytest.mark.timeout(400)]


def own_address() -> str:
    """This machine's address in its network, "" where it has none. Nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asked:
        try:
            asked.connect(("192.0.2.1", 9))
        except OSError:
            return ""
        address: str = asked.getsockname()[0]
        return "" if address.startswith("127.") else address


def bound_at(centre: Centre) -> set[tuple[str, int]]:
    """Addresses, as the kernel writes them, and ports of RTP's range that Asterisk has open now.

    Its own alone: browsers and other programs of this machine open theirs wherever the kernel likes.
    """
    watching = centre.demo.processes["voice asterisk"].pid
    asterisk = Path(f"/proc/{watching}/task/{watching}/children").read_text("ascii").split()
    opened = {str(one.readlink()) for process in asterisk for one in Path(f"/proc/{process}/fd").iterdir()}
    voice, found = centre.demo.settings.voice, set()
    for name in ("udp", "udp6"):
        for line in Path(f"/proc/net/{name}").read_text("ascii").splitlines()[1:]:
            columns = line.split()
            address, _, port = columns[1].partition(":")
            if f"socket:[{columns[9]}]" in opened and voice.rtp_first <= int(port, 16) <= voice.rtp_last:
                found.add((address, int(port, 16)))
    return found


async def test_browsers_sound_is_bound_to_the_address_of_calls_and_both_hear_each_other(
    programs: str,  # noqa: F811
    voice_folder: Path,  # noqa: F811
    database_url: str,
) -> None:
    address = own_address()
    if not address:
        pytest.skip("this machine has no address but the loopback")
    told = {"sip_host": address, "trunks": [{"name": "sea", "host": address, "allow": [address]}]}
    async with centre_with_calls(database_url, voice_folder, programs, **told) as centre:
        settings = centre.demo.settings
        async with centre.agents_browser() as browser:
            chen = await Talker.signs_in(browser, centre.demo, "chen")
            await chen.is_connected()
            await chen.set_status("ready")
            before = bound_at(centre)  # two that carry no sound are opened at its start, at any number
            phone = await Softphone.open((address, settings.voice.sip_port), "+8613700009999", bind=address)
            call = await waits_for_person(phone)
            speaks(call)
            await chen.answers()
            await caller_hears(call)
            await chen.hears(CALLER_HERTZ)
            mine = socket.inet_aton(address)[::-1].hex().upper()
            assert {address for address, _ in bound_at(centre) - before} == {mine}
            await phone.close()
