"""Service numbers: kept as told, refused where they cannot be, and their hours as people write them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao import routing
from qiao.kernel.refused import InputNotUnderstood, NotFound
from qiao.platform.database import Transaction
from qiao.routing import EntryPointChangedMeanwhile, EntryPointTaken
from qiao.routing.hours import DAYS, read_hours

NAMES = {"en": "Hotline", "zh-CN": "热线"}
SPANS = st.sampled_from(["08:00-12:00", "13:30-20:00", "20:00-24:00"])


async def test_a_number_is_kept_as_told_and_changed_only_as_it_was_seen(tx: Transaction) -> None:
    await routing.add_entry_point(tx, number="10086", code="sms", names=NAMES, answer_minutes=30)
    kept = await routing.entry_point(tx, "10086")
    assert (kept.display_number, kept.answer_minutes, kept.channels) == ("10086", 30, frozenset({"sms", "voice"}))
    await routing.change_entry_point(tx, number="10086", seen_rev=kept.rev, code="hotline", names=NAMES, language="ar")
    with pytest.raises(EntryPointChangedMeanwhile):
        await routing.change_entry_point(tx, number="10086", seen_rev=kept.rev, code="mine", names=NAMES)
    assert (await routing.entry_point(tx, "10086")).code == "hotline"
    with pytest.raises(EntryPointTaken):
        await routing.add_entry_point(tx, number="10086", code="sms", names=NAMES)
    with pytest.raises(NotFound):
        await routing.change_entry_point(tx, number="10000", seen_rev=1, code="sms", names=NAMES)
    await routing.ensure_entry_point(tx, number="12580", code="secretary", names=NAMES, channels=["voice"])
    assert set(await routing.entry_points(tx, channel="sms")) == {"10086"}


async def test_a_chat_is_a_way_in_like_a_number_by_a_word(tx: Transaction) -> None:
    await routing.add_entry_point(tx, number="portal", code="portal", names=NAMES, channels=["chat"], flow="main_menu")
    await routing.ensure_entry_point(tx, number="10086", code="sms", names=NAMES)
    assert set(await routing.entry_points(tx, channel="chat")) == {"portal"}
    every = await routing.entry_points(tx)
    assert {key: one.is_number for key, one in every.items() if key in ("portal", "10086")} == {
        "portal": False,
        "10086": True,
    }


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("number", {"number": "10 86"}),
        ("number", {"number": "1" * 16}),
        ("number", {"number": "portal"}),
        ("number", {"number": "portal", "channels": ["chat", "sms"]}),
        ("number", {"number": "10086", "channels": ["chat"]}),
        ("code", {"code": "SMS desk"}),
        ("name_en", {"names": {"zh-CN": "热线"}}),
        ("channels", {"channels": []}),
        ("channels", {"channels": ["fax"]}),
        ("language", {"language": "tlh"}),
        ("display_number", {"display_number": "call us"}),
        ("flow", {"flow": "../main"}),
        ("answer_minutes", {"answer_minutes": 0}),
    ],
)
async def test_what_cannot_be_is_refused_by_its_field(tx: Transaction, field: str, told: dict[str, Any]) -> None:
    with pytest.raises(InputNotUnderstood) as refused:
        await routing.add_entry_point(tx, **{"number": "10086", "code": "sms", "names": NAMES, **told})
    assert set(refused.value.fields) == {field}


@pytest.mark.parametrize(
    ("written", "day", "spans"),
    [
        ("mon-fri 08:00-20:00", "wed", [["08:00", "20:00"]]),
        ("Mon 8:00-12:00，13:00-24:00", "mon", [["08:00", "12:00"], ["13:00", "00:00"]]),
        ("fri-mon 09:00-10:00", "sun", [["09:00", "10:00"]]),
        ("mon 08:00-09:00\nmon 10:00-11:00", "mon", [["08:00", "09:00"], ["10:00", "11:00"]]),
        ("2026-10-01 closed", "2026-10-01", []),
    ],
)
def test_hours_are_read_as_people_write_them(written: str, day: str, spans: list[list[str]]) -> None:
    told = routing.hours_of(written, zone="Asia/Shanghai")
    assert told is not None
    assert {**(told["week"] or {}), **told["days"]}[day] == spans


@pytest.mark.parametrize(
    "written",
    [
        "monday",
        "mon",
        "mon 25:00-26:00",
        "mon 20:00-08:00",
        "xyz 08:00-09:00",
        "mon-xyz 08:00-09:00",
        "2026-13-01 closed",
        "mon 8-9",
    ],
)
def test_hours_that_cannot_be_read_are_refused(written: str) -> None:
    with pytest.raises(InputNotUnderstood) as refused:
        routing.hours_of(written, zone="Asia/Shanghai")
    assert set(refused.value.fields) == {"hours"}


@given(st.dictionaries(st.sampled_from(DAYS), st.lists(SPANS, max_size=3), max_size=7))
def test_hours_written_back_are_the_same_hours(week: dict[str, list[str]]) -> None:
    written = "\n".join(f"{day} {', '.join(spans) or 'closed'}" for day, spans in week.items())
    told = routing.hours_of(written, zone="Europe/Berlin")
    again = routing.hours_of(routing.as_lines(told), zone="Europe/Berlin")
    assert again == told
    assert read_hours(again) == read_hours(told)
