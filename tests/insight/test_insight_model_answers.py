"""How soon a person answered whoever writes: the clock, the promise, and the shares."""

from datetime import UTC, date, datetime, timedelta

import pytest

from qiao.insight.model import Share
from qiao.insight.model_answers import Wait, by_day, summed

AT = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
NOW = AT + timedelta(hours=3)
DAY = date(2026, 11, 24)


def wait(
    answered: float | None = None,
    *,
    target: int | None = 15,
    gone: float | None = None,
    day: date = DAY,
    channel: str = "sms",
    later: float = 0,
) -> Wait:
    """Asked at AT, answered or gone so many minutes after."""
    from_at = AT + timedelta(minutes=later)
    after = [from_at + timedelta(minutes=one) if one is not None else None for one in (answered, gone)]
    return Wait(day, "sms", channel, target, from_at, *after)


@pytest.mark.parametrize(
    ("one", "seconds", "kept"),
    [
        (wait(15), 900, True),
        (wait(16), 960, False),
        (wait(-5), 0, True),
        (wait(200, target=None), 12_000, None),
        (wait(), None, False),
        (wait(gone=20), None, False),
        (wait(gone=14), None, None),
        (wait(later=170), None, None),
    ],
)
def test_a_promise_is_kept_broken_or_not_decided(one: Wait, seconds: float | None, kept: bool | None) -> None:
    assert one.seconds == seconds
    assert one.kept(NOW) is kept


def test_each_number_and_channel_has_its_line() -> None:
    waits = [wait(n) for n in range(1, 21)] + [wait(gone=2), wait(), wait(3, channel="chat", target=None)]
    chat, sms = summed(waits, NOW)
    assert (chat.channel, chat.kept, chat.median_seconds, chat.ninth_seconds) == ("chat", Share(0, 0), 180, 180)
    assert (sms.asked, sms.answered, sms.target_minutes) == (22, 20, 15)
    assert sms.kept == Share(15, 21), "whoever left before the time was up is not counted, whoever waits on is"
    assert (sms.median_seconds, sms.ninth_seconds) == (600, 1080)


def test_the_target_shown_is_the_newest_and_nothing_has_no_seconds() -> None:
    [line] = summed([wait(later=1, target=5), wait(target=15)], NOW)
    assert (line.target_minutes, line.median_seconds) == (5, None)
    assert summed([], NOW) == []


def test_days_stand_one_after_the_other() -> None:
    before = DAY - timedelta(days=1)
    told = by_day([wait(1), wait(2, day=before), wait(3)], NOW)
    assert [(day, line.asked) for day, line in told] == [(before, 1), (DAY, 2)]
