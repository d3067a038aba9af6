"""What a customer is served on, as people type it and as it is kept."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qiao.kernel.service_ids import NumberNotUnderstood, ServiceId, parse_service_id

MOBILE = ServiceId("mobile", "+8613912345678")


@pytest.mark.parametrize(
    "typed",
    [
        "13912345678",
        "139 1234 5678",
        "+86 139-1234-5678",
        "008613912345678",
        "１３９１２３４５６７８",
        "mobile:13912345678",
        "  mobile:+8613912345678 ",
    ],
)
def test_a_mobile_number_is_read_however_it_is_typed(typed: str) -> None:
    assert parse_service_id(typed) == MOBILE


@pytest.mark.parametrize(
    ("typed", "kind", "value"),
    [("broadband:Home.Li-8", "broadband", "home.li-8"), ("tv:BOX00017", "tv", "box00017")],
)
def test_logins_and_boxes_are_named_by_their_kind(typed: str, kind: str, value: str) -> None:
    found = parse_service_id(typed)
    assert (found.kind, found.value, found.national) == (kind, value, value)


@pytest.mark.parametrize(
    "typed", ["", "110", "1860", "hello", "broadband:a b", "broadband:", "1" * 65, "x" * 9000, "+"]
)
def test_what_cannot_be_served_is_refused(typed: str) -> None:
    with pytest.raises(NumberNotUnderstood):
        parse_service_id(typed)


@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(typed: str) -> None:
    try:
        found = parse_service_id(typed)
    except NumberNotUnderstood:
        return
    assert ServiceId.from_text(str(found)) == found


@pytest.mark.parametrize("known", [MOBILE, ServiceId("broadband", "home.li-8"), ServiceId("tv", "box00017")])
def test_a_service_is_stored_as_text_and_read_back(known: ServiceId) -> None:
    assert ServiceId.from_text(str(known)) == parse_service_id(str(known)) == known


def test_a_number_is_shown_masked() -> None:
    assert MOBILE.masked() == "139 **** 5678"
    assert ServiceId("tv", "abc123").masked() == ServiceId("tv", "abc123").masked_with_country() == "******"
    assert MOBILE.masked_with_country() == "+86 139 **** 5678"
    assert ServiceId("mobile", "+2290197123456").masked_with_country() == "+229 019 **** 3456"


@pytest.mark.parametrize("text", ["", "mobile", "mobile:", "fax:123"])
def test_a_stored_text_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(NumberNotUnderstood):
        ServiceId.from_text(text)


@pytest.mark.parametrize("service", [ServiceId("mobile", "+8613912347763"), ServiceId("broadband", "shi-home")])
def test_what_an_error_quotes_is_masked(service: ServiceId) -> None:
    assert service.value not in repr(service)
    assert service.value[:3] in repr(service)
