"""Keys and signed tokens."""

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from qiao.platform.settings import Settings
from qiao.platform.signing import KEY_FILE, Keys, LinkExpired, LinkNotValid, NoSecretKey, Signer

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
KEYS = Keys(b"s" * 48)


@given(st.dictionaries(st.text(max_size=20), st.none() | st.integers() | st.text(max_size=50), max_size=5))
def test_what_was_signed_is_read_back_until_its_time_is_over(claims: dict[str, object]) -> None:
    signer = KEYS.signer("test")
    token = signer.sign(claims, now=NOW, seconds=60)
    assert signer.read(token, now=NOW + timedelta(seconds=59)) == claims
    with pytest.raises(LinkExpired):
        signer.read(token, now=NOW + timedelta(seconds=60))


@given(st.data())
def test_a_token_changed_anywhere_is_worth_nothing(data: st.DataObject) -> None:
    signer = KEYS.signer("test")
    token = signer.sign({"id": 7}, now=NOW, seconds=60)
    at = data.draw(st.integers(0, len(token) - 1))
    other = data.draw(st.characters().filter(lambda c: c != token[at]))
    with pytest.raises(LinkNotValid):
        signer.read(token[:at] + other + token[at + 1 :], now=NOW)


@pytest.mark.parametrize("token", ["", ".", "a.b", "a", "é.é", "x" * 5000, "x" * 5000 + "." + "y"])
def test_what_is_no_token_is_refused(token: str) -> None:
    with pytest.raises(LinkNotValid):
        KEYS.signer("test").read(token, now=NOW)


def test_a_sealed_body_that_is_no_claim_is_refused() -> None:
    signer = KEYS.signer("test")
    for body in ("W10", "bm9uc2Vuc2U", "!!!!"):  # [], nonsense, no base64
        forged = Signer(signer.key)
        with pytest.raises(LinkNotValid):
            signer.read(f"{body}.{_seal(forged, body)}", now=NOW)


def _seal(signer: Signer, body: str) -> str:
    import base64

    return base64.urlsafe_b64encode(signer._seal(body)).rstrip(b"=").decode()


def test_a_token_of_one_purpose_is_worth_nothing_for_another() -> None:
    token = KEYS.signer("resume").sign({}, now=NOW, seconds=60)
    with pytest.raises(LinkNotValid):
        KEYS.signer("visitor").read(token, now=NOW)
    assert KEYS.key("a") != KEYS.key("b")
    assert Keys(b"t" * 48).key("a") != KEYS.key("a")
    assert "ssss" not in repr(KEYS)


def test_production_does_not_start_without_a_key(tmp_path: Path) -> None:
    with pytest.raises(NoSecretKey):
        Keys.of(Settings(mode="production", data_folder=tmp_path))
    with pytest.raises(NoSecretKey):
        Keys.of(Settings(mode="demo", data_folder=tmp_path, secret_key=SecretStr("short")))
    given_key = Settings(mode="production", data_folder=tmp_path, secret_key=SecretStr("x" * 32))
    assert Keys.of(given_key).key("p") == Keys(b"x" * 32).key("p")
    assert list(tmp_path.iterdir()) == []


def test_the_demo_makes_a_key_once_and_keeps_it_to_its_owner(tmp_path: Path) -> None:
    settings = Settings(mode="demo", data_folder=tmp_path / "new")
    with ThreadPoolExecutor(8) as crew:
        keys = list(crew.map(lambda _: Keys.of(settings).key("p"), range(16)))
    assert len(set(keys)) == 1
    path = tmp_path / "new" / KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == [KEY_FILE]
