"""Reply codes of campaigns: what may be one, when it is live, and which overlap."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.outreach import model_campaigns as model
from qiao.outreach.model_campaigns import CampaignCode

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
DAY = timedelta(days=1)


def made(code: str = "LX5", begins: int = 0, ends: int = 10) -> CampaignCode:
    return CampaignCode(uuid4(), code, "change_plan", {}, "Autumn", AT + begins * DAY, AT + ends * DAY)


def test_a_code_is_kept_narrow_and_capital() -> None:
    assert model.tidy(" ｌｘ５ ") == "LX5"
    assert len(model.tidy("x" * 500)) > model.CODE_MAX, "too long stays too long"


@pytest.mark.parametrize("code", ["LX5", "流量", "12345", "A" * 12, "双11"])
def test_what_may_be_a_code(code: str) -> None:
    assert model.code_problem(code, ()) == ""


@pytest.mark.parametrize(
    "code",
    ["", "a", "A", "lx5", "A B", "A" * 13, "1", "12", "4821", "TD", "STOP", "退订", "START", "QX", "é", "A-B", "\0A"],
)
def test_what_may_not(code: str) -> None:
    assert model.code_problem(code, {"qx"})


def test_a_time_ends_after_it_begins_and_not_years_later() -> None:
    assert model.time_problem(AT, AT + DAY) == ""
    assert model.time_problem(AT, AT)
    assert model.time_problem(AT, AT - DAY)
    assert model.time_problem(AT, AT + model.LONGEST + DAY)


def test_a_code_is_live_from_its_beginning_to_before_its_end() -> None:
    code = made()
    assert [code.live(AT + n * DAY) for n in (-1, 0, 9, 10)] == [False, True, True, False]
    assert code.origin == "campaign:LX5"


@pytest.mark.parametrize("text", ["LX5", "lx5", "ＬＸ５", " l x 5 。", "Lx5!"])
def test_a_code_is_read_however_it_is_typed(text: str) -> None:
    code = made()
    assert model.live_code([made("OTHER"), code], text, AT) is code
    assert model.live_code([code], text, AT + 20 * DAY) is None


@pytest.mark.parametrize("text", ["", "LX55", "LX5 please now", "5", "x" * 500])
def test_other_words_are_no_code(text: str) -> None:
    assert model.live_code([made()], text, AT) is None


@given(st.integers(-5, 15), st.integers(1, 10))
def test_two_codes_overlap_exactly_when_some_moment_has_both(begins: int, lasts: int) -> None:
    code = made()
    from_at, until_at = AT + begins * DAY, AT + (begins + lasts) * DAY
    both = any(code.live(AT + n * DAY) and from_at <= AT + n * DAY < until_at for n in range(-10, 40))
    assert (model.overlapping([code], "lx5", from_at, until_at, None) is code) == both
    assert model.overlapping([code], "lx5", from_at, until_at, code.id) is None
    assert model.overlapping([code], "other", from_at, until_at, None) is None
