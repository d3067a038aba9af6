"""Decisions of the chat: silence, truthful words, resuming, pace, tokens; by table and by property."""

import contextlib
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.channels.chat.claims import VisitNotKnown, read_claim, sign_claim
from qiao.channels.chat.frames import CATCH_UP_MESSAGES_MAX, FrameNotUnderstood, FrameTooLarge, Hello, parse, resume
from qiao.channels.chat.model import Embedding, Outlook, Party, Told, outlook_text, silence, state_text
from qiao.channels.chat.pace import Paces, TooFast
from qiao.channels.chat.texts import pack, refusal_text, say, spoken
from qiao.kernel.languages import LANGUAGES
from qiao.kernel.refused import Refused
from qiao.platform.i18n import when_text

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
RULES = {"warn_seconds": 300, "end_seconds": 120}


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("by", "at", "warned", "seconds", "step", "again"),
    [
        (None, None, False, 0, "fine", None),
        ("customer", AT, False, 9999, "fine", None),
        ("customer", AT, True, 9999, "fine", None),
        ("agent", None, False, 9999, "fine", None),
        ("agent", AT, False, 299, "fine", 300),
        ("agent", AT, False, 300, "warn", 420),
        ("agent", AT, False, 9000, "warn", 9120),
        ("agent", AT, True, 300, "fine", 420),
        ("agent", AT, True, 420, "end", None),
    ],
)
def test_only_a_silent_customer_is_warned_and_only_a_warned_one_is_ended(
    by: str | None, at: datetime | None, warned: bool, seconds: float, step: str, again: float | None
) -> None:
    told = silence(last_said_by=by, last_said_at=at, warned=warned, now=after(seconds), **RULES)
    assert told == (step, None if again is None else after(again))


@given(st.integers(0, 10_000), st.booleans())
def test_whoever_looks_again_when_told_to_comes_to_an_end(late: int, warned: bool) -> None:
    now, steps = after(late), []
    for _ in range(4):
        step, again = silence(last_said_by="agent", last_said_at=AT, warned=warned, now=now, **RULES)
        steps.append(step)
        warned = warned or step == "warn"
        if again is None:
            break
        assert again > now
        now = again
    assert steps[-1] == "end"


@pytest.mark.parametrize(
    ("outlook", "waiting", "when", "told"),
    [
        (Outlook(True, 20), False, "", Told("outlook_soon")),
        (Outlook(True, 20), True, "", Told("waiting_soon")),
        (Outlook(True, 60), True, "", Told("waiting_minutes", {"minutes": 1})),
        (Outlook(True, 61), True, "", Told("waiting_minutes", {"minutes": 2})),
        (Outlook(True), False, "", Told("outlook_unknown")),
        (Outlook(False), False, "", Told("outlook_nobody")),
        (Outlook(False), True, "08:00", Told("waiting_closed", {"when": "08:00"})),
    ],
)
def test_waiting_is_told_as_it_is(outlook: Outlook, waiting: bool, when: str, told: Told) -> None:
    assert outlook_text(outlook, waiting=waiting, when=when) == told


@pytest.mark.parametrize(
    ("phase", "given", "told"),
    [
        ("ended", {"end_reason": "silent"}, Told("ended_silent")),
        ("ended", {"end_reason": "agent_ended"}, Told("ended")),
        ("talking", {"agent": "李"}, Told("talking", {"agent": "李"})),
        ("talking", {}, Told("talking_somebody")),
        ("waiting", {"had_agent": True}, Told("taken_over")),
        ("waiting", {}, Told("waiting_unknown")),
        ("waiting", {"outlook": Outlook(True, 5)}, Told("waiting_soon")),
        ("new", {"outlook": Outlook(True, 5)}, Told("outlook_soon")),
        ("written", {"outlook": Outlook(False)}, Told("written")),
        ("written", {"outlook": Outlook(False), "when": "08:00"}, Told("written_until", {"when": "08:00"})),
        ("written", {"outlook": Outlook(True, 5)}, Told("waiting_soon")),
        ("new", {"assistant": True}, Told("assistant_answers")),
    ],
)
def test_one_line_says_what_is_happening(phase: str, given: dict[str, object], told: Told) -> None:
    whole = {"agent": "", "end_reason": None, "outlook": None, **given}
    assert state_text(phase, **whole) == told  # type: ignore[arg-type]


def test_a_party_has_a_digest_that_names_nobody() -> None:
    one, two = Party("user:shop:4711", "shop"), Party("user:shop:4712", "shop")
    assert "4711" not in one.digest and one.digest != two.digest and len(one.digest) == 16


@given(st.integers(0, 2000), st.one_of(st.none(), st.integers(-5, 2500)), st.booleans())
def test_resuming_never_leaves_a_gap_and_never_repeats_a_number(last_seq: int, last: int | None, same: bool) -> None:
    conversation = uuid4()
    plan = resume(Hello(conversation if same else uuid4(), last), conversation, last_seq)
    if plan.after is None:
        honest = same and last is not None and 0 <= last <= last_seq
        assert not honest or last_seq - (last or 0) > CATCH_UP_MESSAGES_MAX
    else:
        assert same and plan.after == last and plan.after <= last_seq


def test_a_conversation_that_is_none_is_nothing_to_resume() -> None:
    assert resume(Hello(None, 0), None, 0).after is None
    assert resume(Hello(UUID(int=1), 0), None, 0).after is None


@given(st.recursive(st.one_of(st.none(), st.booleans(), st.integers(), st.text()), st.lists))
def test_no_json_breaks_the_reading_of_a_frame(value: object) -> None:
    for told in (value, {"t": value}, {"t": "say", "key": value, "text": value}, {"t": "hello", "last": value}):
        try:
            parse(json.dumps(told))
        except (FrameNotUnderstood, FrameTooLarge):
            continue


def test_a_frame_is_measured_in_bytes() -> None:
    with pytest.raises(FrameTooLarge):
        parse('{"t":"say","key":"key-00000001","text":"' + "字" * 22_000 + '"}')
    with pytest.raises(FrameTooLarge):
        parse(" " * 70_000)


def test_a_connection_has_its_burst_and_then_its_pace() -> None:
    paces, passed, now = Paces(), 0, 100.0
    for _ in range(10_000):
        with contextlib.suppress(TooFast):
            paces.admit("visitor:a", "socket 1", now_seconds=now)
            passed += 1
        now += 0.001
    assert 20 + 48 <= passed <= 20 + 51


def test_one_visitor_in_many_tabs_has_one_pace_and_others_their_own() -> None:
    paces, passed = Paces(), 0
    with pytest.raises(TooFast) as refused:
        for n in range(1000):
            paces.admit("visitor:a", f"socket {n}", now_seconds=0.0)
            passed += 1
    assert passed == 40 and refused.value.params["seconds"] >= 0.01
    paces.admit("visitor:b", "socket b", now_seconds=0.0)


def test_patience_with_nonsense_ends() -> None:
    paces = Paces()
    borne = [paces.bear("socket 1", now_seconds=0.0) for _ in range(2001)]
    assert borne == [True] * 2000 + [False]


SECRET = "a site's secret"


def test_a_claim_is_good_with_its_sites_secret_for_an_hour_at_most() -> None:
    told = {"sub": "4711", "exp": int(after(60).timestamp())}
    assert read_claim(SECRET, sign_claim(SECRET, told), now=AT)["sub"] == "4711"
    far = {"sub": "4711", "exp": int(after(3601).timestamp())}
    for secret, said, now in (("another", told, AT), (SECRET, told, after(60)), (SECRET, far, AT), (SECRET, {}, AT)):
        with pytest.raises(VisitNotKnown):
            read_claim(SECRET, sign_claim(secret, dict(said)), now=now)


@given(st.text(max_size=80), st.integers(0, 40))
def test_no_text_is_a_claim_and_no_changed_claim_is_one(text: str, place: int) -> None:
    claim = sign_claim(SECRET, {"sub": "4711", "exp": int(after(60).timestamp())})
    changed = claim[:place] + ("A" if claim[place] != "A" else "B") + claim[place + 1 :]
    for spoiled in (text, f"{text}.{text}", changed, claim.replace(".", ""), sign_claim(SECRET, [1])):  # type: ignore[arg-type]
        with pytest.raises(VisitNotKnown):
            read_claim(SECRET, spoiled, now=AT)


def test_every_language_has_every_text_with_the_same_blanks() -> None:
    import re

    def blanks(text: str) -> set[str]:
        return set(re.findall(r"\{(\w+)\}", text))

    english = pack("en")
    for language in LANGUAGES:
        words = pack(language)
        assert words.keys() == english.keys() and words["refused"].keys() == english["refused"].keys()
        for name, text in english.items():
            if name != "refused":
                assert words[name].strip() and blanks(words[name]) == blanks(text), (language, name)
        for code, text in english["refused"].items():
            assert words["refused"][code].strip() and blanks(words["refused"][code]) == blanks(text), (language, code)


def test_a_refusal_nobody_translated_still_says_something_in_his_language() -> None:
    class Odd(Refused):
        code = "elsewhere.odd"

    assert refusal_text("de", Odd()) == pack("de")["refused"]["other"]
    from qiao.interactions import TextTooLong

    assert "20001" in refusal_text("fr", TextTooLong(count=20001, limit=20000))
    assert refusal_text("fr", TextTooLong()) == pack("fr")["refused"]["other"]
    assert say("zh-CN", Told("talking", {"agent": "李"})) == "李 正在为您服务。"


def test_a_moment_is_told_as_people_there_say_it() -> None:
    opens = datetime(2026, 11, 24, 0, 0, tzinfo=UTC)
    assert when_text("en", opens, now=AT, zone="Asia/Shanghai") == "Tue 08:00"
    assert when_text("zh-CN", opens, now=opens - timedelta(hours=1), zone="Asia/Shanghai") == "08:00"
    assert when_text("zh-HK", None, now=AT, zone="Asia/Shanghai") == ""


@pytest.mark.parametrize(
    ("asked", "spoke"), [("en-GB", "en"), (None, "zh-CN"), ("x" * 9999, "zh-CN"), ("yue", "zh-HK")]
)
def test_the_nearest_language_is_spoken(asked: str | None, spoke: str) -> None:
    assert spoken(asked) == spoke


def test_an_embedding_bears_one_mark_as_long_as_nothing_of_it_is_changed() -> None:
    shop = Embedding(origins=("https://shop.example",))
    assert shop.mark == Embedding(origins=("https://shop.example",)).mark
    others = (
        Embedding(),
        Embedding(origins=shop.origins, gone_seconds=1),
        Embedding(origins=shop.origins, active=False),
    )
    assert len({shop.mark, *(one.mark for one in others)}) == 4
