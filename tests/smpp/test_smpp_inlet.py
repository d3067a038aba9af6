"""Odd texts through the real inlet (a centre, a link, the gateway): a person's text is read, anything else is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from qiao.channels.smpp import arriving, gateway
from qiao.channels.smpp.model_text import submissions
from qiao.channels.smpp.sandbox import Centre
from qiao.kernel.service_ids import ServiceId
from qiao.kernel.sms import as_sms
from tests.smpp.lines import ACCOUNTS, sending, texts, until

if TYPE_CHECKING:
    from qiao.platform.database import Database
    from qiao.platform.house import House
    from tests.conftest import StillClock

TO = ServiceId("mobile", "+8613900001111")
ELSE = ServiceId("mobile", "+8613900002222")
Short = tuple[dict[str, Any], dict[int, bytes]]
FAMILY = "👨‍👩‍👧‍👦"


@pytest.fixture(autouse=True)
async def _empty(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    async with database.transaction() as tx:
        for table in ("post_messages", "post_texts", "smpp_parts", "smpp_receipts", "smpp_pieces"):
            await tx.execute(text(f"truncate {table}"))
    monkeypatch.setattr(gateway, "LOOK_SECONDS", 0.05)


async def handed_over(there: Centre) -> None:
    await until(lambda: not there.waiting and there.links and not there.links[0].unacknowledged)


async def through(house: House, database: Database, *shorts: Short, source: str = TO.value) -> list[str]:
    """These short messages from a handset; returns the texts they make."""
    there = Centre(ACCOUNTS)
    async with sending(house, there):
        for told, tlvs in shorts:
            there.send(source, "10086", told, tlvs)
        await handed_over(there)
    return [words for words, _ in await texts(database)]


def ucs2(words: str, head: bytes = b"") -> dict[str, Any]:
    octets = words.encode("utf-16-be", "surrogatepass")
    return {"data_coding": 8, "esm_class": 0x40 if head else 0, "short_message": head + octets}


def part(number: int, of: int, octets: bytes, reference: int = 9, coding: int = 0) -> Short:
    head = bytes((5, 0, 3, reference, of, number))
    return {"esm_class": 0x40, "data_coding": coding, "short_message": head + octets}, {}


def units(number: int, of: int, half: bytes) -> Short:
    return part(number, of, half, coding=8)


EMOJI = FAMILY.encode("utf-16-be")
READ: dict[str, tuple[list[Short], list[str]]] = {
    "nothing": ([({"short_message": b""}, {})], [""]),
    "one letter": ([({"short_message": b"a"}, {})], ["a"]),
    "160 septets": (submissions(as_sms("a" * 160), 1, "udh"), ["a" * 160]),
    "161 septets": (submissions(as_sms("a" * 161), 1, "udh"), ["a" * 161]),
    "70 characters": (submissions(as_sms("查" * 70), 1, "udh"), ["查" * 70]),
    "71 characters": (submissions(as_sms("查" * 71), 1, "udh"), ["查" * 71]),
    "255 parts": (
        [part(one, 255, b"%03d" % one) for one in range(1, 256)], ["".join(f"{one:03d}" for one in range(1, 256))],
    ),
    "255 parts, each full": ([part(one, 255, b"x" * 153) for one in range(255, 0, -1)], ["x" * 4_000]),
    "parts of two alphabets": ([part(1, 2, b"bill "), units(2, 2, "账单".encode("utf-16-be"))], ["bill 账单"]),
    "half a character": ([(ucs2("A\ud83d"), {})], ["A\ufffd"]),
    "halves the wrong way round": ([(ucs2("\ude00\ud83d"), {})], ["\ufffd\ufffd"]),
    "a family cut between two persons": ([units(1, 2, EMOJI[:6]), units(2, 2, EMOJI[6:])], [FAMILY]),
    "a family cut within a person": ([units(2, 2, EMOJI[2:]), units(1, 2, EMOJI[:2])], [FAMILY]),
    "a half whose other half is of another part": ([units(1, 2, b"\xd8\x3d"), units(2, 2, b"\0A")], ["\ufffdA"]),
    "a NUL": ([(ucs2("Y\0E"), {})], ["YE"]),
    "a NUL in a part": ([units(1, 2, b"\0Y\0\0"), units(2, 2, b"\0E")], ["YE"]),
    "a flash text": ([({"data_coding": 0x10, "short_message": b"YE"}, {})], ["YE"]),
    "class 0 by its other name": ([({"data_coding": 0xF0, "short_message": b"YE"}, {})], ["YE"]),
    "one that replaces another on the card": ([({"protocol_id": 0x41, "short_message": b"YE"}, {})], ["YE"]),
    "joined by TLVs of other lengths": (
        [({"short_message": b"YE"}, {0x020C: bytes(9), 0x020E: b"\xff" * 4, 0x020F: b"\0\0\0\1"})], ["YE"],
    ),
    "a reference beyond all": (
        [({"short_message": b"YE"}, {0x020C: b"\xff" * 8, 0x020E: b"\2", 0x020F: b"\1"})], ["YE"],
    ),
    "little-endian with its mark": ([({"data_coding": 8, "short_message": b"\xff\xfeY\0E\0"}, {})], ["YE"]),
    "an octet too many": ([({"data_coding": 8, "short_message": b"\0Y\0E\0"}, {})], ["YE"]),
    "UTF-8 marked as the default alphabet": ([({"short_message": "查".encode()}, {})], ["查"]),
    "a payload instead of a text": ([({"short_message": b""}, {0x0424: b"YE"})], ["YE"]),
    "a header that says it is longer than all": ([({"esm_class": 0x40, "short_message": b"\xffYE"}, {})], ["ÿYE"]),
    "a header flag and nothing at all": ([({"esm_class": 0x40, "short_message": b""}, {})], [""]),
}  # fmt: skip


@pytest.mark.parametrize(("shorts", "told"), READ.values(), ids=READ.keys())
async def test_a_text_of_a_person_is_read_however_it_was_sent(
    house: House, database: Database, shorts: list[Short], told: list[str]
) -> None:
    assert await through(house, database, *shorts) == told


NOT_FOR_PEOPLE: dict[str, Short] = {
    "binary": ({"data_coding": 4, "short_message": b"\0\1\2"}, {}),
    "binary of class 1": ({"data_coding": 0xF5, "short_message": b"\0\1\2"}, {}),
    "a push to the browser": ({"esm_class": 0x40, "short_message": b"\x06\x05\x04\x0b\x84\x23\xf0\x01\x06"}, {}),
    "a command to the card": ({"esm_class": 0x40, "protocol_id": 0x7F, "short_message": b"\x02\x70\x00\x00\x10"}, {}),
    "an answer of the card": ({"esm_class": 0x40, "short_message": b"\x02\x71\x00\x00\x10"}, {}),
}


@pytest.mark.parametrize("short", NOT_FOR_PEOPLE.values(), ids=NOT_FOR_PEOPLE.keys())
async def test_what_is_for_a_program_is_acknowledged_and_is_no_text(
    house: House, database: Database, short: Short
) -> None:
    assert await through(house, database, short) == []


NOBODY = (
    "10690", "95588", "CITYBANK", "1390000QIAO", "VERYLONGNAME1", "110", "0", "12'; drop table", "+", "9" * 20, "",
)  # fmt: skip


@pytest.mark.parametrize(("ton", "npi"), [(0, 0), (1, 1), (5, 0), (77, 200)])
async def test_names_short_codes_and_nonsense_as_senders_are_nobody_who_could_be_answered(
    house: House, database: Database, ton: int, npi: int
) -> None:
    there = Centre(ACCOUNTS)
    async with sending(house, there):
        for source in NOBODY:
            told = {"source_ton": ton, "source_npi": npi, "short_message": source.encode()}
            there.send(source, "10086", told)
        there.send(TO.value, "10086", {"short_message": b"somebody"})
        await handed_over(there)
    assert [words for words, _ in await texts(database)] == ["somebody"]


@pytest.mark.parametrize(
    ("source", "ton"),
    [("13900001111", 0), ("8613900001111", 1), ("008613900001111", 1), ("13900001111", 1), ("13900001111", 2),
     ("8613900001111", 0), ("13900001111", 77)],
)  # fmt: skip
async def test_a_number_is_known_whatever_type_it_is_said_to_be_of(
    house: House, database: Database, source: str, ton: int
) -> None:
    there = Centre(ACCOUNTS)
    async with sending(house, there):
        there.send(source, "10086", {"source_ton": ton, "source_npi": 99, "short_message": b"YE"})
        await handed_over(there)
    async with database.transaction() as tx:
        assert await tx.scalar(text("select sender from post_texts")) == str(TO)


async def test_a_centre_that_numbers_all_alike_loses_no_text(house: House, database: Database) -> None:
    there = Centre(ACCOUNTS)
    async with sending(house, there):
        (session,) = there.links
        for number, words in enumerate((b"YE", b"TC", b"YE"), 1):
            session._sequence = iter((0,))  # type: ignore[assignment]
            there.send(TO.value, "10086", {"short_message": words})
            await handed_over(there)
            assert len(await texts(database)) == number
    assert [words for words, _ in await texts(database)] == ["YE", "TC", "YE"]


async def test_long_texts_of_two_people_under_one_reference_do_not_mix_and_none_is_lost(
    house: House, database: Database
) -> None:
    there = Centre(ACCOUNTS)
    async with sending(house, there):
        for number in (1, 2):
            for source, letter in ((TO, b"a"), (ELSE, b"b")):
                there.send(source.value, "10086", *part(number, 2, letter * 10))
        for number in (1, 2, 3):
            there.send(TO.value, "10086", *part(number, 3, b"c" * 10))
        for number in (1, 2):
            there.send(TO.value, "10086", *part(number, 2, b"d" * 10))
        await handed_over(there)
    assert sorted(words for words, _ in await texts(database)) == ["a" * 20, "b" * 20, "c" * 30, "d" * 20]


async def test_a_text_written_in_parted_letters_is_known_when_it_comes_again(
    house: House, database: Database, clock: StillClock
) -> None:
    for _ in range(2):
        clock.forward(seconds=5)
        assert await through(house, database, (ucs2("Ame\u0301lie\r\n"), {})) == ["Amélie"]


async def test_a_text_that_no_row_can_hold_is_refused_for_good_and_keeps_nobody_out(
    house: House, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arriving, "sender_of", lambda *_: ELSE)
    monkeypatch.setattr(arriving, "addressed", lambda pdu: "\0" if b"poison" in pdu.octets("short_message") else "1")
    there = Centre(ACCOUNTS)
    async with sending(house, there):
        for words in (b"before", b"poison", b"after"):
            there.send(TO.value, "10086", {"short_message": words})
        await handed_over(there)
        assert len(there.links) == 1, "the link stands"
    assert [words for words, _ in await texts(database)] == ["before", "after"]


BAD_RECEIPTS: dict[str, tuple[bytes, dict[int, bytes]]] = {
    "no id": (b"stat:DELIVRD err:000", {}),
    "a NUL within the id": (b"id:1\x002 stat:DELIVRD", {}),
    "a NUL within the id's TLV": (b"", {0x001E: b"1\x002", 0x0427: b"\2"}),
    "an id of hundreds of letters": (b"id:" + bytes(97 + at * at * 7 % 26 for at in range(230)) + b" stat:DELIVRD", {}),
    "an id of kilobytes": (b"", {0x001E: bytes(33 + at * at * 31 % 90 for at in range(9_000)), 0x0427: b"\2"}),
    "a state that is none": (b"id:1 stat:%%%% err:zz", {}),
    "a state of three octets": (b"id:1 stat:DELIVRD", {0x0427: b"\2\2\2"}),
    "dates of zeros": (b"id:0 submit date:000000 done date:000000 stat:DELIVRD", {}),
    "nothing": (b"", {}),
    "in a payload": (b"", {0x0424: b"id:1 stat:DELIVRD"}),
    "as a datagram": (b"id:1 stat:DELIVRD", {}),
}


@pytest.mark.parametrize(("words", "tlvs"), BAD_RECEIPTS.values(), ids=BAD_RECEIPTS.keys())
async def test_a_receipt_however_bad_is_acknowledged_and_what_follows_it_is_heard(
    house: House, database: Database, words: bytes, tlvs: dict[int, bytes]
) -> None:
    receipt = {"esm_class": 0x05 if words.startswith(b"id:1") else 0x04, "short_message": words}
    assert await through(house, database, (receipt, tlvs), ({"short_message": b"YE"}, {})) == ["YE"]
