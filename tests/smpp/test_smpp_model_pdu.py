"""PDUs: what others wrote is read or refused with the right status, and what is written is read back as it was."""

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.channels.smpp import model_pdu as smpp
from qiao.channels.smpp.model_pdu import Frame, FrameBroken, Pdu, PduFault, frames_of, read, written

SAMPLES = Path(__file__).parents[2].parent / "shared/data/smpp_pdus/pdus.tsv"
BROKEN = "the stream is broken"
PARTIAL = "more is to come"
EXPECTED: dict[str, object] = {
    "decodeLessThan4Bytes": PARTIAL,
    "decodeOnly4Bytes": PARTIAL,
    "decodeLessThan16Bytes": PARTIAL,
    "decodeSignedIntLength": BROKEN,
    "decodeUnsupportedRequestCommandId": smpp.INVALID_COMMAND,
    "decodeUnsupportedResponseCommandId": smpp.INVALID_COMMAND,
    "decodeDeliverSMWithCorrectTotalByteLengthButInvalidShortMessageLength": smpp.INVALID_MESSAGE_LENGTH,
    "decodeBadPduButSkipAllDataInBuffer": smpp.INVALID_COMMAND,
    "decodeSubmitSmWith255ByteShortMessage": PARTIAL,
}


def samples() -> list[tuple[str, bytes]]:
    if not SAMPLES.is_file():
        return []
    joined: dict[str, bytes] = {}
    with SAMPLES.open(encoding="ascii") as file:
        for row in csv.DictReader(file, delimiter="\t"):  # a case that came in two reads has two rows
            joined[row["case"]] = joined.get(row["case"], b"") + bytes.fromhex(row["hex"])
    return list(joined.items())


def outcome(octets: bytes) -> object:
    try:
        frames, _ = frames_of(octets)
        for frame in frames:
            read(frame)
    except FrameBroken:
        return BROKEN
    except PduFault as fault:
        return fault.status
    return smpp.OK if frames else PARTIAL


@pytest.mark.skipif(not SAMPLES.is_file(), reason="the PDUs of others are not here (../shared/data/smpp_pdus)")
def test_each_pdu_of_others_is_read_or_refused_as_it_should_be() -> None:
    told = {name: outcome(octets) for name, octets in samples()}
    odd = {name: found for name, found in told.items() if found != EXPECTED.get(name, smpp.OK)}
    assert len(told) >= 55
    assert odd == {}, odd


def test_a_deliver_sm_is_read_field_by_field() -> None:
    octets = bytes.fromhex(
        "000000400000000500000000000000030002013837363534333231000409343034303400000000000000000000084024232125262f3a"
        "000e0001010006000101"
    )
    (frame,), taken = frames_of(octets)
    pdu = read(frame)
    assert taken == len(octets)
    assert (pdu.command, pdu.sequence) == (smpp.DELIVER_SM, 3)
    assert (pdu.text("source"), pdu.text("destination"), pdu.octets("short_message")) == (
        "87654321", "40404", b"@$#!%&/:",
    )  # fmt: skip
    assert pdu.tlvs == {0x000E: b"\x01", 0x0006: b"\x01"}
    assert (pdu.text("nothing"), pdu.number("source"), pdu.octets("source")) == ("", 0, b"")


@pytest.mark.parametrize("length", [0, 2, 15, smpp.PDU_OCTETS_MAX + 1, 0x80000000, 0xFFFFFFFF])
def test_a_length_that_no_pdu_has_breaks_the_stream_at_once(length: int) -> None:
    with pytest.raises(FrameBroken):
        frames_of(length.to_bytes(4, "big"))
    with pytest.raises(FrameBroken):
        frames_of(length.to_bytes(4, "big") + bytes(12))


@pytest.mark.parametrize(
    ("command", "body", "status"),
    [
        (smpp.SUBMIT_SM, b"", smpp.INVALID_COMMAND_LENGTH),
        (smpp.SUBMIT_SM, b"\0\1", smpp.INVALID_COMMAND_LENGTH),
        (smpp.SUBMIT_SM, b"\0\1\1no end", smpp.INVALID_COMMAND_LENGTH),
        (smpp.SUBMIT_SM, bytes(16) + b"\x09short", smpp.INVALID_MESSAGE_LENGTH),
        (smpp.BIND_TRANSCEIVER, b"who", smpp.INVALID_COMMAND_LENGTH),
        (smpp.ENQUIRE_LINK, b"\4\x24\0\2\1", smpp.INVALID_OPTIONAL),
        (0x0F, b"", smpp.INVALID_COMMAND),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_status(command: int, body: bytes, status: int) -> None:
    with pytest.raises(PduFault) as refused:
        read(Frame(command, 0, 1, body))
    assert refused.value.status == status


def test_a_refusal_needs_no_body_and_zeros_at_the_end_are_padding() -> None:
    assert read(Frame(smpp.SUBMIT_SM | smpp.RESPONSE, 0x58, 7, b"")).text("message_id") == ""
    assert read(Frame(smpp.QUERY_SM | smpp.RESPONSE, 0x67, 7, b"\0\0\0\0")).status == 0x67
    assert read(Frame(smpp.SUBMIT_SM | smpp.RESPONSE, 0, 7, b"42")).text("message_id") == "42"
    assert read(Frame(smpp.ENQUIRE_LINK, 0, 7, b"\0\0\0")).tlvs == {}
    assert read(Frame(smpp.ENQUIRE_LINK, 0, 7, b"\2\4\0\1\x07\0\x1e\0\x41A33")).tlvs == {0x0204: b"\7"}


def test_what_no_pdu_can_hold_is_not_written() -> None:
    with pytest.raises(ValueError, match="NUL"):
        written(Pdu(smpp.SUBMIT_SM, fields={"source": "a\0b"}))
    with pytest.raises(ValueError, match="longer"):
        written(Pdu(smpp.SUBMIT_SM, tlvs={tag: bytes(60_000) for tag in (1, 2)}))
    with pytest.raises(ValueError, match="range"):
        written(Pdu(smpp.SUBMIT_SM, fields={"short_message": bytes(256)}))


CSTRING = st.text(st.characters(min_codepoint=1, max_codepoint=255), max_size=30)


@st.composite
def pdus(draw: st.DrawFn) -> Pdu:
    command = draw(st.sampled_from(sorted(smpp.LAYOUTS)))
    fields: dict[str, int | str | bytes] = {}
    for name in smpp.LAYOUTS[command]:
        if name[0] in "*?":
            fields[name[1:]] = draw(CSTRING)
        elif name[0] == "#":
            fields[name[1:]] = draw(st.binary(max_size=255))
        else:
            fields[name] = draw(st.integers(0, 255))
    tlvs = draw(st.dictionaries(st.integers(1, 0xFFFF), st.binary(max_size=300), max_size=3))
    return Pdu(command, 0, draw(st.integers(0, 0xFFFFFFFF)), fields, tlvs)


@given(st.lists(pdus(), max_size=4), st.data())
def test_what_was_written_is_read_however_the_network_cuts_it(sent: list[Pdu], data: st.DataObject) -> None:
    stream = b"".join(written(one) for one in sent)
    buffer, found = b"", []
    while stream:
        cut = data.draw(st.integers(1, max(len(stream), 1)))
        buffer, stream = buffer + stream[:cut], stream[cut:]
        frames, taken = frames_of(buffer)
        buffer = buffer[taken:]
        found += [read(frame) for frame in frames]
    assert buffer == b""
    assert found == sent


@given(st.binary(max_size=400))
def test_noise_is_refused_and_breaks_nothing(noise: bytes) -> None:
    outcome(noise)
    outcome((16 + len(noise)).to_bytes(4, "big") + smpp.DELIVER_SM.to_bytes(4, "big") + bytes(8) + noise)


def test_an_answer_carries_its_requests_number() -> None:
    answer = smpp.answer_to(Pdu(smpp.SUBMIT_SM, 0, 7), 0x58, message_id="1")
    assert (answer.command, answer.status, answer.sequence) == (smpp.SUBMIT_SM | smpp.RESPONSE, 0x58, 7)
    assert answer.text("message_id") == "1"
