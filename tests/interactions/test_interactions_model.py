"""The rules about text, levels and phases, by table and by property."""

import dataclasses
import unicodedata
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.interactions.kinds import CONTACT, EntryKind, entry_kind, line_of, register_entry_kind
from qiao.interactions.model import (
    Entry,
    Interaction,
    KeyNotUnderstood,
    Message,
    TextHasNul,
    TextTooLong,
    clean_key,
    clean_text,
    for_display,
    level_with,
    risen,
    topic_of,
)
from qiao.kernel.ids import CustomerId
from qiao.kernel.service_ids import ServiceId

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


def contact(**changed: object) -> Interaction:
    whole = {field.name: None for field in dataclasses.fields(Interaction)}
    whole |= {
        "id": uuid4(), "party": "", "channel": "chat", "language": "zh-CN", "segment": "", "direction": "inbound",
        "entry_point": "", "topic": "", "started_at": AT, "level": 0, "wrap_note": "", "last_seq": 0,
        "customer_read_seq": 0, "agent_read_seq": 0,
    }  # fmt: skip
    return Interaction(**{**whole, **changed})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("你好", "你好"),
        ("  hello \r\nthere\r", "hello \nthere"),
        ("e\u0301", "\u00e9"),
        ("a\x07b\x1bc\x7fd", "abcd"),
        ("tab\tstays", "tab\tstays"),
        ("half \ud83d pair", "half \ufffd pair"),
        ("\ufeffmark", "mark"),
        ("exe.\u202egpj", "exe.\u202egpj"),
    ],
)
def test_text_is_kept_as_said_without_what_no_person_types(said: str, kept: str) -> None:
    assert clean_text(said) == kept


def test_a_nul_is_refused() -> None:
    with pytest.raises(TextHasNul):
        clean_text("a\x00b")


def test_a_text_over_the_limit_is_refused_with_both_numbers() -> None:
    with pytest.raises(TextTooLong) as refused:
        clean_text("字" * 20_001)
    assert refused.value.params == {"count": 20_001, "limit": 20_000}
    assert clean_text("字" * 20_000) == "字" * 20_000


@given(st.text(alphabet=st.characters(exclude_characters="\x00"), max_size=200))
def test_cleaning_twice_changes_nothing_and_always_encodes(said: str) -> None:
    once = clean_text(said)
    assert clean_text(once) == once
    assert unicodedata.is_normalized("NFC", once)
    once.encode("utf-8")


@pytest.mark.parametrize("sign", "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
def test_direction_overrides_lose_their_power_on_the_screen_only(sign: str) -> None:
    said = clean_text(f"abc{sign}def")
    assert said == f"abc{sign}def"
    assert for_display(said) == "abcdef"
    message = Message(uuid4(), uuid4(), 1, AT, "customer", None, said, None)  # type: ignore[arg-type]
    assert message.shown == "abcdef"


def test_direction_marks_that_arabic_needs_stay() -> None:
    assert for_display("مرحبا\u200f!") == "مرحبا\u200f!"


@pytest.mark.parametrize("key", ["short", "x" * 65, "has space", "emoji😀😀😀😀", "nul\x00nulnul", ""])
def test_a_key_that_is_none_is_refused(key: str) -> None:
    with pytest.raises(KeyNotUnderstood):
        clean_key(key)


def test_a_key_of_letters_and_digits_or_no_key_is_taken() -> None:
    assert clean_key("0f8fad5b-d9cb-469f-a165-70867728950e") == "0f8fad5b-d9cb-469f-a165-70867728950e"
    assert clean_key(None) is None


@pytest.mark.parametrize(("current", "proved", "rises"), [(0, 1, True), (2, 2, False), (3, 1, False), (2, 3, True)])
def test_a_level_only_rises(current: int, proved: int, rises: bool) -> None:
    assert risen(current, proved) is rises


@pytest.mark.parametrize(
    ("changed", "phase"),
    [
        ({}, "new"),
        ({"queued_at": AT}, "waiting"),
        ({"direction": "written", "queued_at": AT}, "written"),
        ({"agent_id": uuid4()}, "talking"),
        ({"agent_id": uuid4(), "ended_at": AT}, "ended"),
        ({"agent_id": uuid4(), "ended_at": AT, "wrapped_up_at": AT}, "wrapped_up"),
    ],
)
def test_the_phase_follows_from_what_is_on_record(changed: dict[str, object], phase: str) -> None:
    assert contact(**changed).phase == phase


def test_unread_counts_what_agents_have_not_seen_and_is_never_negative() -> None:
    assert contact(last_seq=7, agent_read_seq=4).unread == 3
    assert contact(last_seq=1, agent_read_seq=4).unread == 0


def test_the_topic_of_a_contact_is_his_first_line_cut() -> None:
    assert topic_of("我收到1729的短信\n后来又收到") == "我收到1729的短信"
    assert topic_of("0") == topic_of(" 12 ") == topic_of("1 · yes\n是") == topic_of("****") == ""
    assert topic_of("1729") == "1729"
    cut = topic_of("长" * 300)
    assert len(cut) == 120 and cut.endswith("…")


def entry(kind: str, **summary: object) -> Entry:
    return Entry(uuid4(), uuid4(), AT, kind, "ref", uuid4(), 0, summary)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("summary", "line"),
    [
        (
            {"channel": "chat", "topic": "1729", "disposition": "told_to_wait"},
            "chat, asked about “1729”, told to wait",
        ),
        ({"channel": "sms", "topic": "", "disposition": "solved"}, "SMS, solved"),
        (
            {"channel": "chat", "topic": "bill", "direction": "outbound", "disposition": "solved"},
            "chat from us, about “bill”, solved",
        ),
        ({"channel": "chat", "end_reason": "abandoned"}, "chat, left before an answer"),
        ({"channel": "chat", "phase": "talking"}, "chat, talking now"),
        ({"channel": "pigeon", "phase": "new"}, "pigeon, just begun"),
        ({"channel": "chat", "disposition": "an older word"}, "chat, an older word"),
        ({"channel": "chat", "end_reason": "an older end"}, "chat, an older end"),
    ],
)
def test_a_contact_folds_to_what_a_colleague_would_say_of_it(summary: dict[str, object], line: str) -> None:
    assert line_of(entry(CONTACT, **summary), lambda said: said) == line


def test_a_kind_that_no_room_knows_any_more_still_tells_that_something_was() -> None:
    gone = entry("former.kind")
    assert line_of(gone, lambda said: said) == "an earlier entry"
    assert entry_kind("former.kind").href(gone) is None


def test_two_kinds_of_one_name_are_a_mistake() -> None:
    kind = EntryKind("tests.kind", "Kind", lambda _entry, _translate: "told", leads=lambda entry: f"/x/{entry.ref}")
    register_entry_kind(kind)
    register_entry_kind(kind)
    assert entry_kind("tests.kind").href(entry("tests.kind")) == "/x/ref"
    with pytest.raises(ValueError, match="tests.kind"):
        register_entry_kind(_Other())


class _Other:
    name, title, icon, level = "tests.kind", "Other", "dot", 0

    def line(self, entry: Entry, translate: object) -> str:
        return ""

    def href(self, entry: Entry) -> str | None:
        return None


@pytest.mark.parametrize(
    ("level", "proved_by", "method", "proves"),
    [
        (0, None, "one_time_code", 2),
        (1, None, "service_password", 2),
        (2, "one_time_code", "one_time_code", 2),
        (2, "one_time_code", "service_password", 3),
        (2, None, "service_password", 2),
        (3, "service_password", "one_time_code", 3),
    ],
)
def test_only_a_proof_of_another_kind_is_a_second_one(
    level: int, proved_by: str | None, method: str, proves: int
) -> None:
    assert level_with(contact(level=level, proof_method=proved_by), method) == proves


def test_a_claim_names_whose_proof_would_count() -> None:
    his, other = CustomerId(uuid4()), CustomerId(uuid4())
    number, another = ServiceId("mobile", "+8613912347763"), ServiceId("mobile", "+8613912340001")
    known = contact(customer_id=his, service_id=number)
    assert (known.whose_proof, known.proof_service) == (his, number)
    says = dataclasses.replace(known, claimed_customer_id=other, claimed_service_id=another)
    assert (says.whose_proof, says.proof_service) == (other, another)
    assert contact().whose_proof is None
