"""How texts are cut into SMS: counted in septets and units, never through a character."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.kernel.gsm import DEFAULT, EXTENSION
from qiao.kernel.sms import ALONE, JOINED, PARTS_MAX, as_sms, encoding_of, fits, units_of

VECTORS = Path(__file__).parents[2].parent / "shared/data/sms_segments/vectors.json"
TEXTS = st.one_of(
    st.text(st.sampled_from(sorted({*DEFAULT, *EXTENSION.values()} - {"\x1b"})), max_size=700),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=300),
    st.text("a€😀查", max_size=400),
)


@pytest.mark.parametrize(
    ("text", "encoding", "segments", "left"),
    [
        ("", "GSM-7", 1, 160),
        ("a" * 160, "GSM-7", 1, 0),
        ("a" * 161, "GSM-7", 2, 145),
        ("€" * 80, "GSM-7", 1, 0),
        ("€" * 81, "GSM-7", 2, 143),
        ("a" * 152 + "€" + "b" * 7, "GSM-7", 2, 144),
        ("查" * 70, "UCS-2", 1, 0),
        ("查" * 71, "UCS-2", 2, 63),
        ("😀" * 35, "UCS-2", 1, 0),
        ("😀" * 36, "UCS-2", 2, 61),
        ("`", "UCS-2", 1, 69),
    ],
)
def test_parts_are_counted_in_septets_and_units(text: str, encoding: str, segments: int, left: int) -> None:
    sms = as_sms(text)
    assert (sms.encoding, sms.segments, sms.left) == (encoding, segments, left)


def test_no_more_parts_than_one_octet_can_count() -> None:
    assert fits(as_sms("a" * (153 * PARTS_MAX)))
    assert not fits(as_sms("a" * (153 * PARTS_MAX + 1)))


@given(TEXTS)
def test_the_parts_make_the_text_and_each_fits_its_message(text: str) -> None:
    sms = as_sms(text)
    assert "".join(sms.parts) == text
    room = (ALONE if sms.segments == 1 else JOINED)[sms.encoding]
    taken = [sum(units_of(one, sms.encoding) for one in part) for part in sms.parts]
    assert all(used <= room for used in taken)
    assert all(used >= room - 1 for used in taken[:-1]), "no part wastes more than half a character"
    assert sms.left == room - taken[-1]
    assert sms.units == sum(taken)


@given(TEXTS)
def test_one_character_out_of_the_alphabet_makes_the_whole_text_ucs2(text: str) -> None:
    assert encoding_of(text + "查") == "UCS-2"


@pytest.mark.skipif(not VECTORS.is_file(), reason="the vectors of another calculator are not on this machine")
def test_another_calculator_counts_the_same() -> None:
    told = json.loads(VECTORS.read_text("utf-8"))
    assert len(told) == 19
    counted = [(one["name"], as_sms(one["body"]).encoding, as_sms(one["body"]).segments) for one in told]
    assert counted == [(one["name"], one["encoding"], one["segments"]) for one in told]
