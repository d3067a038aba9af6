"""Log lines without secrets, and figures."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from qiao.platform.database import Transaction
from qiao.platform.secrecy import HIDDEN, is_secret_name, scrubbed, secret_names
from qiao.platform.settings import Settings
from qiao.platform.telemetry import LIVE_SOCKETS, exposition, set_up_logging, speaking_of
from qiao.platform.timers import set_timer
from tests.logs import log_of_our_own


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Where the log goes; the process's own set-up is put back afterwards."""
    with log_of_our_own() as stream:
        yield stream


def read(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_lines_are_json_and_carry_the_context(lines: io.StringIO) -> None:
    set_up_logging(Settings(log_json=True), lines)
    with speaking_of(request="r-1", interaction="i-7"):
        structlog.get_logger("qiao.test").info("chat.said", seq=3)
    structlog.get_logger("qiao.test").info("chat.ended")
    first, second = read(lines)
    assert (first["event"], first["seq"], first["request"], first["interaction"]) == ("chat.said", 3, "r-1", "i-7")
    assert first["level"] == "info"
    assert "request" not in second


def test_secrets_never_reach_a_line(lines: io.StringIO) -> None:
    set_up_logging(Settings(log_json=True), lines)
    structlog.get_logger("qiao.test").warning(
        "sign_in.tried",
        password="hunter2-hunter2",
        headers={"Authorization": "Bearer abc", "Set-Cookie": "qiao_staff=t0ken", "Accept": "*/*"},
        code="204871",
        body="您的验证码是204871，十分钟内有效",
        url="/verify?code=204871",
    )
    logging.getLogger("library").warning("kept", extra={"api_token": "t0ken"})
    told = lines.getvalue()
    for secret in ("hunter2", "Bearer", "t0ken", "204871"):
        assert secret not in told
    assert "*/*" in told


def test_the_console_hides_secrets_too(lines: io.StringIO) -> None:
    set_up_logging(Settings(log_json=False), lines)
    structlog.get_logger("qiao.test").info("tried", otp="204871")
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        structlog.get_logger("qiao.test").exception("broke")
    assert "204871" not in lines.getvalue()
    assert "ZeroDivisionError" in lines.getvalue()


def test_a_level_is_kept_and_chatty_libraries_are_quiet(lines: io.StringIO) -> None:
    set_up_logging(Settings(log_json=True, log_level="warning"), lines)
    structlog.get_logger("qiao.test").info("not told")
    logging.getLogger("procrastinate.jobs").info("arguments of a job")
    structlog.get_logger("qiao.test").error("told")
    assert [line["event"] for line in read(lines)] == ["told"]


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("password", True),
        ("passwordHash", True),
        ("X-CSRF-Token", True),
        ("set_cookie", True),
        ("HTTP_AUTHORIZATION", True),
        ("secret_key", True),
        ("code", False),
        ("tokenizer", False),
        ("customer_id", False),
        ("pinned", False),
    ],
)
def test_names_of_secrets_are_known_by_their_words(name: str, secret: bool) -> None:
    assert is_secret_name(name) is secret


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("code", "123456", HIDDEN),
        ("code", 1234, HIDDEN),
        ("one_time_code", " 123456 ", HIDDEN),
        ("code", "cases.case_not_found", "cases.case_not_found"),
        ("text", "call 123456 or 13912345678", f"call {HIDDEN} or 13912345678"),
        ("number", "123456", "123456"),
        ("token", None, None),
        ("password", "", ""),
        ("answers", ["123456"], ["123456"]),
        ("answer", ["123456"], [HIDDEN]),
    ],
)
def test_codes_are_hidden_where_codes_stand(name: str, value: object, shown: object) -> None:
    assert scrubbed(value, name) == shown


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=10,
)


@given(_json, st.text(min_size=3, max_size=20, alphabet="abcdefgh123"))
def test_a_password_is_hidden_wherever_it_stands(around: object, secret: str) -> None:
    found = str(scrubbed({"around": [{"password": secret + "!"}, around]}))
    assert secret + "!" not in found


def test_a_bottomless_value_ends() -> None:
    deep: dict[str, object] = {"end": "secret thing"}
    for _ in range(50):
        deep = {"in": deep}
    assert "secret thing" not in str(scrubbed(deep))


def test_the_names_that_hold_secrets_are_told() -> None:
    assert secret_names({"a": {"token": "x"}, "b": [{"pin": "1234"}], "c": "fine", "code": "123456"}) == [
        "token",
        "pin",
        "code",
    ]
    assert secret_names({"code": "cases.closed", "n": [1, 2], "m": {"a": (1,)}}) == []


async def test_figures_tell_lags_and_are_read_by_prometheus(tx: Transaction) -> None:
    LIVE_SOCKETS.labels("staff").set(3)
    await set_timer(tx, kind="test.old", ref="1", due_at=tx.now - timedelta(seconds=90))
    told = (await exposition(tx)).decode()
    assert 'qiao_live_sockets{audience="staff"} 3.0' in told
    assert "qiao_timer_lag_seconds 90.0" in told
    assert "process_resident_memory_bytes" in told
