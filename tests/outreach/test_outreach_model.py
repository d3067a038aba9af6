"""Whether a message goes: consent, quiet hours in the recipient's zone, one budget, emergencies by a right."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.kernel.service_ids import ServiceId
from qiao.outreach.model import (
    BUDGETED,
    CHOSEN,
    GOOD_FOR,
    PURPOSES,
    Budget,
    Decision,
    Hold,
    Purpose,
    QuietHours,
    Refuse,
    Said,
    Send,
    consent_to,
    decide,
    zone_of,
)

ZONES = st.sampled_from(
    [ZoneInfo(name) for name in ("Asia/Shanghai", "Europe/Paris", "America/New_York", "Australia/Lord_Howe", "UTC")]
)
INSTANTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))
QUIET = st.builds(QuietHours, TIMES, TIMES)
SAID = st.lists(
    st.builds(Said, st.sampled_from(CHOSEN), st.sampled_from(["sms", "phone"]), st.booleans(), st.booleans())
)
PAST = st.lists(st.integers(0, 14 * 24 * 60), max_size=30)
SHANGHAI = ZoneInfo("Asia/Shanghai")
NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)  # 12:00 in Shanghai
NIGHT = datetime(2026, 11, 23, 15, tzinfo=UTC)  # 23:00 in Shanghai


def decided(purpose: Purpose = "service", now: datetime = NOON, **given_too: Any) -> Decision:
    whole: dict[str, Any] = {
        "channel": "sms",
        "consent": (),
        "zone": SHANGHAI,
        "sent": (),
        "asked_at": now,
        **given_too,
    }
    return decide(purpose, now=now, **whole)


@given(now=INSTANTS, zone=ZONES, quiet=QUIET)
def test_quiet_time_ends_later_than_now_outside_itself_and_within_a_day_and_an_hour(
    now: datetime, zone: ZoneInfo, quiet: QuietHours
) -> None:
    until = quiet.until(now, zone)
    if until is None:
        return
    assert now < until <= now + timedelta(hours=25)
    if quiet.begins == time(21) and quiet.ends == time(8):
        assert quiet.until(until, zone) is None


@given(now=INSTANTS, zone=ZONES)
def test_after_the_usual_quiet_time_it_is_eight_on_his_own_clock(now: datetime, zone: ZoneInfo) -> None:
    until = QuietHours().until(now, zone)
    local = now.astimezone(zone)
    assert (until is not None) == (local.hour >= 21 or local.hour < 8)
    if until is not None:
        assert until.astimezone(zone).time() == time(8)
        assert QuietHours().until(until, zone) is None


def test_quiet_time_may_lie_within_a_day_and_may_be_none() -> None:
    siesta = QuietHours(time(11), time(14))
    assert siesta.until(NOON, SHANGHAI) == NOON + timedelta(hours=2)
    assert siesta.until(NIGHT, SHANGHAI) is None
    assert QuietHours(time(0), time(0)).until(NIGHT, SHANGHAI) is None


def test_an_end_that_the_clocks_jump_over_is_the_first_instant_after_it() -> None:
    paris, quiet = ZoneInfo("Europe/Paris"), QuietHours(time(1), time(2, 30))
    before = datetime(2026, 3, 29, 0, 45, tzinfo=UTC)  # 01:45; at 02:00 it becomes 03:00
    until = quiet.until(before, paris)
    assert until is not None
    assert until > before
    assert quiet.until(until, paris) is None


@given(
    purpose=st.sampled_from(list(PURPOSES)), said=SAID, now=INSTANTS, zone=ZONES, past=PAST,
    waited=st.integers(0, 5 * 24 * 60), awake=st.booleans(), right=st.booleans(), a_day=st.integers(0, 6),
)  # fmt: skip
def test_what_goes_may_go_whatever_the_circumstances(
    purpose: Purpose, said: list[Said], now: datetime, zone: ZoneInfo, past: list[int], waited: int, awake: bool,
    right: bool, a_day: int,
) -> None:  # fmt: skip
    sent = [now - timedelta(minutes=ago) for ago in past]
    asked_at, budget = now - timedelta(minutes=waited), Budget(a_day, 12)
    found = decide(
        purpose, channel="sms", consent=said, now=now, zone=zone, sent=sent, asked_at=asked_at, awake=awake,
        emergency_right=right, budget=budget,
    )  # fmt: skip
    stale = now - asked_at > GOOD_FOR[purpose]
    night = QuietHours().until(now, zone)
    if stale:
        assert found == Refuse("stale")
    elif purpose == "emergency":
        assert found == (Send() if right else Refuse("no_right")), "no consent, budget or night stops it"
    elif consent_to(said, purpose, "sms") is not None:
        assert isinstance(found, Refuse)
    elif purpose in BUDGETED and budget.spent(sent, now):
        assert found == Refuse("over_budget")
    elif night is None or (awake and purpose == "service"):
        assert found == Send()
    else:
        assert found == Hold(night)


@given(past=PAST, budget=st.builds(Budget, st.integers(0, 5), st.integers(0, 15)))
def test_asked_again_and_again_nobody_gets_more_than_the_budget_of_what_may_be_refused(
    past: list[int], budget: Budget
) -> None:
    sent: list[datetime] = []
    for minute in sorted(past):
        now = NOON + timedelta(minutes=minute)
        marketing = [Said("marketing", "sms", True)]
        found = decided("marketing", now, consent=marketing, sent=sent, budget=budget)
        if found == Send():
            sent.append(now)
    for at in sent:
        assert sum(at - timedelta(days=1) < one <= at for one in sent) <= budget.a_day
        assert sum(at - timedelta(days=7) < one <= at for one in sent) <= budget.a_week


@given(past=st.lists(st.integers(0, 23), min_size=4, max_size=9))
def test_service_messages_count_and_are_never_refused_for_it(past: list[int]) -> None:
    sent = [NOON - timedelta(hours=hour) for hour in past]
    assert decided("service", sent=sent) == Send()
    for purpose in ("reminder", "survey"):
        assert decided(purpose, sent=sent) == Refuse("over_budget")


@given(said=SAID, purpose=st.sampled_from(CHOSEN))
def test_the_newest_word_counts_and_silence_is_no_consent_to_offers(said: list[Said], purpose: str) -> None:
    about = [one for one in said if (one.purpose, one.channel) == (purpose, "sms")]
    against = consent_to(said, purpose, "sms")
    if not about:
        assert against == ("no_consent" if purpose == "marketing" else None)
    elif about[-1].given:
        assert against is None
    else:
        assert against == ("stopped" if about[-1].by_stop_word else "no_consent")


def test_at_night_a_message_waits_for_the_morning_unless_he_is_talking_with_us_about_it() -> None:
    morning = datetime(2026, 11, 24, 0, tzinfo=UTC)
    assert decided(now=NIGHT) == Hold(morning)
    assert decided(now=NIGHT, awake=True) == Send()
    assert decided("survey", now=NIGHT, awake=True) == Hold(morning)
    assert decided("survey", now=NIGHT, awake=True, channel="phone") == Send(), "asked in his own call"
    assert decided("survey", now=NIGHT, channel="phone") == Hold(morning)


@pytest.mark.parametrize(
    ("number", "chosen", "zone"),
    [
        ("+8613912345678", None, "Asia/Shanghai"),
        ("+85251234567", None, "Asia/Hong_Kong"),
        ("+33612345678", None, "Europe/Paris"),
        ("+8613912345678", "Europe/Berlin", "Europe/Berlin"),
        ("+12125550123", None, "Asia/Shanghai"),
    ],
)
def test_his_zone_is_what_he_chose_else_that_of_his_number(number: str, chosen: str | None, zone: str) -> None:
    assert zone_of(ServiceId("mobile", number), chosen) == ZoneInfo(zone)


def test_a_line_without_a_number_lies_at_home() -> None:
    assert zone_of(ServiceId("broadband", "login")) == SHANGHAI
