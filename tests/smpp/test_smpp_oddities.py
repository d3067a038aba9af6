"""What peers get wrong, on either end of a link: answered with the status it deserves, and nothing else suffers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from qiao.channels.smpp import BindRefused, Link, link
from qiao.channels.smpp import model_pdu as smpp
from qiao.channels.smpp.model_pdu import Frame, Pdu, written
from tests.smpp.lines import Heard, body, bound, centre, until
from tests.smpp.raw import RESPONSE, SUBMITTED, Client, client, raw, submit

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


@pytest.mark.slow
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
