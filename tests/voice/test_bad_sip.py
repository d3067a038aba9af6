"""Broken and hostile SIP beside a legal call: the call is not touched, strangers come in nowhere, logs do not grow."""

from __future__ import annotations

import random
import socket
from pathlib import Path

import pytest

from qiao.channels.voice import AsteriskServer
from qiao.channels.voice.sandbox import Softphone

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]
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


async def test_broken_messages_and_guessed_passwords_touch_no_call_and_fill_no_log(
    asterisk: AsteriskServer, voice_folder: Path
) -> None:
    server = ("127.0.0.1", asterisk.voice.sip_port)
    legal = await Softphone.open(server, "+8613700009999")
    call = await legal.call("10086")
    assert call.status == 200
    log = voice_folder / "voice" / "asterisk" / "log" / "start.log"
    before = log.stat().st_size
    dice = random.Random(4475)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.3", 0))
        stranger.setblocking(False)
        for number in range(2000):
            stranger.sendto(broken(number, stranger.getsockname()[1], dice), server)
    guesser = await Softphone.open(server, "2001", name="2001", password="guess", bind="127.0.0.3")
    answers = set()
    for _ in range(100):
        heard = await guesser.registering()
        answers.add(heard)
    assert answers <= {401, 403}
    heard_before = len(call.heard.sound)
    await call.heard.until(lambda: len(call.heard.sound) > heard_before + 8000, 15)
    again = await legal.call("10086")
    assert again.status == 200, "and new ones are taken"
    assert log.stat().st_size - before < 20_000, log.read_text("utf-8", "replace")[before:][:1500]
    await legal.close()
    await guesser.close()
