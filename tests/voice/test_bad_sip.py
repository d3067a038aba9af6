"""Broken and hostile SIP beside a legal call: the call is not touched, strangers come in nowhere, logs do not grow."""

from __future__ import annotations

import asyncio
import random
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from qiao.channels.voice.endpoints import have_telephone
from qiao.channels.voice.sandbox import Softphone
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sandbox.sound import loud
from qiao.kernel.ids import AgentId
from tests.voice.conftest import voice_settings
from tests.voice.staffed import SIP_PHONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from qiao.channels.voice import AsteriskServer
    from qiao.channels.voice.sandbox import PhoneCall

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
TORTURE = Path(__file__).parents[2].parent / "shared/data/sip_rfc4475"
TORTURE_MESSAGES = 50
MUTATED = 1500
DIALLED = ("+19005550100", "0088216123456", "+8613800138000", "10086", "9" * 80, "%24%7BEXTEN%7D", "1&PJSIP/trunk-sea")
OCTETS_A_MESSAGE = 100
"""Of log, at most, even where the trunk itself sends what is broken; and the whole has its bound."""
INVITE = (
    "INVITE sip:10086@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.3:{port};branch=z9hG4bK{n}\r\nMax-Forwards: 70\r\n"
    "From: <sip:+8613700001111@127.0.0.3>;tag={n}\r\nTo: <sip:10086@127.0.0.1>\r\nCall-ID: bad-{n}\r\n"
    "CSeq: 1 INVITE\r\nContact: <sip:x@127.0.0.3:{port}>\r\nContent-Length: 0\r\n\r\n"
)
NASTY = ("\0", "\r\n", "%s%n", "${EXTEN}", '"' * 50, "\u202e", "9" * 4000, ";", "<sip:", "Content-Length: -1\r\n")


def broken(number: int, port: int, dice: random.Random) -> bytes:
    """A message with a few pieces cut out, doubled or replaced, the same for the same seed."""
    told = INVITE.format(n=number, port=port)
    for _ in range(dice.randrange(1, 5)):
        at, many = dice.randrange(len(told) + 1), dice.randrange(1, 12)
        told = dice.choice((told[:at] + told[at + many :], told[:at] + dice.choice(NASTY) + told[at:], told[: at + 1]))
    return told.encode("utf-8", "replace")[:8000]


@pytest.fixture(scope="module")
def of_the_rfc() -> list[bytes]:
    """The torture messages of RFC 4475 (its appendix A, a file each); lines end as they do on the wire."""
    if not TORTURE.is_dir():
        pytest.skip(f"the messages of RFC 4475 are not here: {TORTURE} is no folder")
    found = [_as_sent(path.read_bytes()) for path in sorted(TORTURE.glob("*.dat"))]
    assert len(found) == TORTURE_MESSAGES and all(found)
    return found


def _as_sent(told: bytes) -> bytes:
    head, between, body = told.replace(b"\r\n", b"\n").partition(b"\n\n")
    return head.replace(b"\n", b"\r\n") + (b"\r\n\r\n" if between else b"") + body.replace(b"\n", b"\r\n")


def mutated(told: bytes, dice: random.Random) -> bytes:
    """A message with a few octets changed, cut out or doubled, the same for the same seed."""
    made = bytearray(told)
    for _ in range(dice.randrange(1, 6)):
        at, many = dice.randrange(len(made) + 1), dice.randrange(1, 40)
        match dice.randrange(4):
            case 0:
                del made[at : at + many]
            case 1:
                made[at:at] = made[at : at + many] * dice.randrange(1, 20)
            case 2:
                made[at : at + many] = dice.randbytes(many)
            case _:
                made[at:at] = dice.choice(NASTY).encode()
    return bytes(made[:8000])


async def hears_on(call: PhoneCall, samples: int = 8000) -> None:
    before = len(call.heard.sound)
    await call.heard.until(lambda: loud(call.heard.samples(before)) > samples, 30)


async def pour(messages: Iterable[bytes], sender: socket.socket, server: tuple[str, int], call: PhoneCall) -> None:
    """Send them while somebody is on the line, as quickly as he hears."""
    for number, told in enumerate(messages):
        sender.sendto(told, server)
        if number % 50 == 49:
            await hears_on(call, 160)


FROM_BOTH = pytest.mark.parametrize("address", ["127.0.0.3", "127.0.0.1"], ids=["from a stranger", "from the trunk"])


@FROM_BOTH
async def test_the_messages_of_the_rfc_and_mutations_of_them_touch_no_call_and_fill_no_log(
    asterisk: AsteriskServer, voice_folder: Path, address: str, of_the_rfc: list[bytes]
) -> None:
    dice = random.Random(4475)

    def messages(_: int) -> Iterator[bytes]:
        yield from of_the_rfc
        yield from (mutated(dice.choice(of_the_rfc), dice) for _ in range(MUTATED))

    await poured_beside_calls(asterisk, voice_folder, address, messages)


@FROM_BOTH
async def test_broken_calls_touch_no_call_and_fill_no_log(
    asterisk: AsteriskServer, voice_folder: Path, address: str
) -> None:
    dice = random.Random(4475)
    await poured_beside_calls(
        asterisk, voice_folder, address, lambda port: (broken(number, port, dice) for number in range(MUTATED))
    )


async def poured_beside_calls(
    asterisk: AsteriskServer, folder: Path, address: str, messages: Callable[[int], Iterator[bytes]]
) -> None:
    """A call goes on, another is made in the midst of the flood, a third after it, and each hears what it should."""
    server = ("127.0.0.1", asterisk.voice.sip_port)
    log = folder / "voice" / "asterisk" / "log" / "start.log"
    before = log.stat().st_size
    legal = await Softphone.open(server, "+8613700009999")
    call = await legal.call("10086")
    assert call.status == 200
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((address, 0))
        flood = list(messages(sender.getsockname()[1]))
        half = len(flood) // 2
        await pour(flood[:half], sender, server, call)
        calling = asyncio.create_task(legal.call("10086"))
        await pour(flood[half:], sender, server, call)
        beside = await calling
    assert beside.status == 200, "new ones are taken meanwhile"
    after = await legal.call("10086")
    assert after.status == 200, "and afterwards"
    for one in (call, beside, after):
        await hears_on(one)
    assert asterisk.pid is not None and Path(f"/proc/{asterisk.pid}").exists()
    told = log.read_bytes()[before:].decode("utf-8", "replace")
    assert len(told) < OCTETS_A_MESSAGE * (len(flood) if address == "127.0.0.1" else 200), told[:1500]
    assert "Playback failed" not in told, "who is kept company hears a sentence"
    await legal.close()


async def test_guessed_passwords_open_nothing_and_the_agent_whose_name_it_is_still_has_his_telephone(
    asterisk: AsteriskServer, programs: str, voice_folder: Path
) -> None:
    server = ("127.0.0.1", asterisk.voice.sip_port)
    settings = voice_settings(programs, voice_folder).model_copy(update={"voice": asterisk.voice})
    told = await have_telephone(settings, AgentId(uuid4()), SIP_PHONE)
    legal = await Softphone.open(server, "+8613700009999")
    call = await legal.call("10086")
    log = voice_folder / "voice" / "asterisk" / "log" / "start.log"
    before = log.stat().st_size
    strangers = [
        await Softphone.open(server, name, name=name, password="guess", bind="127.0.0.3")
        for name in ("2001", "admin", told.user)
    ]
    answers = {await stranger.registering() for _ in range(100) for stranger in strangers}
    assert answers <= {401, 403}
    his = await AnsweringPhone.listen(server, told.user, asserted=False, ha1=told.ha1)
    assert await his.registering() == 200
    await hears_on(call)
    assert log.stat().st_size - before < 60_000, log.read_text("utf-8", "replace")[before:][:1500]
    for phone in (legal, his, *strangers):
        await phone.close()


async def test_an_agents_account_rings_no_number_premium_or_not(
    asterisk: AsteriskServer, programs: str, voice_folder: Path
) -> None:
    """With his own secret, so that it is not for a wrong one that he is refused."""
    server = ("127.0.0.1", asterisk.voice.sip_port)
    settings = voice_settings(programs, voice_folder).model_copy(update={"voice": asterisk.voice})
    told = await have_telephone(settings, AgentId(uuid4()), SIP_PHONE)
    legal = await Softphone.open(server, "+8613700009999")
    call = await legal.call("10086")
    his = await AnsweringPhone.listen(server, told.user, asserted=False, ha1=told.ha1)
    assert await his.registering() == 200
    for number in DIALLED:
        assert (await his.call(number, seconds=20)).status == 404, number
    await hears_on(call)
    for phone in (legal, his):
        await phone.close()
