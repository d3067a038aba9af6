"""Links over real sockets: bind, window, pace, faults, and what is lost when they die."""

from __future__ import annotations

import asyncio
import struct

import pytest

from qiao.channels.smpp import Address, BindRefused, LinkLost, Manners, connect
from qiao.channels.smpp import model_pdu as smpp
from qiao.channels.smpp.keeping import PAUSE_SECONDS_MAX, pause_after
from qiao.channels.smpp.model_receipt import receipt_of
from tests.smpp.lines import ACCOUNTS, Heard, body, bound, centre, until


@pytest.mark.parametrize("mode", ["transceiver", "transmitter"])
async def test_submissions_are_answered_each_under_its_own_reference(mode: str) -> None:
    async with centre() as (there, port):
        heard = Heard()
        link = await bound(port, heard, mode, window=10)
        assert (link.system_id, link.room) == ("sandbox", 10)
        for number in range(10):
            link.submit(number, body(f"text {number}"))
        assert link.room == 0, "the window is full"
        await until(lambda: len(heard.answers) == 10)
        taken = there.ledger.taken
        assert {one.reference: taken[one.message_id].text for one in heard.answers} == {
            number: f"text {number}" for number in range(10)
        }
        assert link.room == 10
        await link.leave()
        assert (link.why_closed, heard.lost) == ("left", [])


async def test_receipts_and_texts_come_to_receivers_only_and_again_until_acknowledged() -> None:
    async with centre() as (there, port):
        sending, hearing = Heard(), Heard()
        transmitter = await bound(port, sending, "transmitter")
        deaf = await bound(port, hearing, "receiver", acknowledge=False)
        assert deaf.room == 0, "a receiver sends nothing"
        transmitter.submit("one", body())
        there.send("+8613900001111", "10086", {"short_message": b"YE"})
        await until(lambda: len(hearing.came) == 2)
        deaf.close("cut")
        await deaf.closed.wait()
        better = Heard()
        link = await bound(port, better, "receiver")
        await until(lambda: len(better.came) == 2)
        (message_id,) = there.ledger.taken
        await until(lambda: there.ledger.taken[message_id].receipt)
        receipts = [receipt_of(pdu) for pdu in better.came]
        assert {one.id for one in receipts if one} == {message_id}
        assert sending.came == []
        await link.leave()
        await transmitter.leave()


@pytest.mark.parametrize(
    ("system_id", "password", "refuse", "status"),
    [
        ("nobody", "secret", 0, smpp.INVALID_SYSTEM_ID),
        ("qiao", "wrong", 0, smpp.INVALID_PASSWORD),
        ("qiao", "secret", 1, smpp.BIND_FAILED),
    ],
)
async def test_a_refused_bind_says_why(system_id: str, password: str, refuse: int, status: int) -> None:
    async with centre() as (there, port):
        there.faults.refuse_binds = refuse
        with pytest.raises(BindRefused) as refused:
            await connect(Address("127.0.0.1", port, system_id, password), Heard().told())
        assert refused.value.status == status


async def test_a_second_bind_on_a_link_and_submissions_of_a_receiver_are_refused() -> None:
    async with centre() as (_, port):
        heard = Heard()
        link = await bound(port, heard, "receiver")
        again = await link.ask(smpp.BIND_TRANSMITTER, {"system_id": "qiao", "password": "secret", "version": 0x34})
        assert again.status == smpp.ALREADY_BOUND
        link.submit("x", body())
        await until(lambda: heard.answers)
        assert heard.statuses == [smpp.WRONG_BIND_STATUS]
        await link.leave()


async def test_a_throttled_link_pauses_and_goes_on_by_itself() -> None:
    async with centre() as (there, port):
        there.faults.throttle = 1
        room: list[int] = []
        heard = Heard()
        told = heard.told()
        told.room = lambda link: room.append(link.room)
        link = await connect(
            Address("127.0.0.1", port, *next(iter(ACCOUNTS.items()))), told, Manners(pause_seconds=0.1)
        )
        link.submit("a", body())
        await until(lambda: heard.answers)
        assert heard.statuses == [smpp.THROTTLED]
        assert (link.room, room) == (0, [0])
        await until(lambda: room[-1] > 0)
        link.submit("a", body())
        await until(lambda: len(heard.answers) == 2)
        assert heard.statuses[1] == smpp.OK
        await link.leave()


async def test_what_was_submitted_without_an_answer_is_lost_with_the_link() -> None:
    async with centre() as (there, port):
        there.faults.drop_after = 2
        heard = Heard()
        link = await bound(port, heard, window=10)
        for number in range(10):
            link.submit(number, body())
        await link.closed.wait()
        assert sorted([*heard.lost, *(one.reference for one in heard.answers)]) == list(range(10))
        assert len(there.ledger.taken) == 3
        assert 2 in heard.lost, "it was taken, and we cannot know"


async def test_a_silent_centre_is_given_up_and_one_that_forgets_is_not() -> None:
    async with centre() as (there, port):
        forgetful = Heard()
        link = await bound(port, forgetful, answer_seconds=0.3, quiet_seconds=5.0)
        there.faults.forget = 1
        link.submit("forgotten", body())
        await until(lambda: forgetful.lost)
        assert not link.closed.is_set()
        there.faults.silent = True
        link.submit("silence", body())
        await link.closed.wait()
        assert forgetful.lost == ["forgotten", "silence"]
        assert link.why_closed == "the centre does not answer"


async def test_a_quiet_link_is_asked_whether_it_lives_and_unbinding_is_answered() -> None:
    async with centre() as (there, port):
        heard = Heard()
        link = await bound(port, heard, quiet_seconds=0.1)
        (session,) = there.links
        heard_before = link._heard_at
        await until(lambda: link._heard_at > heard_before)
        session._say(smpp.Pdu(smpp.ENQUIRE_LINK, 0, 77))
        session._say(smpp.Pdu(smpp.UNBIND, 0, 78))
        async with asyncio.timeout(5):
            await link.closed.wait()
        assert link.why_closed in ("the centre unbound it", "the centre closed it")
        assert link.room == 0


NOISE = {
    "a length of two": b"\0\0\0\2\0",
    "a length of zero": bytes(16),
    "a length beyond all": b"\xff\xff\xff\xff" + bytes(12),
    "text": b"HTTP/1.1 400 Bad Request\r\n\r\n",
}


@pytest.mark.parametrize("noise", NOISE.values(), ids=NOISE.keys())
async def test_noise_ends_the_link_and_loses_nothing_unsaid(noise: bytes) -> None:
    async with centre() as (there, port):
        heard = Heard()
        link = await bound(port, heard)
        there.faults.forget = 1
        link.submit("under way", body())
        await until(lambda: there.ledger.taken)
        (session,) = there.links
        assert session._transport is not None
        session._transport.write(noise)
        await link.closed.wait()
        assert heard.lost == ["under way"]


def _pdu(command: int, sequence: int, octets: bytes = b"", status: int = 0) -> bytes:
    return struct.pack(">IIII", 16 + len(octets), command, status, sequence) + octets


ODD = {
    "an unknown command": (_pdu(0x0F, 5), smpp.GENERIC_NACK, smpp.INVALID_COMMAND),
    "a text that ends after its PDU": (
        _pdu(smpp.DELIVER_SM, 5, b"\0\1\x01" + b"1\0\1\x01" + b"2\0" + bytes(9) + b"\xff" + b"short"),
        smpp.DELIVER_SM | smpp.RESPONSE,
        smpp.INVALID_MESSAGE_LENGTH,
    ),
    "a string without end": (_pdu(smpp.DELIVER_SM, 5, b"x" * 40), smpp.DELIVER_SM | smpp.RESPONSE,
                             smpp.INVALID_COMMAND_LENGTH),
    "a command that is the client's": (_pdu(smpp.QUERY_SM, 5, b"1\0\0\0\0"), smpp.QUERY_SM | smpp.RESPONSE,
                                       smpp.WRONG_BIND_STATUS),
}  # fmt: skip


@pytest.mark.parametrize(("octets", "command", "status"), ODD.values(), ids=ODD.keys())
async def test_what_is_odd_is_answered_with_its_status_and_the_link_stands(
    octets: bytes, command: int, status: int
) -> None:
    got: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readexactly(16)
        await reader.readexactly(int.from_bytes(head[:4], "big") - 16)
        writer.write(_pdu(smpp.BIND_TRANSCEIVER | smpp.RESPONSE, 1, b"other\0"))
        stray = _pdu(smpp.SUBMIT_SM | smpp.RESPONSE, 99, b"1\0") + _pdu(0x8000000F, 98)
        stray += _pdu(smpp.ALERT_NOTIFICATION, 9, bytes(6))
        for cut in (stray + octets, b""):
            writer.write(cut[: len(cut) // 2])
            await writer.drain()
            writer.write(cut[len(cut) // 2 :])
        got.append(await reader.readexactly(16))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        link = await bound(server.sockets[0].getsockname()[1], Heard())
        await until(lambda: got)
        assert struct.unpack(">IIII", got[0])[1:] == (command, status, 5)
        assert not link.closed.is_set()
        link.close("done")
        await link.closed.wait()


async def test_an_answer_of_another_kind_answers_nothing_and_a_nack_answers_a_submission() -> None:
    async with centre() as (there, port):
        heard = Heard()
        link = await bound(port, heard)
        there.faults.forget = 2
        link.submit("a", body())
        await until(lambda: len(there.ledger.taken) == 1)
        (session,) = there.links
        session._say(smpp.Pdu(smpp.QUERY_SM | smpp.RESPONSE, 0, link._sequence))
        session._say(smpp.Pdu(smpp.GENERIC_NACK, smpp.SYSTEM_ERROR, link._sequence))
        await until(lambda: heard.answers)
        assert (heard.answers[0].reference, heard.statuses) == ("a", [smpp.SYSTEM_ERROR])
        link._sequence = 0x7FFFFFFF
        link.submit("b", body())
        assert list(link._waiting) == [1], "numbers begin anew and are never 0"
        link.close("done")
        await link.closed.wait()


async def test_a_centre_that_never_answers_the_bind_is_left() -> None:
    async with centre() as (there, port):
        there.faults.silent = True
        with pytest.raises(LinkLost):
            await connect(Address("127.0.0.1", port, "qiao", "secret", connect_seconds=0.2), Heard().told())


def test_pauses_between_tries_grow_and_stay_bounded() -> None:
    pauses = [pause_after(failures, 0.5) for failures in range(1, 30)]
    assert pauses == sorted(pauses)
    assert pauses[0] == 0.5
    assert pauses[-1] == PAUSE_SECONDS_MAX
    assert pause_after(0, 0.0) < pause_after(0, 1.0)
