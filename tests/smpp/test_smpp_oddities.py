"""What peers get wrong, on either end of a link: answered with the status it deserves, and nothing else suffers."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qiao.channels.smpp import BindRefused, Link, Manners, link
from qiao.channels.smpp import model_pdu as smpp
from qiao.channels.smpp.model_pdu import Frame, FrameBroken, Pdu, frames_of, written
from qiao.channels.smpp.sandbox import Centre
from tests.smpp.lines import Heard, body, bound, centre, until

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
ANSWERED: dict[str, tuple[bytes, int, int]] = {
    "nothing but the header": (raw(smpp.SUBMIT_SM, 7), SUBMITTED, smpp.INVALID_COMMAND_LENGTH),
    "a header flag and a text of no octets": (submit(esm_class=0x40, short_message=b""), SUBMITTED, smpp.OK),
    "a text of 255 octets that are not there": (
        raw(smpp.SUBMIT_SM, 7, submit(esm_class=0x40, short_message=b"")[16:-1] + b"\xff"), SUBMITTED,
        smpp.INVALID_MESSAGE_LENGTH,
    ),
    "a string without end": (raw(smpp.SUBMIT_SM, 7, b"x" * 99), SUBMITTED, smpp.INVALID_COMMAND_LENGTH),
    "an unknown command": (raw(0x00000ABC, 7, b"zz"), smpp.GENERIC_NACK, smpp.INVALID_COMMAND),
    "a command no peer may send": (raw(smpp.DELIVER_SM, 7, submit()[16:]), smpp.GENERIC_NACK, smpp.INVALID_COMMAND),
    "an unknown status": (raw(smpp.SUBMIT_SM, 7, submit()[16:], status=0xDEADBEEF), SUBMITTED, smpp.OK),
    "an unknown TLV": (submit(tail=b"\x7f\xff\0\3abc"), SUBMITTED, smpp.OK),
    "a TLV past the end": (submit(tail=b"\x7f\xff\0\x40abc"), SUBMITTED, smpp.OK),
    "half the head of a TLV": (submit(tail=b"\x04\x24\0"), SUBMITTED, smpp.OK),
    "a payload past the end": (submit(tail=b"\x04\x24\0\x40abc"), SUBMITTED, smpp.INVALID_OPTIONAL),
    "a validity in the past": (submit(validity="200101000000000+"), SUBMITTED, smpp.INVALID_EXPIRY),
    "a validity that is none": (submit(validity="soon"), SUBMITTED, smpp.INVALID_EXPIRY),
    "a validity of a day": (submit(validity="000001000000000R"), SUBMITTED, smpp.OK),
    "a sender of twenty letters": (submit(source_ton=5, source="ABCDEFGHIJKLMNOPQRST"), SUBMITTED, smpp.OK),
    "types and plans of numbers that are none": (
        submit(source_ton=255, source_npi=254, destination_ton=99, destination_npi=99), SUBMITTED, smpp.OK,
    ),
    "a datagram that is a receipt": (submit(esm_class=0x05), SUBMITTED, smpp.OK),
    "binary said to be a text of half units": (submit(data_coding=8, short_message=b"\0a\0"), SUBMITTED, smpp.OK),
    "a second bind": (
        written(Pdu(smpp.BIND_TRANSMITTER, 0, 7, {"system_id": "qiao", "password": "secret"})),
        smpp.BIND_TRANSMITTER | RESPONSE, smpp.ALREADY_BOUND,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("octets", "command", "status"), ANSWERED.values(), ids=ANSWERED.keys())
async def test_the_centre_answers_what_is_odd_with_its_status_and_goes_on(
    octets: bytes, command: int, status: int
) -> None:
    async with centre() as (there, port), client(port) as odd:
        await odd.bind()
        odd.send(octets)
        told = await odd.hear()
        assert (told.command, told.status, told.sequence) == (command, status, 7)
        assert len(there.ledger.taken) == (command == SUBMITTED and status == smpp.OK)
        assert await odd.stands()


BREAKS = {
    "a length of 0": raw(smpp.SUBMIT_SM, 7, length=0),
    "a length of 15": raw(smpp.SUBMIT_SM, 7, length=15),
    "a length of all ones": raw(smpp.SUBMIT_SM, 7, length=0xFFFFFFFF),
    "a length that was signed": raw(smpp.SUBMIT_SM, 7, length=0x80000010),
    "five octets of nonsense": b"\0\0\0\2\0",
    "a length smaller than its body": raw(smpp.ENQUIRE_LINK, 7, b"\0" * 24, length=20),
    "a text and then noise": submit(3) + b"\0\0\0\1",
    "a request for a page": b"GET / HTTP/1.1\r\n\r\n",
}


@pytest.mark.parametrize("octets", BREAKS.values(), ids=BREAKS.keys())
async def test_a_stream_that_holds_no_pdus_is_nacked_and_closed_and_other_links_stand(octets: bytes) -> None:
    async with centre() as (_, port), client(port) as odd, client(port) as other:
        await odd.bind()
        await other.bind()
        odd.send(octets)
        assert not await odd.stands()
        assert await other.stands()


async def test_a_length_larger_than_the_body_waits_for_the_rest_and_holds_up_nobody_else() -> None:
    async with centre() as (there, port), client(port) as slow, client(port) as other:
        await slow.bind()
        await other.bind()
        whole = submit(9)
        slow.send(whole[:30])
        other.send(submit(1))
        assert (await other.hear()).status == smpp.OK
        slow.send(whole[30:])
        assert (await slow.hear()).sequence == 9
        assert len(there.ledger.taken) == 2


async def test_a_tlv_that_comes_twice_counts_as_it_came_last() -> None:
    tail = b"\x04\x24\0\5first" + b"\x04\x24\0\6second"
    async with centre() as (there, port), client(port) as odd:
        await odd.bind()
        odd.send(submit(tail=tail, short_message=b""))
        await odd.hear()
        assert [one.text for one in there.ledger.taken.values()] == ["second"]


@pytest.mark.parametrize("bind", [None, smpp.BIND_RECEIVER])
async def test_nothing_is_taken_from_who_is_not_bound_to_send(bind: int | None) -> None:
    async with centre() as (there, port), client(port) as odd:
        if bind:
            await odd.bind(bind)
        odd.send(submit())
        assert (await odd.hear()).status == smpp.WRONG_BIND_STATUS
        assert there.ledger.taken == {}


async def test_answers_to_nothing_are_passed_over_and_any_sequence_number_is_given_back() -> None:
    async with centre() as (there, port), client(port) as odd:
        await odd.bind(sequence=0)
        for command in (smpp.DELIVER_SM, smpp.ENQUIRE_LINK, smpp.UNBIND, smpp.SUBMIT_SM, 0x7FFFFFFF):
            odd.send(raw(command | RESPONSE, 99, b"\0"))
        odd.send(raw(smpp.GENERIC_NACK, 99))
        for sequence in (0, 0, 5, 5, 0x7FFFFFFF, 1, 0xFFFFFFFF):
            odd.send(submit(sequence))
            assert (await odd.hear()).sequence == sequence
        assert len(there.ledger.taken) == 7


async def test_who_asks_ten_thousand_times_whether_anybody_is_there_is_answered_ten_thousand_times() -> None:
    async with centre() as (_, port), client(port) as odd:
        await odd.bind()
        odd.send(b"".join(raw(smpp.ENQUIRE_LINK, sequence) for sequence in range(10_000)))
        assert [(await odd.hear()).sequence for _ in range(10_000)] == list(range(10_000))


async def test_who_unbinds_with_a_text_in_flight_gets_his_answers_and_the_text_goes_to_another() -> None:
    async with centre() as (there, port), client(port) as leaving:
        await leaving.bind()
        there.send("+8613900001111", "10086", {"short_message": b"YE"})
        leaving.send(submit(3) + raw(smpp.UNBIND, 4))
        told = [(await leaving.hear()).command for _ in range(3)]
        assert sorted(told) == [smpp.DELIVER_SM, SUBMITTED, smpp.UNBIND | RESPONSE]
        heard = Heard()
        staying = await bound(port, heard)
        await until(lambda: heard.came)
        assert heard.came[0].octets("short_message") == b"YE"
        await staying.leave()


# our client, and a centre that gets it wrong


@asynccontextmanager
async def odd_centre(talk: Callable[[Client], Awaitable[None]], heard: Heard, **manners: Any) -> AsyncIterator[Link]:
    """Our link to a centre that binds as it should, then talks like this and reads on."""
    done = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there = Client(reader, writer)
        bind = await there.hear()
        there.send(raw(smpp.BIND_TRANSCEIVER | RESPONSE, bind.sequence, b"odd\0"))
        await talk(there)
        await done.wait()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        ours = await bound(server.sockets[0].getsockname()[1], heard, **manners)
        try:
            yield ours
        finally:
            done.set()
            ours.close("done")
            await ours.closed.wait()


async def test_half_a_pdu_and_then_silence_ends_the_link_in_time_and_what_had_no_answer_is_lost() -> None:
    async def half(there: Client) -> None:
        submission = await there.hear()
        there.send(raw(SUBMITTED, submission.sequence, b"0000001\0")[:20])

    heard = Heard()
    async with odd_centre(half, heard, quiet_seconds=0.2, answer_seconds=0.4) as ours:
        ours.submit("in doubt", body())
        await until(ours.closed.is_set)
        assert (heard.lost, heard.answers) == (["in doubt"], [])
        assert ours.why_closed == "the centre does not answer"


async def test_answers_of_strange_kinds_answer_what_they_name_and_nothing_else() -> None:
    async def strange(there: Client) -> None:
        first, second, third = [(await there.hear()).sequence for _ in range(3)]
        there.send(raw(SUBMITTED, 0, b"x\0") + raw(SUBMITTED, 0xFFFFFFFF, b"x\0"))
        there.send(raw(SUBMITTED, first, b"1\0") + raw(SUBMITTED, first, b"2\0"))
        there.send(raw(SUBMITTED, second, b"", status=0xDEADBEEF))
        there.send(raw(SUBMITTED, third, b"no end"))

    heard = Heard()
    async with odd_centre(strange, heard) as ours:
        for reference in "abc":
            ours.submit(reference, body())
        await until(lambda: len(heard.answers) == 3)
        told = [(one.reference, one.status, one.message_id) for one in heard.answers]
        assert told == [("a", 0, "1"), ("b", 0xDEADBEEF, ""), ("c", 0, "no end")]
        assert ours.unanswered == 0


async def test_a_centre_that_unbinds_with_submissions_in_flight_is_answered_and_they_are_in_doubt() -> None:
    unbound: list[Frame] = []

    async def leaves(there: Client) -> None:
        first = await there.hear()
        await there.hear()
        there.send(raw(SUBMITTED, first.sequence, b"1\0") + raw(smpp.UNBIND, 44))
        unbound.append(await there.hear())

    heard = Heard()
    async with odd_centre(leaves, heard) as ours:
        ours.submit("answered", body())
        ours.submit("in doubt", body())
        await until(lambda: unbound)
        assert ours.room == 0, "nothing more is sent"
        await until(ours.closed.is_set)
    assert unbound[0][:3] == (smpp.UNBIND | RESPONSE, 0, 44)
    assert ([one.reference for one in heard.answers], heard.lost) == (["answered"], ["in doubt"])


async def test_a_centre_that_floods_and_does_not_read_is_left_before_it_fills_our_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(link, "OUT_MAX", 100_000)

    async def floods(there: Client) -> None:
        there.reader._transport.pause_reading()  # type: ignore[attr-defined]
        asks = b"".join(raw(smpp.ENQUIRE_LINK, sequence) for sequence in range(1_000))
        try:
            while True:
                there.send(asks)
                await there.writer.drain()
        except ConnectionError:
            pass

    heard = Heard()
    async with odd_centre(floods, heard) as ours:
        await until(ours.closed.is_set)
        assert ours.why_closed == "the centre does not read"


async def test_answers_that_came_before_the_noise_count() -> None:
    async def noise(there: Client) -> None:
        there.send(raw(SUBMITTED, (await there.hear()).sequence, b"1\0") + bytes(16))

    heard = Heard()
    async with odd_centre(noise, heard) as ours:
        ours.submit("known", body())
        await until(ours.closed.is_set)
        assert ([one.message_id for one in heard.answers], heard.lost) == (["1"], [])


async def test_an_answer_of_another_kind_is_no_bind() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bind = await Client(reader, writer).hear()
        writer.write(raw(smpp.ENQUIRE_LINK | RESPONSE, bind.sequence))
        writer.write(raw(smpp.OUTBIND, 3, b"who\0what\0") + raw(smpp.BIND_TRANSCEIVER, 4, b"who"))
        writer.write(raw(smpp.BIND_TRANSCEIVER | RESPONSE, bind.sequence, status=smpp.BIND_FAILED))
        await reader.read()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        with pytest.raises(BindRefused):
            await bound(server.sockets[0].getsockname()[1], Heard())


# fuzzing: whatever comes, both ends stay on their feet


@given(
    st.lists(st.one_of(st.binary(max_size=60), st.just(submit()), st.just(raw(smpp.ENQUIRE_LINK, 1))), max_size=5),
    st.lists(st.integers(1, 64), min_size=1, max_size=40),
)
def test_the_stream_is_split_alike_however_it_is_cut(sent: list[bytes], cuts: list[int]) -> None:
    def split(pieces: list[bytes]) -> tuple[list[Frame], bool, bytes]:
        found, buffer = list[Frame](), b""
        for piece in pieces:
            buffer += piece
            try:
                frames, taken = frames_of(buffer)
            except FrameBroken as broken:
                return found + broken.found, True, b""
            found, buffer = found + frames, buffer[taken:]
        return found, False, buffer

    stream = b"".join(sent)
    pieces, at = list[bytes](), 0
    for cut in [*cuts, len(stream) or 1]:
        pieces.append(stream[at : at + cut])
        at += cut
    at_once, bit_by_bit = split([stream]), split(pieces)
    assert bit_by_bit == at_once


MUTATED = st.tuples(
    st.sampled_from([submit(), raw(smpp.ENQUIRE_LINK, 1), raw(smpp.UNBIND, 2), raw(SUBMITTED, 1, b"1\0"),
                     written(Pdu(smpp.DELIVER_SM, 0, 3, {"source": "8613900001111", "esm_class": 4})),
                     written(Pdu(smpp.BIND_TRANSCEIVER, 0, 4, {"system_id": "qiao"}))]),
    st.lists(st.tuples(st.integers(0, 80), st.integers(0, 255)), max_size=4),
)  # fmt: skip


def mutated(octets: bytes, changes: list[tuple[int, int]]) -> bytes:
    changed = bytearray(octets)
    for at, value in changes:
        changed[at % len(changed)] = value
    return bytes(changed)


class Wire(asyncio.Transport):
    """A transport that goes nowhere."""

    def __init__(self) -> None:
        super().__init__()
        self.out, self.over = b"", False

    def write(self, octets: Any) -> None:
        self.out += octets

    def is_closing(self) -> bool:
        return self.over

    def close(self) -> None:
        self.over = True

    abort = close

    def get_write_buffer_size(self) -> int:
        return 0

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        pass


@settings(max_examples=150, deadline=None)
@given(st.lists(MUTATED, max_size=6), st.integers(1, 50), st.integers(0, 3))
def test_a_link_and_a_centre_bear_any_octets_and_say_only_whole_pdus(
    sent: list[tuple[bytes, list[tuple[int, int]]]], cut: int, submitted: int
) -> None:
    async def run() -> None:
        heard = Heard()
        ours, there = Link(heard.told(), Manners(window=10)), Centre({"qiao": ""})
        session = there_session(there)
        stream = b"".join(mutated(*one) for one in sent)
        for end in (ours, session):
            wire = Wire()
            end.connection_made(wire)
            for number in range(submitted if end is ours else 0):
                ours.submit(number, body())
            for at in range(0, len(stream), cut):
                if not wire.over:
                    end.data_received(stream[at : at + cut])
            await asyncio.sleep(0)
            end.connection_lost(None)
            said, taken = frames_of(wire.out)
            assert taken == len(wire.out), "whole PDUs"
            assert len(said) <= len(stream) // 16 + submitted + 1
        done = [one.reference for one in heard.answers] + heard.lost
        assert sorted(done) == list(range(submitted)), "each submission has one end"

    asyncio.run(run())


def there_session(there: Centre) -> Any:
    from qiao.channels.smpp.sandbox.centre import _Session

    return _Session(there)
