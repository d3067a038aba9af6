"""What a service asks before it is performed: level, basis, right, parameters, a yes, a grant."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.catalogue.model import (
    ASKS_AGAIN,
    NeedsConfirmation,
    NeedsGrant,
    Order,
    Parameter,
    ProofTooLow,
    Service,
    admit,
    ask_again_after,
    read_parameters,
)
from qiao.kernel.ids import CustomerId, OrderId, new_id
from qiao.kernel.origin import Origin
from qiao.kernel.refused import InputNotUnderstood, NotAllowed, NotFound, Refused
from qiao.kernel.service_ids import ServiceId

RIGHT = "catalogue.perform"
LOOK = Service("bill", {"en": "Bill"}, "look", 2)
ACT = Service("cancel", {"en": "Cancel"}, "act", 2, right=RIGHT)
OPEN = Service("provider", {"en": "Provider"}, "look", 0, about_customer=False, self_service=False)
PAID = Service("plan", {"en": "Plan"}, "act", 2, right=RIGHT, confirm=True)
MONEY = Service("credit", {"en": "Credit"}, "act", 2, right=RIGHT, gives_money=True)
STAFF = frozenset({RIGHT})


@pytest.mark.parametrize(
    ("service", "level", "basis", "rights", "listed", "refused"),
    [
        (LOOK, 2, "live_contact", frozenset(), False, None),
        (LOOK, 1, "live_contact", frozenset(), False, ProofTooLow),
        (LOOK, 2, "self", None, False, None),
        (LOOK, 1, "self", None, False, ProofTooLow),
        (LOOK, 2, "supervision", frozenset(), False, None),
        (LOOK, 1, "supervision", frozenset(), False, ProofTooLow),
        (LOOK, 0, "case", frozenset(), False, NotFound),
        (LOOK, 0, "case", frozenset(), True, None),
        (ACT, 2, "live_contact", STAFF, False, None),
        (ACT, 2, "live_contact", frozenset(), False, NotAllowed),
        (ACT, 2, "self", None, False, None),
        (ACT, 0, "case", STAFF, True, None),
        (ACT, 0, "case", STAFF, False, NotFound),
        (ACT, 2, "case", None, True, NotFound),
        (ACT, 3, "supervision", STAFF, False, NotFound),
        (ACT, 3, "break_glass", STAFF, True, NotFound),
        (OPEN, 0, "live_contact", frozenset(), False, None),
        (OPEN, 0, "self", None, False, NotFound),
        (PAID, 2, "live_contact", STAFF, False, NeedsConfirmation),
        (MONEY, 2, "live_contact", STAFF, False, NeedsGrant),
    ],
)
def test_who_may_have_what_performed(
    service: Service, level: int, basis: str, rights: frozenset[str] | None, listed: bool, refused: type[Refused] | None
) -> None:
    def ask() -> None:
        admit(service, level=level, basis=basis, rights=rights, listed_by_case=listed)

    if refused is None:
        ask()
    else:
        with pytest.raises(refused):
            ask()


def test_a_yes_and_a_grant_open_what_they_are_asked_for() -> None:
    admit(PAID, level=2, basis="live_contact", rights=STAFF, confirmed=True)
    admit(MONEY, level=2, basis="live_contact", rights=STAFF, grant_id="g-1")


@given(
    st.sampled_from([LOOK, ACT, PAID, MONEY]),
    st.integers(0, 1),
    st.sampled_from(["live_contact", "self", "supervision", "break_glass"]),
    st.booleans(),
)
def test_nothing_of_an_account_goes_below_its_level_with_the_customer_there(
    service: Service, level: int, basis: str, confirmed: bool
) -> None:
    with pytest.raises(Refused):
        admit(service, level=level, basis=basis, rights=STAFF, confirmed=confirmed, grant_id="g", listed_by_case=True)


ALL_KINDS = Service(
    "all",
    {"en": "All"},
    "act",
    2,
    (
        Parameter("ref", "text"),
        Parameter("address", "line"),
        Parameter("plan", "code"),
        Parameter("short_code", "digits"),
        Parameter("month", "month", needed=False),
    ),
)
GOOD = {"ref": "S1-a", "address": " 北京市  西城区 ", "plan": "free59", "short_code": "3737"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("138 0000-0009", "13800000009"),
        ("+86 13800000009", "13800000009"),
        ("008613800000009", "13800000009"),
        ("8613800000009", "13800000009"),
        ("+4915112345678", "+4915112345678"),
        ("861012345", "861012345"),
    ],
)
def test_a_number_is_the_same_however_it_is_written(written: str, read: str) -> None:
    asked = Service("x", {}, "act", 2, (Parameter("number", "number"),))
    assert read_parameters(asked, {"number": written}) == {"number": read}


def test_parameters_are_read_in_one_way_of_writing() -> None:
    assert read_parameters(ALL_KINDS, GOOD) == {**GOOD, "address": "北京市 西城区"}
    assert read_parameters(ALL_KINDS, {**GOOD, "month": "2026-11"})["month"] == "2026-11"
    assert read_parameters(ALL_KINDS, {**GOOD, "ref": "S1\u202e-a"})["ref"] == "S1-a"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ref", ""),
        ("ref", "a\x00b"),
        ("ref", "x" * 201),
        ("plan", "free 59"),
        ("short_code", "37"),
        ("short_code", "abc"),
        ("month", "2026-13"),
        ("other", "x"),
    ],
)
def test_what_cannot_be_read_is_named(name: str, value: str) -> None:
    with pytest.raises(InputNotUnderstood) as refused:
        read_parameters(ALL_KINDS, {**GOOD, name: value})
    assert set(refused.value.fields) == {name}


def test_an_unknown_outcome_is_asked_again_ever_more_rarely_and_then_left_to_people() -> None:
    pauses = [ask_again_after(tries) for tries in range(1, len(ASKS_AGAIN) + 1)]
    assert pauses == sorted(pauses, key=lambda pause: pause or 0)
    assert ask_again_after(len(ASKS_AGAIN) + 1) is None
    assert ask_again_after(0) is None


def test_an_order_is_over_when_it_is_done_or_refused() -> None:
    def order(state: str) -> Order:
        now = datetime(2026, 11, 23, tzinfo=UTC)
        target = ServiceId("mobile", "+8613901007763")
        return Order(
            OrderId(new_id()), "x", CustomerId(new_id()), target, {}, state, "", "", "", Origin("web"), now, None, 0
        )

    assert [order(state).over for state in ("placed", "performing", "done", "refused", "pending", "unknown")] == [
        False,
        False,
        True,
        True,
        False,
        False,
    ]


def test_an_order_says_whether_it_waits_to_be_paid_and_where_or_for_somebodys_consent() -> None:
    def order(state: str, reference: str) -> Order:
        now, target = datetime(2026, 11, 23, tzinfo=UTC), ServiceId("mobile", "+8613901007763")
        about = (OrderId(new_id()), "x", CustomerId(new_id()), target, {"when": "busy"}, state, "", "", "")
        return Order(*about, Origin("web"), now, None, 0, reference)  # type: ignore[arg-type]

    assert order("pending", "https://pay.example/1").pay_at == "https://pay.example/1"
    assert order("pending", "1b-2").pay_at == ""
    assert order("done", "https://pay.example/1").pay_at == ""
    assert order("pending", "consent:7").waits_for_consent
    assert not order("done", "consent:7").waits_for_consent
    assert not order("pending", "1b-2").waits_for_consent
    forward = Service("x", {"en": "X"}, "act", 2, (Parameter("when", "choice", default="all"), Parameter("n", "code")))
    assert order("done", "").told(forward) == {"when": "busy"}
    told = Service("x", {"en": "X"}, "act", 2, (Parameter("starts", "choice", default="now"),))
    assert order("done", "").told(told) == {"starts": "now", "when": "busy"}


@pytest.mark.parametrize(("kind", "spent"), [("secret", True), ("voucher", True), ("text", False), ("number", False)])
def test_what_opens_or_pays_something_is_spent_with_its_outcome(kind: str, spent: bool) -> None:
    assert Parameter("one", kind).spent is spent  # type: ignore[arg-type]


def test_what_takes_a_secret_is_the_customers_own_and_no_business_of_staff() -> None:
    password = Service("password", {"en": "Password"}, "act", 3, (Parameter("password", "secret"),), right=RIGHT)
    admit(password, level=3, basis="self")
    for basis in ("live_contact", "case"):
        with pytest.raises(NotFound):
            admit(password, level=3, basis=basis, rights=STAFF, listed_by_case=True, confirmed=True)
