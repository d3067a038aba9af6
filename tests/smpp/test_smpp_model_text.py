"""Short messages: what was sent is what is read, in every alphabet, cut and joined however it may be."""

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from qiao.channels.smpp import model_pdu as smpp
from qiao.channels.smpp.model_pdu import Pdu
from qiao.channels.smpp.model_text import Header, decoded, header_of, joined, part_of, submissions
from qiao.kernel.gsm import DEFAULT, EXTENSION, LOCKING, SINGLE, septets, text_of
from qiao.kernel.sms import as_sms

IN_ALPHABET = sorted({*DEFAULT, *EXTENSION.values()} - {"\x1b"})
TEXTS = st.one_of(
    st.text(st.sampled_from(IN_ALPHABET), max_size=500),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=200).filter(lambda text: text[:1] not in "\ufeff\ufffe"),
    st.text("añóçã€ğ", max_size=400),
    st.text("a€😀查", max_size=300),
)


@given(TEXTS, st.sampled_from(["udh", "sar", "payload"]), st.integers(0, 0xFFFF), st.booleans())
@example("查" * 200, "udh", 7, False)
@example("查" * 200, "sar", 7, False)
@example("a" * 400, "payload", 7, False)
@example("¿Cuánto debo? " * 20, "sar", 7, True)
def test_what_is_submitted_is_what_is_read(text: str, joining: str, reference: int, national: bool) -> None:
    sms = as_sms(text, national=national)
    parts = [
        part_of(Pdu(smpp.SUBMIT_SM, fields=fields, tlvs=tlvs)) for fields, tlvs in submissions(sms, reference, joining)
    ]
    assert "".join(part.text or "" for part in parts) == text
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert {part.of for part in parts} == {len(parts)}
    if len(parts) > 1:
        assert len({part.reference for part in parts}) == 1
        assert parts[0].reference in (reference, reference & 0xFF)


@given(TEXTS, st.booleans())
def test_no_part_is_longer_than_the_network_carries(text: str, national: bool) -> None:
    sms = as_sms(text, national=national)
    for fields, _ in submissions(sms, 1, "udh"):
        octets = fields.get("short_message", b"")
        assert isinstance(octets, bytes)
        head = octets[0] + 1 if fields["esm_class"] else 0
        if sms.encoding == "GSM-7":
            assert len(octets) - head <= (140 - head) * 8 // 7
            assert octets[-1:] != b"\x1b", "an escape and its letter stay together"
        else:
            assert len(octets) <= 140
            octets[head:].decode("utf-16-be")


def test_a_spanish_text_takes_a_national_table_only_where_it_is_wanted_and_pays() -> None:
    words = "¿Cuánto debo? Mañana pagaré la última factura de móvil y el televisor, gracias: 12,50 €."
    assert as_sms(words).segments == 2
    shifted = as_sms(words, national=True)
    assert (shifted.encoding, shifted.segments, shifted.single) == ("GSM-7", 1, 2)
    assert as_sms("查", national=True).encoding == "UCS-2"
    assert as_sms("á" * 70, national=True).single == 0, "no table where UCS-2 needs no more parts"


@given(st.sampled_from(sorted(SINGLE)), st.data())
def test_each_single_shift_table_reads_what_it_writes(language: int, data: st.DataObject) -> None:
    text = data.draw(st.text(st.sampled_from([*IN_ALPHABET, *SINGLE[language].values()]), max_size=60))
    assert text_of(septets(text, language), single=language) == text


def test_a_locking_table_replaces_the_alphabet_and_odd_octets_are_told() -> None:
    assert text_of(bytes((0x60, 0x04)), locking=1) == "ç€"
    assert {len(table) for table in LOCKING.values()} == {128}
    assert text_of(b"\x1b\x1ba\x1b") == " a "
    assert text_of(b"\x1b\x1f\x9fa") == "É?a"
    assert text_of(b"\x1b\x65", single=9) == "€"
    with pytest.raises(ValueError, match="alphabet"):
        septets("查")


@pytest.mark.parametrize(
    ("octets", "coding", "alphabet", "text"),
    [
        (b"\0hello\x1b\x65", 0, "gsm", "@hello€"),
        (b"\x00\x41", 8, "gsm", "A"),
        (b"\xff\xfeA\0", 8, "gsm", "A"),
        (b"\xfe\xff\0A\0", 8, "gsm", "A"),
        (b"\0A\xd8\x3d", 8, "gsm", "A\ufffd"),
        (b"caf\xe9", 3, "gsm", "café"),
        (b"caf\xe9", 0, "latin-1", "café"),
        ("查询".encode(), 0, "gsm", "查询"),
        (b"caf\xe9", 0, "gsm", "café"),
        (b"caf\xe9", 0, "utf-8", "café"),
        (b"a\xe9", 1, "gsm", "a\ufffd"),
        ("こ".encode("shift_jis"), 5, "gsm", "こ"),
        ("안".encode("euc_kr"), 0x0E, "gsm", "안"),
        (b"\x00\x01", 4, "gsm", None),
        (b"\x00\x01", 2, "gsm", None),
        (b"Hi", 0xF0, "gsm", "Hi"),
        (b"Hi", 0x10, "gsm", "Hi"),
        (b"\0H", 0x18, "gsm", "H"),
        (b"\0H", 0x14, "gsm", None),
        (b"Hi", 0x1C, "gsm", "Hi"),
        (b"Hi", 0x30, "gsm", None),
        (b"Hi", 0xF4, "gsm", None),
        (b"Hi", 0xC8, "gsm", "Hi"),
        (b"Hi", 0xD8, "gsm", "Hi"),
        (b"\0H", 0xE8, "gsm", "H"),
        (b"Hi", 0x80, "gsm", "Hi"),
    ],
)
def test_every_coding_met_in_the_field_is_read(octets: bytes, coding: int, alphabet: str, text: str | None) -> None:
    assert decoded(octets, coding, alphabet) == text


@pytest.mark.parametrize(
    ("octets", "header", "rest"),
    [
        (b"", Header(), b""),
        (b"\x09ab", Header(), b"\x09ab"),
        (b"\x00ab", Header(), b"ab"),
        (b"\x05\x00\x03\x2a\x03\x02ab", Header(0x2A, 2, 3), b"ab"),
        (b"\x06\x08\x04\x01\x2a\x03\x02ab", Header(0x12A, 2, 3), b"ab"),
        (b"\x05\x00\x03\x2a\x03\x04ab", Header(), b"ab"),
        (b"\x05\x00\x03\x2a\x00\x00ab", Header(), b"ab"),
        (b"\x06\x24\x01\x02\x25\x01\x03x", Header(single=2, locking=3), b"x"),
        (b"\x06\x05\x04\x0b\x84\x23\xf0x", Header(to_port=True), b"x"),
        (b"\x03\x70\x01\x00x", Header(to_port=True), b"x"),
        (b"\x03\x7f\x01\x00x", Header(to_port=True), b"x"),
        (b"\x03\x80\x01\x00x", Header(), b"x"),
        (b"\x01\x00x", Header(), b"x"),
    ],
)
def test_a_header_says_what_it_says_and_a_broken_one_nothing(octets: bytes, header: Header, rest: bytes) -> None:
    assert header_of(octets) == (header, rest)


def test_what_goes_to_a_port_of_the_handset_is_no_text_and_half_a_sar_is_none() -> None:
    push = Pdu(
        smpp.DELIVER_SM, fields={"esm_class": 0x40, "short_message": b"\x06\x05\x04\x0b\x84\x23\xf0\x01\x06push"}
    )
    assert part_of(push).text is None
    half = Pdu(smpp.DELIVER_SM, fields={"short_message": b"x"}, tlvs={smpp.SAR_REFERENCE: b"\0\1"})
    assert (part_of(half).of, part_of(half).text) == (1, "x")
    wrong = {smpp.SAR_REFERENCE: b"\0\1", smpp.SAR_TOTAL: b"\1", smpp.SAR_NUMBER: b"\2"}
    assert part_of(Pdu(smpp.DELIVER_SM, fields={"short_message": b"x"}, tlvs=wrong)).of == 1


@given(st.binary(max_size=200), st.integers(0, 255), st.integers(0, 255))
def test_whatever_octets_come_they_make_a_text_or_none(octets: bytes, coding: int, esm_class: int) -> None:
    part = part_of(
        Pdu(
            smpp.DELIVER_SM,
            fields={"esm_class": esm_class, "data_coding": coding, "short_message": octets},
        )
    )
    assert 1 <= part.number <= part.of
    if part.text:
        part.text.encode("utf-8")


@given(st.text("a😀👨‍👩‍👧é查", min_size=1, max_size=60), st.lists(st.integers(0, 120), max_size=6), st.booleans())
def test_parts_cut_anywhere_even_within_a_character_make_the_text_again(
    text: str, cuts: list[int], little: bool
) -> None:
    octets = text.encode("utf-16-le" if little else "utf-16-be")
    edges = sorted({0, len(octets), *(2 * cut for cut in cuts if 2 * cut < len(octets))})
    cut = [octets[begun:ended] for begun, ended in pairwise(edges)]
    mark = b"\xff\xfe" if little else b""
    parts = []
    for number, one in enumerate(cut, 1):
        head = bytes((5, 0, 3, 1, max(len(cut), 2), number))
        fields = {"esm_class": 0x40, "data_coding": 8, "short_message": head + mark + one}
        parts.append(part_of(Pdu(smpp.DELIVER_SM, fields=fields)).text or "")
    assert joined(parts) == text
    for part in parts:
        part.encode("utf-8")


def test_half_a_character_whose_other_half_never_comes_is_replaced() -> None:
    assert joined(["a\U0010d83d", "b\U0010de00"]) == "a\ufffdb\ufffd"
    assert joined([]) == ""
