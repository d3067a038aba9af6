"""Agents' telephones in Asterisk: whose they are, what their secret is worth, and that they dial nothing."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from qiao.channels.voice import AsteriskServer
from qiao.channels.voice.endpoints import TelephoneAway, drop_telephone, endpoint_of, have_telephone
from qiao.channels.voice.sandbox import Softphone
from qiao.channels.voice.sandbox.answering import AnsweringPhone
from qiao.channels.voice.sip_socket import may_say
from qiao.kernel.ids import AgentId
from tests.voice.conftest import voice_settings
from tests.voice.staffed import SIP_PHONE

if TYPE_CHECKING:
    from pathlib import Path

NAME = endpoint_of(AgentId(uuid4()))


def request(sender: str, method: str = "REGISTER", more: str = "") -> str:
    return f"{method} sip:phone.invalid SIP/2.0\r\nFrom: {sender};tag=1\r\n{more}To: <sip:x@phone.invalid>\r\n\r\n"


def within(sender: str, to: str) -> str:
    return f"INVITE sip:x@phone.invalid SIP/2.0\r\nFrom: {sender};tag=1\r\nTo: {to}\r\n\r\n"


@pytest.mark.parametrize(
    ("message", "goes"),
    [
        (request(f"<sip:{NAME}@phone.invalid>"), True),
        (request(f'"A" <sip:{NAME}@phone.invalid>').replace("From", "f"), True),
        ("SIP/2.0 200 OK\r\nFrom: <sip:4711@somewhere>\r\n\r\n", True),
        ("\r\n\r\n", True),
        (request("<sip:agent-of-somebody-else@phone.invalid>"), False),
        (request("<sip:trunk-sea@phone.invalid>", "INVITE"), False),
        (request(f"<sip:{NAME}@phone.invalid>", more="From: <sip:trunk-sea@x>\r\n"), False),
        (request(f"<sip:{NAME}@phone.invalid>", more="f: <sip:trunk-sea@x>\r\n"), False),
        (request(f"<sip:{NAME}@phone.invalid>", "INVITE"), False),
        (request(f"<sip:{NAME}@phone.invalid>", "MESSAGE"), False),
        (within(f"<sip:{NAME}@phone.invalid>", "<sip:10086@phone.invalid>;tag=x1"), True),
        (within(f"<sip:{NAME}@phone.invalid>", '"Li" <sip:10086@phone.invalid>;tag=x1'), True),
        (within(f"<sip:{NAME}@phone.invalid>", '"<x>;tag=1" <sip:10086@phone.invalid>'), False),
        (within(f"<sip:{NAME}@phone.invalid>", '"\\";tag=1" <sip:10086@phone.invalid>'), False),
        (within(f"<sip:{NAME}@phone.invalid>", "<sip:10086@phone.invalid>;tag=1\rTo: <sip:10086@x>"), False),
        (within(f"<sip:{NAME}@phone.invalid>", "<sip:10086@phone.invalid>\r\nt: <sip:1@x>;tag=1"), False),
        (request(f'"sip:{NAME}@x" <sip:trunk-sea@phone.invalid>'), False),
        (request(f'"<sip:{NAME}@x>" <sip:trunk-sea@phone.invalid>'), False),
        (request(f"<sip:{NAME}@phone.invalid>", more="X: y\rFrom: <sip:trunk-sea@x>\r\n"), False),
        ("no SIP at all", False),
    ],
)
def test_an_agents_line_carries_his_own_name_only(message: str, goes: bool) -> None:
    assert may_say(message, NAME) is goes


SOUND = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"


@pytest.mark.slow
@pytest.mark.parametrize(("to_tag", "answer"), [("", "200"), (";tag=made-up", "481")])
async def test_a_name_that_asterisk_does_not_know_would_be_a_trunk_of_this_machine_and_is_not_let_up(
    asterisk: AsteriskServer, to_tag: str, answer: str
) -> None:
    """So an agent who is signed off would call as whom he likes, were it not for his line."""
    call_id = uuid4().hex
    invite = (
        f"INVITE sip:10086@phone.invalid SIP/2.0\r\nVia: SIP/2.0/WS x.invalid;branch=z9hG4bK{call_id}\r\n"
        f"Max-Forwards: 70\r\nFrom: <sip:{NAME}@phone.invalid>;tag=1\r\nTo: <sip:10086@phone.invalid>{to_tag}\r\n"
        f"Call-ID: {call_id}\r\nCSeq: 1 INVITE\r\nContact: <sip:{NAME}@x.invalid;transport=ws>\r\n"
        f"P-Asserted-Identity: <sip:+8613800000001@x>\r\nContent-Type: application/sdp\r\n"
        f"Content-Length: {len(SOUND)}\r\n\r\n{SOUND}"
    )
    address = f"ws://127.0.0.1:{asterisk.voice.http_port}/ws"
    async with asyncio.timeout(20), connect(address, subprotocols=[Subprotocol("sip")], proxy=None) as line:
        await line.send(invite)
        while (told := str(await line.recv()).split(" ")[1]) == "100":
            pass
    assert told == answer
    assert may_say(invite, NAME) is (answer != "200"), "only what Asterisk refuses itself goes up"
    assert may_say(invite, NAME, dials=True)


@pytest.mark.slow
async def test_a_telephone_needs_its_secret_and_is_gone_when_dropped(
    asterisk: AsteriskServer, programs: str, voice_folder: Path
) -> None:
    settings = voice_settings(programs, voice_folder).model_copy(update={"voice": asterisk.voice})
    agent = AgentId(uuid4())
    told = await have_telephone(settings, agent)
    assert told.user == endpoint_of(agent)
    again = await have_telephone(settings, agent)
    assert again.ha1 != told.ha1, "an older secret holds no more"
    server = ("127.0.0.1", settings.voice.sip_port)
    for number in ("10086", "+19005550100"):
        phone = await Softphone.open(server, told.user, password="guessed", asserted=False)
        call = await phone.call(number, seconds=20)
        assert call.status in {401, 403, 404}
        await phone.close()
    phone = await Softphone.open(server, told.user, password="guessed")
    assert await phone.registering() in {401, 403}
    await drop_telephone(settings, agent)
    assert await phone.registering() in {401, 403, 404}
    await phone.close()
    await drop_telephone(settings, agent)
    await asterisk.stop()
    with pytest.raises(TelephoneAway):
        await have_telephone(settings, agent)


@pytest.mark.slow
async def test_a_telephone_with_its_own_secret_dials_nobody_either(
    asterisk: AsteriskServer, programs: str, voice_folder: Path
) -> None:
    settings = voice_settings(programs, voice_folder).model_copy(update={"voice": asterisk.voice})
    server = ("127.0.0.1", settings.voice.sip_port)
    phones = []
    for _ in range(2):
        told = await have_telephone(settings, AgentId(uuid4()), SIP_PHONE)
        phones.append(await AnsweringPhone.listen(server, told.user, asserted=False, ha1=told.ha1))
        assert await phones[-1].registering() == 200, "the secret is right"
    mine, colleague = phones
    trunk = "trunk-sea"
    for number in ("10086", "+19005550100", "+8816123456", colleague.number, trunk, "s", "again", "fallback"):
        call = await mine.call(number, seconds=20)
        assert call.status == 404, f"{number} is nobody's from here"
    assert colleague.rings.empty() and mine.rings.empty()
    for phone in phones:
        await phone.close()
