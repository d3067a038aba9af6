"""Whether somebody agreed to what another ordered about his number: digits, no, silence, guesses."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from qiao.catalogue.model_consents import TRIES_MAX, Consent, ConsentState, digits_of, heard, may_answer, standing
from qiao.kernel.ids import OrderId
from qiao.kernel.service_ids import ServiceId

NOW = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
ASKER, MEMBER = ServiceId("mobile", "+8613900000001"), ServiceId("mobile", "+8613900000002")


def asked(state: ConsentState = "asked", tries: int = 0) -> Consent:
    return Consent(uuid4(), OrderId(uuid4()), ASKER, MEMBER, state, NOW + timedelta(hours=1), tries)


@pytest.mark.parametrize(
    ("said", "may", "digits"),
    [
        ("4821", True, "4821"),
        (" ４８２１。", True, "4821"),
        ("N", True, ""),
        ("不同意", True, ""),
        ("Nein!", True, ""),
        ("482", False, ""),
        ("48210", False, ""),
        ("²³²³", True, "2323"),
        ("no way, what is this", False, ""),
        ("", False, ""),
    ],
)
def test_an_answer_is_four_digits_or_a_plain_no(said: str, may: bool, digits: str) -> None:
    assert may_answer(said) is may
    assert digits_of(said) == digits


def test_the_right_digits_agree_and_a_no_is_final() -> None:
    assert heard(asked(), "4821", right=True, now=NOW).state == "agreed"
    refused = heard(asked(), "n", right=False, now=NOW)
    assert refused.state == "refused"
    assert heard(refused, "4821", right=True, now=NOW).state == "refused"


def test_guesses_are_counted_and_three_of_them_are_a_no() -> None:
    consent = asked()
    for tries in range(1, TRIES_MAX + 1):
        consent = heard(consent, "0000", right=False, now=NOW)
        assert consent.tries == tries
    assert consent.state == "refused"


@pytest.mark.parametrize("state", ["asked", "agreed", "refused", "silent"])
def test_silence_is_no_consent_and_an_answer_stands(state: ConsentState) -> None:
    late = NOW + timedelta(hours=2)
    assert standing(asked(state), NOW).state == state
    assert standing(asked(state), late).state == ("silent" if state == "asked" else state)
    assert heard(asked(), "4821", right=True, now=late).state == "silent"
